//! Reading objects: a stream that goes on where it broke, and checks what it brought.

use bytes::Bytes;
use futures_util::stream;
use http::header::{self, HeaderValue};
use http::{HeaderName, Method, StatusCode};
use hyper::body::Incoming;
use meta::{ByteRange, Download, DownloadOptions, Error, ErrorKind, ObjectName, Result};
use oss_protocol::crc64::Crc64;
use oss_protocol::header as oss;

use crate::attributes::{self, condition_headers, no_oss, object_info, quoted, value};
use crate::storage::OssStorage;
use crate::transport::{Call, Course, Effect, Failure, Transport};
use crate::write_headers::traffic_limit;

impl OssStorage {
    pub(crate) async fn open_download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        if let Some(process) = &options.process {
            return self.open_processed(name, process, &options).await;
        }
        let deadline = self.transport().deadline();
        let DownloadOptions { range, conditions, version_id, traffic_limit: limit, .. } = options;
        let version: Vec<_> = version_id.iter().map(|id| ("versionId", id.as_str())).collect();
        let mut call = Call::new(Method::GET, name.as_str(), read_action(&version_id))
            .query(&version)
            .headers(condition_headers(&conditions)?)
            .headers(traffic_limit(limit)?);
        if let Some(range) = range {
            call = call.headers(range_headers(range)?);
        }
        let answer = self.transport().send(&call).await?;
        let mut info = object_info(name.clone(), answer.response.headers(), self.transport())?;
        let span = match range {
            Some(range) => {
                let meant = range.within(info.size);
                let got = span_of(answer.response.status(), answer.response.headers(), info.size);
                match (meant, got) {
                    (None, _) => {
                        return Err(Error::new(ErrorKind::InvalidInput, "the range holds no byte of the object")
                            .with_place(self.transport().place()));
                    }
                    (Some(meant), Some(got)) if meant == got => meant,
                    _ => {
                        return Err(
                            no_oss(self.transport()).with_advice("the range that came is not the one asked for")
                        );
                    }
                }
            }
            None => (0, info.size),
        };
        let reader = Reader {
            storage: self.clone(),
            name: name.clone(),
            version_id,
            limit,
            etag: info.etag.clone(),
            body: answer.response.into_body(),
            position: span.0,
            end: span.0 + span.1,
            // A checksum is known of the whole only.
            check: info
                .crc64
                .filter(|_| self.0.crc64 && span == (0, info.size))
                .map(|expected| (Crc64::new(), expected)),
            course: self.transport().course(),
        };
        // The call's time counts until the last byte.
        let chunks = stream::try_unfold(Some(reader), move |reader: Option<Reader>| async move {
            let Some(mut reader) = reader else { return Ok(None) };
            let next = deadline.hold(reader.next()).await;
            match next.unwrap_or_else(|over| Err(over.after(None).with_place(reader.transport().place())))? {
                Some(chunk) => Ok(Some((chunk, Some(reader)))),
                None => Ok(None),
            }
        });
        if !self.0.crc64 {
            // Whoever puts parts together compares with it.
            info.crc64 = None;
        }
        Ok(Download::new(info, chunks).with_span(span.0, span.1))
    }
}

/// An object that is being read, from `position` to `end`.
struct Reader {
    storage: OssStorage,
    name: ObjectName,
    version_id: Option<String>,
    limit: Option<u64>,
    etag: Option<String>,
    body: Incoming,
    position: u64,
    end: u64,
    check: Option<(Crc64, u64)>,
    /// Breaks since a byte last came.
    course: Course,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let failure = match self.storage.transport().next_chunk(&mut self.body).await {
                Some(Ok(chunk)) if chunk.is_empty() => continue,
                Some(Ok(chunk)) => return self.take(chunk).map(Some),
                None if self.position == self.end => return self.finish().map(|()| None),
                None => Error::new(
                    ErrorKind::Unreachable,
                    format!("the transfer ended {} bytes early", self.end - self.position),
                ),
                Some(Err(error)) => error,
            };
            self.resume(failure).await?;
        }
    }

    fn take(&mut self, chunk: Bytes) -> Result<Bytes> {
        self.position += chunk.len() as u64;
        self.course.progressed();
        if self.position > self.end {
            return Err(Error::new(ErrorKind::Integrity, "more bytes came than the object has")
                .with_place(self.transport().place()));
        }
        if let Some((crc64, _)) = &mut self.check {
            crc64.update(&chunk);
        }
        Ok(chunk)
    }

    fn finish(&self) -> Result<()> {
        match &self.check {
            Some((crc64, expected)) if crc64.finish() != *expected => Err(Error::new(
                ErrorKind::Integrity,
                format!("what arrived is not what is stored: CRC-64 {}, not {expected}", crc64.finish()),
            )
            .with_retryable(true)
            .with_advice("download it again")
            .with_place(self.transport().place())),
            _ => Ok(()),
        }
    }

    /// Goes on at the byte where the transfer broke, with the same version of the object or not at all.
    async fn resume(&mut self, failure: Error) -> Result<()> {
        let Some(etag) = self.etag.clone() else { return Err(failure.with_place(self.transport().place())) };
        tracing::debug!(object = %self.name, position = self.position, error = %failure, "resuming a download");
        let storage = self.storage.clone();
        storage.transport().pause(Failure::transient(failure, Effect::None), &mut self.course).await?;
        let range = ByteRange::Span { offset: self.position, length: self.end - self.position };
        let version: Vec<_> = self.version_id.iter().map(|id| ("versionId", id.as_str())).collect();
        let call = Call::new(Method::GET, self.name.as_str(), read_action(&self.version_id))
            .query(&version)
            .header(header::IF_MATCH, value("ETag", &quoted(&etag))?)
            .headers(range_headers(range)?)
            .headers(traffic_limit(self.limit)?);
        let answer = self.transport().send(&call).await.map_err(|error| match error.kind() {
            ErrorKind::PreconditionFailed | ErrorKind::NotFound => {
                Error::new(ErrorKind::Conflict, "the transfer broke, and the object was changed meanwhile")
                    .with_source(error)
                    .with_retryable(true)
                    .with_advice("download it again")
            }
            _ => error,
        })?;
        let headers = answer.response.headers();
        let span = span_of(answer.response.status(), headers, self.end);
        if span != Some((self.position, self.end - self.position)) || attributes::etag(headers) != self.etag {
            return Err(no_oss(self.transport()));
        }
        self.body = answer.response.into_body();
        Ok(())
    }

    fn transport(&self) -> &Transport {
        self.storage.transport()
    }
}

/// The RAM action that reading needs.
pub(crate) fn read_action(version_id: &Option<String>) -> &'static str {
    if version_id.is_some() { "oss:GetObjectVersion" } else { "oss:GetObject" }
}

/// A range is always asked for with OSS's standard behaviour: without it OSS answers a range that reaches past the end
/// with the whole object.
fn range_headers(range: ByteRange) -> Result<[(HeaderName, HeaderValue); 2]> {
    Ok([
        (header::RANGE, value("range", &range.to_string())?),
        (HeaderName::from_static(oss::RANGE_BEHAVIOR), HeaderValue::from_static("standard")),
    ])
}

/// The part that an answer says it brings.
fn span_of(status: StatusCode, headers: &http::HeaderMap, size: u64) -> Option<(u64, u64)> {
    if status != StatusCode::PARTIAL_CONTENT {
        return Some((0, size));
    }
    let (span, _) = attributes::text(headers, "content-range")?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = span.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    Some((first, last.checked_sub(first)?.checked_add(1)?))
}
