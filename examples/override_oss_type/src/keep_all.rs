use meta::prelude::*;

#[derive(Debug)]
struct KeepAll(Arc<dyn Storage>);

#[async_trait]
impl StorageOverride for KeepAll {
    fn base(&self) -> &dyn Storage {
        &*self.0
    }
    async fn delete(&self, _: Vec<DeleteTarget>, _: DeleteOptions) -> Result<DeleteReport> {
        Err(Error::denied("objects of this storage are kept for good"))
    }
}
storage_type!("storages.KeepAllType", extends: "storages.OssType", build: |b| Ok(KeepAll(b.build()?)));
