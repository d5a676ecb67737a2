//! What is known about an object.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::Serialize;

use super::json::{as_iso_8601, as_text};
use crate::storage::object_name::ObjectName;

/// What is known about an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ObjectInfo {
    /// The object's name.
    pub name: ObjectName,
    /// The size of the whole object in bytes.
    pub size: u64,
    /// The MIME type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// When it was last written; whole seconds on most stores. In JSON ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_iso_8601")]
    pub last_modified: Option<SystemTime>,
    /// The ETag, as the store gives it but without quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// CRC-64/XZ of the whole content. In JSON a decimal text.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub crc64: Option<u64>,
    /// `Cache-Control` as given at upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// `Content-Disposition` as given at upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// `Content-Encoding` as given at upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// The user's own metadata.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The version, where the store keeps versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// The storage class, where the store has classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// What the store tells beyond that, by its own names (OSS: response headers such as `x-oss-object-type`).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<String, String>,
}

impl ObjectInfo {
    /// An object of this name and size, with nothing else known.
    pub fn new(name: ObjectName, size: u64) -> Self {
        Self {
            name,
            size,
            content_type: None,
            last_modified: None,
            etag: None,
            crc64: None,
            cache_control: None,
            content_disposition: None,
            content_encoding: None,
            metadata: BTreeMap::new(),
            version_id: None,
            storage_class: None,
            other: BTreeMap::new(),
        }
    }
}

/// How the restoring of an archived object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Restoring {
    /// It has begun, or goes on.
    Underway,
    /// The object can be read; the days that it stays so count anew.
    Ready,
}
