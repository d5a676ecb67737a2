//! Receipts of deletions.

use serde::Serialize;

use crate::error::Error;
use crate::storage::object_name::ObjectName;

/// The receipt of a deletion. A name that did not exist counts as deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Deleted {
    /// The object's name.
    pub name: ObjectName,
    /// The version that was removed, or the delete marker's, where the store keeps versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

impl Deleted {
    /// The object of this name is gone.
    pub fn new(name: ObjectName) -> Self {
        Self { name, version_id: None }
    }

    /// With the version concerned.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}

/// What became of each object of a deletion.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct DeleteReport {
    /// What is gone.
    pub deleted: Vec<Deleted>,
    /// What could not be deleted, and why.
    pub failed: Vec<(ObjectName, Error)>,
}

impl DeleteReport {
    /// All of these are gone.
    pub fn deleted(deleted: Vec<Deleted>) -> Self {
        Self { deleted, failed: Vec::new() }
    }
}
