//! What the store calls when an upload is done.

use std::collections::BTreeMap;

/// A request that the store sends to the app's own server once an upload is done; the server's answer becomes the
/// answer to the upload ([`Uploaded::callback_answer`](crate::Uploaded::callback_answer)).
///
/// Where the call fails the object is stored all the same, and the upload answers an error that says so. Uploads with a
/// callback are not repeated once they may have arrived, so that the server is not called twice.
///
/// ```
/// use meta::{Callback, UploadOptions};
///
/// let callback = Callback::new("https://app.example.com/uploaded", "name=${object}&size=${size}&user=${x:user}")
///     .with_variable("user", "alice");
/// let options = UploadOptions::default().with_callback(callback);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Callback {
    /// Where to call; several addresses, tried in order, are separated by `;` (OSS: at most five).
    pub url: String,
    /// The body to send. OSS fills in `${bucket}`, `${object}`, `${etag}`, `${size}`, `${mimeType}`, `${crc64}` and the
    /// variables as `${x:name}`.
    pub body: String,
    /// The body's type; `None` for `application/x-www-form-urlencoded`. The other that OSS knows is `application/json`.
    pub body_type: Option<String>,
    /// The `Host` header to send, where it is not the address's.
    pub host: Option<String>,
    /// Values for the body: names in lower case, without `x:`.
    pub variables: BTreeMap<String, String>,
}

impl Callback {
    /// Calls this address with this body.
    pub fn new(url: impl Into<String>, body: impl Into<String>) -> Self {
        Self { url: url.into(), body: body.into(), body_type: None, host: None, variables: BTreeMap::new() }
    }

    /// With this type of the body.
    #[must_use]
    pub fn with_body_type(mut self, body_type: impl Into<String>) -> Self {
        self.body_type = Some(body_type.into());
        self
    }

    /// With this `Host` header.
    #[must_use]
    pub fn with_host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// With one more value for the body, as `${x:name}`.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }
}
