//! Why a signature, a date or a token is refused, in the words of OSS.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use crate::code::Code;
use crate::time::iso8601;

/// What OSS answers to a request that it does not believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The error code, which brings the HTTP status.
    pub code: Code,
    /// The number of the error, where it is known.
    pub ec: Option<&'static str>,
    /// What is wrong.
    pub message: Cow<'static, str>,
    /// Further elements of the error document, name and text.
    pub details: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal with the number that belongs to the code.
    #[must_use]
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, ec: code.ec(), message: message.into(), details: Vec::new() }
    }

    /// Sets the number of the error.
    #[must_use]
    pub fn with_ec(mut self, ec: &'static str) -> Self {
        self.ec = Some(ec);
        self
    }

    /// Adds an element to the error document.
    #[must_use]
    pub fn with_detail(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.details.push((name, text.into()));
        self
    }

    /// An argument with a value that OSS does not take: the document names both.
    pub(super) fn argument(ec: &'static str, message: &'static str, name: &'static str, value: &str) -> Self {
        Self::new(Code::InvalidArgument, message)
            .with_ec(ec)
            .with_detail("ArgumentName", name)
            .with_detail("ArgumentValue", value)
    }

    pub(super) fn no_date() -> Self {
        Self::new(Code::AccessDenied, "OSS authentication requires a valid Date.").with_ec("0002-00000503")
    }

    pub(super) fn skewed(request: SystemTime, server: SystemTime) -> Self {
        Self::new(Code::RequestTimeTooSkewed, Code::RequestTimeTooSkewed.message())
            .with_detail("MaxAllowedSkewMilliseconds", "900000")
            .with_detail("RequestTime", iso8601(request))
            .with_detail("ServerTime", iso8601(server))
    }

    pub(super) fn expired(expires: SystemTime, server: SystemTime) -> Self {
        Self::new(Code::AccessDenied, "Request has expired.")
            .with_ec("0002-00000069")
            .with_detail("Expires", iso8601(expires))
            .with_detail("ServerTime", iso8601(server))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
