//! What is known about an object, as headers: options into requests, answers into [`ObjectInfo`].

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use meta::{Conditions, Error, ErrorKind, ObjectInfo, ObjectName, Result, Uploaded};
use oss_protocol::header as oss;

use crate::transport::Transport;

/// A header of a request.
pub(crate) type Header = (HeaderName, HeaderValue);

/// Response headers that [`ObjectInfo`] has fields for, or that say nothing about the object.
const NOT_OTHER: &[&str] =
    &[oss::REQUEST_ID, oss::SERVER_TIME, oss::CRC64, oss::VERSION_ID, oss::STORAGE_CLASS, "x-oss-ec", "x-oss-err"];

/// The headers that conditions make.
pub(crate) fn condition_headers(conditions: &Conditions) -> Result<Vec<Header>> {
    let Conditions { if_match, if_none_match, if_modified_since, if_unmodified_since, .. } = conditions;
    let mut headers = Vec::new();
    for (name, etag) in [(header::IF_MATCH, if_match), (header::IF_NONE_MATCH, if_none_match)] {
        if let Some(etag) = etag {
            headers.push((name, value("ETag", &quoted(etag))?));
        }
    }
    for (name, time) in
        [(header::IF_MODIFIED_SINCE, if_modified_since), (header::IF_UNMODIFIED_SINCE, if_unmodified_since)]
    {
        if let Some(time) = time {
            headers.push((name, value("time", &oss_protocol::time::http_date(*time))?));
        }
    }
    Ok(headers)
}

/// An ETag as headers carry it.
pub(crate) fn quoted(etag: &str) -> String {
    format!("\"{}\"", etag.trim_matches('"'))
}

/// A text as a header's value.
pub(crate) fn value(what: &str, text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text)
        .map_err(|error| Error::new(ErrorKind::InvalidInput, format!("the {what} is not header text: {error}")))
}

/// A header's text, where it is ASCII: everything that OSS itself writes.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A header that users write: other tools send UTF-8 in them.
fn foreign_text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// The ETag of an answer, without quotes.
pub(crate) fn etag(headers: &HeaderMap) -> Option<String> {
    text(headers, "etag").map(|etag| etag.trim_matches('"').to_owned())
}

/// The CRC-64 that an answer names: of the whole object, also where a part is read.
pub(crate) fn crc64(headers: &HeaderMap) -> Option<u64> {
    text(headers, oss::CRC64)?.parse().ok()
}

/// Reads what the answer to GET or HEAD tells about an object.
///
/// # Errors
/// [`ErrorKind::UnexpectedAnswer`] where no OSS answered: its answers have a length and a request id. An ETag tells nothing,
/// since every web server gives its pages one.
pub(crate) fn object_info(name: ObjectName, headers: &HeaderMap, transport: &Transport) -> Result<ObjectInfo> {
    let size = match text(headers, "content-range").and_then(|range| range.rsplit_once('/')) {
        Some((_, total)) => total.parse().ok(),
        None => text(headers, "content-length").and_then(|length| length.parse().ok()),
    };
    require_oss(headers, transport)?;
    let size = size.ok_or_else(|| no_oss(transport))?;
    Ok(describe(name, size, headers))
}

/// Reads what headers tell about an object of this size.
pub(crate) fn describe(name: ObjectName, size: u64, headers: &HeaderMap) -> ObjectInfo {
    let own = |name: &str| headers.get(name).map(foreign_text);
    let mut info = ObjectInfo::new(name, size);
    info.etag = etag(headers);
    info.content_type = own("content-type");
    info.last_modified = text(headers, "last-modified").and_then(oss_protocol::time::parse_http_date);
    info.crc64 = crc64(headers);
    info.cache_control = own("cache-control");
    info.content_disposition = own("content-disposition");
    info.content_encoding = own("content-encoding");
    info.version_id = own(oss::VERSION_ID);
    info.storage_class = own(oss::STORAGE_CLASS);
    for (name, value) in headers {
        let name = name.as_str();
        if let Some(own) = name.strip_prefix(oss::META_PREFIX) {
            info.metadata.insert(own.to_owned(), foreign_text(value));
        } else if name.starts_with(oss::OSS_PREFIX) && !NOT_OTHER.contains(&name) {
            info.other.insert(name.to_owned(), foreign_text(value));
        }
    }
    info
}

/// Refuses a success that OSS would not give: all of its answers carry the request's id.
pub(crate) fn require_oss(headers: &HeaderMap, transport: &Transport) -> Result<()> {
    if headers.contains_key(oss::REQUEST_ID) { Ok(()) } else { Err(no_oss(transport)) }
}

/// The receipt that the headers of a write's answer make.
pub(crate) fn uploaded(name: &ObjectName, url: String, headers: &HeaderMap) -> Uploaded {
    let mut uploaded = Uploaded::new(name.clone(), url);
    uploaded.etag = etag(headers);
    uploaded.crc64 = crc64(headers);
    uploaded.version_id = text(headers, oss::VERSION_ID).map(str::to_owned);
    uploaded
}

/// The error for a success that OSS would not give.
pub(crate) fn no_oss(transport: &Transport) -> Error {
    Error::new(ErrorKind::UnexpectedAnswer, format!("`{}` answered, but not as OSS does", transport.host()))
        .with_advice("check `endPoint`: it must be the host of an OSS service")
        .with_place(transport.place())
}
