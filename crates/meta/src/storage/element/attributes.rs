//! What is kept about objects beside their content: tags, access, class, and names that stand for others.

use std::collections::BTreeMap;

use super::{StorageElement, check_no_callback};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::storage::abilities::Ability;
use crate::storage::header_text;
use crate::storage::object_name::ObjectName;
use crate::storage::options::{ObjectAcl, RestoreOptions, UploadOptions};
use crate::storage::results::Restoring;

/// Tags, access, storage class and symbolic links. Not every Type has each: see [`StorageElement::can`].
impl StorageElement {
    /// The tags of an object.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] from Types without tags, [`ErrorKind::NotFound`] where there is no object.
    pub async fn get_tags(&self, name: &str) -> Result<BTreeMap<String, String>> {
        self.run(Operation::Tags, name, async {
            let name = ObjectName::parse(name)?;
            let tags = self.abilities().tags.ok_or_else(|| self.lacks(Ability::Tags))?;
            tags.get_tags(&name).await
        })
        .await
    }

    /// Replaces the tags of an object; none take them away.
    ///
    /// # Errors
    /// As [`get_tags`](Self::get_tags); [`ErrorKind::InvalidInput`] for more than 10 tags or one that is too long.
    pub async fn set_tags<N: Into<String>, V: Into<String>>(
        &self,
        name: &str,
        tags: impl IntoIterator<Item = (N, V)>,
    ) -> Result<()> {
        let all: BTreeMap<String, String> = tags.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.run(Operation::Tags, name, async {
            let name = ObjectName::parse(name)?;
            header_text::check_tags(&all)?;
            let tags = self.abilities().tags.ok_or_else(|| self.lacks(Ability::Tags))?;
            tags.set_tags(&name, all).await
        })
        .await
    }

    /// Who may use an object without credentials.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] from Types without such rules, [`ErrorKind::NotFound`] where there is no object.
    pub async fn get_acl(&self, name: &str) -> Result<ObjectAcl> {
        self.run(Operation::Acl, name, async {
            let name = ObjectName::parse(name)?;
            let acls = self.abilities().acls.ok_or_else(|| self.lacks(Ability::Acls))?;
            acls.get_acl(&name).await
        })
        .await
    }

    /// Lets others use an object without credentials, or no longer.
    ///
    /// # Errors
    /// As [`get_acl`](Self::get_acl).
    pub async fn set_acl(&self, name: &str, acl: ObjectAcl) -> Result<()> {
        self.run(Operation::Acl, name, async {
            let name = ObjectName::parse(name)?;
            let acls = self.abilities().acls.ok_or_else(|| self.lacks(Ability::Acls))?;
            acls.set_acl(&name, acl).await
        })
        .await
    }

    /// Moves an object to another storage class, as the store spells it (OSS: `Standard`, `IA`, `Archive`, `ColdArchive`,
    /// `DeepColdArchive`). Content, headers, metadata and tags stay.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] from Types without classes, [`ErrorKind::InvalidInput`] for a class that is none.
    pub async fn set_storage_class(&self, name: &str, class: &str) -> Result<()> {
        self.run(Operation::StorageClass, name, async {
            let name = ObjectName::parse(name)?;
            let classes = self.abilities().storage_classes.ok_or_else(|| self.lacks(Ability::StorageClasses))?;
            classes.set_storage_class(&name, class).await
        })
        .await
    }

    /// Makes an archived object readable for a time. It takes minutes to hours; asking again tells how it stands.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] from Types without classes and for objects that are not archived.
    pub async fn restore(&self, name: &str, options: RestoreOptions) -> Result<Restoring> {
        self.run(Operation::Restore, name, async {
            let name = ObjectName::parse(name)?;
            if options.days == Some(0) {
                return Err(Error::new(ErrorKind::InvalidInput, "an object cannot be restored for 0 days"));
            }
            let classes = self.abilities().storage_classes.ok_or_else(|| self.lacks(Ability::StorageClasses))?;
            classes.restore(&name, options).await
        })
        .await
    }

    /// Makes `name` stand for `target`: reading it reads the target. The target need not exist.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] from Types without links, [`ErrorKind::AlreadyExists`] where overwriting is forbidden.
    pub async fn put_symlink(&self, name: &str, target: &str, options: UploadOptions) -> Result<()> {
        self.run(Operation::Symlink, name, async {
            let (name, target) = (ObjectName::parse(name)?, ObjectName::parse(target)?);
            header_text::check_upload(&options)?;
            self.check_features(options.features())?;
            check_no_callback(&options, "a symbolic link")?;
            let links = self.abilities().symlinks.ok_or_else(|| self.lacks(Ability::Symlinks))?;
            links.put_symlink(&name, &target, options).await
        })
        .await
    }

    /// The name that `name` stands for.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where it is an object of its own, [`ErrorKind::NotFound`] where it is nothing.
    pub async fn get_symlink(&self, name: &str) -> Result<String> {
        self.run(Operation::Symlink, name, async {
            let name = ObjectName::parse(name)?;
            let links = self.abilities().symlinks.ok_or_else(|| self.lacks(Ability::Symlinks))?;
            Ok(links.get_symlink(&name).await?.to_string())
        })
        .await
    }
}
