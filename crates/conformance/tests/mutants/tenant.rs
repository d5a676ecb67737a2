//! An override that forgets what its base's abilities do not know.

use std::sync::Arc;

use meta::prelude::*;

#[derive(Debug)]
pub(crate) struct Tenant(pub(crate) Arc<dyn Storage>);

impl Tenant {
    fn moved(name: &ObjectName) -> Result<ObjectName> {
        ObjectName::parse(&format!("tenant/{name}"))
    }
}

#[async_trait]
impl StorageOverride for Tenant {
    fn base(&self) -> &dyn Storage {
        &*self.0
    }

    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        self.0.upload_by_file(&Self::moved(name)?, data, options).await
    }

    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        self.0.download(&Self::moved(name)?, options).await
    }

    async fn get_object(&self, name: &ObjectName, options: GetObjectOptions) -> Result<ObjectInfo> {
        let mut info = self.0.get_object(&Self::moved(name)?, options).await?;
        info.name = name.clone();
        Ok(info)
    }

    async fn delete(&self, targets: Vec<DeleteTarget>, options: DeleteOptions) -> Result<DeleteReport> {
        let moved: Result<Vec<_>> = targets.iter().map(|target| Ok(Self::moved(&target.name)?.into())).collect();
        self.0.delete(moved?, options).await?;
        Ok(DeleteReport::deleted(targets.into_iter().map(|target| Deleted::new(target.name)).collect()))
    }

    fn abilities(&self) -> Abilities<'_> {
        self.0.abilities()
    }
}
