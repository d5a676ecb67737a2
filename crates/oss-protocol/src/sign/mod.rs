//! Signatures of OSS: what is signed, how, and what a verifier must refuse.
//!
//! [`v4`] is the default of today's SDKs, [`v1`] is for old private clouds, [`policy`] for browser forms. Both sides of
//! the wire use the same canonical forms: a signer sends the signature over them, a verifier compares in constant time
//! and prints them when it refuses. [`mismatch`] tells from both sides' forms why they do not agree,
//! [`explain`] what any signed URL is worth.
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//! use oss_protocol::sign::{Request, v4};
//!
//! let now = UNIX_EPOCH + Duration::from_secs(1_702_743_657);
//! let key = v4::SigningKey::derive("sk", now, "cn-hangzhou", v4::PRODUCT); // keep it for the day
//! let signer = v4::Signer { access_key_id: "ak", security_token: None, key: &key };
//! let request = Request { method: "GET", bucket: Some("docs"), key: Some("a.txt"), query: &[], headers: &[] };
//! let signed = signer.sign_headers(&request, &[], now);
//! for (name, value) in signed.headers() {
//!     println!("{name}: {value}");
//! }
//! ```

mod canonical;
pub mod explain;
pub mod mismatch;
pub mod policy;
mod redact;
mod refusal;
pub mod v1;
pub mod v4;

pub use refusal::Refusal;

use crate::code::Code;

/// What a signature covers: one request, in decoded form.
///
/// The address style plays no part: the bucket is named here whether it stands in the host or in the path.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method in capitals, `GET`.
    pub method: &'a str,
    /// `None` for requests to the service, such as the list of buckets.
    pub bucket: Option<&'a str>,
    /// The decoded object key; `None` or empty for requests to a bucket.
    pub key: Option<&'a str>,
    /// Decoded names and values, in any order; an empty value and a missing one are the same.
    pub query: &'a [(&'a str, &'a str)],
    /// Headers as sent, in any order and with names in any case; repeated names count as one, joined by `,`.
    pub headers: &'a [(&'a str, &'a str)],
}

impl<'a> Request<'a> {
    /// The first header of that name, which must be given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let found = self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }

    /// The first query parameter of exactly that name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.query.iter().find(|(given, _)| *given == name).map(|(_, value)| *value)
    }
}

/// The claim that a request makes about its sender, read but not yet checked.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Claim<'a> {
    /// Signature V1, in the `Authorization` header or in the URL.
    V1(v1::Claim<'a>),
    /// Signature V4, in the `Authorization` header or in the URL.
    V4(v4::Claim<'a>),
}

impl<'a> Claim<'a> {
    /// Reads the claim of a request; `None` for an anonymous one.
    ///
    /// # Errors
    /// What OSS answers to a claim that cannot be read, or to one in the header and another in the URL.
    pub fn read(request: &Request<'a>) -> Result<Option<Self>, Refusal> {
        let header = request.header("authorization");
        let v4_query = request.parameter("x-oss-signature-version").is_some()
            || request.parameter("x-oss-signature").is_some()
            || request.parameter("x-oss-credential").is_some();
        let v1_query = request.parameter("OSSAccessKeyId").is_some() || request.parameter("Signature").is_some();
        match header {
            Some(_) if v4_query || v1_query => Err(Refusal::new(
                Code::InvalidArgument,
                "Only one auth mechanism allowed; only the X-Oss-* query parameters, Signature query string parameter or the Authorization header should be specified.",
            )),
            Some(value) if v4::is_authorization(value) => {
                v4::Claim::from_header(value, request).map(Self::V4).map(Some)
            }
            Some(value) => v1::Claim::from_header(value, request).map(Self::V1).map(Some),
            None if v4_query => v4::Claim::from_query(request).map(Self::V4).map(Some),
            None if v1_query => v1::Claim::from_query(request).map(Self::V1).map(Some),
            None => Ok(None),
        }
    }

    /// The id of the key pair that the sender says it has.
    #[must_use]
    pub fn access_key_id(&self) -> &'a str {
        match self {
            Self::V1(claim) => claim.access_key_id,
            Self::V4(claim) => claim.access_key_id,
        }
    }

    /// The token of temporary credentials, where one was sent.
    #[must_use]
    pub fn security_token(&self) -> Option<&'a str> {
        match self {
            Self::V1(claim) => claim.security_token,
            Self::V4(claim) => claim.security_token,
        }
    }

    /// Whether the signature stands in the URL.
    #[must_use]
    pub fn is_query(&self) -> bool {
        match self {
            Self::V1(claim) => matches!(claim.form, v1::Form::Query { .. }),
            Self::V4(claim) => matches!(claim.form, v4::Form::Query { .. }),
        }
    }
}

fn hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// The hexadecimal form of a string to sign that OSS prints as `StringToSignBytes`.
#[must_use]
pub fn spaced_hex(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.as_bytes() {
        if !out.is_empty() {
            out.push(' ');
        }
        hex(&[*byte], &mut out);
    }
    out.make_ascii_uppercase();
    out
}
