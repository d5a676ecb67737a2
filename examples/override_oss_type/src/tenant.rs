//! `storages.TenantType`: every name of the app stands under the prefix of the configured `tenant`, on every way in.
//!
//! Copy, append and uploads in parts would go past the renaming, so they stay closed (an element then copies by download
//! and upload, through here). Reading must be renamed too: the list shows the tenant's names only, without the prefix, and
//! leaves out what has no legal name there, such as the marker of the tenant's folder.

use meta::prelude::*;

const KEYS: &[ConfigKey] = &[ConfigKey::text("tenant", "The tenant whose objects these are.").required()];

storage_type!("storages.TenantType", extends: "storages.OssType", title: "OSS of one tenant", keys: KEYS, build: Tenant::new);

#[derive(Debug)]
struct Tenant {
    prefix: String,
    base: Arc<dyn Storage>,
}

impl Tenant {
    fn new(base: Base<'_>) -> Result<Self> {
        let tenant = base.config().text("tenant")?;
        if tenant.is_empty() || tenant.len() > 100 || tenant.contains(['/', '\\', '\0']) {
            return Err(base.config().error("tenant", "it is empty, over 100 bytes, or holds a slash or NUL"));
        }
        Ok(Self { prefix: format!("{tenant}/"), base: base.build()? })
    }

    fn inside(&self, name: &ObjectName) -> Result<ObjectName> {
        ObjectName::parse(&format!("{}{name}", self.prefix)).map_err(|_| {
            let room = ObjectName::MAX_BYTES - self.prefix.len();
            Error::new(ErrorKind::InvalidName, format!("a name of this tenant has at most {room} bytes"))
        })
    }

    fn outside(&self, name: &ObjectName) -> Result<ObjectName> {
        let outside = name.as_str().strip_prefix(&self.prefix);
        ObjectName::parse(outside.ok_or_else(|| Error::denied("the object belongs to another tenant"))?)
    }

    fn info(&self, mut info: ObjectInfo) -> Result<ObjectInfo> {
        info.name = self.outside(&info.name)?;
        Ok(info)
    }
}

#[async_trait]
impl StorageOverride for Tenant {
    fn base(&self) -> &dyn Storage {
        &*self.base
    }

    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        let mut uploaded = self.base.upload_by_file(&self.inside(name)?, data, options).await?;
        uploaded.name = name.clone();
        Ok(uploaded)
    }

    async fn get_sign_url(&self, name: &ObjectName, options: SignOptions) -> Result<SignedRequest> {
        self.base.get_sign_url(&self.inside(name)?, options).await
    }

    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        let mut download = self.base.download(&self.inside(name)?, options).await?;
        download.info.name = name.clone();
        Ok(download)
    }

    async fn get_object(&self, name: &ObjectName, options: GetObjectOptions) -> Result<ObjectInfo> {
        self.info(self.base.get_object(&self.inside(name)?, options).await?)
    }

    async fn delete(&self, mut targets: Vec<DeleteTarget>, options: DeleteOptions) -> Result<DeleteReport> {
        for target in &mut targets {
            target.name = self.inside(&target.name)?;
        }
        let mut report = self.base.delete(targets, options).await?;
        for deleted in &mut report.deleted {
            deleted.name = self.outside(&deleted.name)?;
        }
        for (name, _) in &mut report.failed {
            *name = self.outside(name)?;
        }
        Ok(report)
    }

    fn abilities(&self) -> Abilities<'_> {
        // Old versions would be listed past the fence.
        let inherited = self.base.abilities().reading().without(&[Ability::Versions]);
        if inherited.has(Ability::List) { inherited.with_list(self) } else { inherited }
    }
}

#[async_trait]
impl ListObjects for Tenant {
    async fn list(&self, mut options: ListOptions) -> Result<ListPage> {
        options.prefix.insert_str(0, &self.prefix);
        if let Some(name) = &mut options.start_after {
            name.insert_str(0, &self.prefix);
        }
        let unlisted = || Error::unsupported("listing is not supported by the Type below");
        let ListPage { objects, common_prefixes, next, .. } =
            self.base.abilities().list.ok_or_else(unlisted)?.list(options).await?;
        let objects = objects.into_iter().filter_map(|info| self.info(info).ok()).collect();
        let shorten = |prefix: String| prefix.strip_prefix(&self.prefix).map(str::to_owned);
        Ok(ListPage::new(objects, common_prefixes.into_iter().filter_map(shorten).collect(), next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_has_no_legal_name_for_the_tenant_is_left_out_of_its_list() {
        let bucket = Arc::new(conformance::MemoryStorage::new(1 << 20));
        for name in ["acme/", "acme//rooted", "acme/a", "acme/b/c", "other/d"] {
            let name = ObjectName::parse(name).expect("a legal name of the bucket");
            bucket.upload_by_file(&name, "x".into(), UploadOptions::default()).await.expect("it is written");
        }
        let tenant = Tenant { prefix: "acme/".to_owned(), base: bucket };
        let page = tenant.list(ListOptions::default()).await.expect("the page does not fail");
        let names: Vec<_> = page.objects.iter().map(|info| info.name.as_str()).collect();
        assert_eq!(names, ["a", "b/c"]);
    }
}
