//! What the app's own server said to an upload with a callback.

use http::StatusCode;
use meta::{Error, ErrorKind, Result};
use oss_protocol::xml::ErrorDocument;

/// The answer of the app's server, which OSS hands on; an error where OSS could not get one. The object is stored in
/// either case.
pub(crate) fn answer(status: StatusCode, document: &[u8]) -> Result<String> {
    if status != StatusCode::NON_AUTHORITATIVE_INFORMATION {
        return Ok(String::from_utf8_lossy(document).into_owned());
    }
    let said = ErrorDocument::read(document).map(|document| document.message).unwrap_or_default();
    let said: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(256).collect();
    Err(Error::new(ErrorKind::Service, format!("the object is stored, but the callback failed: {said}"))
        .with_retryable(false)
        .with_advice("OSS must reach the callback's address, and get a 2xx with JSON within 5 seconds"))
}
