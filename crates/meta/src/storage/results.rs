//! What the verbs answer. Everything serialises to what the JitAi documents promise, and more.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{Stream, StreamExt};
use serde::{Serialize, Serializer};

use super::object_name::ObjectName;
use super::options::SignMethod;
use crate::error::{Error, Result};

/// The receipt of an upload or a copy. As JSON: `{"url": …, "name": …, …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Uploaded {
    /// The object's address, percent-encoded and unsigned.
    pub url: String,
    /// The object's name.
    pub name: ObjectName,
    /// The size in bytes, where the store tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The ETag, as the store gives it but without quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// CRC-64/XZ of the content. In JSON a decimal text, since it exceeds what JavaScript's numbers hold.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub crc64: Option<u64>,
    /// The new version, where the store keeps versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

impl Uploaded {
    /// A receipt with what every store knows.
    pub fn new(name: ObjectName, url: impl Into<String>) -> Self {
        Self { url: url.into(), name, size: None, etag: None, crc64: None, version_id: None }
    }

    /// With the size in bytes.
    #[must_use]
    pub fn with_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// With the ETag.
    #[must_use]
    pub fn with_etag(mut self, etag: impl Into<String>) -> Self {
        self.etag = Some(etag.into());
        self
    }

    /// With the CRC-64/XZ of the content.
    #[must_use]
    pub fn with_crc64(mut self, crc64: u64) -> Self {
        self.crc64 = Some(crc64);
        self
    }

    /// With the new version.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}

/// What is known about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectInfo {
    /// The object's name.
    pub name: ObjectName,
    /// The size of the whole object in bytes.
    pub size: u64,
    /// The MIME type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// When it was last written; whole seconds on most stores. In JSON ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_iso_8601")]
    pub last_modified: Option<SystemTime>,
    /// The ETag, as the store gives it but without quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// CRC-64/XZ of the whole content. In JSON a decimal text.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub crc64: Option<u64>,
    /// `Cache-Control` as given at upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// `Content-Disposition` as given at upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// `Content-Encoding` as given at upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// The user's own metadata.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The version, where the store keeps versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// The storage class, where the store has classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// What the store tells beyond that, by its own names (OSS: response headers such as `x-oss-object-type`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, String>,
}

impl ObjectInfo {
    /// An object of this name and size, with nothing else known.
    pub fn new(name: ObjectName, size: u64) -> Self {
        Self {
            name,
            size,
            content_type: None,
            last_modified: None,
            etag: None,
            crc64: None,
            cache_control: None,
            content_disposition: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
            version_id: None,
            storage_class: None,
            other: BTreeMap::new(),
        }
    }
}

/// A stream of an object's bytes. An error ends it; what came before is not the whole object.
pub type DownloadStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// An object that is being read.
///
/// The bytes are complete and correct only when the stream has ended without an error: Types verify length and
/// checksum at its end. [`bytes`](Download::bytes) and the element's `download_to_file` take care of that.
#[non_exhaustive]
pub struct Download {
    /// What is known about the object (the whole of it, also where a part is read).
    pub info: ObjectInfo,
    /// The part that is read: its offset and length in bytes.
    pub span: (u64, u64),
    stream: DownloadStream,
}

impl Download {
    /// An object whose whole content the stream brings.
    pub fn new<S>(info: ObjectInfo, stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes>> + Send + 'static,
    {
        let span = (0, info.size);
        Self { info, span, stream: Box::pin(stream) }
    }

    /// An object, or a part of it, that is in memory already.
    pub fn from_bytes(info: ObjectInfo, bytes: Bytes) -> Self {
        Self::new(info, futures_util::stream::iter((!bytes.is_empty()).then_some(Ok(bytes))))
    }

    /// The stream brings `length` bytes from `offset`.
    #[must_use]
    pub fn with_span(mut self, offset: u64, length: u64) -> Self {
        self.span = (offset, length);
        self
    }

    /// Changes the stream, for Types that transform what their base reads.
    #[must_use]
    pub fn map_stream<S>(mut self, change: impl FnOnce(DownloadStream) -> S) -> Self
    where
        S: Stream<Item = Result<Bytes>> + Send + 'static,
    {
        self.stream = Box::pin(change(self.stream));
        self
    }

    /// The stream of bytes.
    pub fn into_stream(self) -> DownloadStream {
        self.stream
    }

    /// The next bytes; `None` at the verified end.
    ///
    /// # Errors
    /// What broke the transfer, or that a checksum differs.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.stream.next().await.transpose()
    }

    /// Gathers what is left in memory. For objects that are large or of unknown size read the stream instead.
    ///
    /// # Errors
    /// What broke the transfer, or that a checksum differs.
    pub async fn bytes(mut self) -> Result<Bytes> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        // The announced size sizes the buffer, but only up to a bound: it comes from outside.
        const TRUSTED: u64 = 64 << 20;
        let mut gathered = BytesMut::with_capacity(usize::try_from(self.span.1.min(TRUSTED)).unwrap_or(0));
        gathered.extend_from_slice(&first);
        gathered.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await? {
            gathered.extend_from_slice(&chunk);
        }
        Ok(gathered.freeze())
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("info", &self.info).field("span", &self.span).finish_non_exhaustive()
    }
}

/// A request that somebody else may send: method, URL and the headers that they must send with it.
///
/// The URL is a key to the object until it expires, so `Debug` shows it without its query. JSON holds all of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SignedRequest {
    /// The method to use.
    pub method: SignMethod,
    /// The signed URL.
    pub url: String,
    /// Headers that must be sent exactly so, or the signature does not fit.
    pub headers: BTreeMap<String, String>,
    /// When it ends. In JSON ISO 8601.
    #[serde(serialize_with = "as_iso_8601")]
    pub expires_at: Option<SystemTime>,
}

impl SignedRequest {
    /// A request without headers of its own.
    pub fn new(method: SignMethod, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: BTreeMap::new(), expires_at: None }
    }

    /// With a header that must be sent.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// With its end.
    #[must_use]
    pub fn with_expires_at(mut self, time: SystemTime) -> Self {
        self.expires_at = Some(time);
        self
    }
}

impl fmt::Debug for SignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.split_once('?').map_or_else(|| self.url.clone(), |(address, _)| format!("{address}?…"));
        f.debug_struct("SignedRequest")
            .field("method", &self.method)
            .field("url", &url)
            .field("headers", &self.headers)
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

/// The receipt of a deletion. A name that did not exist counts as deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Deleted {
    /// The object's name.
    pub name: ObjectName,
    /// The version that was removed, or the delete marker's, where the store keeps versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

impl Deleted {
    /// The object of this name is gone.
    pub fn new(name: ObjectName) -> Self {
        Self { name, version_id: None }
    }

    /// With the version concerned.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}

/// What became of each object of a deletion.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct DeleteReport {
    /// What is gone.
    pub deleted: Vec<Deleted>,
    /// What could not be deleted, and why.
    pub failed: Vec<(ObjectName, Error)>,
}

impl DeleteReport {
    /// All of these are gone.
    pub fn deleted(deleted: Vec<Deleted>) -> Self {
        Self { deleted, failed: Vec::new() }
    }
}

/// A page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListPage {
    /// The objects, in the order of their names' bytes. Listings know name, size, time and ETag; other fields may be
    /// empty.
    pub objects: Vec<ObjectInfo>,
    /// The common prefixes that the delimiter made, in order.
    pub common_prefixes: Vec<String>,
    /// Where the next page begins; `None` on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl ListPage {
    /// A page with these objects and prefixes.
    pub fn new(objects: Vec<ObjectInfo>, common_prefixes: Vec<String>, next: Option<String>) -> Self {
        Self { objects, common_prefixes, next }
    }
}

/// The receipt of an append.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Appended {
    /// The object's length now, where the next append goes on.
    pub next_position: u64,
    /// CRC-64/XZ of the whole object. In JSON a decimal text.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub crc64: Option<u64>,
}

impl Appended {
    /// The object has this length now.
    pub fn new(next_position: u64) -> Self {
        Self { next_position, crc64: None }
    }

    /// With the CRC-64/XZ of the whole object.
    #[must_use]
    pub fn with_crc64(mut self, crc64: u64) -> Self {
        self.crc64 = Some(crc64);
        self
    }
}

/// A part of a multipart upload, as the store has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UploadedPart {
    /// From 1 to 10 000.
    pub number: u32,
    /// The ETag that completing the upload needs.
    pub etag: String,
    /// The size in bytes.
    pub size: u64,
    /// CRC-64/XZ of the part. In JSON a decimal text.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub crc64: Option<u64>,
}

impl UploadedPart {
    /// A part with what every store knows.
    pub fn new(number: u32, etag: impl Into<String>, size: u64) -> Self {
        Self { number, etag: etag.into(), size, crc64: None }
    }

    /// With the CRC-64/XZ of the part.
    #[must_use]
    pub fn with_crc64(mut self, crc64: u64) -> Self {
        self.crc64 = Some(crc64);
        self
    }
}

fn as_text<S: Serializer>(number: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => serializer.collect_str(number),
        None => serializer.serialize_none(),
    }
}

fn as_iso_8601<S: Serializer>(time: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time.map(jiff::Timestamp::try_from) {
        Some(Ok(time)) => serializer.collect_str(&time),
        Some(Err(error)) => Err(serde::ser::Error::custom(error)),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_serialise_as_the_documents_promise() {
        let name = ObjectName::parse("users/avatar.jpg").unwrap();
        let uploaded = Uploaded::new(name.clone(), "https://docs.example/users/avatar.jpg").with_crc64(u64::MAX);
        let json = serde_json::to_value(&uploaded).unwrap();
        assert_eq!(json["url"], "https://docs.example/users/avatar.jpg");
        assert_eq!(json["crc64"], "18446744073709551615");
        let mut info = ObjectInfo::new(name, 3);
        info.last_modified = Some(SystemTime::UNIX_EPOCH);
        let json = serde_json::to_value(&info).unwrap();
        assert_eq!(json["lastModified"], "1970-01-01T00:00:00Z");
        assert_eq!(json["size"], 3);
    }

    #[test]
    fn a_signed_url_does_not_show_in_debug() {
        let signed = SignedRequest::new(SignMethod::Get, "https://h/k?x-oss-signature=abc");
        assert!(!format!("{signed:?}").contains("abc"));
    }
}
