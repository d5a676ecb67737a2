//! How objects are copied.

use super::upload::Overwrite;

/// How an object is copied: the copy keeps content, type and metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyOptions {
    /// Whether an existing target may be overwritten.
    pub overwrite: Overwrite,
    /// The version to copy; `None` for the current one.
    pub version_id: Option<String>,
}

impl CopyOptions {
    /// Fails with [`ErrorKind::AlreadyExists`](crate::ErrorKind::AlreadyExists) rather than overwriting.
    #[must_use]
    pub fn without_overwriting(mut self) -> Self {
        self.overwrite = Overwrite::Forbid;
        self
    }

    /// Copies this version, for instance to make an old one the current one again.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}
