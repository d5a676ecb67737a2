//! The one error of the framework: what failed, where, why, and what to do next.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::name::FullName;

/// A `Result` with the framework's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What failed, in which element and operation, on which object, why, and what to do next.
///
/// `Display` is one line for a person. Programs ask [`kind`](Error::kind), [`is_retryable`](Error::is_retryable) and
/// [`service`](Error::service); [`source`](StdError::source) holds the cause. No part of it ever holds a secret: Types
/// must not put credentials, signatures or signed URLs into the texts that they give.
///
/// ```
/// use meta::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::NotFound, "no such object").with_advice("upload it first");
/// assert_eq!(error.to_string(), "no such object: upload it first");
/// assert!(!error.is_retryable());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    advice: Option<String>,
    element: Option<FullName>,
    element_type: Option<FullName>,
    operation: Option<Operation>,
    object: Option<String>,
    place: Option<String>,
    service: Option<ServiceFailure>,
    attempts: Option<Attempts>,
    retryable: Option<bool>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of a kind, with what went wrong in lower case and without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            advice: None,
            element: None,
            element_type: None,
            operation: None,
            object: None,
            place: None,
            service: None,
            attempts: None,
            retryable: None,
            source: None,
        }))
    }

    /// The Type cannot do what was asked, ever.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// The caller may not do what was asked.
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::PermissionDenied, message)
    }

    /// There is no object of this name.
    pub fn not_found() -> Self {
        Self::new(ErrorKind::NotFound, "no such object")
    }

    /// An error of the file system or of a stream, with what was tried; its kind and cause come from `source`.
    ///
    /// Where `source` carries an error of the framework, as a download that is uploaded again does, that one is given
    /// back: with its kind, what its service answered, and whether it is worth trying again.
    pub fn io(what: impl fmt::Display, source: std::io::Error) -> Self {
        let source = match source.downcast::<Self>() {
            Ok(mut carried) => {
                carried.0.message.insert_str(0, &format!("{what}: "));
                return carried;
            }
            Err(source) => source,
        };
        let kind = match source.kind() {
            std::io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
            std::io::ErrorKind::TimedOut => ErrorKind::Timeout,
            _ => ErrorKind::Io,
        };
        Self::new(kind, format!("{what}: {source}")).with_source(source)
    }

    /// Says what to do next.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Keeps the cause, for [`source`](StdError::source).
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Names where the operation took place, such as ``bucket `docs` ``.
    #[must_use]
    pub fn with_place(mut self, place: impl Into<String>) -> Self {
        self.0.place = Some(place.into());
        self
    }

    /// Keeps what the service answered.
    #[must_use]
    pub fn with_service(mut self, service: ServiceFailure) -> Self {
        self.0.service = Some(service);
        self
    }

    /// Tells how often and how long it was tried before giving up.
    #[must_use]
    pub fn with_attempts(mut self, count: u32, elapsed: Duration) -> Self {
        self.0.attempts = Some(Attempts { count, elapsed });
        self
    }

    /// Overrules what the kind says of [`is_retryable`](Error::is_retryable).
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = Some(retryable);
        self
    }

    /// Names the object, where nobody nearer to the cause has done so.
    #[must_use]
    pub fn with_object(mut self, object: impl Into<String>) -> Self {
        self.0.object.get_or_insert(object.into());
        self
    }

    /// Names the element and its Type, where nobody nearer to the cause has done so.
    #[must_use]
    pub fn with_element(mut self, element: &FullName, element_type: Option<&FullName>) -> Self {
        if self.0.element.is_none() {
            self.0.element = Some(element.clone());
            self.0.element_type = element_type.cloned();
        }
        self
    }

    /// Names the operation, where nobody nearer to the cause has done so.
    #[must_use]
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// The cause, where it is of this type.
    pub(crate) fn cause<T: StdError + 'static>(&self) -> Option<&T> {
        self.0.source.as_deref()?.downcast_ref()
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same call may succeed later without any change.
    pub fn is_retryable(&self) -> bool {
        self.0
            .retryable
            .unwrap_or(matches!(self.0.kind, ErrorKind::Throttled | ErrorKind::Timeout | ErrorKind::Unreachable))
    }

    /// What went wrong, without context and advice.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do next, where it is known.
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The element's fullName.
    pub fn element(&self) -> Option<&FullName> {
        self.0.element.as_ref()
    }

    /// The fullName of the element's Type.
    pub fn element_type(&self) -> Option<&FullName> {
        self.0.element_type.as_ref()
    }

    /// The operation that failed.
    pub fn operation(&self) -> Option<Operation> {
        self.0.operation
    }

    /// The name of the object that the operation was about.
    pub fn object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// What the service answered, for Types that stand on one.
    pub fn service(&self) -> Option<&ServiceFailure> {
        self.0.service.as_ref()
    }

    /// How often and how long it was tried.
    pub fn attempts(&self) -> Option<Attempts> {
        self.0.attempts
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { message, advice, element, element_type, operation, object, place, service, attempts, .. } =
            &*self.0;
        if let Some(element) = element {
            write!(f, "{element}")?;
            if let Some(element_type) = element_type {
                write!(f, " ({element_type})")?;
            }
            f.write_str(": ")?;
        }
        if let Some(operation) = operation {
            f.write_str(operation.noun())?;
            if let Some(object) = object {
                write!(f, " of `{}`", Printable(object))?;
            }
            if let Some(place) = place {
                write!(f, " {} {place}", operation.preposition())?;
            }
            f.write_str(" failed: ")?;
        }
        f.write_str(message)?;
        if let Some(service) = service {
            write!(f, " ({service})")?;
        }
        if let Some(Attempts { count, elapsed }) = attempts
            && *count > 1
        {
            write!(f, " after {count} attempts in {:.1} s", elapsed.as_secs_f64())?;
        }
        if let Some(advice) = advice {
            write!(f, ": {advice}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.0.kind).field("text", &self.to_string());
        if let Some(source) = &self.0.source {
            debug.field("source", &source.to_string());
        }
        debug.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// A name from outside on one line: control characters escaped, over-long ones cut.
struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 1100;
        for (at, character) in self.0.char_indices() {
            if at >= LONGEST {
                return write!(f, "… ({} bytes)", self.0.len());
            }
            if character.is_control() {
                write!(f, "{}", character.escape_debug())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

/// The sort of a failure: what a program may want to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The object (or the version of it that was asked for) does not exist.
    NotFound,
    /// The bucket that the element is configured for does not exist.
    NoSuchBucket,
    /// The object exists already and the caller asked not to overwrite it.
    AlreadyExists,
    /// Credentials are wrong or expired, or they do not grant the operation.
    PermissionDenied,
    /// The object's name breaks a rule.
    InvalidName,
    /// Another argument of the call breaks a rule.
    InvalidInput,
    /// The Type cannot do what was asked, or an override has closed it.
    Unsupported,
    /// A condition of the call (`if_match` and its like) does not hold.
    PreconditionFailed,
    /// The object has not changed since the state that the caller named.
    NotModified,
    /// Another change got in the way.
    Conflict,
    /// The service asks to slow down.
    Throttled,
    /// No answer in time.
    Timeout,
    /// The service cannot be reached, or the connection broke.
    Unreachable,
    /// What was transferred is not what was sent: a checksum or a length differs.
    Integrity,
    /// The service answered something that cannot be understood.
    UnexpectedAnswer,
    /// The service refused or failed in a way that no other kind names.
    Service,
    /// The file system failed.
    Io,
    /// `app.json`, an `e.json` or a business file is wrong.
    Config,
    /// No element has this fullName, or it is not one that can be used as asked.
    UnknownElement,
    /// No linked crate and no folder provides the Type.
    UnknownType,
    /// Several crates claim the Type, or its chain of parents is broken.
    TypeConflict,
}

/// An operation of a storage, as errors and traces name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `upload_by_file`
    Upload,
    /// `get_sign_url` and its like
    Sign,
    /// `download` and its like
    Download,
    /// `get_object`
    GetObject,
    /// `delete`
    Delete,
    /// `list`
    List,
    /// `copy`
    Copy,
    /// `append`
    Append,
    /// Part-level uploads
    Multipart,
    /// `get_tags` and `set_tags`
    Tags,
    /// `get_acl` and `set_acl`
    Acl,
    /// `set_storage_class`
    StorageClass,
    /// `restore`
    Restore,
    /// `put_symlink` and `get_symlink`
    Symlink,
    /// `get_file`
    GetFile,
    /// `get_element`: the configuration is read and the Type's factory runs
    Load,
}

impl Operation {
    /// The operation as a noun: `upload`, `download`, …
    pub fn noun(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Sign => "signing",
            Self::Download => "download",
            Self::GetObject => "inspection",
            Self::Delete => "deletion",
            Self::List => "listing",
            Self::Copy => "copy",
            Self::Append => "append",
            Self::Multipart => "multipart upload",
            Self::Tags => "tagging",
            Self::Acl => "access control",
            Self::StorageClass => "change of storage class",
            Self::Restore => "restoring",
            Self::Symlink => "linking",
            Self::GetFile => "reading",
            Self::Load => "loading",
        }
    }

    fn preposition(self) -> &'static str {
        match self {
            Self::Upload | Self::Append | Self::Multipart => "to",
            Self::Download | Self::Delete => "from",
            _ => "in",
        }
    }
}

/// What a service answered when it refused: its own words, for programs and for its support.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceFailure {
    /// The HTTP status, such as 403.
    pub status: u16,
    /// The service's code, such as `AccessDenied`.
    pub code: Option<String>,
    /// OSS's `EC`, such as `0003-00000001`.
    pub ec: Option<String>,
    /// The service's id of the request, which its support asks for.
    pub request_id: Option<String>,
}

impl ServiceFailure {
    /// A failure with this HTTP status.
    pub fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// With the service's code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// With OSS's `EC`.
    #[must_use]
    pub fn with_ec(mut self, ec: impl Into<String>) -> Self {
        self.ec = Some(ec.into());
        self
    }

    /// With the id of the request.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl fmt::Display for ServiceFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => f.write_str(code)?,
            None => write!(f, "HTTP {}", self.status)?,
        }
        if let Some(ec) = &self.ec {
            write!(f, ", EC {ec}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request {id}")?;
        }
        Ok(())
    }
}

/// How often and how long something was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// The number of attempts, at least 1.
    pub count: u32,
    /// From the start of the first to the end of the last.
    pub elapsed: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_element_type_operation_object_place_cause_and_advice() {
        let error = Error::denied("access denied by OSS")
            .with_service(ServiceFailure::new(403).with_code("AccessDenied").with_request_id("5F00"))
            .with_place("bucket `docs`")
            .with_advice("the key may not write to this bucket; grant oss:PutObject")
            .with_element(&"storages.MyOss".parse().unwrap(), Some(&"storages.OssType".parse().unwrap()))
            .with_operation(Operation::Upload)
            .with_object("a/b.txt");
        assert_eq!(
            error.to_string(),
            "storages.MyOss (storages.OssType): upload of `a/b.txt` to bucket `docs` failed: access denied by OSS \
             (AccessDenied, request 5F00): the key may not write to this bucket; grant oss:PutObject"
        );
    }

    #[test]
    fn names_from_outside_stay_on_one_line() {
        let error = Error::not_found().with_operation(Operation::Download).with_object("a\nb\0");
        assert_eq!(error.to_string(), "download of `a\\nb\\0` failed: no such object");
    }

    #[test]
    fn an_error_that_a_stream_carries_stays_what_it_is() {
        let carried = Error::new(ErrorKind::Throttled, "slow down")
            .with_service(ServiceFailure::new(503).with_code("SlowDown"))
            .with_retryable(false)
            .with_object("source");
        let error = Error::io("cannot read the content", std::io::Error::other(carried));
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert_eq!(error.service().and_then(|service| service.code.as_deref()), Some("SlowDown"));
        assert_eq!((error.is_retryable(), error.object()), (false, Some("source")));
        assert_eq!(error.to_string(), "cannot read the content: slow down (SlowDown)");
        let error = Error::io("cannot read the content", std::io::Error::other("broken"));
        assert_eq!((error.kind(), error.message()), (ErrorKind::Io, "cannot read the content: broken"));
        assert!(error.source().is_some());
    }

    #[test]
    fn the_nearest_context_wins() {
        let error = Error::not_found().with_object("inner").with_object("outer");
        assert_eq!(error.object(), Some("inner"));
    }
}
