//! Uploads in parts.

use std::collections::BTreeMap;

use meta::{
    Body, CompleteOptions, Error, ErrorKind, ListUploadsOptions, MultipartUpload, ObjectName, Overwrite, Result,
    UnfinishedUpload, UploadOptions, UploadPage, Uploaded, UploadedPart, async_trait,
};

use super::space::Held;
use super::storage::receipt;
use super::{Content, MemoryStorage, State, attributes, checksum};

/// An upload that is under way.
pub(super) struct Upload {
    name: ObjectName,
    options: UploadOptions,
    parts: BTreeMap<u32, (UploadedPart, Content)>,
    _held: Held,
}

#[async_trait]
impl MultipartUpload for MemoryStorage {
    async fn initiate(&self, name: &ObjectName, options: UploadOptions) -> Result<String> {
        attributes::check_class(options.storage_class.as_deref())?;
        let held = self.0.space.hold_for(name, &options)?;
        let mut state = self.state();
        state.check_overwrite(name, options.overwrite)?;
        state.sequence += 1;
        let id = format!("{:08X}", state.sequence);
        state.uploads.insert(id.clone(), Upload { name: name.clone(), options, parts: BTreeMap::new(), _held: held });
        Ok(id)
    }

    async fn upload_part(&self, name: &ObjectName, upload_id: &str, number: u32, data: Body) -> Result<UploadedPart> {
        self.state().upload(name, upload_id)?;
        let content = self.0.space.gather(data, self.0.space.hold(0)?).await?;
        let part = UploadedPart::new(number, format!("{:016X}", content.crc64), content.bytes.len() as u64)
            .with_crc64(content.crc64);
        self.state().upload(name, upload_id)?.parts.insert(number, (part.clone(), content));
        Ok(part)
    }

    async fn list_parts(&self, name: &ObjectName, upload_id: &str) -> Result<Vec<UploadedPart>> {
        let mut state = self.state();
        Ok(state.upload(name, upload_id)?.parts.values().map(|(part, _)| part.clone()).collect())
    }

    async fn complete(
        &self,
        name: &ObjectName,
        upload_id: &str,
        parts: Vec<UploadedPart>,
        options: CompleteOptions,
    ) -> Result<Uploaded> {
        let mut state = self.state();
        let upload = state.upload(name, upload_id)?;
        let bytes = joined(upload, &parts)?;
        let CompleteOptions { overwrite, acl, .. } = options;
        let mut options = upload.options.clone();
        options.acl = acl;
        if overwrite == Overwrite::Forbid {
            options.overwrite = Overwrite::Forbid;
        }
        let mut held = self.0.space.hold_for(name, &options)?;
        held.grow(bytes.len() as u64)?;
        let content = Content { crc64: checksum(&bytes), bytes: bytes.into(), held };
        let info = state.store(name, content, options)?;
        state.uploads.remove(upload_id);
        Ok(receipt(info))
    }

    async fn abort(&self, name: &ObjectName, upload_id: &str) -> Result<()> {
        let mut state = self.state();
        if state.upload(name, upload_id).is_ok() {
            state.uploads.remove(upload_id);
        }
        Ok(())
    }

    async fn list_uploads(&self, options: ListUploadsOptions) -> Result<UploadPage> {
        let ListUploadsOptions { prefix, continuation, limit, .. } = &options;
        let state = self.state();
        let mut uploads: Vec<(&str, &str)> = state
            .uploads
            .iter()
            .map(|(id, upload)| (upload.name.as_str(), id.as_str()))
            .filter(|(name, _)| name.starts_with(prefix.as_str()))
            .collect();
        uploads.sort_unstable();
        if let Some(told) = continuation {
            // Ids hold no `/`, so the first one ends the id.
            let (id, name) = told
                .split_once('/')
                .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "this continuation comes from no earlier page"))?;
            uploads.retain(|upload| *upload > (name, id));
        }
        let limit = limit.unwrap_or(1000) as usize;
        let next = (uploads.len() > limit).then(|| uploads[limit - 1]).map(|(name, id)| format!("{id}/{name}"));
        uploads.truncate(limit);
        let uploads = uploads.into_iter().map(|(name, id)| UnfinishedUpload::new(ObjectName::from_store(name), id));
        Ok(UploadPage::new(uploads.collect(), next))
    }
}

impl State {
    fn upload(&mut self, name: &ObjectName, upload_id: &str) -> Result<&mut Upload> {
        self.uploads.get_mut(upload_id).filter(|upload| upload.name == *name).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "no such upload: it was completed or aborted, or is of another object")
        })
    }
}

/// The content that the parts make, where they are there, are the ones meant and stand in ascending order.
fn joined(upload: &Upload, parts: &[UploadedPart]) -> Result<Vec<u8>> {
    let wrong = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
    if parts.is_empty() {
        return wrong("an upload of no parts makes no object".to_owned());
    }
    let mut bytes = Vec::new();
    let mut last = 0;
    for part in parts {
        if part.number <= last {
            return wrong(format!("part {} stands behind part {last}", part.number));
        }
        last = part.number;
        match upload.parts.get(&part.number) {
            Some((stored, content)) if stored.etag == part.etag => bytes.extend_from_slice(&content.bytes),
            Some(_) => return wrong(format!("part {} is another one than was sent", part.number)),
            None => return wrong(format!("part {} was never sent", part.number)),
        }
    }
    Ok(bytes)
}
