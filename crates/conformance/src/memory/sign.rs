//! Signed requests: what they look like, and whether one fits.

use std::collections::hash_map::{DefaultHasher, RandomState};
use std::hash::{BuildHasher, Hash, Hasher};
use std::time::{Duration, SystemTime};

use meta::{Error, ErrorKind, ExposeSecret, ObjectName, Result, SecretString, SignMethod, SignOptions, SignedRequest};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands as it is in a URL's path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

const ADDRESS: &str = "memory://objects/";

pub(super) struct Signer(SecretString);

/// The unsigned address of an object.
pub(super) fn address(name: &ObjectName) -> String {
    format!("{ADDRESS}{}", utf8_percent_encode(name.as_str(), PATH))
}

impl Signer {
    pub(super) fn new(key: SecretString) -> Self {
        Self(key)
    }

    pub(super) fn random() -> Self {
        let random = RandomState::new();
        Self(format!("{:016x}{:016x}", random.hash_one(0), random.hash_one(1)).into())
    }

    pub(super) fn sign(&self, name: &ObjectName, options: &SignOptions) -> Result<SignedRequest> {
        let expires = options.expires.as_secs();
        if expires == 0 {
            return Err(Error::new(ErrorKind::InvalidInput, "a signed URL must be valid for at least 1 second"));
        }
        let too_late = || Error::new(ErrorKind::InvalidInput, "a signed URL cannot be valid for so long");
        let end = seconds(SystemTime::now()).checked_add(expires).ok_or_else(too_late)?;
        let expires_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(end)).ok_or_else(too_late)?;
        let content_type = match options.method {
            SignMethod::Put => options.content_type.as_deref(),
            _ => None,
        };
        let signature = self.signature(options.method, name, end, content_type);
        let method = options.method.as_str();
        let url = format!("{}?method={method}&expires={end}&signature={signature}", address(name));
        let request = SignedRequest::new(options.method, url).with_expires_at(expires_at);
        Ok(match content_type {
            Some(content_type) => request.with_header("content-type", content_type),
            None => request,
        })
    }

    /// The object that a request is about, where its signature fits and its time has not passed.
    pub(super) fn verify(&self, request: &SignedRequest) -> Option<ObjectName> {
        let (path, query) = request.url.strip_prefix(ADDRESS)?.split_once('?')?;
        let name = ObjectName::parse(&percent_decode_str(path).decode_utf8().ok()?).ok()?;
        let value = |key| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(k, _)| *k == key);
        let end: u64 = value("expires")?.1.parse().ok()?;
        let signature = self.signature(request.method, &name, end, bound_type(request));
        (value("signature")?.1 == signature && seconds(SystemTime::now()) < end).then_some(name)
    }

    fn signature(&self, method: SignMethod, name: &ObjectName, end: u64, content_type: Option<&str>) -> String {
        let mut hasher = DefaultHasher::new();
        (self.0.expose_secret(), method, name.as_str(), end, content_type).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

/// The content type that comes with a request, where its method binds one.
pub(super) fn bound_type(request: &SignedRequest) -> Option<&str> {
    let mut headers = request.headers.iter().filter(|_| request.method == SignMethod::Put);
    let (_, content_type) = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
    Some(content_type)
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
