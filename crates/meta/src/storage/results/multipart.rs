//! Uploads in parts.

use std::time::SystemTime;

use serde::Serialize;

use super::json::{as_iso_8601, as_text};
use crate::storage::object_name::ObjectName;

/// A part of a multipart upload, as the store has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UploadedPart {
    /// From 1 to 10 000.
    pub number: u32,
    /// The ETag that completing the upload needs.
    pub etag: String,
    /// The size in bytes.
    pub size: u64,
    /// CRC-64/XZ of the part. In JSON a decimal text.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub crc64: Option<u64>,
}

impl UploadedPart {
    /// A part with what every store knows.
    pub fn new(number: u32, etag: impl Into<String>, size: u64) -> Self {
        Self { number, etag: etag.into(), size, crc64: None }
    }

    /// With the CRC-64/XZ of the part.
    #[must_use]
    pub fn with_crc64(mut self, crc64: u64) -> Self {
        self.crc64 = Some(crc64);
        self
    }
}

/// An upload in parts that is neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UnfinishedUpload {
    /// The name of the object that it would become.
    pub name: ObjectName,
    /// The id that its parts are sent with.
    pub upload_id: String,
    /// When it began. In JSON ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_iso_8601")]
    pub initiated: Option<SystemTime>,
}

impl UnfinishedUpload {
    /// An upload with what every store knows.
    pub fn new(name: ObjectName, upload_id: impl Into<String>) -> Self {
        Self { name, upload_id: upload_id.into(), initiated: None }
    }

    /// With the time when it began.
    #[must_use]
    pub fn with_initiated(mut self, time: SystemTime) -> Self {
        self.initiated = Some(time);
        self
    }
}
