//! How objects are written.

use std::collections::BTreeMap;

/// How an object is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadOptions {
    /// The MIME type. `None` leaves it to the Type: `storages.OssType` says `application/octet-stream`,
    /// `storages.DiskType` guesses from the name.
    pub content_type: Option<String>,
    /// `Cache-Control`, stored and returned as given.
    pub cache_control: Option<String>,
    /// `Content-Disposition`, stored and returned as given.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`, stored and returned as given.
    pub content_encoding: Option<String>,
    /// The user's own metadata. Names are lower-case letters, digits and `-`; values are printable ASCII.
    pub metadata: BTreeMap<String, String>,
    /// Whether an existing object may be overwritten.
    pub overwrite: Overwrite,
}

/// Whether an existing object may be overwritten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overwrite {
    /// The new object replaces the old one.
    #[default]
    Allow,
    /// An existing object makes the call fail with [`ErrorKind::AlreadyExists`](crate::ErrorKind::AlreadyExists).
    Forbid,
}

impl UploadOptions {
    /// With a MIME type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// With `Cache-Control`.
    #[must_use]
    pub fn with_cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// With `Content-Disposition`.
    #[must_use]
    pub fn with_content_disposition(mut self, value: impl Into<String>) -> Self {
        self.content_disposition = Some(value.into());
        self
    }

    /// With `Content-Encoding`.
    #[must_use]
    pub fn with_content_encoding(mut self, value: impl Into<String>) -> Self {
        self.content_encoding = Some(value.into());
        self
    }

    /// With one more pair of the user's own metadata. The name is taken in lower case, as stores do.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into().to_ascii_lowercase(), value.into());
        self
    }

    /// Fails with [`ErrorKind::AlreadyExists`](crate::ErrorKind::AlreadyExists) rather than overwriting.
    #[must_use]
    pub fn without_overwriting(mut self) -> Self {
        self.overwrite = Overwrite::Forbid;
        self
    }
}
