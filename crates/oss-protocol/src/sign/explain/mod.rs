//! What a signed URL says, whether its signature fits, and what is wrong with it.
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//! use oss_protocol::sign::explain::Question;
//!
//! let now = UNIX_EPOCH + Duration::from_secs(1_702_743_657);
//! let url = "https://docs.oss-cn-hangzhou.aliyuncs.com/a.txt?OSSAccessKeyId=ak&Expires=1702740000&Signature=c2ln";
//! let told = Question::new(url, now).explain();
//! assert_eq!(told.access_key_id.as_deref(), Some("ak"));
//! assert!(told.to_string().contains("expired 1 h 0 min 57 s ago"), "{told}");
//! ```

mod fit;
mod inspect;
mod report;
mod url;

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::endpoint::{Scheme, Style};

/// The longest URL that is looked at, in bytes; OSS refuses shorter ones.
pub const LONGEST_URL: usize = 16 * 1024;

/// A signed URL, and what is known of it beside its text.
#[derive(Clone)]
pub struct Question<'a> {
    url: &'a str,
    now: SystemTime,
    secret: Option<&'a str>,
    method: Option<&'a str>,
    bucket: Option<&'a str>,
    headers: Vec<(&'a str, &'a str)>,
}

impl<'a> Question<'a> {
    /// Asks of a URL what it is worth at the time `now`.
    #[must_use]
    pub fn new(url: &'a str, now: SystemTime) -> Self {
        Self { url, now, secret: None, method: None, bucket: None, headers: Vec::new() }
    }

    /// The access key secret, with which the signature is checked. It gets into no answer.
    #[must_use]
    pub fn with_secret(mut self, secret: &'a str) -> Self {
        self.secret = Some(secret);
        self
    }

    /// The method that the URL is meant for, in capitals, which it does not tell. Without it, GET, PUT, HEAD, POST and DELETE
    /// are tried.
    #[must_use]
    pub fn with_method(mut self, method: &'a str) -> Self {
        self.method = Some(method);
        self
    }

    /// The bucket, which a URL on a custom domain does not tell.
    #[must_use]
    pub fn with_bucket(mut self, bucket: &'a str) -> Self {
        self.bucket = Some(bucket);
        self
    }

    /// A header that is sent with the URL. Without a `Content-Type`, none and the usual ones are tried.
    #[must_use]
    pub fn with_header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Looks at the URL.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        inspect::explain(self)
    }
}

impl fmt::Debug for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("method", &self.method).field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

/// What a URL says. It holds neither secret nor token nor signature, and no value of a parameter that OSS does not know.
///
/// `Display` is a report of several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The version of the signature; `None` where the URL has none.
    pub version: Option<Version>,
    /// The public half of the key pair.
    pub access_key_id: Option<String>,
    /// Whether it is signed with temporary credentials: it has a token, with which it ends.
    pub temporary: bool,
    /// Which object on which host; `None` where the text is no URL.
    pub address: Option<Address>,
    /// Day, region and product that a signature V4 is for.
    pub scope: Option<Scope>,
    /// When a signature V4 was made.
    pub signed_at: Option<SystemTime>,
    /// When the URL ends.
    pub expires_at: Option<SystemTime>,
    /// How long a URL of V4 lives from its signature on.
    pub lifetime: Option<Duration>,
    /// Whether it is time for it.
    pub validity: Validity,
    /// Headers that must be sent as signed, by the names that are known of; a URL does not tell all of them.
    pub bound_headers: Vec<String>,
    /// Headers that the answer shall carry instead of the object's own.
    pub overrides: Vec<Parameter>,
    /// The other parameters that are none of the signature's own.
    pub parameters: Vec<Parameter>,
    /// Whether the signature fits.
    pub signature: Fit,
    /// What is wrong, and what is worth knowing.
    pub findings: Vec<Finding>,
    /// The time for which all this is said.
    pub asked_at: SystemTime,
}

impl Explanation {
    /// Whether the service would take the URL now, as far as can be told: its signature fits, it has begun and not expired,
    /// and nothing else is wrong.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        matches!(self.signature, Fit::Fits { .. })
            && self.validity == Validity::Valid
            && self.problems().next().is_none()
    }

    /// What is wrong, in words.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        self.findings
            .iter()
            .filter(|finding| finding.severity == Severity::Problem)
            .map(|finding| finding.text.as_str())
    }
}

/// The version of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// HMAC-SHA1 of few things; the URL may live forever.
    V1,
    /// HMAC-SHA256 of the whole request, for seven days at most.
    V4,
}

/// Which object a URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Address {
    /// The protocol; `None` where the URL begins with the host.
    pub scheme: Option<Scheme>,
    /// The host, with its port where it has one.
    pub host: String,
    /// How the URL names its bucket, as far as its host tells.
    pub style: Style,
    /// The bucket; `None` where a custom domain stands for it.
    pub bucket: Option<String>,
    /// The decoded key; empty for the bucket itself.
    pub key: String,
}

/// What the key of a signature V4 is derived for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// The day, `20231216`.
    pub date: String,
    /// The region, `cn-hangzhou`.
    pub region: String,
    /// The product, `oss` or `oss-cloudbox`.
    pub product: String,
}

/// Whether it is time for a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// The URL does not tell its time.
    Unknown,
    /// More than 15 minutes before its signature.
    NotYet,
    /// Now.
    Valid,
    /// It has ended.
    Expired,
}

/// A query parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its decoded name.
    pub name: String,
    /// Its decoded value; `None` where OSS does not know the parameter, so that its value may be anybody's secret.
    pub value: Option<String>,
}

/// Whether a signature fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It was not or could not be checked; the findings say why.
    Unchecked,
    /// It fits.
    Fits {
        /// For this method.
        method: String,
        /// And for exactly this `Content-Type`, or for none at all.
        content_type: Option<String>,
    },
    /// It fits nothing that was tried.
    DoesNotFit,
}

/// Something to know of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether the URL fails for it.
    pub severity: Severity,
    /// What it is, on one line, in lower case.
    pub text: String,
}

/// The weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The service refuses the URL for it.
    Problem,
    /// Worth knowing.
    Note,
}
