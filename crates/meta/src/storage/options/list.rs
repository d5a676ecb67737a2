//! Which objects listings name.

/// Which objects a listing names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// Only names that begin so; empty for all.
    pub prefix: String,
    /// Names that hold it behind the prefix are told as one common prefix each, usually `/`; empty for none.
    pub delimiter: String,
    /// Only names after this one, in the order of their bytes.
    pub start_after: Option<String>,
    /// Goes on behind an earlier page: its [`ListPage::next`](crate::ListPage::next).
    pub continuation: Option<String>,
    /// The most entries of a page, objects and common prefixes together; `None` leaves it to the Type. A Type may
    /// return fewer.
    pub limit: Option<u32>,
}

impl ListOptions {
    /// Names that begin with `prefix`.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    /// Tells what lies behind a delimiter as common prefixes, as folders do.
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.delimiter = delimiter.into();
        self
    }

    /// Begins behind this name.
    #[must_use]
    pub fn with_start_after(mut self, name: impl Into<String>) -> Self {
        self.start_after = Some(name.into());
        self
    }

    /// Goes on behind an earlier page.
    #[must_use]
    pub fn with_continuation(mut self, continuation: impl Into<String>) -> Self {
        self.continuation = Some(continuation.into());
        self
    }

    /// Limits a page.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// Which versions of objects a listing names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListVersionsOptions {
    /// Only names that begin so; empty for all.
    pub prefix: String,
    /// Names that hold it behind the prefix are told as one common prefix each, usually `/`; empty for none.
    pub delimiter: String,
    /// Goes on behind an earlier page: its [`VersionPage::next`](crate::VersionPage::next).
    pub continuation: Option<String>,
    /// The most entries of a page; `None` leaves it to the Type. A Type may return fewer.
    pub limit: Option<u32>,
}

impl ListVersionsOptions {
    /// Versions of objects whose names begin with `prefix`.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    /// Tells what lies behind a delimiter as common prefixes, as folders do.
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.delimiter = delimiter.into();
        self
    }

    /// Goes on behind an earlier page.
    #[must_use]
    pub fn with_continuation(mut self, continuation: impl Into<String>) -> Self {
        self.continuation = Some(continuation.into());
        self
    }

    /// Limits a page.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// Which unfinished uploads a listing names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListUploadsOptions {
    /// Only uploads of names that begin so; empty for all.
    pub prefix: String,
    /// Goes on behind an earlier page: its [`UploadPage::next`](crate::UploadPage::next).
    pub continuation: Option<String>,
    /// The most entries of a page; `None` leaves it to the Type. A Type may return fewer.
    pub limit: Option<u32>,
}

impl ListUploadsOptions {
    /// Uploads of objects whose names begin with `prefix`.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    /// Goes on behind an earlier page.
    #[must_use]
    pub fn with_continuation(mut self, continuation: impl Into<String>) -> Self {
        self.continuation = Some(continuation.into());
        self
    }

    /// Limits a page.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }
}
