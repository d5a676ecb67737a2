//! The verifier's half of signature V1: reading what was sent, and checking it.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{MAX_SKEW, SigningKey, string_to_sign};
use crate::code::Code;
use crate::header;
use crate::sign::{Refusal, Request, spaced_hex};
use crate::time::{BasicTime, parse_http_date};

/// Where a signature V1 stands, with the moment that it is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form<'a> {
    /// In the `Authorization` header.
    Header {
        /// The date line as sent.
        date: &'a str,
        /// The moment that the date line means.
        time: SystemTime,
    },
    /// In the URL.
    Query {
        /// The value of `Expires` as sent.
        expires: &'a str,
        /// The moment that it means.
        until: SystemTime,
    },
}

/// A signature V1 as sent, read but not yet checked.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    /// The id of the key pair.
    pub access_key_id: &'a str,
    /// The signature in base64.
    pub signature: &'a str,
    /// The token of temporary credentials.
    pub security_token: Option<&'a str>,
    /// Where it stands.
    pub form: Form<'a>,
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = (&self.access_key_id, &self.form);
        f.debug_struct("v1::Claim").field("access_key_id", fields.0).field("form", fields.1).finish_non_exhaustive()
    }
}

impl<'a> Claim<'a> {
    /// Reads `OSS {id}:{signature}` and the date that goes with it.
    ///
    /// # Errors
    /// A malformed value, or no readable date.
    pub fn from_header(authorization: &'a str, request: &Request<'a>) -> Result<Self, Refusal> {
        let refuse = |ec, message| Refusal::argument(ec, message, "Authorization", authorization);
        let Some(credential) = authorization.strip_prefix("OSS ") else {
            return Err(refuse("0002-00000061", "Authorization header is invalid."));
        };
        let Some((access_key_id, signature)) = credential.trim().split_once(':') else {
            return Err(refuse("0002-00000062", "Authorization header is invalid."));
        };
        if access_key_id.is_empty() {
            return Err(refuse("0002-00000063", "Authorization header is invalid: no AccessKeyId."));
        }
        if signature.is_empty() {
            return Err(refuse("0002-00000065", "Authorization header is invalid: no signature."));
        }
        let date = request.header(header::DATE).or_else(|| request.header("date")).ok_or_else(Refusal::no_date)?;
        let basic = || BasicTime::parse(date).map(BasicTime::to_system_time);
        let time = parse_http_date(date).or_else(basic).ok_or_else(Refusal::no_date)?;
        let security_token = request.header(header::SECURITY_TOKEN);
        Ok(Self { access_key_id, signature, security_token, form: Form::Header { date, time } })
    }

    /// Reads `OSSAccessKeyId`, `Expires`, `Signature` and `security-token`.
    ///
    /// # Errors
    /// A parameter that is missing, repeated or unreadable, or a token in a header.
    pub fn from_query(request: &Request<'a>) -> Result<Self, Refusal> {
        let once = |name: &'static str| -> Result<Option<&'a str>, Refusal> {
            let mut values = request.query.iter().filter(|(given, _)| *given == name).map(|(_, value)| *value);
            let first = values.next().filter(|value| !value.is_empty());
            match values.next() {
                Some(second) => Err(Refusal::new(Code::InvalidArgument, "A parameter of the signature is repeated.")
                    .with_detail("ArgumentName", name)
                    .with_detail("ArgumentValue", second)),
                None => Ok(first),
            }
        };
        let required = |name: &'static str| {
            once(name)?.ok_or_else(|| {
                Refusal::new(
                    Code::AccessDenied,
                    "Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters",
                )
            })
        };
        let access_key_id = required("OSSAccessKeyId")?;
        let signature = required("Signature")?;
        let expires = required("Expires")?;
        let security_token = once("security-token")?;
        if request.header(header::SECURITY_TOKEN).is_some() {
            return Err(Refusal::new(
                Code::InvalidRequest,
                "The security token of a signed URL is a query parameter, not a header.",
            ));
        }
        let digits = expires.bytes().all(|byte| byte.is_ascii_digit());
        let until = digits
            .then(|| expires.parse().ok())
            .flatten()
            .and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
        let Some(until) = until else {
            return Err(Refusal::new(Code::AccessDenied, "Invalid date (should be seconds since epoch).")
                .with_ec("0002-00000070"));
        };
        Ok(Self { access_key_id, signature, security_token, form: Form::Query { expires, until } })
    }

    /// Compares the claim's moment with the server's clock.
    ///
    /// # Errors
    /// A date more than [`MAX_SKEW`] away, or an expired URL.
    pub fn check_time(&self, now: SystemTime) -> Result<(), Refusal> {
        match self.form {
            Form::Header { time, .. } => {
                let skew = now.duration_since(time).unwrap_or_else(|early| early.duration());
                if skew > MAX_SKEW { Err(Refusal::skewed(time, now)) } else { Ok(()) }
            }
            Form::Query { until, .. } if now > until => Err(Refusal::expired(until, now)),
            Form::Query { .. } => Ok(()),
        }
    }

    /// The string that the sender must have signed.
    #[must_use]
    pub fn string_to_sign(&self, request: &Request<'_>) -> String {
        match self.form {
            Form::Header { date, .. } => string_to_sign(request, date),
            Form::Query { expires, .. } => string_to_sign(request, expires),
        }
    }

    pub(in crate::sign) fn matches(&self, key: &SigningKey, request: &Request<'_>) -> bool {
        key.verify(&self.string_to_sign(request), self.signature)
    }

    /// Checks the signature, in constant time.
    ///
    /// # Errors
    /// `SignatureDoesNotMatch`, with the string to sign for the sender to compare.
    pub fn verify(&self, key: &SigningKey, request: &Request<'_>) -> Result<(), Refusal> {
        let string_to_sign = self.string_to_sign(request);
        if key.verify(&string_to_sign, self.signature) {
            return Ok(());
        }
        Err(Refusal::new(Code::SignatureDoesNotMatch, Code::SignatureDoesNotMatch.message())
            .with_ec("0002-00000040")
            .with_detail("OSSAccessKeyId", self.access_key_id)
            .with_detail("SignatureProvided", self.signature)
            .with_detail("StringToSignBytes", spaced_hex(&string_to_sign))
            .with_detail("StringToSign", string_to_sign))
    }
}
