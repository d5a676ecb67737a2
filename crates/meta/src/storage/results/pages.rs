//! Pages of listings.

use serde::Serialize;

use super::info::ObjectInfo;
use super::multipart::UnfinishedUpload;

/// A page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListPage {
    /// The objects, in the order of their names' bytes. Listings know name, size, time and ETag; other fields may be
    /// empty.
    pub objects: Vec<ObjectInfo>,
    /// The common prefixes that the delimiter made, in order.
    pub common_prefixes: Vec<String>,
    /// Where the next page begins; `None` on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl ListPage {
    /// A page with these objects and prefixes.
    pub fn new(objects: Vec<ObjectInfo>, common_prefixes: Vec<String>, next: Option<String>) -> Self {
        Self { objects, common_prefixes, next }
    }
}

/// A page of unfinished uploads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UploadPage {
    /// The uploads, in the order of their objects' names.
    pub uploads: Vec<UnfinishedUpload>,
    /// Where the next page begins; `None` on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl UploadPage {
    /// A page with these uploads.
    pub fn new(uploads: Vec<UnfinishedUpload>, next: Option<String>) -> Self {
        Self { uploads, next }
    }
}

/// A version of an object, or the marker that a deletion left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectVersion {
    /// What is known of the version; of a marker its name, id and time.
    pub info: ObjectInfo,
    /// Whether it is the current one.
    pub is_latest: bool,
    /// Whether it only marks that the object was deleted.
    pub is_delete_marker: bool,
}

impl ObjectVersion {
    /// An old version.
    pub fn new(info: ObjectInfo) -> Self {
        Self { info, is_latest: false, is_delete_marker: false }
    }

    /// It is the current one.
    #[must_use]
    pub fn latest(mut self) -> Self {
        self.is_latest = true;
        self
    }

    /// It only marks that the object was deleted.
    #[must_use]
    pub fn delete_marker(mut self) -> Self {
        self.is_delete_marker = true;
        self
    }
}

/// A page of versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VersionPage {
    /// Versions and delete markers, in the order of their names' bytes, the newest of a name first.
    pub versions: Vec<ObjectVersion>,
    /// The common prefixes that the delimiter made, in order.
    pub common_prefixes: Vec<String>,
    /// Where the next page begins; `None` on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl VersionPage {
    /// A page with these versions and prefixes.
    pub fn new(versions: Vec<ObjectVersion>, common_prefixes: Vec<String>, next: Option<String>) -> Self {
        Self { versions, common_prefixes, next }
    }
}
