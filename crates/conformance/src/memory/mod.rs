//! `storages.MemoryType`: a complete storage in memory, as the good example of the suite and as a fixture for tests.

mod list;
mod multipart;
mod sign;
mod space;
mod storage;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use meta::{
    Bytes, ConfigKey, Error, ErrorKind, ObjectInfo, ObjectName, Overwrite, Result, SecretString, SignMethod,
    SignedRequest, TypeContext, UploadOptions, storage_type,
};

use crc_fast::CrcAlgorithm;

use self::multipart::Upload;
use self::sign::Signer;
use self::space::{Held, Space};

/// The keys of `storages.MemoryType`.
const KEYS: &[ConfigKey] = &[
    ConfigKey::integer("maxBytes", 1, u64::MAX, "The most bytes of all objects, their names and metadata together.")
        .default_integer(MemoryStorage::DEFAULT_MAX_BYTES),
    ConfigKey::secret("signingKey", "Key of signed requests; a random one where none is given."),
];

storage_type!("storages.MemoryType", title: "Memory", keys: KEYS, build: MemoryStorage::configured);

/// A storage in memory with every ability, bounded in bytes. Clones share their objects; the last one drops them.
///
/// Apps and tests get one of their own for each element of the Type `storages.MemoryType` (keys `maxBytes` and
/// `signingKey`). Signed requests have URLs like `memory://objects/a.txt?method=GET&…`, which
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
}

#[derive(Clone)]
struct Stored {
    info: ObjectInfo,
    content: Bytes,
    /// Gives the space back when nobody knows the object any more.
    _held: Arc<Held>,
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

    /// An empty storage of at most so many bytes, with a random signing key.
    pub fn new(max_bytes: u64) -> Self {
        Self::with_signer(max_bytes, Signer::random())
    }

    /// An empty storage of at most so many bytes that signs requests with this key.
    pub fn with_signing_key(max_bytes: u64, signing_key: impl Into<SecretString>) -> Self {
        Self::with_signer(max_bytes, Signer::new(signing_key.into()))
    }

    fn with_signer(max_bytes: u64, signer: Signer) -> Self {
        Self(Arc::new(Store { state: Mutex::default(), space: Space::new(max_bytes), signer }))
    }

    fn configured(context: TypeContext<'_>) -> Result<Self> {
        let config = context.config();
        let max_bytes = config.integer("maxBytes").unwrap_or(Self::DEFAULT_MAX_BYTES);
        Ok(match config.optional_secret("signingKey") {
            Some(key) => Self::with_signing_key(max_bytes, key.clone()),
            None => Self::new(max_bytes),
        })
    }

    /// How many bytes are taken, of those that may be.
    pub fn used_bytes(&self) -> u64 {
        self.0.space.used()
    }

    /// Answers a signed request as an HTTP server would: status and body.
    ///
    /// 403 where the signature does not fit method, name, content type or time, 404 where there is no object.
    pub async fn send(&self, request: &SignedRequest, body: Option<Bytes>) -> (u16, Bytes) {
        let Some(name) = self.0.signer.verify(request) else { return (403, Bytes::new()) };
        match request.method {
            SignMethod::Get => self.stored(&name).map_or((404, Bytes::new()), |stored| (200, stored.content)),
            SignMethod::Head => self.stored(&name).map_or((404, Bytes::new()), |_| (200, Bytes::new())),
            SignMethod::Put => {
                let mut options = UploadOptions::default();
                options.content_type = sign::bound_type(request).map(str::to_owned);
                match self.write(&name, body.unwrap_or_default().into(), options).await {
                    Ok(_) => (200, Bytes::new()),
                    Err(_) => (507, Bytes::new()),
                }
            }
            _ => (405, Bytes::new()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stored(&self, name: &ObjectName) -> Result<Stored> {
        self.state().objects.get(name.as_str().as_bytes()).cloned().ok_or_else(Error::not_found)
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
        Ok(self.put(info, content))
    }

    fn put(&mut self, mut info: ObjectInfo, content: Content) -> ObjectInfo {
        self.sequence += 1;
        info.size = content.bytes.len() as u64;
        info.crc64 = Some(content.crc64);
        info.etag = Some(format!("{:016X}-{}", content.crc64, self.sequence));
        info.last_modified = Some(SystemTime::now());
        let key = info.name.as_str().as_bytes().to_vec();
        let stored = Stored { info: info.clone(), content: content.bytes, _held: Arc::new(content.held) };
        self.objects.insert(key, stored);
        info
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
