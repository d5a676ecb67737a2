//! Whether a signature fits: for which method and content type, and if for none, for which usual mistake.

use super::url::Parts;
use super::{Address, Fit, Question};
use crate::encode::{decode, encode_path};
use crate::sign::{Claim, Request, v1, v4};

const METHODS: [&str; 5] = ["GET", "PUT", "HEAD", "POST", "DELETE"];

/// Content types that clients bind, tried where the question names none.
const CONTENT_TYPES: [&str; 24] = [
    "application/octet-stream",
    "text/plain",
    "application/json",
    "application/xml",
    "application/pdf",
    "application/zip",
    "application/x-www-form-urlencoded",
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/svg+xml",
    "video/mp4",
    "audio/mpeg",
    "text/html",
    "text/css",
    "text/csv",
    "text/javascript",
    "text/markdown",
    "text/xml",
    "text/plain; charset=utf-8",
    "text/plain;charset=utf-8",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
];

/// With more parameters than this no content types are tried: no client asks so much, and each try signs all of them.
const MANY_PARAMETERS: usize = 100;

/// A secret, ready for the version and scope of a claim.
pub(super) enum Key {
    V1(v1::SigningKey),
    V4(v4::SigningKey),
}

impl Key {
    pub(super) fn new(secret: &str, claim: &Claim<'_>) -> Self {
        match claim {
            Claim::V1(_) => Self::V1(v1::SigningKey::new(secret)),
            Claim::V4(claim) => {
                Self::V4(v4::SigningKey::derive(secret, claim.time.to_system_time(), claim.region, claim.product))
            }
        }
    }

    fn matches(&self, claim: &Claim<'_>, request: &Request<'_>) -> bool {
        match (self, claim) {
            (Self::V1(key), Claim::V1(claim)) => claim.matches(key, request),
            (Self::V4(key), Claim::V4(claim)) => claim.matches(key, request),
            _ => false,
        }
    }
}

/// Tries every method and content type that is possible; the bucket must be known.
pub(super) fn find(
    question: &Question<'_>,
    parts: &Parts,
    address: &Address,
    claim: &Claim<'_>,
    key: &Key,
) -> Option<Fit> {
    let content_types = if parts.query.len() > MANY_PARAMETERS { &[][..] } else { &CONTENT_TYPES };
    find_among(content_types, question, parts, address, claim, key)
}

fn find_among(
    content_types: &[&str],
    question: &Question<'_>,
    parts: &Parts,
    address: &Address,
    claim: &Claim<'_>,
    key: &Key,
) -> Option<Fit> {
    let query: Vec<_> = parts.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let given = |name: &str| question.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
    let tried = if given("content-type") { &[] } else { content_types };
    let methods = question.method.as_slice();
    let methods = if methods.is_empty() { &METHODS[..] } else { methods };
    for content_type in std::iter::once(None).chain(tried.iter().copied().map(Some)) {
        let mut headers = question.headers.clone();
        headers.extend(content_type.map(|value| ("content-type", value)));
        if !given("host") {
            headers.push(("host", &parts.authority));
        }
        for method in methods {
            let (bucket, object) = (address.bucket.as_deref(), Some(address.key.as_str()));
            let request = Request { method, bucket, key: object, query: &query, headers: &headers };
            if key.matches(claim, &request) {
                let content_type = request.header("content-type").map(str::to_owned);
                return Some(Fit::Fits { method: (*method).to_owned(), content_type });
            }
        }
    }
    None
}

/// Looks for a usual mistake that explains why nothing fits.
pub(super) fn find_mistake(
    question: &Question<'_>,
    parts: &Parts,
    address: &Address,
    claim: &Claim<'_>,
    secret: &str,
) -> Option<&'static str> {
    let key = Key::new(secret, claim);
    // Without content types: a URL with two mistakes is not worth the work.
    let fits = |address: &Address, key: &Key| find_among(&[], question, parts, address, claim, key).is_some();
    if secret.trim() != secret && fits(address, &Key::new(secret.trim(), claim)) {
        return Some("the signature fits the secret without the white space around it");
    }
    let with_key = |key: String| Address { key, ..address.clone() };
    if let Ok(decoded) = decode(&address.key)
        && decoded != address.key
        && fits(&with_key(decoded.into_owned()), &key)
    {
        return Some("the signature fits the key decoded once more: the URL was percent-encoded twice after signing");
    }
    let mut encoded = String::new();
    encode_path(&address.key, &mut encoded);
    if encoded != address.key && fits(&with_key(encoded), &key) {
        return Some(
            "the signature is over the percent-encoded key: sign the key itself, and encode it in the URL alone",
        );
    }
    if address.key.contains('+') && fits(&with_key(address.key.replace('+', " ")), &key) {
        return Some("the signature fits with spaces for `+`: in a URL of OSS a space is `%20`");
    }
    None
}
