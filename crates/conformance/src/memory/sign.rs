//! Signed requests: what they look like, and whether one fits.

use std::collections::BTreeMap;
use std::collections::hash_map::{DefaultHasher, RandomState};
use std::hash::{BuildHasher, Hash, Hasher};
use std::time::{Duration, SystemTime};

use meta::{
    Error, ErrorKind, ExposeSecret, ObjectName, Overwrite, Result, SecretString, SignMethod, SignOptions,
    SignedRequest, UploadOptions,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands as it is in a URL's path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

const ADDRESS: &str = "memory://objects/";

// How the options of a signed PUT travel.
const CONTENT_TYPE: &str = "content-type";
const CACHE_CONTROL: &str = "cache-control";
const CONTENT_DISPOSITION: &str = "content-disposition";
const CONTENT_ENCODING: &str = "content-encoding";
const STORAGE_CLASS: &str = "x-memory-storage-class";
const ACL: &str = "x-memory-acl";
const FORBID_OVERWRITE: &str = "x-memory-forbid-overwrite";
const METADATA: &str = "x-memory-meta-";
const TAG: &str = "x-memory-tag-";

pub(super) struct Signer(SecretString);

/// What a signed request is about.
pub(super) struct Signed {
    pub(super) name: ObjectName,
    pub(super) version_id: Option<String>,
}

/// The unsigned address of an object.
pub(super) fn address(name: &ObjectName) -> String {
    format!("{ADDRESS}{}", encoded(name.as_str()))
}

/// The object at an unsigned address.
pub(super) fn named(url: &str) -> Option<ObjectName> {
    ObjectName::parse(&decoded(url.strip_prefix(ADDRESS)?)?).ok()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

fn decoded(text: &str) -> Option<String> {
    Some(percent_decode_str(text).decode_utf8().ok()?.into_owned())
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
        if options.method == SignMethod::Post {
            return Err(Error::unsupported("storages.MemoryType signs no forms"));
        }
        let expires = options.expires.as_secs();
        if expires == 0 {
            return Err(Error::new(ErrorKind::InvalidInput, "a signed URL must be valid for at least 1 second"));
        }
        let too_late = || Error::new(ErrorKind::InvalidInput, "a signed URL cannot be valid for so long");
        let end = seconds(SystemTime::now()).checked_add(expires).ok_or_else(too_late)?;
        let expires_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(end)).ok_or_else(too_late)?;
        let headers = match options.method {
            SignMethod::Put => headers_of(options),
            _ => BTreeMap::new(),
        };
        let method = options.method.as_str();
        let version = options.version_id.as_deref();
        let signature = self.signature(options.method, name, version, end, &headers);
        let version = version.map(|id| format!("&version={}", encoded(id))).unwrap_or_default();
        let url = format!("{}?method={method}{version}&expires={end}&signature={signature}", address(name));
        let request = SignedRequest::new(options.method, url).with_expires_at(expires_at);
        Ok(headers.into_iter().fold(request, |request, (name, value)| request.with_header(name, value)))
    }

    /// What a request is about, where its signature fits and its time has not passed.
    pub(super) fn verify(&self, request: &SignedRequest) -> Option<Signed> {
        let (path, query) = request.url.strip_prefix(ADDRESS)?.split_once('?')?;
        let name = ObjectName::parse(&decoded(path)?).ok()?;
        let value = |key| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(k, _)| *k == key);
        let end: u64 = value("expires")?.1.parse().ok()?;
        let version_id = match value("version") {
            Some((_, id)) => Some(decoded(id)?),
            None => None,
        };
        let headers = match request.method {
            SignMethod::Put => bound(request),
            _ => BTreeMap::new(),
        };
        let signature = self.signature(request.method, &name, version_id.as_deref(), end, &headers);
        let fits = value("signature")?.1 == signature && seconds(SystemTime::now()) < end;
        fits.then_some(Signed { name, version_id })
    }

    fn signature(
        &self,
        method: SignMethod,
        name: &ObjectName,
        version_id: Option<&str>,
        end: u64,
        headers: &BTreeMap<String, String>,
    ) -> String {
        let mut hasher = DefaultHasher::new();
        (self.0.expose_secret(), method, name.as_str(), version_id, end, headers).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

/// The headers that a signed PUT must come with.
fn headers_of(options: &SignOptions) -> BTreeMap<String, String> {
    let UploadOptions {
        content_type,
        cache_control,
        content_disposition,
        content_encoding,
        metadata,
        overwrite,
        storage_class,
        acl,
        tags,
        ..
    } = &options.upload;
    let single = [
        (CONTENT_TYPE, options.content_type.as_ref().or(content_type.as_ref()).cloned()),
        (CACHE_CONTROL, cache_control.clone()),
        (CONTENT_DISPOSITION, content_disposition.clone()),
        (CONTENT_ENCODING, content_encoding.clone()),
        (STORAGE_CLASS, storage_class.clone()),
        (ACL, acl.map(|acl| acl.to_string())),
        (FORBID_OVERWRITE, (*overwrite == Overwrite::Forbid).then(|| "true".to_owned())),
    ];
    let single = single.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let metadata = metadata.iter().map(|(name, value)| (format!("{METADATA}{name}"), value.clone()));
    let tags = tags.iter().map(|(name, value)| (format!("{TAG}{}", encoded(name)), encoded(value)));
    single.chain(metadata).chain(tags).collect()
}

/// The headers of a request that its signature covers.
fn bound(request: &SignedRequest) -> BTreeMap<String, String> {
    let single =
        [CONTENT_TYPE, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, STORAGE_CLASS, ACL, FORBID_OVERWRITE];
    let is_bound = |name: &str| {
        let lower = name.to_ascii_lowercase();
        single.contains(&lower.as_str()) || lower.starts_with(METADATA) || lower.starts_with(TAG)
    };
    let headers = request.headers.iter().filter(|(name, _)| is_bound(name));
    // Tags keep their case.
    headers
        .map(|(name, value)| match single.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            Some(known) => ((*known).to_owned(), value.clone()),
            None => (name.clone(), value.clone()),
        })
        .collect()
}

/// How the sender of a signed PUT wants it written; all of it is covered by the signature.
pub(super) fn options_of(request: &SignedRequest) -> UploadOptions {
    let mut options = UploadOptions::default();
    for (name, value) in bound(request) {
        match name.as_str() {
            CONTENT_TYPE => options.content_type = Some(value),
            CACHE_CONTROL => options.cache_control = Some(value),
            CONTENT_DISPOSITION => options.content_disposition = Some(value),
            CONTENT_ENCODING => options.content_encoding = Some(value),
            STORAGE_CLASS => options.storage_class = Some(value),
            ACL => options.acl = value.parse().ok(),
            FORBID_OVERWRITE => options.overwrite = Overwrite::Forbid,
            other => {
                if let Some(name) = other.strip_prefix(METADATA) {
                    options.metadata.insert(name.to_owned(), value);
                } else if let Some(name) = other.strip_prefix(TAG) {
                    let decode = |text: &str| decoded(text).unwrap_or_default();
                    options.tags.insert(decode(name), decode(&value));
                }
            }
        }
    }
    options
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
