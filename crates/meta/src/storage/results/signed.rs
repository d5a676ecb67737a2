//! Requests that somebody else may send.

use std::collections::BTreeMap;
use std::fmt;
use std::time::SystemTime;

use serde::Serialize;

use super::json::as_iso_8601;
use crate::storage::options::SignMethod;

/// A request that somebody else may send: method, URL and the headers that they must send with it.
///
/// The URL is a key to the object until it expires, and so are a form's fields: `Debug` shows neither the query nor the
/// fields' values. JSON holds all of it.
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
    /// The fields of a form, for [`SignMethod::Post`]: sent in this order as `multipart/form-data`, and the field `file`
    /// with the content after them. In JSON an array of pairs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<(String, String)>,
    /// When it ends. In JSON ISO 8601.
    #[serde(serialize_with = "as_iso_8601")]
    pub expires_at: Option<SystemTime>,
}

impl SignedRequest {
    /// A request without headers of its own.
    pub fn new(method: SignMethod, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: BTreeMap::new(), fields: Vec::new(), expires_at: None }
    }

    /// With a header that must be sent.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// With the next field of a form.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
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
            .field("fields", &self.fields.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_request_does_not_show_in_debug() {
        let signed = SignedRequest::new(SignMethod::Get, "https://h/k?x-oss-signature=abc").with_field("policy", "abc");
        assert!(!format!("{signed:?}").contains("abc"));
    }
}
