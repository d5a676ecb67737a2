//! What the app's own server said to an upload with a callback.

use http::StatusCode;
use meta::{Error, ErrorKind, Result};
use oss_protocol::xml::ErrorDocument;

/// Whether the status says that the object is stored, and that the callback failed.
pub(crate) fn has_failed(status: StatusCode) -> bool {
    status == StatusCode::NON_AUTHORITATIVE_INFORMATION
}

/// The answer of the app's server, which OSS hands on; an error where OSS could not get one. The object is stored in
/// either case.
pub(crate) fn answer(status: StatusCode, document: &[u8]) -> Result<String> {
    if !has_failed(status) {
        return Ok(String::from_utf8_lossy(document).into_owned());
    }
    let said = ErrorDocument::read(document).map(|document| document.message).unwrap_or_default();
    let said: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(256).collect();
    Err(Error::new(ErrorKind::Service, format!("the object is stored, but the callback failed: {said}"))
        .with_retryable(false)
        .with_advice("OSS must reach the callback's address, and get a 2xx with JSON within 5 seconds"))
}
