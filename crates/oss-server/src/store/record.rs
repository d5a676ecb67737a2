//! What the database holds about buckets, objects, uploads and parts, as JSON: new fields can join old records.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::version::VersionId;
use crate::access::{BucketAcl, ObjectAcl};
use crate::failure::Failure;

/// A moment in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Millis(u64);

impl Millis {
    pub(crate) fn time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0)
    }

    /// The moment as documents print it: the service knows no fractions of a second.
    pub(crate) fn whole_seconds(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0 / 1000)
    }
}

impl From<SystemTime> for Millis {
    fn from(time: SystemTime) -> Self {
        let millis = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        Self(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BucketRecord {
    pub(crate) created: Millis,
    pub(crate) acl: BucketAcl,
    pub(crate) storage_class: String,
    pub(crate) redundancy: String,
    /// `None`: never set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) versioning: Option<Versioning>,
    /// Whether no access control opens the bucket or its objects to everybody.
    #[serde(default, skip_serializing_if = "PublicAccess::is_as_granted")]
    pub(crate) public_access: PublicAccess,
}

/// What becomes of access control that opens something to everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PublicAccess {
    #[default]
    AsGranted,
    Blocked,
}

impl PublicAccess {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_as_granted(&self) -> bool {
        *self == Self::AsGranted
    }
}

impl BucketRecord {
    /// A private bucket as PutBucket makes it when it is told nothing.
    pub(crate) fn new(created: SystemTime) -> Self {
        Self {
            created: created.into(),
            acl: BucketAcl::Private,
            storage_class: "Standard".to_owned(),
            redundancy: "LRS".to_owned(),
            versioning: None,
            public_access: PublicAccess::AsGranted,
        }
    }
}

/// Whether a bucket keeps versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Versioning {
    Enabled,
    Suspended,
}

impl Versioning {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Suspended => "Suspended",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ObjectKind {
    Normal,
    Multipart,
    Appendable,
    Symlink,
}

impl ObjectKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Multipart => "Multipart",
            Self::Appendable => "Appendable",
            Self::Symlink => "Symlink",
        }
    }
}

/// Key and value.
pub(crate) type Tag = (String, String);

/// What a writer sets on an object beside its bytes, and what a copy takes over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    /// `Content-Type` and its like, and user metadata; names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) storage_class: String,
    /// The answer's `x-oss-server-side-encryption` headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) encryption: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<Tag>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ObjectRecord {
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) crc64: u64,
    /// In base64, of objects that were uploaded in one piece, and of their copies.
    pub(crate) md5: Option<String>,
    pub(crate) modified: Millis,
    pub(crate) kind: ObjectKind,
    pub(crate) acl: ObjectAcl,
    pub(crate) attributes: Attributes,
    pub(crate) content: Content,
    /// The key that a symbolic link points to, in the same bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) restore: Option<Restore>,
    /// Its place among the versions of its key: ascending with time. 0 for what was written before the bucket kept any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) number: u64,
    /// `None`: written while the bucket kept no versions; its id is `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<VersionId>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl ObjectRecord {
    /// An empty object, to be filled.
    pub(crate) fn new(kind: ObjectKind, modified: SystemTime, acl: ObjectAcl, attributes: Attributes) -> Self {
        Self {
            size: 0,
            etag: String::new(),
            crc64: 0,
            md5: None,
            modified: modified.into(),
            kind,
            acl,
            attributes,
            content: Content::Empty,
            target: None,
            restore: None,
            number: 0,
            version: None,
        }
    }

    /// Whether the content must be restored before it can be read.
    pub(crate) fn is_archived(&self) -> bool {
        self.attributes.storage_class.contains("Archive")
    }
}

/// The last restore of an archived object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restore {
    /// From when on the content can be read.
    pub(crate) ready: Millis,
    /// Until when.
    pub(crate) expires: Millis,
}

/// Where the bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Content {
    Empty,
    /// A row of the database.
    Inline(u64),
    /// A file of the data folder, which may be longer than the object: an append that never committed left the rest.
    File(u64),
    /// A list of segments, kept apart so that records stay small.
    Segments(u64),
}

/// A stretch of a content that has several.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Segment {
    pub(crate) content: Content,
    pub(crate) len: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UploadRecord {
    pub(crate) initiated: Millis,
    pub(crate) attributes: Attributes,
    #[serde(default, skip_serializing_if = "PartOrder::is_any")]
    pub(crate) order: PartOrder,
}

/// In which order the parts of an upload come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PartOrder {
    #[default]
    Any,
    /// Each behind the one before; the object then has an MD5.
    Sequential,
}

impl PartOrder {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_any(&self) -> bool {
        *self == Self::Any
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PartRecord {
    pub(crate) size: u64,
    /// Without quotes: the MD5 in upper-case hexadecimal.
    pub(crate) etag: String,
    pub(crate) crc64: u64,
    pub(crate) modified: Millis,
    pub(crate) content: Content,
}

pub(crate) fn encode(record: &impl Serialize) -> Result<Vec<u8>, Failure> {
    Ok(serde_json::to_vec(record)?)
}

pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    // Looked through once as a whole, which is faster than each text of it on its own.
    let text = std::str::from_utf8(bytes).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(serde_json::from_str(text)?)
}
