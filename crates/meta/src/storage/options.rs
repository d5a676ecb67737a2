//! What callers may ask beyond the names: one struct per verb, each `Default` and with `with_*`.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use super::object_name::ObjectName;
use super::results::ObjectInfo;
use crate::error::{Error, ErrorKind, Result};

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

/// What a call demands of the object's state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conditions {
    /// The object has this ETag, else [`ErrorKind::PreconditionFailed`](crate::ErrorKind::PreconditionFailed).
    pub if_match: Option<String>,
    /// The object has another ETag, else [`ErrorKind::NotModified`](crate::ErrorKind::NotModified).
    pub if_none_match: Option<String>,
    /// It was modified after this time (whole seconds), else [`ErrorKind::NotModified`](crate::ErrorKind::NotModified).
    pub if_modified_since: Option<SystemTime>,
    /// It was not modified after this time (whole seconds), else
    /// [`ErrorKind::PreconditionFailed`](crate::ErrorKind::PreconditionFailed).
    pub if_unmodified_since: Option<SystemTime>,
}

impl Conditions {
    /// Checks the conditions against an object's state, for Types whose store does not do it. All must hold. ETags
    /// compare without quotes and regardless of case, times by whole seconds, as OSS does.
    ///
    /// # Errors
    /// [`ErrorKind::PreconditionFailed`] or [`ErrorKind::NotModified`].
    pub fn check(&self, info: &ObjectInfo) -> Result<()> {
        let Self { if_match, if_none_match, if_modified_since, if_unmodified_since } = self;
        let same = |etag: &String| {
            let plain = |text: &str| text.trim_matches('"').to_ascii_lowercase();
            info.etag.as_deref().is_some_and(|own| plain(own) == plain(etag))
        };
        let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let modified_after = |time: &SystemTime| info.last_modified.is_none_or(|own| seconds(own) > seconds(*time));
        if if_match.as_ref().is_some_and(|etag| !same(etag)) {
            return Err(Error::new(ErrorKind::PreconditionFailed, "the object has another ETag"));
        }
        if if_unmodified_since.as_ref().is_some_and(modified_after) {
            return Err(Error::new(ErrorKind::PreconditionFailed, "the object was modified since"));
        }
        if if_none_match.as_ref().is_some_and(same)
            || if_modified_since.as_ref().is_some_and(|time| !modified_after(time))
        {
            return Err(Error::new(ErrorKind::NotModified, "the object was not modified"));
        }
        Ok(())
    }

    /// Demands this ETag.
    #[must_use]
    pub fn with_if_match(mut self, etag: impl Into<String>) -> Self {
        self.if_match = Some(etag.into());
        self
    }

    /// Demands another ETag than this.
    #[must_use]
    pub fn with_if_none_match(mut self, etag: impl Into<String>) -> Self {
        self.if_none_match = Some(etag.into());
        self
    }

    /// Demands a change after this time.
    #[must_use]
    pub fn with_if_modified_since(mut self, time: SystemTime) -> Self {
        self.if_modified_since = Some(time);
        self
    }

    /// Demands no change after this time.
    #[must_use]
    pub fn with_if_unmodified_since(mut self, time: SystemTime) -> Self {
        self.if_unmodified_since = Some(time);
        self
    }
}

/// A contiguous part of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From this offset to the end.
    From(u64),
    /// `length` bytes from `offset`; fewer where the object ends before. `length` is at least 1.
    Span {
        /// The first byte.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// The last bytes, at most this many; at least 1.
    Last(u64),
}

impl ByteRange {
    /// The bytes of an object of `size` bytes that the range means: offset and length.
    ///
    /// `None` where it means none: a start at or behind the end, a length of 0.
    pub fn within(self, size: u64) -> Option<(u64, u64)> {
        let (offset, length) = match self {
            Self::From(offset) => (offset, size.checked_sub(offset)?),
            Self::Span { offset, length } => (offset, size.checked_sub(offset)?.min(length)),
            Self::Last(length) => (size.saturating_sub(length), length.min(size)),
        };
        (length > 0).then_some((offset, length))
    }
}

impl fmt::Display for ByteRange {
    /// Writes the range as the HTTP header `Range` has it, such as `bytes=0-99`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(offset) => write!(f, "bytes={offset}-"),
            Self::Span { offset, length } => match offset.checked_add(*length) {
                Some(end) => write!(f, "bytes={offset}-{}", end.saturating_sub(1)),
                None => write!(f, "bytes={offset}-"),
            },
            Self::Last(length) => write!(f, "bytes=-{length}"),
        }
    }
}

/// What of an object is read, and on which conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadOptions {
    /// A part of the object; `None` for the whole.
    pub range: Option<ByteRange>,
    /// What must hold of the object.
    pub conditions: Conditions,
    /// The version to read; `None` for the current one.
    pub version_id: Option<String>,
}

impl DownloadOptions {
    /// Reads a part.
    #[must_use]
    pub fn with_range(mut self, range: ByteRange) -> Self {
        self.range = Some(range);
        self
    }

    /// Reads only if the conditions hold.
    #[must_use]
    pub fn with_conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// Reads this version.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}

/// Which state of an object is inspected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetObjectOptions {
    /// What must hold of the object.
    pub conditions: Conditions,
    /// The version to inspect; `None` for the current one.
    pub version_id: Option<String>,
}

impl GetObjectOptions {
    /// Inspects only if the conditions hold.
    #[must_use]
    pub fn with_conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// Inspects this version.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}

/// An object, or one version of it, to delete.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DeleteTarget {
    /// The object's name.
    pub name: ObjectName,
    /// The version to remove for good; `None` for the object itself.
    pub version_id: Option<String>,
}

impl DeleteTarget {
    /// The object of this name.
    pub fn new(name: ObjectName) -> Self {
        Self { name, version_id: None }
    }

    /// One version of the object.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}

impl From<ObjectName> for DeleteTarget {
    fn from(name: ObjectName) -> Self {
        Self::new(name)
    }
}

/// How objects are deleted. There is nothing to choose yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteOptions {}

/// What a signed request may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum SignMethod {
    /// Read the object.
    #[default]
    Get,
    /// Read what is known about the object.
    Head,
    /// Write the object.
    Put,
}

impl SignMethod {
    /// Whether whoever sends the request changes the object.
    pub fn writes(self) -> bool {
        match self {
            Self::Get | Self::Head => false,
            Self::Put => true,
        }
    }

    /// The method as HTTP spells it: `GET`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
        }
    }
}

/// What is signed for somebody else, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignOptions {
    /// What the request may do.
    pub method: SignMethod,
    /// For [`SignMethod::Put`]: the type that the client must send. Reading binds no type, since browsers send none.
    pub content_type: Option<String>,
    /// How long the request is valid, in whole seconds, at least one; [`SignOptions::DEFAULT_EXPIRES`] unless told.
    pub expires: Duration,
}

impl SignOptions {
    /// JAAP's default: 300 seconds.
    pub const DEFAULT_EXPIRES: Duration = Duration::from_secs(300);

    /// A request of this method.
    pub fn new(method: SignMethod) -> Self {
        Self { method, content_type: None, expires: Self::DEFAULT_EXPIRES }
    }

    /// With the type that the client must send.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Valid for this long.
    #[must_use]
    pub fn with_expires(mut self, expires: Duration) -> Self {
        self.expires = expires;
        self
    }
}

impl Default for SignOptions {
    fn default() -> Self {
        Self::new(SignMethod::Get)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_compare_etags_loosely_and_times_by_seconds() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(5_400);
        let mut info = ObjectInfo::new(ObjectName::parse("a").unwrap(), 1);
        info.etag = Some("AB12".to_owned());
        info.last_modified = Some(time);
        let kind = |conditions: Conditions| conditions.check(&info).map_err(|error| error.kind());
        let later = time + Duration::from_secs(1);
        let earlier = time - Duration::from_secs(1);
        assert_eq!(kind(Conditions::default().with_if_match("\"ab12\"")), Ok(()));
        assert_eq!(kind(Conditions::default().with_if_match("x")), Err(ErrorKind::PreconditionFailed));
        assert_eq!(kind(Conditions::default().with_if_none_match("AB12")), Err(ErrorKind::NotModified));
        assert_eq!(kind(Conditions::default().with_if_none_match("x")), Ok(()));
        assert_eq!(kind(Conditions::default().with_if_modified_since(earlier)), Ok(()));
        assert_eq!(kind(Conditions::default().with_if_modified_since(time)), Err(ErrorKind::NotModified));
        assert_eq!(kind(Conditions::default().with_if_unmodified_since(later)), Ok(()));
        assert_eq!(kind(Conditions::default().with_if_unmodified_since(earlier)), Err(ErrorKind::PreconditionFailed));
    }

    #[test]
    fn ranges_mean_what_http_means() {
        let span = |offset, length| ByteRange::Span { offset, length };
        for (range, size, meant, header) in [
            (ByteRange::From(3), 10, Some((3, 7)), "bytes=3-"),
            (ByteRange::From(10), 10, None, "bytes=10-"),
            (ByteRange::From(11), 10, None, "bytes=11-"),
            (span(0, 4), 10, Some((0, 4)), "bytes=0-3"),
            (span(8, 4), 10, Some((8, 2)), "bytes=8-11"),
            (span(u64::MAX, u64::MAX), 10, None, "bytes=18446744073709551615-"),
            (ByteRange::Last(3), 10, Some((7, 3)), "bytes=-3"),
            (ByteRange::Last(30), 10, Some((0, 10)), "bytes=-30"),
            (ByteRange::Last(3), 0, None, "bytes=-3"),
        ] {
            assert_eq!(range.within(size), meant, "{range}");
            assert_eq!(range.to_string(), header);
        }
    }
}
