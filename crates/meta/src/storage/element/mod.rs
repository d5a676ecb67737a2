//! What `get_element` returns: the surface for app developers.

mod abilities;
mod attributes;
mod batch;
mod closed;
mod files;
mod layered;
mod multipart;
mod pages;
mod partial;
mod ranged;
mod versions;

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{StreamExt, TryStreamExt, try_unfold};
use tracing::Instrument;

pub use self::batch::BatchReport;
pub(crate) use self::closed::{ClosedBy, ClosedDoor};
use super::body::Body;
use super::content_type::IntoContentType;
use super::contract::Storage;
use super::header_text;
use super::object_name::ObjectName;
use super::options::{
    ByteRange, DeleteOptions, DeleteTarget, DownloadOptions, FormRules, GetObjectOptions, SignMethod, SignOptions,
    UploadOptions,
};
use super::progress::Meter;
use super::results::{Deleted, Download, ObjectInfo, SignedRequest, Uploaded};
use crate::define::ElementDefine;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::name::FullName;

/// A storage element, ready to use. Cloning is cheap, and clones share everything.
///
/// The five verbs of JitAi's documents are [`upload_by_file`](Self::upload_by_file),
/// [`get_sign_url`](Self::get_sign_url), [`download`](Self::download), [`get_object`](Self::get_object) and
/// [`delete`](Self::delete). Every error names this element, its Type, the operation and the object.
///
/// The verbs are `async` and need a Tokio runtime. Dropping a call cancels it and leaves the old object whole.
#[derive(Clone)]
pub struct StorageElement(Arc<ElementParts>);

pub(crate) struct ElementParts {
    pub(crate) full_name: FullName,
    pub(crate) element_type: FullName,
    pub(crate) define: Arc<ElementDefine>,
    pub(crate) app_id: Option<Arc<str>>,
    pub(crate) folder: PathBuf,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) closed_by: ClosedBy,
}

/// Who the element is: what JAAP's `Element` tells.
impl StorageElement {
    pub(crate) fn new(parts: ElementParts) -> Self {
        Self(Arc::new(parts))
    }

    /// The fullName: `storages.MyOss`.
    pub fn full_name(&self) -> &FullName {
        &self.0.full_name
    }

    /// The last segment of the fullName: `MyOss`.
    pub fn name(&self) -> &str {
        self.0.full_name.name()
    }

    /// The display name; the name where `e.json` gives no title.
    pub fn title(&self) -> &str {
        match self.0.define.title.as_str() {
            "" => self.name(),
            title => title,
        }
    }

    /// The element's `e.json`.
    pub fn define(&self) -> &ElementDefine {
        &self.0.define
    }

    /// The fullName of the Type: `storages.OssType`.
    pub fn element_type(&self) -> &FullName {
        &self.0.element_type
    }

    /// The id of the app that declares the element, where its `app.json` gives one.
    pub fn app_id(&self) -> Option<&str> {
        self.0.app_id.as_deref()
    }
}

/// The five verbs.
impl StorageElement {
    /// Uploads an object and returns a receipt with its `url`.
    ///
    /// `data` is bytes, text, [`Body::file`] or [`Body::stream`]; the latter two are sent chunk by chunk. With a
    /// `content_type` of `None` the Type chooses: `storages.OssType` says `application/octet-stream`,
    /// `storages.DiskType` guesses from the name. An existing object is overwritten; readers see the old or the new one.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] and [`ErrorKind::InvalidInput`] before anything is sent, then those of the store.
    pub async fn upload_by_file(
        &self,
        name: &str,
        data: impl Into<Body>,
        content_type: impl IntoContentType,
    ) -> Result<Uploaded> {
        let options = UploadOptions { content_type: content_type.into_content_type(), ..UploadOptions::default() };
        self.upload_with(name, data.into(), options).await
    }

    /// Uploads as [`upload_by_file`](Self::upload_by_file), with options: metadata, headers, no overwriting.
    ///
    /// # Errors
    /// As [`upload_by_file`](Self::upload_by_file); [`ErrorKind::AlreadyExists`] where overwriting is forbidden.
    pub async fn upload_with(&self, name: &str, data: Body, options: UploadOptions) -> Result<Uploaded> {
        self.run(Operation::Upload, name, async {
            let name = ObjectName::parse(name)?;
            header_text::check_upload(&options)?;
            self.check_features(options.features())?;
            let upload = async |data, options| self.storage().upload_by_file(&name, data, options).await;
            self.metered(data, options, upload).await
        })
        .await
    }

    /// Signs a GET address that anybody, also a browser, can open until it expires.
    ///
    /// `expires` is in seconds, 300 where `None`. `content_type` is checked but not bound to the address: browsers
    /// send no type when they read, and would be refused. To let somebody upload use
    /// [`get_upload_url`](Self::get_upload_url).
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for an `expires` of 0 or beyond what the Type allows (OSS: 7 days with V4),
    /// [`ErrorKind::Unsupported`] from Types that sign nothing.
    pub async fn get_sign_url(
        &self,
        file: &str,
        content_type: impl IntoContentType,
        expires: impl Into<Option<u64>>,
    ) -> Result<String> {
        let options = sign_options(SignMethod::Get, content_type.into_content_type(), expires.into());
        Ok(self.sign(file, options).await?.url)
    }

    /// Signs a PUT address with which somebody else can upload the object until it expires.
    ///
    /// The type is bound: the client must send exactly the headers that the answer names. `expires` is in seconds,
    /// 300 where `None`.
    ///
    /// # Errors
    /// As [`get_sign_url`](Self::get_sign_url); [`ErrorKind::Unsupported`] too where a Type that extends another has not
    /// opened it, since what is uploaded so does not pass through its `upload_by_file`.
    pub async fn get_upload_url(
        &self,
        file: &str,
        content_type: impl IntoContentType,
        expires: impl Into<Option<u64>>,
    ) -> Result<SignedRequest> {
        self.sign(file, sign_options(SignMethod::Put, content_type.into_content_type(), expires.into())).await
    }

    /// Signs any request that the options describe.
    ///
    /// # Errors
    /// As [`get_upload_url`](Self::get_upload_url).
    pub async fn sign(&self, file: &str, options: SignOptions) -> Result<SignedRequest> {
        self.run(Operation::Sign, file, async {
            let name = ObjectName::parse(file)?;
            if let Some(content_type) = &options.content_type {
                header_text::check_content_type(content_type)?;
            }
            header_text::check_upload(&options.upload)?;
            for (name, value) in options.response_headers.iter() {
                header_text::check_value(name, value)?;
            }
            self.check_version(options.version_id.as_deref())?;
            check_use(&options)?;
            if options.expires < Duration::from_secs(1) {
                return Err(Error::new(ErrorKind::InvalidInput, "a signed URL must be valid for at least 1 second"));
            }
            let method = options.method;
            self.check_features(options.features())?;
            let signed = self.storage().get_sign_url(&name, options).await;
            signed.map_err(|error| self.0.closed_by.explain(error, method, &self.0.element_type))
        })
        .await
    }

    /// Downloads an object into memory, complete and checked. For large objects use
    /// [`download_stream`](Self::download_stream) or [`download_to_file`](Self::download_to_file).
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is none; [`ErrorKind::Integrity`] where a checksum differs.
    pub async fn download(&self, name: &str) -> Result<Bytes> {
        self.run(Operation::Download, name, async {
            let name = ObjectName::parse(name)?;
            self.storage().download(&name, DownloadOptions::default()).await?.bytes().await
        })
        .await
    }

    /// Downloads `length` bytes from `offset`; fewer where the object ends before.
    ///
    /// # Errors
    /// As [`download`](Self::download); [`ErrorKind::InvalidInput`] where the range holds no byte of the object.
    pub async fn download_range(&self, name: &str, offset: u64, length: u64) -> Result<Bytes> {
        let options = DownloadOptions::default().with_range(ByteRange::Span { offset, length });
        self.run(Operation::Download, name, async { self.open_download(name, options).await?.bytes().await }).await
    }

    /// Opens an object, or a part of it, as a stream. The bytes are right only if the stream ends without an error.
    ///
    /// # Errors
    /// As [`download_range`](Self::download_range), and [`ErrorKind::PreconditionFailed`] or
    /// [`ErrorKind::NotModified`] where a condition does not hold.
    pub async fn download_stream(&self, name: &str, options: DownloadOptions) -> Result<Download> {
        let download = self.run(Operation::Download, name, self.open_download(name, options)).await?;
        let (element, name) = (self.clone(), name.to_owned());
        Ok(download.map_stream(move |stream| {
            stream.map(move |chunk| chunk.map_err(|error| element.in_context(error, Operation::Download, Some(&name))))
        }))
    }

    /// Tells what is known about an object: size, type, time, checksums, metadata.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is none.
    pub async fn get_object(&self, name: &str) -> Result<ObjectInfo> {
        self.get_object_with(name, GetObjectOptions::default()).await
    }

    /// Tells what is known about an object, on conditions or of a version.
    ///
    /// # Errors
    /// As [`get_object`](Self::get_object), and [`ErrorKind::PreconditionFailed`] or [`ErrorKind::NotModified`].
    pub async fn get_object_with(&self, name: &str, options: GetObjectOptions) -> Result<ObjectInfo> {
        self.run(Operation::GetObject, name, async {
            let name = ObjectName::parse(name)?;
            self.check_version(options.version_id.as_deref())?;
            self.storage().get_object(&name, options).await
        })
        .await
    }

    /// Whether there is an object of this name.
    ///
    /// # Errors
    /// Whatever keeps the question from being answered, such as a missing bucket or permission.
    pub async fn exists(&self, name: &str) -> Result<bool> {
        match self.get_object(name).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes an object. A missing one counts as deleted.
    ///
    /// # Errors
    /// What the store refuses.
    pub async fn delete(&self, name: &str) -> Result<Deleted> {
        self.run(Operation::Delete, name, async {
            self.delete_target(DeleteTarget::new(ObjectName::parse(name)?)).await
        })
        .await
    }
}

/// How calls run: checked, traced, and with their context in every error.
impl StorageElement {
    fn storage(&self) -> &dyn Storage {
        &*self.0.storage
    }

    async fn delete_target(&self, target: DeleteTarget) -> Result<Deleted> {
        let mut report = self.storage().delete(vec![target], DeleteOptions::default()).await?;
        match (report.failed.pop(), report.deleted.pop()) {
            (Some((_, error)), _) => Err(error),
            (None, Some(deleted)) => Ok(deleted),
            (None, None) => Err(unreported()),
        }
    }

    /// Runs an upload and tells whoever wants to know how far it has come.
    async fn metered<T>(
        &self,
        data: Body,
        mut options: UploadOptions,
        upload: impl AsyncFnOnce(Body, UploadOptions) -> Result<T>,
    ) -> Result<T> {
        let Some(progress) = options.progress.take() else { return upload(data, options).await };
        let meter = Meter::new(progress, data.length().await?);
        let done = upload(data.metered(Arc::clone(&meter)), options).await?;
        meter.finish();
        Ok(done)
    }

    async fn open_download(&self, name: &str, options: DownloadOptions) -> Result<Download> {
        let name = ObjectName::parse(name)?;
        self.check_version(options.version_id.as_deref())?;
        self.check_features(options.features())?;
        if matches!(options.range, Some(ByteRange::Span { length: 0, .. } | ByteRange::Last(0))) {
            return Err(
                Error::new(ErrorKind::InvalidInput, "the range is empty").with_advice("ask for at least 1 byte")
            );
        }
        let mut options = options;
        let progress = options.progress.take();
        let unknown = options.process.is_some();
        let download = self.storage().download(&name, options).await?;
        let Some(progress) = progress else { return Ok(download) };
        let meter = Meter::new(progress, (!unknown).then_some(download.span.1));
        Ok(download.map_stream(move |stream| {
            try_unfold((stream, meter), |(mut stream, meter)| async move {
                let chunk = stream.try_next().await?;
                // Also of an object without bytes somebody is told at the end.
                meter.add(chunk.as_ref().map_or(0, |chunk| chunk.len() as u64));
                Ok(chunk.map(|chunk| (chunk, (stream, meter))))
            })
        }))
    }

    async fn run<T>(&self, operation: Operation, object: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.traced(operation, Some(object), work).await
    }

    async fn traced<T>(
        &self,
        operation: Operation,
        object: Option<&str>,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let span = tracing::debug_span!("storage", element = %self.0.full_name, operation = operation.noun(), object);
        work.instrument(span).await.map_err(|error| self.in_context(error, operation, object))
    }

    fn in_context(&self, error: Error, operation: Operation, object: Option<&str>) -> Error {
        let error = error.with_element(&self.0.full_name, Some(&self.0.element_type)).with_operation(operation);
        match object {
            Some(object) => error.with_object(object),
            None => error,
        }
    }
}

fn sign_options(method: SignMethod, content_type: Option<String>, expires: Option<u64>) -> SignOptions {
    let expires = expires.map_or(SignOptions::DEFAULT_EXPIRES, Duration::from_secs);
    let options = SignOptions::new(method).with_expires(expires);
    match content_type {
        Some(content_type) => options.with_content_type(content_type),
        None => options,
    }
}

/// Refuses options that mean nothing for the method, rather than leave them out.
fn check_use(options: &SignOptions) -> Result<()> {
    let SignOptions { method, upload, part, form, response_headers, process, version_id, .. } = options;
    let reads = matches!(method, SignMethod::Get | SignMethod::Head);
    let misused = [
        ("upload", *upload != UploadOptions::default() && reads),
        ("part", part.is_some() && *method != SignMethod::Put),
        ("content_type", options.content_type.is_some() && part.is_some()),
        ("upload", *upload != UploadOptions::default() && part.is_some()),
        ("form", *form != FormRules::default() && *method != SignMethod::Post),
        ("response_headers", response_headers.iter().next().is_some() && *method != SignMethod::Get),
        ("process", process.is_some() && *method != SignMethod::Get),
        ("version_id", version_id.is_some() && !reads),
    ];
    if let Some((option, _)) = misused.into_iter().find(|(_, is_misused)| *is_misused) {
        let what = if part.is_some() { "part" } else { "request" };
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("`{option}` means nothing for a signed {} {what}", method.as_str()),
        )
        .with_advice("leave it out"));
    }
    match part {
        Some(part) => check_part(&part.upload_id, part.number),
        None => Ok(()),
    }
}

/// Refuses a callback where nothing is uploaded whole.
fn check_no_callback(options: &UploadOptions, what: &str) -> Result<()> {
    match options.callback {
        Some(_) => Err(Error::new(ErrorKind::InvalidInput, format!("`callback` means nothing for {what}"))
            .with_advice("leave it out")),
        None => Ok(()),
    }
}

/// Refuses parts that cannot be.
fn check_part(upload_id: &str, number: u32) -> Result<()> {
    if upload_id.is_empty() {
        return Err(Error::new(ErrorKind::InvalidInput, "the upload id is empty")
            .with_advice("give the id that `initiate_multipart` returned"));
    }
    if !(1..=10_000).contains(&number) {
        return Err(Error::new(ErrorKind::InvalidInput, format!("parts are numbered from 1 to 10000, not {number}")));
    }
    Ok(())
}

fn unreported() -> Error {
    Error::new(ErrorKind::UnexpectedAnswer, "the Type reported neither success nor failure")
}

impl fmt::Debug for StorageElement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageElement")
            .field("full_name", &self.0.full_name)
            .field("element_type", &self.0.element_type)
            .field("app_id", &self.0.app_id)
            .finish_non_exhaustive()
    }
}
