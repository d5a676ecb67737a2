//! Tags, access rules and storage classes.

use std::collections::BTreeMap;
use std::sync::Arc;

use meta::{
    Error, ErrorKind, ObjectAcl, ObjectAcls, ObjectName, RestoreOptions, Restoring, Result, StorageClasses, TagObject,
    async_trait,
};

use super::space::pairs;
use super::{MemoryStorage, Stored};

/// Refuses classes that there are not.
pub(super) fn check_class(class: Option<&str>) -> Result<()> {
    match class {
        Some(class) if !MemoryStorage::STORAGE_CLASSES.contains(&class) => {
            Err(Error::new(ErrorKind::InvalidInput, format!("`{}` is no storage class", class.escape_debug()))
                .with_advice("use `Standard` or `IA`"))
        }
        _ => Ok(()),
    }
}

#[async_trait]
impl TagObject for MemoryStorage {
    async fn get_tags(&self, name: &ObjectName) -> Result<BTreeMap<String, String>> {
        Ok(self.state().own(name)?.tags.clone())
    }

    async fn set_tags(&self, name: &ObjectName, tags: BTreeMap<String, String>) -> Result<()> {
        let mut state = self.state();
        let stored = state.own(name)?;
        let held = Some(Arc::new(self.0.space.hold(pairs(&tags))?));
        let changed = Stored { tags, _held_for_tags: held, ..stored.clone() };
        state.keep(changed);
        Ok(())
    }
}

#[async_trait]
impl ObjectAcls for MemoryStorage {
    async fn get_acl(&self, name: &ObjectName) -> Result<ObjectAcl> {
        Ok(self.state().own(name)?.acl)
    }

    async fn set_acl(&self, name: &ObjectName, acl: ObjectAcl) -> Result<()> {
        let mut state = self.state();
        let changed = Stored { acl, ..state.own(name)?.clone() };
        state.keep(changed);
        Ok(())
    }
}

#[async_trait]
impl StorageClasses for MemoryStorage {
    async fn set_storage_class(&self, name: &ObjectName, class: &str) -> Result<()> {
        check_class(Some(class))?;
        let mut state = self.state();
        let mut changed = state.own(name)?.clone();
        changed.info.storage_class = Some(class.to_owned());
        state.keep_anew(changed);
        Ok(())
    }

    async fn restore(&self, name: &ObjectName, _: RestoreOptions) -> Result<Restoring> {
        self.state().own(name)?;
        Err(Error::unsupported("storages.MemoryType archives nothing; the object can be read as it is"))
    }
}
