//! What is stored about an object beside its bytes: a JSON file per object, at the object's own path below
//! `.storages/attributes/`.
//!
//! Data and attributes are two files and must change as one. So the attributes' file has an entry for the object's
//! present file and, while it is being overwritten, one for its next file; each entry is bound to its file by
//! [`Identity`]. Whoever reads takes the entry of the file that they have open, and a write changes the object at one
//! moment: when the new file is renamed to its place.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::time::UNIX_EPOCH;

use meta::{ObjectInfo, ObjectName, UploadOptions};
use serde::{Deserialize, Serialize};

/// The content of an attributes' file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Attributes {
    /// The object's exact name. On a file system that takes `a` for `A` it tells whose the file is.
    pub(super) name: String,
    /// Of the present file, of the next one, or of both.
    pub(super) entries: Vec<Entry>,
}

/// What is stored about one file of an object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) file: Identity,
    pub(super) crc64: u64,
    pub(super) content_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cache_control: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_disposition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_encoding: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
}

/// Which file it is, and in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity {
    /// In bytes.
    pub(super) size: u64,
    /// When it was last written, in nanoseconds since 1970.
    modified_nanos: i64,
    /// The number of the inode, where the system has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inode: Option<u64>,
}

impl Attributes {
    /// The entry of the file, where there is one.
    pub(super) fn of(&self, file: &Identity) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.file == *file)
    }

    /// The entry of a file that was copied, with its time, to another inode, as backups do. Only for files that are
    /// known to be nobody's change of the moment: two writes within one tick of the clock differ by nothing else.
    pub(super) fn of_copied(&self, file: &Identity) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.file.is_copy_of(file))
    }
}

impl Entry {
    pub(super) fn new(name: &ObjectName, file: Identity, crc64: u64, options: UploadOptions) -> Self {
        let UploadOptions { content_type, cache_control, content_disposition, content_encoding, metadata, .. } =
            options;
        let content_type = content_type.unwrap_or_else(|| guess(name));
        Self { file, crc64, content_type, cache_control, content_disposition, content_encoding, metadata }
    }

    /// The same for another file of the same content.
    pub(super) fn with_file(mut self, file: Identity) -> Self {
        self.file = file;
        self
    }
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let modified_nanos = metadata.modified().map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
        });
        Self { size: metadata.len(), modified_nanos, inode: inode(metadata) }
    }

    /// Whether nothing but the inode tells them apart.
    pub(super) fn is_copy_of(&self, other: &Self) -> bool {
        (self.size, self.modified_nanos) == (other.size, other.modified_nanos)
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::ino(metadata))
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Option<u64> {
    None
}

/// What is known about an object from its file and its entry; of a file without entry, that was put there or changed by
/// other hands, from the file alone.
pub(super) fn describe(name: &ObjectName, file: &Metadata, entry: Option<&Entry>) -> ObjectInfo {
    let mut info = ObjectInfo::new(name.clone(), file.len());
    info.last_modified = file.modified().ok();
    let Some(entry) = entry else {
        let Identity { size, modified_nanos, .. } = Identity::of(file);
        info.etag = Some(format!("F{modified_nanos:X}-{size:X}"));
        info.content_type = Some(guess(name));
        return info;
    };
    info.etag = Some(etag(entry.crc64, entry.file.size));
    info.crc64 = Some(entry.crc64);
    info.content_type = Some(entry.content_type.clone());
    info.cache_control.clone_from(&entry.cache_control);
    info.content_disposition.clone_from(&entry.content_disposition);
    info.content_encoding.clone_from(&entry.content_encoding);
    info.metadata.clone_from(&entry.metadata);
    info
}

/// The ETag of content that was uploaded: CRC-64/XZ and size, both hexadecimal. Equal content has equal ETags; it is no
/// proof against forgery.
pub(super) fn etag(crc64: u64, size: u64) -> String {
    format!("{crc64:016X}-{size:X}")
}

/// The MIME type by the name's extension.
fn guess(name: &ObjectName) -> String {
    let file = name.as_str().rsplit('/').next().unwrap_or_default();
    mime_guess::from_path(file).first_raw().unwrap_or("application/octet-stream").to_owned()
}
