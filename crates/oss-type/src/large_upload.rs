//! Large uploads: parts side by side, within a fixed memory budget, all or nothing.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use meta::{
    Body, CompleteOptions, Error, ErrorKind, GetObjectOptions, MultipartUpload, ObjectName, Result, Storage,
    UploadOptions, Uploaded, UploadedPart,
};
use oss_protocol::header as oss;
use tokio::sync::OwnedSemaphorePermit;

use crate::attributes::Header;
use crate::file_state::FileState;
use crate::gathering::Gathering;
use crate::multipart::sum_of;
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
        match data.as_bytes() {
            Some(bytes) if bytes.len() as u64 <= self.0.part_size => self.put_bytes(name, data, options).await,
            // In a box, so that the many small uploads do not carry the state of large ones about.
            _ => Box::pin(self.upload_large(name, data, options)).await,
        }
    }

    async fn upload_large(&self, name: &ObjectName, data: Body, options: &UploadOptions) -> Result<Uploaded> {
        let part_size = self.0.part_size;
        if let Some(bytes) = data.as_bytes() {
            let size = part_size_for(bytes.len() as u64, part_size);
            return self.upload_parts(name, slices(bytes.clone(), size, &data), options, None).await;
        }
        if let Some(path) = data.as_file().map(Path::to_owned) {
            let state = FileState::of(path).await?;
            if state.size() <= part_size {
                if let Some(checkpoint) = &options.checkpoint {
                    self.forget_earlier(name, &state, checkpoint).await?;
                }
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
            let mut whole = first.map(|(part, _)| part).unwrap_or_default();
            let announced = self.0.crc64.then(|| whole.crc64());
            return self.put_announced(name, whole.into_body().counted_with(&counted), announced, options).await;
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
        let headers = self.0.write_defaults.object(options)?;
        let upload_id = self.begin_upload(name, headers, options.overwrite).await?;
        let unfinished = Unfinished::new(self.clone(), name.clone(), upload_id.clone());
        let done = async {
            let sent = self.send_parts(name, &upload_id, parts, options.traffic_limit).await?;
            if let Some(file) = &file {
                file.check().await?;
            }
            let headers = self.0.write_defaults.completion(&completion(options))?;
            self.complete_surely(name, &upload_id, sent, headers, None).await
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
        // The limit is the upload's, and OSS holds every request to it.
        let parallel = if traffic_limit.is_some() { 1 } else { self.0.parallel_parts };
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
            .try_buffer_unordered(parallel)
            .try_collect()
            .await?;
        sent.sort_by_key(|part| part.number);
        Ok(sent)
    }

    /// Completes an upload also where the answer gets lost: an upload that is gone then has become the object, if that is
    /// what the parts make. `whole` is the sum of the whole, where the parts' own do not tell it.
    pub(crate) async fn complete_surely(
        &self,
        name: &ObjectName,
        upload_id: &str,
        parts: Vec<UploadedPart>,
        headers: Vec<Header>,
        whole: Option<u64>,
    ) -> Result<Uploaded> {
        let size: u64 = parts.iter().map(|part| part.size).sum();
        let calls_back = headers.iter().any(|(name, _)| *name == oss::CALLBACK);
        let mut course = self.transport().course();
        let mut is_unsure = false;
        loop {
            let error = match self.put_together(name, upload_id, &parts, headers.clone()).await {
                Ok(uploaded) => return Ok(uploaded),
                Err(error) => error,
            };
            // Without an earlier attempt of ours somebody else took the upload away, or made the object.
            if is_unsure && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists) {
                return self.what_it_became(name, size, whole.or_else(|| sum_of(&parts)), error).await;
            }
            if calls_back || !may_have_happened(&error) {
                return Err(error);
            }
            is_unsure = true;
            let has_tried_all = error.attempts().is_some_and(|tried| tried.count >= self.transport().max_attempts());
            let waited = match has_tried_all {
                true => Err(error),
                false => self.transport().pause(Failure::transient(error, Effect::None), &mut course).await,
            };
            if let Err(error) = waited {
                return match self.list_parts(name, upload_id).await {
                    Err(gone) if gone.kind() == ErrorKind::NotFound => {
                        self.what_it_became(name, size, whole.or_else(|| sum_of(&parts)), error).await
                    }
                    _ => Err(error),
                };
            }
        }
    }

    /// The receipt of an upload that is gone, where the object is what its parts make; else the error.
    async fn what_it_became(&self, name: &ObjectName, size: u64, crc64: Option<u64>, error: Error) -> Result<Uploaded> {
        let found = self.get_object(name, GetObjectOptions::default()).await;
        let Ok(info) = found else { return Err(error) };
        if info.size != size || info.crc64.is_none() || info.crc64 != crc64 {
            return Err(error);
        }
        let mut uploaded = Uploaded::new(name.clone(), self.0.public_address.url(name.as_str(), &[]));
        uploaded.size = Some(size);
        uploaded.etag = info.etag;
        uploaded.crc64 = info.crc64;
        uploaded.version_id = info.version_id;
        Ok(uploaded)
    }
}

/// Whether a completion that failed so may have taken effect, or may do so next time.
fn may_have_happened(error: &Error) -> bool {
    let unknown = [ErrorKind::Unreachable, ErrorKind::Timeout, ErrorKind::Throttled, ErrorKind::UnexpectedAnswer];
    error.is_retryable()
        || unknown.contains(&error.kind())
        || error.service().is_some_and(|service| service.status >= 500)
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

/// Takes the parts away, in two calls where one fails: keys are renewed once a call, and nobody else comes for the parts.
async fn abort(storage: OssStorage, name: ObjectName, upload_id: String) {
    let Err(error) = MultipartUpload::abort(&storage, &name, &upload_id).await else { return };
    tracing::debug!(object = %name, %error, "taking the parts of a failed upload away once more");
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
