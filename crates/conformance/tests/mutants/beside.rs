//! `storages.MemoryType` with one fault: what is kept beside the content.

use std::collections::BTreeMap;

use meta::prelude::*;
use meta::{
    ListVersions, ListVersionsOptions, ObjectAcl, ObjectAcls, RestoreOptions, Restoring, StorageClasses, Symlinks,
    TagObject, VersionPage,
};

use crate::mutant::{Fault, Mutant};

#[async_trait]
impl Symlinks for Mutant {
    async fn put_symlink(&self, name: &ObjectName, target: &ObjectName, mut options: UploadOptions) -> Result<()> {
        let (name, target) = (self.kept(name)?, self.kept(target)?);
        match self.fault {
            Fault::LinksCopy => {
                let there = self.good.download(&target, DownloadOptions::default()).await?.bytes().await?;
                return self.good.upload_by_file(&name, there.into(), options).await.map(drop);
            }
            Fault::LinksNotFollowed => {
                return self.good.upload_by_file(&name, target.to_string().into(), options).await.map(drop);
            }
            Fault::LinksDangle if self.good.get_object(&target, GetObjectOptions::default()).await.is_err() => {
                return Err(Error::not_found());
            }
            Fault::LinksOverwrite => options.overwrite = Overwrite::Allow,
            _ => {}
        }
        self.good.put_symlink(&name, &target, options).await
    }

    async fn get_symlink(&self, name: &ObjectName) -> Result<ObjectName> {
        let name = self.kept(name)?;
        match self.good.get_symlink(&name).await {
            Err(error) if self.fault == Fault::LinksAnything && error.kind() == ErrorKind::InvalidInput => Ok(name),
            Err(_) if matches!(self.fault, Fault::LinksCopy | Fault::LinksNotFollowed) => {
                ObjectName::parse(&name.as_str().replace("with symbolic link", "target").replace("/link", "/target"))
            }
            found => found,
        }
    }
}

#[async_trait]
impl TagObject for Mutant {
    async fn get_tags(&self, name: &ObjectName) -> Result<BTreeMap<String, String>> {
        self.good.get_tags(&self.kept(name)?).await
    }

    async fn set_tags(&self, name: &ObjectName, tags: BTreeMap<String, String>) -> Result<()> {
        let name = self.kept(name)?;
        let tags = match self.fault {
            Fault::TagsMerge => self.good.get_tags(&name).await?.into_iter().chain(tags).collect(),
            Fault::TagsLost => BTreeMap::new(),
            _ => tags,
        };
        self.good.set_tags(&name, tags).await
    }
}

#[async_trait]
impl ObjectAcls for Mutant {
    async fn get_acl(&self, name: &ObjectName) -> Result<ObjectAcl> {
        self.good.get_acl(&self.kept(name)?).await
    }

    async fn set_acl(&self, name: &ObjectName, acl: ObjectAcl) -> Result<()> {
        let name = self.kept(name)?;
        match (self.fault, acl) {
            (Fault::AclsPublic, ObjectAcl::PublicRead) => Ok(()),
            _ => self.good.set_acl(&name, acl).await,
        }
    }
}

#[async_trait]
impl StorageClasses for Mutant {
    async fn set_storage_class(&self, name: &ObjectName, class: &str) -> Result<()> {
        let name = self.kept(name)?;
        match self.fault {
            Fault::ClassLosesMetadata => {
                let there = self.good.download(&name, DownloadOptions::default()).await?.bytes().await?;
                let options = UploadOptions::default().with_storage_class(class);
                self.good.upload_by_file(&name, there.into(), options).await.map(drop)
            }
            Fault::ClassAny if class == "NoSuchClass" => Ok(()),
            _ => self.good.set_storage_class(&name, class).await,
        }
    }

    async fn restore(&self, name: &ObjectName, options: RestoreOptions) -> Result<Restoring> {
        match self.fault {
            Fault::RestoresAnything => Ok(Restoring::Ready),
            _ => self.good.restore(&self.kept(name)?, options).await,
        }
    }
}

#[async_trait]
impl ListVersions for Mutant {
    async fn list_versions(&self, options: ListVersionsOptions) -> Result<VersionPage> {
        let is_continued = options.continuation.is_some();
        let mut page = self.good.list_versions(options).await?;
        match self.fault {
            Fault::VersionsNewestOnly => page.versions.retain(|version| version.is_latest),
            Fault::VersionsOldestFirst => page.versions.reverse(),
            Fault::VersionsNoMarkers => page.versions.retain(|version| !version.is_delete_marker),
            Fault::VersionsSkip if is_continued && !page.versions.is_empty() => drop(page.versions.remove(0)),
            _ => {}
        }
        Ok(page)
    }
}

impl Mutant {
    /// Removes all versions of an object instead of the one that is meant.
    pub(crate) async fn delete_versions(&self, name: &ObjectName, target: &DeleteTarget) -> Result<()> {
        if target.version_id.is_none() {
            return Ok(());
        }
        let page = self.good.list_versions(ListVersionsOptions::prefix(name.as_str())).await?;
        let others = page.versions.into_iter().filter(|version| version.info.name == *name);
        let others = others.filter_map(|version| version.info.version_id);
        let all = others.map(|id| DeleteTarget::new(name.clone()).with_version_id(id)).collect();
        self.good.delete(all, DeleteOptions::default()).await.map(drop)
    }
}
