//! A storage Type of one's own: objects live in the program's memory, up to `maxBytes` each.
use meta::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

const KEYS: &[ConfigKey] = &[ConfigKey::integer("maxBytes", 1, 1 << 40, "Size limit.").default_integer(1 << 26)];
storage_type!("storages.ScratchType", title: "Scratch memory", keys: KEYS, build: Scratch::new);

#[derive(Debug)]
struct Scratch {
    max_bytes: u64,
    objects: Mutex<BTreeMap<ObjectName, (ObjectInfo, Bytes)>>,
}

impl Scratch {
    fn new(context: TypeContext<'_>) -> Result<Self> {
        let max_bytes = context.config().integer("maxBytes").unwrap_or_default();
        Ok(Self { max_bytes, objects: Mutex::default() })
    }
    fn find(&self, name: &ObjectName, version: Option<&str>) -> Result<(ObjectInfo, Bytes)> {
        if version.is_some() {
            return Err(Error::unsupported("versions are not supported by storages.ScratchType"));
        }
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.get(name).cloned().ok_or_else(Error::not_found)
    }
}

#[async_trait]
impl Storage for Scratch {
    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        let bytes = data.into_bytes(self.max_bytes).await?;
        let size = bytes.len() as u64;
        let mut info = ObjectInfo::new(name.clone(), size);
        info.content_type = Some(options.content_type.unwrap_or_else(|| "application/octet-stream".to_owned()));
        info.cache_control = options.cache_control;
        info.content_disposition = options.content_disposition;
        info.content_encoding = options.content_encoding;
        info.metadata = options.metadata;
        info.last_modified = Some(SystemTime::now());
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let old = objects.get(name).map(|(old, _)| old.etag.as_deref().and_then(|tag| tag.parse().ok()).unwrap_or(0));
        if options.overwrite == Overwrite::Forbid && old.is_some() {
            return Err(Error::new(ErrorKind::AlreadyExists, "the object exists already"));
        }
        info.etag = Some((old.unwrap_or(0_u64) + 1).to_string());
        objects.insert(name.clone(), (info, bytes));
        Ok(Uploaded::new(name.clone(), format!("scratch:/{}", name.percent_encoded())).with_size(size))
    }
    async fn get_sign_url(&self, _: &ObjectName, _: SignOptions) -> Result<SignedRequest> {
        Err(Error::unsupported("signing is not supported by storages.ScratchType"))
    }
    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        let (info, bytes) = self.find(name, options.version_id.as_deref())?;
        options.conditions.check(&info)?;
        let Some(range) = options.range else { return Ok(Download::from_bytes(info, bytes)) };
        let out_of_range = || Error::new(ErrorKind::InvalidInput, "the range holds no byte of the object");
        let (offset, length) = range.within(info.size).ok_or_else(out_of_range)?;
        let part = bytes.slice(offset as usize..(offset + length) as usize);
        Ok(Download::from_bytes(info, part).with_span(offset, length))
    }
    async fn get_object(&self, name: &ObjectName, options: GetObjectOptions) -> Result<ObjectInfo> {
        let (info, _) = self.find(name, options.version_id.as_deref())?;
        options.conditions.check(&info)?;
        Ok(info)
    }
    async fn delete(&self, targets: Vec<DeleteTarget>, _: DeleteOptions) -> Result<DeleteReport> {
        let mut report = DeleteReport::default();
        for DeleteTarget { name, version_id, .. } in targets {
            match self.find(&name, version_id.as_deref()) {
                Err(error) if error.kind() == ErrorKind::Unsupported => report.failed.push((name, error)),
                _ => {
                    self.objects.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
                    report.deleted.push(Deleted::new(name));
                }
            }
        }
        Ok(report)
    }
    fn abilities(&self) -> Abilities<'_> {
        Abilities::none()
    }
}
