//! Signature V4: `hex(HMAC-SHA256(key of the day, string to sign))` over a canonical request, in the `Authorization`
//! header or in the URL.

mod claim;

use std::fmt;
use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

pub use self::claim::{Claim, Form};
pub(super) use self::claim::{is_authorization, unhex};
use super::Request;
use super::canonical::{Pair, compare_encoded, is_oss_header, push_lower, sort_headers, write_headers};
use crate::encode::{encode_path, encode_query};
use crate::header;
use crate::time::BasicTime;

/// Name of the algorithm, as in `Authorization` and in `x-oss-signature-version`.
pub const ALGORITHM: &str = "OSS4-HMAC-SHA256";
/// The product of the public cloud.
pub const PRODUCT: &str = "oss";
/// The product of a cloud box, whose region is its own id.
pub const PRODUCT_CLOUDBOX: &str = "oss-cloudbox";
/// The longest lifetime of a signed URL, seven days.
pub const MAX_LIFETIME: Duration = Duration::from_secs(604_800);

const TERMINATOR: &str = "aliyun_v4_request";

/// The key of one day, region and product, ready to sign: the state of the HMAC after its key.
///
/// Deriving it costs four HMACs; keep it as long as it [covers](Self::covers) the time at hand.
#[derive(Clone)]
pub struct SigningKey {
    mac: Hmac<Sha256>,
    scope: String,
}

impl SigningKey {
    /// Derives the key from an access key secret for the UTC day of `time`.
    #[must_use]
    pub fn derive(secret: &str, time: SystemTime, region: &str, product: &str) -> Self {
        let date = BasicTime::new(time);
        let mut mac = keyed(&[b"aliyun_v4", secret.as_bytes()].concat());
        for step in [date.date(), region, product, TERMINATOR] {
            mac = keyed(&mac.chain_update(step).finalize().into_bytes());
        }
        Self { mac, scope: [date.date(), region, product, TERMINATOR].join("/") }
    }

    /// Whether `time` is in the day of the key.
    #[must_use]
    pub fn covers(&self, time: SystemTime) -> bool {
        self.scope.starts_with(BasicTime::new(time).date())
    }

    /// The scope of the key, `20231216/cn-hangzhou/oss/aliyun_v4_request`.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The MAC of the string to sign, fed piece by piece.
    fn mac(&self, time: BasicTime, canonical_request: &str) -> Hmac<Sha256> {
        let mut digest = [0; 64];
        hex_into(&Sha256::digest(canonical_request), &mut digest);
        let mut mac = self.mac.clone();
        for piece in [ALGORITHM, "\n", time.as_str(), "\n", &self.scope, "\n"] {
            mac.update(piece.as_bytes());
        }
        mac.update(&digest);
        mac
    }

    /// The tag over any text, as form policies need it.
    pub(super) fn tag(&self, text: &str) -> Hmac<Sha256> {
        self.mac.clone().chain_update(text)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("scope", &self.scope).finish_non_exhaustive()
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn hex_into(bytes: &[u8], out: &mut [u8; 64]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// Writes the canonical request. `additional` are names of headers to sign beside `content-type`, `content-md5` and
/// `x-oss-…`; those that the request lacks, or that are signed anyway, are left out.
#[must_use]
pub fn canonical_request(request: &Request<'_>, additional: &[&str]) -> String {
    let additional = effective_additional(request, additional);
    let headers = signed_headers(request, &additional, &[]);
    let query = request.query.to_vec();
    let payload = request.header(header::CONTENT_SHA256).unwrap_or(header::UNSIGNED_PAYLOAD);
    write_canonical_request(request, query, headers, &additional, payload)
}

/// Writes the string to sign of a canonical request.
#[must_use]
pub fn string_to_sign(time: BasicTime, scope: &str, canonical_request: &str) -> String {
    let mut digest = String::with_capacity(64);
    super::hex(&Sha256::digest(canonical_request), &mut digest);
    format!("{ALGORITHM}\n{time}\n{scope}\n{digest}")
}

fn is_default_header(name: &str) -> bool {
    is_oss_header(name) || name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("content-md5")
}

/// The additional headers that count: present, not signed anyway, once each, in canonical order.
fn effective_additional<'a>(request: &Request<'_>, additional: &[&'a str]) -> Vec<&'a str> {
    if additional.is_empty() {
        return Vec::new();
    }
    let counts = |name: &&str| !is_default_header(name) && request.header(name).is_some();
    let mut named: Vec<Pair<'a>> = additional.iter().copied().filter(counts).map(|name| (name, "")).collect();
    sort_headers(&mut named);
    named.dedup_by(|left, right| left.0.eq_ignore_ascii_case(right.0));
    named.into_iter().map(|(name, _)| name).collect()
}

/// The signed headers of the request, with those that the signer sets itself instead of any of the same name.
fn signed_headers<'a>(request: &Request<'a>, additional: &[&str], own: &[Pair<'a>]) -> Vec<Pair<'a>> {
    let mut headers: Vec<Pair<'a>> = Vec::with_capacity(request.headers.len() + own.len());
    headers.extend(request.headers.iter().filter(|(name, _)| {
        let signed = is_default_header(name) || additional.iter().any(|extra| extra.eq_ignore_ascii_case(name));
        signed && !own.iter().any(|(taken, _)| taken.eq_ignore_ascii_case(name))
    }));
    headers.extend_from_slice(own);
    sort_headers(&mut headers);
    headers
}

fn write_canonical_request(
    request: &Request<'_>,
    mut query: Vec<Pair<'_>>,
    headers: Vec<Pair<'_>>,
    additional: &[&str],
    payload: &str,
) -> String {
    let mut out = String::with_capacity(768);
    out.push_str(request.method);
    out.push_str("\n/");
    if let Some(bucket) = request.bucket {
        encode_path(bucket, &mut out);
        out.push('/');
        encode_path(request.key.unwrap_or_default(), &mut out);
    }
    out.push('\n');
    query.retain(|(name, _)| *name != "x-oss-signature");
    query.sort_by(|left, right| compare_encoded(left.0, right.0).then_with(|| compare_encoded(left.1, right.1)));
    encode_query(query, &mut out);
    out.push('\n');
    write_headers(&headers, &mut out);
    out.push('\n');
    write_names(additional, &mut out);
    out.push('\n');
    out.push_str(payload);
    out
}

fn write_names(names: &[&str], out: &mut String) {
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            out.push(';');
        }
        push_lower(name, out);
    }
}

/// Signs requests with one key pair.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The public half of the key pair.
    pub access_key_id: &'a str,
    /// The token, with temporary credentials.
    pub security_token: Option<&'a str>,
    /// The key of the day, which also holds region and product.
    pub key: &'a SigningKey,
}

impl fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("v4::Signer")
            .field("access_key_id", &self.access_key_id)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// The headers to set on a request signed with V4.
#[derive(Clone)]
pub struct SignedHeaders<'a> {
    time: BasicTime,
    scope: &'a str,
    security_token: Option<&'a str>,
    authorization: String,
    canonical_request: String,
}

impl SignedHeaders<'_> {
    /// The headers to set, replacing any of the same name. Names are in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let token = self.security_token.map(|token| (header::SECURITY_TOKEN, token));
        [
            (header::DATE, self.time.as_str()),
            (header::CONTENT_SHA256, header::UNSIGNED_PAYLOAD),
            ("authorization", self.authorization.as_str()),
        ]
        .into_iter()
        .chain(token)
    }

    /// The value of `Authorization`.
    #[must_use]
    pub fn authorization(&self) -> &str {
        &self.authorization
    }

    /// What was hashed, to compare with the one that a refusal prints. It holds the token, if there is one.
    #[must_use]
    pub fn canonical_request(&self) -> &str {
        &self.canonical_request
    }

    /// What was signed, to compare with the one that a refusal prints.
    #[must_use]
    pub fn string_to_sign(&self) -> String {
        string_to_sign(self.time, self.scope, &self.canonical_request)
    }
}

impl fmt::Debug for SignedHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("v4::SignedHeaders")
            .field("time", &self.time)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// A lifetime that signature V4 does not allow: not 1 second to [`MAX_LIFETIME`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidLifetime(pub Duration);

impl fmt::Display for InvalidLifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a signed URL of signature V4 lives 1 to 604800 seconds (7 days), not {}", self.0.as_secs())
    }
}

impl std::error::Error for InvalidLifetime {}

impl<'a> Signer<'a> {
    /// Signs a request for its headers at `time`, which must be in the day of the key.
    ///
    /// The signer sets `x-oss-date`, `x-oss-content-sha256` and, with temporary credentials, `x-oss-security-token`; headers
    /// of these names in the request are ignored.
    #[must_use]
    pub fn sign_headers(&self, request: &Request<'_>, additional: &[&str], time: SystemTime) -> SignedHeaders<'a> {
        let time = BasicTime::new(time);
        let own = [
            (header::CONTENT_SHA256, header::UNSIGNED_PAYLOAD),
            (header::DATE, time.as_str()),
            (header::SECURITY_TOKEN, self.security_token.unwrap_or_default()),
        ];
        let own = &own[..if self.security_token.is_some() { 3 } else { 2 }];
        let additional = effective_additional(request, additional);
        let headers = signed_headers(request, &additional, own);
        let canonical_request =
            write_canonical_request(request, request.query.to_vec(), headers, &additional, header::UNSIGNED_PAYLOAD);

        let mut authorization = String::with_capacity(224);
        authorization.push_str(ALGORITHM);
        authorization.push_str(" Credential=");
        self.push_credential(&mut authorization);
        if !additional.is_empty() {
            authorization.push_str(",AdditionalHeaders=");
            write_names(&additional, &mut authorization);
        }
        authorization.push_str(",Signature=");
        super::hex(&self.key.mac(time, &canonical_request).finalize().into_bytes(), &mut authorization);
        SignedHeaders {
            time,
            scope: &self.key.scope,
            security_token: self.security_token,
            authorization,
            canonical_request,
        }
    }

    /// Signs a request for its URL, valid from `time` for `lifetime`; returns the parameters to append, decoded.
    ///
    /// Headers of the request that are signed (`content-type`, `content-md5`, `x-oss-…` and the additional ones) must be sent
    /// exactly as given.
    ///
    /// # Errors
    /// A lifetime under one second or over [`MAX_LIFETIME`].
    pub fn sign_query(
        &self,
        request: &Request<'_>,
        additional: &[&str],
        time: SystemTime,
        lifetime: Duration,
    ) -> Result<Vec<(&'static str, String)>, InvalidLifetime> {
        if lifetime.as_secs() == 0 || lifetime > MAX_LIFETIME {
            return Err(InvalidLifetime(lifetime));
        }
        let time = BasicTime::new(time);
        let additional = effective_additional(request, additional);
        let mut credential = String::with_capacity(96);
        self.push_credential(&mut credential);
        let mut parameters = vec![
            ("x-oss-signature-version", ALGORITHM.to_owned()),
            ("x-oss-credential", credential),
            ("x-oss-date", time.as_str().to_owned()),
            ("x-oss-expires", lifetime.as_secs().to_string()),
        ];
        if !additional.is_empty() {
            let mut names = String::new();
            write_names(&additional, &mut names);
            parameters.push(("x-oss-additional-headers", names));
        }
        if let Some(token) = self.security_token {
            parameters.push((header::SECURITY_TOKEN, token.to_owned()));
        }
        let mut query = request.query.to_vec();
        query.extend(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        let headers = signed_headers(request, &additional, &[]);
        let canonical_request = write_canonical_request(request, query, headers, &additional, header::UNSIGNED_PAYLOAD);
        let mut signature = String::with_capacity(64);
        super::hex(&self.key.mac(time, &canonical_request).finalize().into_bytes(), &mut signature);
        parameters.push(("x-oss-signature", signature));
        Ok(parameters)
    }

    /// The credential, `{id}/{scope}`, as headers, URLs and forms carry it.
    #[must_use]
    pub fn credential(&self) -> String {
        let mut credential = String::with_capacity(96);
        self.push_credential(&mut credential);
        credential
    }

    fn push_credential(&self, out: &mut String) {
        out.push_str(self.access_key_id);
        out.push('/');
        out.push_str(&self.key.scope);
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn the_key_covers_its_day_only() {
        let midnight = UNIX_EPOCH + Duration::from_secs(86_400 * 19_000);
        let key = SigningKey::derive("sk", midnight, "cn-hangzhou", PRODUCT);
        assert!(key.covers(midnight) && key.covers(midnight + Duration::from_secs(86_399)));
        assert!(!key.covers(midnight - Duration::from_secs(1)) && !key.covers(midnight + Duration::from_secs(86_400)));
    }

    #[test]
    fn lifetimes_are_one_second_to_seven_days() {
        let key = SigningKey::derive("sk", UNIX_EPOCH, "cn-hangzhou", PRODUCT);
        let signer = Signer { access_key_id: "ak", security_token: None, key: &key };
        let request = Request { method: "GET", bucket: Some("b"), key: Some("k"), query: &[], headers: &[] };
        let sign = |seconds| signer.sign_query(&request, &[], UNIX_EPOCH, Duration::from_secs(seconds)).map(|_| ());
        assert_eq!(sign(1), Ok(()));
        assert_eq!(sign(604_800), Ok(()));
        assert_eq!(sign(0), Err(InvalidLifetime(Duration::ZERO)));
        assert!(sign(604_801).unwrap_err().to_string().contains("604800"));
    }

    #[test]
    fn secrets_stay_out_of_debug_output() {
        let key = SigningKey::derive("very-secret", UNIX_EPOCH, "cn-hangzhou", PRODUCT);
        let signer = Signer { access_key_id: "ak", security_token: Some("the-token"), key: &key };
        let request = Request { method: "GET", bucket: None, key: None, query: &[], headers: &[] };
        let signed = signer.sign_headers(&request, &[], UNIX_EPOCH);
        let printed = format!("{key:?} {signer:?} {signed:?}");
        assert!(!printed.contains("very-secret") && !printed.contains("the-token"), "{printed}");
        assert!(!printed.contains("Signature="), "{printed}");
    }
}
