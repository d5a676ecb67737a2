//! A request that is not granted: code, number, message and details of the answer, and the cause for the log.

use std::borrow::Cow;
use std::error::Error as StdError;

use oss_protocol::code::Code;
use oss_protocol::key::InvalidObjectKey;
use oss_protocol::sign::Refusal;
use oss_protocol::xml::MalformedXml;

use crate::store::is_full;

/// Why a request fails. Boxed: it is large and rare.
#[derive(Debug)]
pub(crate) struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: Code,
    ec: Option<&'static str>,
    message: Cow<'static, str>,
    details: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    /// Whether the database told it.
    is_of_storage: bool,
}

impl Failure {
    pub(crate) fn new(code: Code) -> Self {
        Self::with_message(code, code.message())
    }

    pub(crate) fn with_message(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            ec: code.ec(),
            message: message.into(),
            details: Vec::new(),
            headers: Vec::new(),
            cause: None,
            is_of_storage: false,
        }))
    }

    /// A fault of ours or of the disk: the client learns only that, the log learns the cause.
    pub(crate) fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let mut failure = Self::new(Code::InternalError);
        failure.0.cause = Some(cause.into());
        failure
    }

    pub(crate) fn argument(name: &'static str, value: impl Into<String>, message: &'static str) -> Self {
        Self::with_message(Code::InvalidArgument, message).detail("ArgumentName", name).detail("ArgumentValue", value)
    }

    pub(crate) fn no_such_bucket(bucket: &str) -> Self {
        Self::new(Code::NoSuchBucket).detail("BucketName", bucket)
    }

    pub(crate) fn no_such_key(key: &str) -> Self {
        Self::new(Code::NoSuchKey).detail("Key", key)
    }

    pub(crate) fn no_such_upload(upload_id: &str) -> Self {
        Self::new(Code::NoSuchUpload).detail("UploadId", upload_id)
    }

    /// Something that OSS has and this server has not.
    pub(crate) fn not_implemented(what: impl Into<String>) -> Self {
        let what = what.into();
        Self::with_message(Code::NotImplemented, format!("The embedded OSS server does not implement {what}."))
    }

    /// A fault of the database, which may refuse everything from then on.
    pub(crate) fn of_storage(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::internal(cause).after_storage()
    }

    fn after_storage(mut self) -> Self {
        self.0.is_of_storage = true;
        self
    }

    /// There is no room left for anything new.
    pub(crate) fn disk_full() -> Self {
        let message = "The disk of the embedded OSS server is full: delete objects, or make room on it otherwise.";
        Self::with_message(Code::ServiceUnavailable, message)
    }

    /// An element of the error document.
    pub(crate) fn detail(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.0.details.push((name, text.into()));
        self
    }

    /// A header of the answer.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.headers.push((name, value.into()));
        self
    }

    pub(crate) fn code(&self) -> Code {
        self.0.code
    }

    pub(crate) fn ec(&self) -> Option<&'static str> {
        self.0.ec
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn details(&self) -> &[(&'static str, String)] {
        &self.0.details
    }

    pub(crate) fn headers(&self) -> &[(&'static str, String)] {
        &self.0.headers
    }

    pub(crate) fn cause(&self) -> Option<&(dyn StdError + Send + Sync)> {
        self.0.cause.as_deref()
    }

    /// Whether the database told it, which may refuse everything from then on.
    pub(crate) fn is_of_storage(&self) -> bool {
        self.0.is_of_storage
    }

    /// The cause as an error of input or output.
    pub(crate) fn into_io(self) -> std::io::Error {
        match self.0.cause {
            Some(cause) => std::io::Error::other(cause),
            None => std::io::Error::other(self.0.message.into_owned()),
        }
    }

    pub(crate) fn is_disk_full(&self) -> bool {
        self.0.code == Code::ServiceUnavailable
    }

    pub(crate) fn is_internal(&self) -> bool {
        self.0.code == Code::InternalError
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self(Box::new(Inner {
            code: refusal.code,
            ec: refusal.ec,
            message: refusal.message,
            details: refusal.details,
            headers: Vec::new(),
            cause: None,
            is_of_storage: false,
        }))
    }
}

impl From<MalformedXml> for Failure {
    fn from(error: MalformedXml) -> Self {
        Self::with_message(Code::MalformedXML, format!("{} ({error})", Code::MalformedXML.message()))
    }
}

impl From<InvalidObjectKey> for Failure {
    fn from(error: InvalidObjectKey) -> Self {
        Self::with_message(Code::InvalidObjectName, format!("The specified object is not valid: {error}."))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if is_full(&error) { Self::disk_full() } else { Self::internal(error) }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

impl From<tokio::task::JoinError> for Failure {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::internal(error)
    }
}

/// Errors of the database are internal ones, after which it is opened anew.
macro_rules! internal {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                match redb::Error::from(error) {
                    redb::Error::Io(error) if is_full(&error) => Self::disk_full().after_storage(),
                    error => Self::of_storage(error),
                }
            }
        }
    )*};
}

internal!(redb::StorageError, redb::TableError, redb::TransactionError, redb::CommitError);
