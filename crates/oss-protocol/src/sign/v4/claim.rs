//! The verifier's half of signature V4: reading what was sent, and checking it.

use std::fmt;
use std::time::{Duration, SystemTime};

use hmac::Mac as _;

use super::{ALGORITHM, MAX_LIFETIME, SigningKey, TERMINATOR, canonical_request, string_to_sign};
use crate::code::Code;
use crate::encode::nibble;
use crate::header;
use crate::sign::v1::MAX_SKEW;
use crate::sign::{Refusal, Request, spaced_hex};
use crate::time::BasicTime;

/// Where a signature V4 stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the URL.
    Query {
        /// How long the URL lives, from the claim's time on.
        lifetime: Duration,
    },
}

/// A signature V4 as sent, read but not yet checked.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    /// The id of the key pair.
    pub access_key_id: &'a str,
    /// The day of the credential, `20231216`.
    pub date: &'a str,
    /// The region of the credential.
    pub region: &'a str,
    /// The product of the credential, `oss` or `oss-cloudbox`.
    pub product: &'a str,
    /// Names of additional headers as sent, joined by `;`.
    pub additional: &'a str,
    /// The signature in hexadecimal.
    pub signature: &'a str,
    /// The token of temporary credentials.
    pub security_token: Option<&'a str>,
    /// The moment of signing.
    pub time: BasicTime,
    /// Where it stands.
    pub form: Form,
}

impl fmt::Debug for Claim<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("v4::Claim")
            .field("access_key_id", &self.access_key_id)
            .field("region", &self.region)
            .field("time", &self.time)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

/// Whether the value of `Authorization` is meant to be a signature V4.
pub(in crate::sign) fn is_authorization(value: &str) -> bool {
    value.split_whitespace().next() == Some(ALGORITHM)
}

struct Scope<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    product: &'a str,
}

impl<'a> Claim<'a> {
    /// Reads `OSS4-HMAC-SHA256 Credential=…,AdditionalHeaders=…,Signature=…`: pairs in any order, spaces allowed.
    ///
    /// # Errors
    /// A malformed value, no readable date, or a credential of another day.
    pub fn from_header(authorization: &'a str, request: &Request<'a>) -> Result<Self, Refusal> {
        let refuse = |ec, message| Refusal::argument(ec, message, "Authorization", authorization);
        let format = || refuse("0002-00000202", "The authorization header you provided is invalid.");
        let pairs = authorization.strip_prefix(ALGORITHM).ok_or_else(format)?;
        let (mut credential, mut additional, mut signature) = (None, None, None);
        for pair in pairs.split(',') {
            let (name, value) = pair.trim().split_once('=').ok_or_else(format)?;
            let place = match name.trim() {
                "Credential" => &mut credential,
                "AdditionalHeaders" => &mut additional,
                "Signature" => &mut signature,
                _ => return Err(format()),
            };
            if place.replace(value.trim()).is_some() {
                return Err(format());
            }
        }
        let (Some(credential), Some(signature)) = (credential, signature) else {
            return Err(format());
        };
        let scope = Scope::read(credential, "Authorization")?;
        check_payload(request)?;
        let date = request.header(header::DATE).or_else(|| request.header("date")).ok_or_else(Refusal::no_date)?;
        let time = BasicTime::parse(date).ok_or_else(Refusal::no_date)?;
        scope.check_date(time, "Authorization", authorization)?;
        Ok(Self {
            access_key_id: scope.access_key_id,
            date: scope.date,
            region: scope.region,
            product: scope.product,
            additional: additional.unwrap_or_default(),
            signature,
            security_token: request.header(header::SECURITY_TOKEN),
            time,
            form: Form::Header,
        })
    }

    /// Reads the `x-oss-…` parameters of a signed URL.
    ///
    /// # Errors
    /// A parameter that is missing, repeated or unreadable.
    pub fn from_query(request: &Request<'a>) -> Result<Self, Refusal> {
        let once = |name: &'static str| -> Result<Option<&'a str>, Refusal> {
            let mut values = request.query.iter().filter(|(given, _)| *given == name).map(|(_, value)| *value);
            let first = values.next().filter(|value| !value.is_empty());
            match values.next() {
                Some(second) => {
                    Err(Refusal::argument("0002-00000202", "A parameter of the signature is repeated.", name, second))
                }
                None => Ok(first),
            }
        };
        let required = |ec, name: &'static str| {
            once(name)?.ok_or_else(|| Refusal::argument(ec, "A parameter of the signature is missing.", name, ""))
        };
        let version = required("0002-00000202", "x-oss-signature-version")?;
        if version != ALGORITHM {
            return Err(Refusal::argument(
                "0002-00000202",
                "The signature version is not supported.",
                "x-oss-signature-version",
                version,
            ));
        }
        let credential = required("0002-00000202", "x-oss-credential")?;
        let signature = required("0002-00000219", "x-oss-signature")?;
        let date = required("0002-00000202", "x-oss-date")?;
        let expires = required("0002-00000232", "x-oss-expires")?;
        let additional = once("x-oss-additional-headers")?.unwrap_or_default();
        let security_token = once(header::SECURITY_TOKEN)?;
        let scope = Scope::read(credential, "x-oss-credential")?;
        check_payload(request)?;
        let time = BasicTime::parse(date).ok_or_else(|| {
            Refusal::argument("0002-00000202", "The date is not in the form 20231216T162057Z.", "x-oss-date", date)
        })?;
        scope.check_date(time, "x-oss-credential", credential)?;
        let lifetime = expires.bytes().all(|byte| byte.is_ascii_digit()).then(|| expires.parse().ok()).flatten();
        let lifetime =
            lifetime.map(Duration::from_secs).filter(|lifetime| !lifetime.is_zero() && *lifetime <= MAX_LIFETIME);
        let Some(lifetime) = lifetime else {
            return Err(Refusal::argument(
                "0002-00000232",
                "x-oss-expires must be between 1 and 604800 seconds.",
                "x-oss-expires",
                expires,
            ));
        };
        Ok(Self {
            access_key_id: scope.access_key_id,
            date: scope.date,
            region: scope.region,
            product: scope.product,
            additional,
            signature,
            security_token,
            time,
            form: Form::Query { lifetime },
        })
    }

    /// Compares the claim's moment with the server's clock.
    ///
    /// # Errors
    /// A date more than 15 minutes away, an expired URL, or one that is not valid yet.
    pub fn check_time(&self, now: SystemTime) -> Result<(), Refusal> {
        let time = self.time.to_system_time();
        match self.form {
            Form::Header => {
                let skew = now.duration_since(time).unwrap_or_else(|early| early.duration());
                if skew > MAX_SKEW { Err(Refusal::skewed(time, now)) } else { Ok(()) }
            }
            Form::Query { lifetime } if now > time + lifetime => Err(Refusal::expired(time + lifetime, now)),
            Form::Query { .. } if now + MAX_SKEW < time => {
                Err(Refusal::new(Code::AccessDenied, "Request is not valid yet.").with_ec("0002-00000235"))
            }
            Form::Query { .. } => Ok(()),
        }
    }

    /// Compares region and product with the server's.
    ///
    /// # Errors
    /// `InvalidArgument` that names the wrong one.
    pub fn check_scope(&self, region: &str, product: &str) -> Result<(), Refusal> {
        let value = self.scope();
        let (name, of_region, of_product) = match self.form {
            Form::Header => (
                "Authorization",
                "Invalid signing region in Authorization header.",
                "Invalid signing product in Authorization header.",
            ),
            Form::Query { .. } => (
                "x-oss-credential",
                "The signing region in credential is invalid.",
                "The signing product in credential is invalid.",
            ),
        };
        if self.region != region {
            return Err(Refusal::argument("0002-00000226", of_region, name, &value));
        }
        if self.product != product {
            return Err(Refusal::argument("0002-00000227", of_product, name, &value));
        }
        Ok(())
    }

    /// The canonical request that the sender must have hashed.
    #[must_use]
    pub fn canonical_request(&self, request: &Request<'_>) -> String {
        let additional: Vec<&str> = self.additional.split(';').map(str::trim).collect();
        canonical_request(request, &additional)
    }

    pub(in crate::sign) fn matches(&self, key: &SigningKey, request: &Request<'_>) -> bool {
        self.matches_text(key, &self.canonical_request(request))
    }

    fn matches_text(&self, key: &SigningKey, canonical_request: &str) -> bool {
        let tag = unhex(self.signature).filter(|_| key.scope() == self.scope());
        tag.is_some_and(|tag| key.mac(self.time, canonical_request).verify_slice(&tag).is_ok())
    }

    /// Checks the signature, in constant time. `key` must be of the claim's date, region and product.
    ///
    /// # Errors
    /// `SignatureDoesNotMatch`, with canonical request and string to sign for the sender to compare.
    pub fn verify(&self, key: &SigningKey, request: &Request<'_>) -> Result<(), Refusal> {
        let canonical_request = self.canonical_request(request);
        if self.matches_text(key, &canonical_request) {
            return Ok(());
        }
        let string_to_sign = string_to_sign(self.time, &self.scope(), &canonical_request);
        Err(Refusal::new(Code::SignatureDoesNotMatch, Code::SignatureDoesNotMatch.message())
            .with_ec("0002-00000201")
            .with_detail("OSSAccessKeyId", self.access_key_id)
            .with_detail("SignatureProvided", self.signature)
            .with_detail("StringToSignBytes", spaced_hex(&string_to_sign))
            .with_detail("StringToSign", string_to_sign)
            .with_detail("CanonicalRequest", canonical_request))
    }

    fn scope(&self) -> String {
        [self.date, self.region, self.product, TERMINATOR].join("/")
    }
}

impl<'a> Scope<'a> {
    fn read(credential: &'a str, argument: &'static str) -> Result<Self, Refusal> {
        let refuse = |ec, message| Err(Refusal::argument(ec, message, argument, credential));
        let mut parts = credential.rsplitn(5, '/');
        let (terminator, product, region, date, id) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next());
        let (Some(terminator), Some(product), Some(region), Some(date), Some(access_key_id)) =
            (terminator, product, region, date, id)
        else {
            return refuse("0002-00000202", "The credential is not {id}/{date}/{region}/{product}/aliyun_v4_request.");
        };
        if access_key_id.is_empty() || !access_key_id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/') {
            return refuse("0002-00000206", "The AccessKeyId holds characters that are not allowed.");
        }
        if terminator != TERMINATOR {
            return refuse("0002-00000213", "The credential does not end in aliyun_v4_request.");
        }
        Ok(Self { access_key_id, date, region, product })
    }

    fn check_date(&self, time: BasicTime, argument: &'static str, value: &str) -> Result<(), Refusal> {
        if self.date == time.date() {
            return Ok(());
        }
        Err(Refusal::argument(
            "0002-00000223",
            "The date of the credential differs from the date of the request.",
            argument,
            value,
        ))
    }
}

fn check_payload(request: &Request<'_>) -> Result<(), Refusal> {
    match request.header(header::CONTENT_SHA256) {
        None | Some(header::UNSIGNED_PAYLOAD) => Ok(()),
        Some(other) => Err(Refusal::argument(
            "0002-00000214",
            "x-oss-content-sha256 must be UNSIGNED-PAYLOAD.",
            header::CONTENT_SHA256,
            other,
        )),
    }
}

/// Reads 64 lower-case hexadecimal digits; OSS compares the text, so upper case is a mismatch.
pub(in crate::sign) fn unhex(text: &str) -> Option<[u8; 32]> {
    let text: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut tag = [0; 32];
    for (byte, pair) in tag.iter_mut().zip(text.chunks_exact(2)) {
        (!pair.iter().any(u8::is_ascii_uppercase)).then_some(())?;
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(tag)
}
