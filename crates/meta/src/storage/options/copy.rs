//! How objects are copied.

use super::upload::Overwrite;

/// How an object is copied: the copy keeps content, type and metadata.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyOptions {
    /// Whether an existing target may be overwritten.
    pub overwrite: Overwrite,
}

impl CopyOptions {
    /// Fails with [`ErrorKind::AlreadyExists`](crate::ErrorKind::AlreadyExists) rather than overwriting.
    #[must_use]
    pub fn without_overwriting(mut self) -> Self {
        self.overwrite = Overwrite::Forbid;
        self
    }
}
