//! `storages.MemoryType`: a complete storage in memory, as the good example of the suite and as a fixture for tests.

mod attributes;
mod links;
mod list;
mod multipart;
mod sign;
mod space;
mod storage;
mod versions;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use meta::{
    Bytes, ConfigKey, Error, ErrorKind, Feature, ObjectAcl, ObjectInfo, ObjectName, Overwrite, Result, SecretString,
    SignMethod, SignedRequest, TypeContext, UploadOptions, storage_type,
};

use crc_fast::CrcAlgorithm;

use self::multipart::Upload;
use self::sign::Signer;
use self::space::{Held, Space};
use self::versions::Versions;

/// The keys of `storages.MemoryType`.
const KEYS: &[ConfigKey] = &[
    ConfigKey::integer("maxBytes", 1, u64::MAX, "The most bytes of all objects, their names and metadata together.")
        .default_integer(MemoryStorage::DEFAULT_MAX_BYTES),
    ConfigKey::secret("signingKey", "Key of signed requests; a random one where none is given."),
    ConfigKey::boolean("keepVersions", "Whether old versions are kept and deletions leave markers.")
        .default_bool(false),
];

storage_type!("storages.MemoryType", title: "Memory", keys: KEYS, build: MemoryStorage::configured);

/// A storage in memory with every ability, bounded in bytes. Clones share their objects; the last one drops them.
///
/// Its storage classes are `Standard` and `IA`, and none is archived. Versions are kept only by a storage of
/// [`with_versions`](MemoryStorage::with_versions) or with the key `keepVersions`.
///
/// Apps and tests get one of their own for each element of the Type `storages.MemoryType` (keys `maxBytes`, `signingKey`
/// and `keepVersions`). Signed requests have URLs like `memory://objects/a.txt?method=GET&…`, which
/// [`send`](MemoryStorage::send) answers; their signatures guard tests, not data.
#[derive(Clone)]
pub struct MemoryStorage(Arc<Store>);

struct Store {
    state: Mutex<State>,
    space: Space,
    signer: Signer,
}

/// Everything that is stored. Objects are ordered by the bytes of their names.
#[derive(Default)]
struct State {
    objects: BTreeMap<Vec<u8>, Stored>,
    uploads: BTreeMap<String, Upload>,
    sequence: u64,
    /// `None` where no versions are kept.
    versions: Option<Versions>,
}

#[derive(Clone)]
struct Stored {
    info: ObjectInfo,
    content: Bytes,
    tags: BTreeMap<String, String>,
    acl: ObjectAcl,
    /// The name that a symbolic link stands for.
    link: Option<ObjectName>,
    /// Gives the space back when nobody knows the object any more.
    _held: Arc<Held>,
    /// As `_held`, for tags that were set later.
    _held_for_tags: Option<Arc<Held>>,
}

/// What is kept of an object beside content and headers.
struct Beside {
    tags: BTreeMap<String, String>,
    acl: ObjectAcl,
    link: Option<ObjectName>,
}

/// A whole content that is about to be stored.
struct Content {
    bytes: Bytes,
    crc64: u64,
    held: Held,
}

impl MemoryStorage {
    /// What `maxBytes` is where nobody says: 256 MiB.
    pub const DEFAULT_MAX_BYTES: u64 = 256 << 20;

    /// What options of calls may ask of it.
    pub const FEATURES: &[Feature] = &[Feature::StorageClass, Feature::Acl, Feature::Tags];

    /// Its storage classes, first that of objects that are given none.
    pub const STORAGE_CLASSES: &[&str] = &["Standard", "IA"];

    /// An empty storage of at most so many bytes, with a random signing key.
    pub fn new(max_bytes: u64) -> Self {
        Self::with_signer(max_bytes, Signer::random())
    }

    /// An empty storage of at most so many bytes that signs requests with this key.
    pub fn with_signing_key(max_bytes: u64, signing_key: impl Into<SecretString>) -> Self {
        Self::with_signer(max_bytes, Signer::new(signing_key.into()))
    }

    /// An empty storage of at most so many bytes, old versions included, that keeps those.
    pub fn with_versions(max_bytes: u64, signing_key: impl Into<SecretString>) -> Self {
        Self::with_signer(max_bytes, Signer::new(signing_key.into())).keeping_versions()
    }

    fn with_signer(max_bytes: u64, signer: Signer) -> Self {
        Self(Arc::new(Store { state: Mutex::default(), space: Space::new(max_bytes), signer }))
    }

    fn keeping_versions(self) -> Self {
        self.state().versions = Some(Versions::default());
        self
    }

    fn configured(context: TypeContext<'_>) -> Result<Self> {
        let config = context.config();
        let max_bytes = config.integer("maxBytes").unwrap_or(Self::DEFAULT_MAX_BYTES);
        let storage = match config.optional_secret("signingKey") {
            Some(key) => Self::with_signing_key(max_bytes, key.clone()),
            None => Self::new(max_bytes),
        };
        Ok(if config.boolean("keepVersions").unwrap_or_default() { storage.keeping_versions() } else { storage })
    }

    /// How many bytes are taken, of those that may be.
    pub fn used_bytes(&self) -> u64 {
        self.0.space.used()
    }

    /// Answers a signed request as an HTTP server would: status and body.
    ///
    /// 403 where the signature does not fit method, name, headers or time, 404 where there is no object, 409 where it may
    /// not be overwritten. Public objects are read without a signature.
    pub async fn send(&self, request: &SignedRequest, body: Option<Bytes>) -> (u16, Bytes) {
        let Some(signed) = self.0.signer.verify(request) else { return self.send_unsigned(request) };
        let none = Bytes::new();
        let read = || self.state().find(&signed.name, signed.version_id.as_deref());
        match request.method {
            SignMethod::Get => read().map_or((404, none), |stored| (200, stored.content)),
            SignMethod::Head => read().map_or((404, none), |_| (200, Bytes::new())),
            SignMethod::Put => {
                let written =
                    self.write(&signed.name, body.unwrap_or_default().into(), sign::options_of(request)).await;
                match written {
                    Ok(_) => (200, none),
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => (409, none),
                    Err(_) => (507, none),
                }
            }
            _ => (405, none),
        }
    }

    /// Reads what its access rule lets everybody read.
    fn send_unsigned(&self, request: &SignedRequest) -> (u16, Bytes) {
        let state = self.state();
        let public = sign::named(&request.url).filter(|_| request.method == SignMethod::Get).and_then(|name| {
            let acl = state.own(&name).ok()?.acl;
            let is_public = matches!(acl, ObjectAcl::PublicRead | ObjectAcl::PublicReadWrite);
            is_public.then(|| state.find(&name, None).ok()).flatten()
        });
        public.map_or((403, Bytes::new()), |stored| (200, stored.content))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Puts a whole object in its place, and returns what is known of it.
    fn store(&mut self, name: &ObjectName, content: Content, options: UploadOptions) -> Result<ObjectInfo> {
        self.check_overwrite(name, options.overwrite)?;
        let mut info = ObjectInfo::new(name.clone(), content.bytes.len() as u64);
        info.content_type = Some(options.content_type.unwrap_or_else(|| "application/octet-stream".to_owned()));
        info.cache_control = options.cache_control;
        info.content_disposition = options.content_disposition;
        info.content_encoding = options.content_encoding;
        info.metadata = options.metadata;
        info.storage_class =
            Some(options.storage_class.unwrap_or_else(|| MemoryStorage::STORAGE_CLASSES[0].to_owned()));
        let kept = Beside { tags: options.tags, acl: options.acl.unwrap_or_default(), link: None };
        Ok(self.put(info, content, kept))
    }

    fn put(&mut self, mut info: ObjectInfo, content: Content, beside: Beside) -> ObjectInfo {
        info.size = content.bytes.len() as u64;
        info.crc64 = Some(content.crc64);
        info.etag = Some(format!("{:016X}-{}", content.crc64, self.sequence + 1));
        let Beside { tags, acl, link } = beside;
        let (content, held) = (content.bytes, Arc::new(content.held));
        self.keep_anew(Stored { info, content, tags, acl, link, _held: held, _held_for_tags: None })
    }

    /// Makes it a new state of its object.
    fn keep_anew(&mut self, mut stored: Stored) -> ObjectInfo {
        self.sequence += 1;
        stored.info.last_modified = Some(SystemTime::now());
        stored.info.version_id = self.versions.as_ref().map(|_| versions::id(self.sequence));
        let info = stored.info.clone();
        self.keep(stored);
        info
    }

    /// Makes it the current state of its object.
    fn keep(&mut self, stored: Stored) {
        if let Some(versions) = &mut self.versions {
            versions.keep(stored.clone());
        }
        self.objects.insert(stored.info.name.as_str().as_bytes().to_vec(), stored);
    }

    /// What lies under the name itself: a link is not followed.
    fn own(&self, name: &ObjectName) -> Result<&Stored> {
        self.objects.get(name.as_str().as_bytes()).ok_or_else(Error::not_found)
    }

    /// What reading the name reads.
    fn find(&self, name: &ObjectName, version_id: Option<&str>) -> Result<Stored> {
        let stored = match (version_id, &self.versions) {
            (None, _) => self.own(name)?,
            (Some(id), Some(versions)) => versions.find(name, id)?,
            (Some(_), None) => return Err(Error::unsupported("this storages.MemoryType keeps no versions")),
        };
        self.follow(stored).cloned().map(|mut found| {
            found.info.name = name.clone();
            found
        })
    }

    fn check_overwrite(&self, name: &ObjectName, overwrite: Overwrite) -> Result<()> {
        match overwrite {
            Overwrite::Forbid if self.objects.contains_key(name.as_str().as_bytes()) => {
                Err(Error::new(ErrorKind::AlreadyExists, "the object exists and overwriting is forbidden"))
            }
            Overwrite::Forbid | Overwrite::Allow => Ok(()),
        }
    }
}

/// CRC-64/XZ, the checksum of receipts.
fn checksum(bytes: &[u8]) -> u64 {
    crc_fast::checksum(CrcAlgorithm::Crc64Xz, bytes)
}

impl fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStorage")
            .field("objects", &self.state().objects.len())
            .field("space", &self.0.space)
            .finish_non_exhaustive()
    }
}
