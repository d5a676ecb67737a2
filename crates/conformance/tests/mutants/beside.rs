//! `storages.MemoryType` with one fault: what is kept beside the content.

use std::collections::BTreeMap;

use meta::prelude::*;
use meta::{
    ListVersions, ListVersionsOptions, ObjectAcl, ObjectAcls, RestoreOptions, Restoring, StorageClasses, Symlinks,
    TagObject, VersionPage,
};

use crate::mutant::Mutant;

#[async_trait]
impl Symlinks for Mutant {
    async fn put_symlink(&self, name: &ObjectName, target: &ObjectName, options: UploadOptions) -> Result<()> {
        self.good.put_symlink(&self.kept(name)?, &self.kept(target)?, options).await
    }

    async fn get_symlink(&self, name: &ObjectName) -> Result<ObjectName> {
        self.good.get_symlink(&self.kept(name)?).await
    }
}

#[async_trait]
impl TagObject for Mutant {
    async fn get_tags(&self, name: &ObjectName) -> Result<BTreeMap<String, String>> {
        self.good.get_tags(&self.kept(name)?).await
    }

    async fn set_tags(&self, name: &ObjectName, tags: BTreeMap<String, String>) -> Result<()> {
        self.good.set_tags(&self.kept(name)?, tags).await
    }
}

#[async_trait]
impl ObjectAcls for Mutant {
    async fn get_acl(&self, name: &ObjectName) -> Result<ObjectAcl> {
        self.good.get_acl(&self.kept(name)?).await
    }

    async fn set_acl(&self, name: &ObjectName, acl: ObjectAcl) -> Result<()> {
        self.good.set_acl(&self.kept(name)?, acl).await
    }
}

#[async_trait]
impl StorageClasses for Mutant {
    async fn set_storage_class(&self, name: &ObjectName, class: &str) -> Result<()> {
        self.good.set_storage_class(&self.kept(name)?, class).await
    }

    async fn restore(&self, name: &ObjectName, options: RestoreOptions) -> Result<Restoring> {
        self.good.restore(&self.kept(name)?, options).await
    }
}

#[async_trait]
impl ListVersions for Mutant {
    async fn list_versions(&self, options: ListVersionsOptions) -> Result<VersionPage> {
        self.good.list_versions(options).await
    }
}
