//! The contract over memory, with copy and append.

use futures_util::stream;
use meta::{
    Abilities, AppendObject, Appended, Body, CopyObject, CopyOptions, DeleteOptions, DeleteReport, DeleteTarget,
    Download, DownloadOptions, Error, ErrorKind, GetObjectOptions, ObjectAcl, ObjectInfo, ObjectName, ParallelReads,
    Result, SignOptions, SignedRequest, Storage, UploadOptions, Uploaded, async_trait,
};

use super::{Beside, Content, MemoryStorage, Stored, attributes, checksum, sign};

/// How much of an object a download hands out at a time.
const CHUNK: usize = 256 << 10;
/// How large objects are best read.
const PART: u64 = 1 << 20;
const PARALLEL: usize = 4;

#[async_trait]
impl Storage for MemoryStorage {
    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        self.write(name, data, options).await
    }

    async fn get_sign_url(&self, name: &ObjectName, options: SignOptions) -> Result<SignedRequest> {
        self.0.signer.sign(name, &options)
    }

    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        let stored = self.state().find(name, options.version_id.as_deref())?;
        options.conditions.check(&stored.info)?;
        let size = stored.info.size;
        let (offset, length) = match options.range {
            None => (0, size),
            Some(range) => range.within(size).ok_or_else(|| {
                Error::new(ErrorKind::InvalidInput, format!("no byte of the object's {size} lies within {range}"))
            })?,
        };
        let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(stored.content.len());
        let content = stored.content.slice(at(offset)..at(offset.saturating_add(length)));
        let chunks = stream::unfold(content, |mut left| async move {
            let next = left.split_to(left.len().min(CHUNK));
            (!next.is_empty()).then_some((Ok(next), left))
        });
        Ok(Download::new(stored.info, chunks).with_span(offset, length))
    }

    async fn get_object(&self, name: &ObjectName, options: GetObjectOptions) -> Result<ObjectInfo> {
        let info = self.state().find(name, options.version_id.as_deref())?.info;
        options.conditions.check(&info)?;
        Ok(info)
    }

    async fn delete(&self, targets: Vec<DeleteTarget>, _: DeleteOptions) -> Result<DeleteReport> {
        let mut report = DeleteReport::default();
        let mut state = self.state();
        for DeleteTarget { name, version_id, .. } in targets {
            match state.remove(&name, version_id, &self.0.space) {
                Ok(deleted) => report.deleted.push(deleted),
                Err(error) => report.failed.push((name, error)),
            }
        }
        Ok(report)
    }

    fn abilities(&self) -> Abilities<'_> {
        let abilities = Abilities::none()
            .with_list(self)
            .with_copy(self)
            .with_append(self)
            .with_multipart(self)
            .with_symlinks(self)
            .with_tags(self)
            .with_acls(self)
            .with_storage_classes(self)
            .with_features(Self::FEATURES)
            .with_parallel_reads(ParallelReads::new(PART, PARALLEL));
        if self.state().versions.is_some() { abilities.with_versions(self) } else { abilities }
    }
}

#[async_trait]
impl CopyObject for MemoryStorage {
    async fn copy(&self, from: &ObjectName, to: &ObjectName, options: CopyOptions) -> Result<Uploaded> {
        let mut state = self.state();
        let source = state.find(from, options.version_id.as_deref())?;
        state.check_overwrite(to, options.overwrite)?;
        let held = self.0.space.hold_copy(to, &source.info, &source.tags)?;
        let crc64 = source.info.crc64.unwrap_or_default();
        let Stored { mut info, content, tags, acl: _, .. } = source;
        info.name = to.clone();
        let beside = Beside { tags, acl: ObjectAcl::default(), link: None };
        Ok(receipt(state.put(info, Content { bytes: content, crc64, held }, beside)))
    }
}

#[async_trait]
impl AppendObject for MemoryStorage {
    async fn append(&self, name: &ObjectName, position: u64, data: Body, options: UploadOptions) -> Result<Appended> {
        let mut added = self.0.space.gather(data, self.0.space.hold_for(name, &options)?).await?;
        let mut state = self.state();
        let existing = state.objects.get(name.as_str().as_bytes());
        let end = existing.map_or(0, |stored| stored.info.size);
        if end != position {
            return Err(Error::new(ErrorKind::Conflict, format!("the object ends at {end}, not at {position}"))
                .with_advice("append where it ends"));
        }
        let info = match existing.cloned() {
            None => state.store(name, added, options)?,
            Some(Stored { link: Some(_), .. }) => {
                return Err(Error::new(ErrorKind::Conflict, "the object is a symbolic link")
                    .with_advice("append to what it stands for"));
            }
            Some(Stored { info, content, tags, acl, .. }) => {
                added.held.grow(info.size)?;
                let bytes = [&content[..], &added.bytes[..]].concat();
                let whole = Content { crc64: checksum(&bytes), bytes: bytes.into(), held: added.held };
                state.put(info, whole, Beside { tags, acl, link: None })
            }
        };
        Ok(Appended::new(info.size).with_crc64(info.crc64.unwrap_or_default()))
    }
}

impl MemoryStorage {
    pub(super) async fn write(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        // Asked before the content is read, so as not to read it in vain, and again when it is stored.
        attributes::check_class(options.storage_class.as_deref())?;
        self.state().check_overwrite(name, options.overwrite)?;
        let content = self.0.space.gather(data, self.0.space.hold_for(name, &options)?).await?;
        Ok(receipt(self.state().store(name, content, options)?))
    }
}

pub(super) fn receipt(info: ObjectInfo) -> Uploaded {
    let receipt = Uploaded::new(info.name.clone(), sign::address(&info.name))
        .with_size(info.size)
        .with_etag(info.etag.unwrap_or_default())
        .with_crc64(info.crc64.unwrap_or_default());
    match info.version_id {
        Some(id) => receipt.with_version_id(id),
        None => receipt,
    }
}
