//! Large uploads: parts side by side, within a fixed memory budget, all or nothing.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use meta::{
    Body, CompleteOptions, Error, ErrorKind, GetObjectOptions, MultipartUpload, ObjectName, Result, Storage,
    UploadOptions, Uploaded, UploadedPart,
};
use oss_protocol::crc64;
use tokio::sync::OwnedSemaphorePermit;

use crate::file_state::FileState;
use crate::gathering::Gathering;
use crate::storage::OssStorage;
use crate::transport::{Effect, Failure};

/// The most parts that an upload may have (OSS's limit).
pub(crate) const MAX_PARTS: u64 = 10_000;

/// A part that is sent next, with its share of the memory budget where it lies in memory.
pub(crate) type Part = (u32, Body, Option<OwnedSemaphorePermit>);
pub(crate) type Parts = BoxStream<'static, Result<Part>>;

/// The part size that keeps an upload of `length` bytes within OSS's number of parts.
pub(crate) fn part_size_for(length: u64, configured: u64) -> u64 {
    configured.max(length.div_ceil(MAX_PARTS))
}

impl OssStorage {
    /// Uploads by one PutObject what fits into a part, and by parallel parts what does not.
    ///
    /// Files are read as they are sent. Streams are gathered a part at a time, so that a part can be sent again; all
    /// parts in memory together take no more than `parallelParts` × `partSizeBytes`.
    pub(crate) async fn upload(&self, name: &ObjectName, data: Body, options: &UploadOptions) -> Result<Uploaded> {
        let part_size = self.0.part_size;
        if let Some(bytes) = data.as_bytes() {
            if bytes.len() as u64 <= part_size {
                return self.put_bytes(name, data, options).await;
            }
            let size = part_size_for(bytes.len() as u64, part_size);
            return self.upload_parts(name, slices(bytes.clone(), size, &data), options, None).await;
        }
        if let Some(path) = data.as_file().map(Path::to_owned) {
            let state = FileState::of(path).await?;
            if state.size() <= part_size {
                return self.put_file(name, state, data, options).await;
            }
            if let Some(checkpoint) = &options.checkpoint {
                return self.upload_resumable(name, state, data, checkpoint, options).await;
            }
            let parts = spans(&state, part_size_for(state.size(), part_size), &data, |_| true);
            return self.upload_parts(name, parts, options, Some(state)).await;
        }
        let counted = Body::from(Bytes::new()).counted_with(&data);
        let mut gathering = Gathering::open(data, part_size, self.0.parallel_parts).await?;
        let first = gathering.next().await?;
        if gathering.has_ended() {
            let whole = first.map(|(part, _)| part).unwrap_or_default();
            return self.put_bytes(name, Body::from(whole).counted_with(&counted), options).await;
        }
        let parts = gathering.into_parts(first, counted);
        self.upload_parts(name, parts, options, None).await
    }

    /// Sends the parts and completes the upload. Whatever ends it otherwise, also the caller who drops it, takes the
    /// parts away.
    async fn upload_parts(
        &self,
        name: &ObjectName,
        parts: Parts,
        options: &UploadOptions,
        file: Option<FileState>,
    ) -> Result<Uploaded> {
        let upload_id = self.begin_upload(name, options).await?;
        let unfinished = Unfinished::new(self.clone(), name.clone(), upload_id.clone());
        let done = async {
            let sent = self.send_parts(name, &upload_id, parts, options.traffic_limit).await?;
            if let Some(file) = &file {
                file.check().await?;
            }
            self.complete_surely(name, &upload_id, sent, &completion(options)).await
        };
        match done.await {
            Ok(uploaded) => {
                unfinished.keep();
                Ok(uploaded)
            }
            Err(error) => {
                unfinished.abort().await;
                Err(error)
            }
        }
    }

    /// Sends parts side by side, and returns their receipts in order.
    pub(crate) async fn send_parts(
        &self,
        name: &ObjectName,
        upload_id: &str,
        parts: Parts,
        traffic_limit: Option<u64>,
    ) -> Result<Vec<UploadedPart>> {
        let (storage, object, id): (_, _, Arc<str>) = (self.clone(), name.clone(), upload_id.into());
        let mut sent: Vec<UploadedPart> = parts
            .map_ok(move |(number, data, share)| {
                let (storage, object, id) = (storage.clone(), object.clone(), Arc::clone(&id));
                async move {
                    let part = storage.send_part(&object, &id, number, data, traffic_limit).await;
                    drop(share);
                    part
                }
            })
            .try_buffer_unordered(self.0.parallel_parts)
            .try_collect()
            .await?;
        sent.sort_by_key(|part| part.number);
        Ok(sent)
    }

    /// Completes an upload also where the answer gets lost: then the object tells whether it has happened.
    pub(crate) async fn complete_surely(
        &self,
        name: &ObjectName,
        upload_id: &str,
        parts: Vec<UploadedPart>,
        options: &CompleteOptions,
    ) -> Result<Uploaded> {
        let size: u64 = parts.iter().map(|part| part.size).sum();
        let expected = parts.iter().try_fold(0, |sum, part| Some(crc64::combine(sum, part.crc64?, part.size)));
        let mut course = self.transport().course();
        let mut lost = false;
        loop {
            let error = match self.complete(name, upload_id, parts.clone(), options.clone()).await {
                Ok(uploaded) => return Ok(uploaded),
                Err(error) => error,
            };
            // An upload that is gone after an answer was lost has most likely become the object.
            let is_gone = lost && error.kind() == ErrorKind::NotFound;
            if !(is_gone || error.is_retryable()) || options.callback.is_some() {
                return Err(error);
            }
            lost = true;
            let found = self.get_object(name, GetObjectOptions::default()).await;
            if let Ok(info) = found
                && info.size == size
                && info.crc64.is_some()
                && info.crc64 == expected
            {
                let mut uploaded = Uploaded::new(name.clone(), self.0.public_address.url(name.as_str(), &[]));
                uploaded.size = Some(size);
                uploaded.etag = info.etag;
                uploaded.crc64 = info.crc64;
                uploaded.version_id = info.version_id;
                return Ok(uploaded);
            }
            if is_gone {
                return Err(error);
            }
            self.transport().pause(Failure::transient(error, Effect::None), &mut course).await?;
        }
    }
}

/// What of an upload's options counts when its parts are put together.
pub(crate) fn completion(options: &UploadOptions) -> CompleteOptions {
    let mut complete = CompleteOptions::from(options.overwrite);
    complete.acl = options.acl;
    complete.callback.clone_from(&options.callback);
    complete
}

/// Parts of bytes in memory.
fn slices(bytes: Bytes, size: u64, whole: &Body) -> Parts {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let parts = (1..).zip((0..bytes.len()).step_by(size)).map(|(number, start)| {
        let end = start.saturating_add(size).min(bytes.len());
        Ok((number, Body::from(bytes.slice(start..end)).counted_with(whole), None))
    });
    stream::iter(parts.collect::<Vec<_>>()).boxed()
}

/// Parts of a file, without those that are not wanted.
pub(crate) fn spans(state: &FileState, size: u64, whole: &Body, wanted: impl Fn(u32) -> bool) -> Parts {
    let length = state.size();
    let offsets = (0..length.div_ceil(size)).map(|at| at * size);
    let parts = (1..).zip(offsets).filter(|(number, _)| wanted(*number)).map(|(number, offset)| {
        let part = Body::file_part(state.path(), offset, size.min(length - offset));
        Ok((number, part.counted_with(whole), None))
    });
    stream::iter(parts.collect::<Vec<_>>()).boxed()
}

/// An upload that has begun. Dropped, it is aborted on the runtime that it was dropped on.
pub(crate) struct Unfinished {
    upload: Option<(OssStorage, ObjectName, String)>,
}

impl Unfinished {
    pub(crate) fn new(storage: OssStorage, name: ObjectName, upload_id: String) -> Self {
        Self { upload: Some((storage, name, upload_id)) }
    }

    /// The upload has become an object, or is to be gone on with.
    pub(crate) fn keep(mut self) {
        self.upload = None;
    }

    /// Takes the parts away. A failure is only traced: the error that ended the upload is the one to tell.
    pub(crate) async fn abort(mut self) {
        if let Some((storage, name, upload_id)) = self.upload.clone() {
            abort(storage, name, upload_id).await;
            self.upload = None;
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some((storage, name, upload_id)) = self.upload.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(abort(storage, name, upload_id))),
            Err(_) => tracing::warn!(
                object = %name,
                "an upload was dropped outside a runtime; its parts stay until `abort_uploads` or a lifecycle rule takes them away"
            ),
        }
    }
}

async fn abort(storage: OssStorage, name: ObjectName, upload_id: String) {
    if let Err(error) = MultipartUpload::abort(&storage, &name, &upload_id).await {
        tracing::warn!(object = %name, %error, "the parts of a failed upload could not be taken away");
    }
}

/// What a part that was sent before must be, to be kept.
pub(crate) fn is_whole(part: &UploadedPart, state: &FileState, size: u64) -> bool {
    let offset = u64::from(part.number.saturating_sub(1)).saturating_mul(size);
    part.number > 0 && offset < state.size() && part.size == size.min(state.size() - offset)
}

/// The error of a file that is not what it was when its upload began.
pub(crate) fn file_changed(path: &Path) -> Error {
    Error::new(ErrorKind::Conflict, format!("the file `{}` was changed while it was uploaded", path.display()))
        .with_advice("nothing was stored; upload it again when nobody writes to it")
}
