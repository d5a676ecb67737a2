//! Signature V1: `base64(HMAC-SHA1(secret, string to sign))`, in the `Authorization` header or in the URL.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use super::canonical::{Pair, is_oss_header, sort_headers, write_headers};
use super::{Refusal, Request};
use crate::code::Code;
use crate::header;
use crate::time::{BasicTime, http_date, parse_http_date, unix_seconds};

/// How far a request's date may be from the server's clock.
pub const MAX_SKEW: Duration = Duration::from_secs(15 * 60);

/// Query names that are part of the signed resource, beside every name that starts with `x-oss-`; sorted.
///
/// The union of what the official SDKs sign for all their operations.
#[rustfmt::skip]
const SUB_RESOURCES: &[&str] = &[
    "accessPoint", "accessPointConfigForObjectProcess", "accessPointForObjectProcess", "accessPointPolicy",
    "accessPointPolicyForObjectProcess", "acl", "append", "asyncFetch", "bucketArchiveDirectRead", "bucketInfo",
    "callback", "callback-var", "cleanRestoredObject", "cloudboxes", "cname", "comp", "continuation-token",
    "cors", "delete", "encryption", "endTime", "group", "httpsConfig", "img", "inventory", "inventoryId",
    "legalHold", "lifecycle", "link", "live", "location", "logging", "metaQuery", "objectInfo", "objectMeta",
    "objectWorm", "overwriteConfig", "partNumber", "policy", "policyStatus", "position", "publicAccessBlock",
    "qos", "qosInfo", "qosRequester", "redundancyTransition", "referer", "regionList", "regions", "replication",
    "replicationLocation", "replicationProgress", "requestPayment", "requesterQosInfo", "resourceGroup",
    "resourcePool", "resourcePoolBuckets", "resourcePoolInfo", "response-cache-control",
    "response-content-disposition", "response-content-encoding", "response-content-language",
    "response-content-type", "response-expires", "restore", "retention", "rtc", "seal", "security-token",
    "sequential", "startTime", "stat", "status", "style", "styleName", "symlink", "tagging",
    "transferAcceleration", "udf", "udfApplication", "udfApplicationLog", "udfId", "udfImage", "udfImageDesc",
    "udfName", "uploadId", "uploads", "userDefinedLogFieldsConfig", "versionId", "versioning", "versions",
    "vod", "website", "withHashContext", "worm", "wormExtend", "wormId",
];

/// Whether a query parameter is part of the signed resource.
#[must_use]
pub fn is_sub_resource(name: &str) -> bool {
    name.starts_with(header::OSS_PREFIX) || SUB_RESOURCES.binary_search(&name).is_ok()
}

/// A secret, ready to sign: the state of the HMAC after its key. Make it once and keep it.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha1>);

impl SigningKey {
    /// Takes in the access key secret.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length"))
    }

    pub(super) fn sign(&self, text: &str, out: &mut String) {
        let tag = self.0.clone().chain_update(text).finalize().into_bytes();
        STANDARD.encode_string(tag, out);
    }

    pub(super) fn verify(&self, text: &str, signature: &str) -> bool {
        let Ok(tag) = STANDARD.decode(signature) else {
            return false;
        };
        self.0.clone().chain_update(text).verify_slice(&tag).is_ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(V1, redacted)")
    }
}

/// Writes the string to sign of a request whose date line is `date`: the `x-oss-date` or `Date` header, or `Expires`.
#[must_use]
pub fn string_to_sign(request: &Request<'_>, date: &str) -> String {
    write_string_to_sign(request, date, None, None)
}

fn write_string_to_sign(
    request: &Request<'_>,
    date: &str,
    token_header: Option<&str>,
    token_query: Option<&str>,
) -> String {
    let mut out = String::with_capacity(512);
    out.push_str(request.method);
    for line in [request.header("content-md5"), request.header("content-type"), Some(date)] {
        out.push('\n');
        out.push_str(line.unwrap_or_default());
    }
    out.push('\n');
    let mut headers: Vec<Pair<'_>> = Vec::with_capacity(request.headers.len() + 1);
    headers.extend(request.headers.iter().filter(|(name, _)| is_oss_header(name)));
    if let Some(token) = token_header {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(header::SECURITY_TOKEN));
        headers.push((header::SECURITY_TOKEN, token));
    }
    sort_headers(&mut headers);
    write_headers(&headers, &mut out);
    write_resource(request, token_query, &mut out);
    out
}

fn write_resource(request: &Request<'_>, token: Option<&str>, out: &mut String) {
    out.push('/');
    if let Some(bucket) = request.bucket {
        out.push_str(bucket);
        out.push('/');
        out.push_str(request.key.unwrap_or_default());
    }
    let mut signed: Vec<Pair<'_>> = Vec::new();
    signed.extend(request.query.iter().filter(|(name, _)| is_sub_resource(name)));
    signed.extend(token.map(|token| ("security-token", token)));
    signed.sort_by(|left, right| left.0.cmp(right.0));
    for (index, (name, value)) in signed.iter().enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        out.push_str(name);
        if !value.is_empty() {
            out.push('=');
            out.push_str(value);
        }
    }
}

/// Signs requests with one key pair.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The public half of the key pair.
    pub access_key_id: &'a str,
    /// The token, with temporary credentials.
    pub security_token: Option<&'a str>,
    /// The secret half.
    pub key: &'a SigningKey,
}

impl fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("v1::Signer").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// The headers to add to a request signed with V1.
#[derive(Clone)]
pub struct SignedHeaders<'a> {
    date: Option<String>,
    security_token: Option<&'a str>,
    authorization: String,
    string_to_sign: String,
}

impl SignedHeaders<'_> {
    /// The headers to add: `date` unless the request had one, the token, `authorization`. Names are in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let date = self.date.as_deref().map(|date| ("date", date));
        let token = self.security_token.map(|token| (header::SECURITY_TOKEN, token));
        date.into_iter().chain(token).chain([("authorization", self.authorization())])
    }

    /// The value of `Authorization`.
    #[must_use]
    pub fn authorization(&self) -> &str {
        &self.authorization
    }

    /// What was signed, to compare with the one that a refusal prints.
    #[must_use]
    pub fn string_to_sign(&self) -> &str {
        &self.string_to_sign
    }
}

impl fmt::Debug for SignedHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v1::SignedHeaders(redacted)")
    }
}

impl<'a> Signer<'a> {
    /// Signs a request for its headers. Its date is its `x-oss-date` or `Date` header, else `time`, which is then added.
    #[must_use]
    pub fn sign_headers(&self, request: &Request<'_>, time: SystemTime) -> SignedHeaders<'a> {
        let given = request.header(header::DATE).or_else(|| request.header("date"));
        let date = given.is_none().then(|| http_date(time));
        let line = given.or(date.as_deref()).unwrap_or_default();
        let string_to_sign = write_string_to_sign(request, line, self.security_token, None);
        let mut authorization = String::with_capacity(self.access_key_id.len() + 40);
        authorization.push_str("OSS ");
        authorization.push_str(self.access_key_id);
        authorization.push(':');
        self.key.sign(&string_to_sign, &mut authorization);
        SignedHeaders { date, security_token: self.security_token, authorization, string_to_sign }
    }

    /// Signs a request for its URL, valid until `expires`; returns the parameters to append, decoded.
    ///
    /// Headers of the request that V1 covers (`Content-MD5`, `Content-Type`, `x-oss-…`) must be sent exactly as given.
    #[must_use]
    pub fn sign_query(&self, request: &Request<'_>, expires: SystemTime) -> Vec<(&'static str, String)> {
        let expires = unix_seconds(expires).to_string();
        let string_to_sign = write_string_to_sign(request, &expires, None, self.security_token);
        let mut signature = String::with_capacity(28);
        self.key.sign(&string_to_sign, &mut signature);
        let mut parameters =
            vec![("OSSAccessKeyId", self.access_key_id.to_owned()), ("Expires", expires), ("Signature", signature)];
        parameters.extend(self.security_token.map(|token| ("security-token", token.to_owned())));
        parameters
    }
}

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
            .with_detail("StringToSignBytes", super::spaced_hex(&string_to_sign))
            .with_detail("StringToSign", string_to_sign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_for_binary_search() {
        assert!(SUB_RESOURCES.is_sorted());
        for name in ["acl", "uploads", "versionId", "response-content-type", "x-oss-process", "x-oss-anything"] {
            assert!(is_sub_resource(name), "{name}");
        }
        for name in
            ["prefix", "marker", "max-keys", "list-type", "Signature", "Expires", "OSSAccessKeyId", "upload-id-marker"]
        {
            assert!(!is_sub_resource(name), "{name}");
        }
    }

    #[test]
    fn secrets_stay_out_of_debug_output() {
        let key = SigningKey::new("very-secret");
        let signer = Signer { access_key_id: "ak", security_token: Some("the-token"), key: &key };
        let request = Request { method: "GET", bucket: None, key: None, query: &[], headers: &[] };
        let signed = signer.sign_headers(&request, UNIX_EPOCH);
        let printed = format!("{key:?} {signer:?} {signed:?}");
        assert!(!printed.contains("very-secret") && !printed.contains("the-token"), "{printed}");
        assert!(!printed.contains(signed.authorization()), "{printed}");
    }
}
