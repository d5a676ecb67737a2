//! Signature V1: `base64(HMAC-SHA1(secret, string to sign))`, in the `Authorization` header or in the URL.

mod claim;

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

pub use self::claim::{Claim, Form};
use super::Request;
use super::canonical::{Pair, is_oss_header, sort_headers, write_headers};
use crate::header;
use crate::time::{http_date, unix_seconds};

/// How far a request's date may be from the server's clock.
pub const MAX_SKEW: Duration = Duration::from_secs(15 * 60);

/// Query names that are part of the signed resource, beside every name that starts with `x-oss-`; sorted.
///
/// The union of what the official SDKs sign for all their operations.
#[rustfmt::skip]
const SUB_RESOURCES: &[&str] = &[
    "MetaQuery", "accessPoint", "accessPointConfigForObjectProcess", "accessPointForObjectProcess",
    "accessPointPolicy", "accessPointPolicyForObjectProcess", "acl", "append", "asyncFetch",
    "bucketArchiveDirectRead", "bucketInfo", "callback", "callback-var", "cleanRestoredObject", "cloudboxes",
    "cname", "comp", "continuation-token", "cors", "dataPipeline", "delete", "encryption", "endTime", "group",
    "httpsConfig", "img", "inventory", "inventoryId", "legalHold", "lifecycle", "link", "live", "location",
    "logging", "metaQuery", "metadataConfiguration", "metadataInventoryTable", "metadataJournalTable",
    "objectInfo", "objectMeta", "objectWorm", "overwriteConfig", "partNumber", "policy", "policyStatus",
    "position", "publicAccessBlock", "qos", "qosInfo", "qosRequester", "quota", "redundancyTransition",
    "referer", "regionList", "regions", "replication", "replicationLocation", "replicationProgress",
    "requestPayment", "requesterQosInfo", "resourceGroup", "resourcePool", "resourcePoolBuckets",
    "resourcePoolInfo", "response-cache-control", "response-content-disposition", "response-content-encoding",
    "response-content-language", "response-content-type", "response-expires", "restore", "retention", "rtc",
    "seal", "security-token", "sequential", "startTime", "stat", "status", "style", "styleName", "symlink",
    "tagging", "transferAcceleration", "udf", "udfApplication", "udfApplicationLog", "udfId", "udfImage",
    "udfImageDesc", "udfName", "uploadId", "uploads", "userDefinedLogFieldsConfig", "versionId", "versioning",
    "versions", "vod", "website", "withHashContext", "worm", "wormExtend", "wormId",
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

    pub(in crate::sign) fn sign(&self, text: &str, out: &mut String) {
        let tag = self.0.clone().chain_update(text).finalize().into_bytes();
        STANDARD.encode_string(tag, out);
    }

    pub(in crate::sign) fn verify(&self, text: &str, signature: &str) -> bool {
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
    }
    out.push_str(request.key.unwrap_or_default());
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

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

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
