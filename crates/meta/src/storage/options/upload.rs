//! How objects are written.

use std::collections::BTreeMap;

use super::acl::ObjectAcl;
use super::callback::Callback;
use super::checkpoint::Checkpoint;
use super::encryption::Encryption;
use crate::storage::progress::{Progress, Transferred};

/// How an object is written.
///
/// What not every Type can do is a [`Feature`](crate::Feature); the element refuses it where the Type does not declare it,
/// so that nothing asked for is silently left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadOptions {
    /// The MIME type. `None` leaves it to the Type: `storages.OssType` says `application/octet-stream`,
    /// `storages.DiskType` guesses from the name.
    pub content_type: Option<String>,
    /// `Cache-Control`, stored and returned as given.
    pub cache_control: Option<String>,
    /// `Content-Disposition`, stored and returned as given.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`, stored and returned as given.
    pub content_encoding: Option<String>,
    /// The user's own metadata. Names are lower-case letters, digits and `-`; values are printable ASCII.
    pub metadata: BTreeMap<String, String>,
    /// Whether an existing object may be overwritten.
    pub overwrite: Overwrite,
    /// The storage class, as the store spells it (OSS: `Standard`, `IA`, `Archive`, `ColdArchive`, `DeepColdArchive`);
    /// `None` for the Type's configuration or the bucket's own.
    pub storage_class: Option<String>,
    /// Who may use the object without credentials; `None` for the Type's configuration or the bucket's rule.
    pub acl: Option<ObjectAcl>,
    /// Tags. OSS: at most 10, names up to 128 and values up to 256 characters of letters, digits, space and `+-=._:/`.
    pub tags: BTreeMap<String, String>,
    /// How the store encrypts the object at rest.
    pub encryption: Option<Encryption>,
    /// What the store calls when the upload is done.
    pub callback: Option<Callback>,
    /// The most that the store takes, in bits per second. OSS: 245 760 (30 KiB/s) to 838 860 800 (100 MiB/s).
    pub traffic_limit: Option<u64>,
    /// Where the upload of a file notes how far it has come; `None` for nowhere. Types that upload a file in one go
    /// begin anew after a crash, whatever stands here.
    pub checkpoint: Option<Checkpoint>,
    /// Who is told how far the upload has come. The element takes it over into the [`Body`](crate::Body).
    pub progress: Option<Progress>,
}

/// Whether an existing object may be overwritten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Overwrite {
    /// The new object replaces the old one.
    #[default]
    Allow,
    /// An existing object makes the call fail with [`ErrorKind::AlreadyExists`](crate::ErrorKind::AlreadyExists).
    ///
    /// OSS does not look at it in buckets that keep versions, suspended ones included: there a write never loses what it
    /// replaces.
    Forbid,
}

impl UploadOptions {
    /// With a MIME type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// With `Cache-Control`.
    #[must_use]
    pub fn with_cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// With `Content-Disposition`.
    #[must_use]
    pub fn with_content_disposition(mut self, value: impl Into<String>) -> Self {
        self.content_disposition = Some(value.into());
        self
    }

    /// With `Content-Encoding`.
    #[must_use]
    pub fn with_content_encoding(mut self, value: impl Into<String>) -> Self {
        self.content_encoding = Some(value.into());
        self
    }

    /// With one more pair of the user's own metadata. The name is taken in lower case, as stores do.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(name.into().to_ascii_lowercase(), value.into());
        self
    }

    /// Fails with [`ErrorKind::AlreadyExists`](crate::ErrorKind::AlreadyExists) rather than overwriting.
    #[must_use]
    pub fn without_overwriting(mut self) -> Self {
        self.overwrite = Overwrite::Forbid;
        self
    }

    /// With a storage class, as the store spells it.
    #[must_use]
    pub fn with_storage_class(mut self, class: impl Into<String>) -> Self {
        self.storage_class = Some(class.into());
        self
    }

    /// With a rule of access of its own.
    #[must_use]
    pub fn with_acl(mut self, acl: ObjectAcl) -> Self {
        self.acl = Some(acl);
        self
    }

    /// With one more tag.
    #[must_use]
    pub fn with_tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(name.into(), value.into());
        self
    }

    /// Encrypted by the store.
    #[must_use]
    pub fn with_encryption(mut self, encryption: Encryption) -> Self {
        self.encryption = Some(encryption);
        self
    }

    /// Calls the app's own server when the upload is done.
    #[must_use]
    pub fn with_callback(mut self, callback: Callback) -> Self {
        self.callback = Some(callback);
        self
    }

    /// Takes no more than this many bits per second.
    #[must_use]
    pub fn with_traffic_limit(mut self, bits_per_second: u64) -> Self {
        self.traffic_limit = Some(bits_per_second);
        self
    }

    /// Notes how far the upload of a file has come, so that the next call goes on after a crash.
    #[must_use]
    pub fn with_checkpoint(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoint = Some(checkpoint);
        self
    }

    /// Tells how far the upload has come.
    #[must_use]
    pub fn with_progress(mut self, told: impl Fn(Transferred) + Send + Sync + 'static) -> Self {
        self.progress = Some(Progress::new(told));
        self
    }
}
