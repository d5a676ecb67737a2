//! Receipts of writes.

use serde::Serialize;

use super::json::as_text;
use crate::storage::object_name::ObjectName;

/// The receipt of an upload or a copy. As JSON: `{"url": …, "name": …, …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Uploaded {
    /// The object's address, percent-encoded and unsigned.
    pub url: String,
    /// The object's name.
    pub name: ObjectName,
    /// The size in bytes, where the store tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The ETag, as the store gives it but without quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// CRC-64/XZ of the content. In JSON a decimal text, since it exceeds what JavaScript's numbers hold.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub crc64: Option<u64>,
    /// The new version, where the store keeps versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// What the app's own server answered, where the upload asked for a [callback](crate::Callback).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_answer: Option<String>,
}

impl Uploaded {
    /// A receipt with what every store knows.
    pub fn new(name: ObjectName, url: impl Into<String>) -> Self {
        Self { url: url.into(), name, size: None, etag: None, crc64: None, version_id: None, callback_answer: None }
    }

    /// With the size in bytes.
    #[must_use]
    pub fn with_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// With the ETag.
    #[must_use]
    pub fn with_etag(mut self, etag: impl Into<String>) -> Self {
        self.etag = Some(etag.into());
        self
    }

    /// With the CRC-64/XZ of the content.
    #[must_use]
    pub fn with_crc64(mut self, crc64: u64) -> Self {
        self.crc64 = Some(crc64);
        self
    }

    /// With the new version.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}

/// The receipt of an append.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Appended {
    /// The object's length now, where the next append goes on.
    pub next_position: u64,
    /// CRC-64/XZ of the whole object. In JSON a decimal text.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub crc64: Option<u64>,
}

impl Appended {
    /// The object has this length now.
    pub fn new(next_position: u64) -> Self {
        Self { next_position, crc64: None }
    }

    /// With the CRC-64/XZ of the whole object.
    #[must_use]
    pub fn with_crc64(mut self, crc64: u64) -> Self {
        self.crc64 = Some(crc64);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::storage::results::ObjectInfo;

    #[test]
    fn receipts_serialise_as_the_documents_promise() {
        let name = ObjectName::parse("users/avatar.jpg").unwrap();
        let uploaded = Uploaded::new(name.clone(), "https://docs.example/users/avatar.jpg").with_crc64(u64::MAX);
        let json = serde_json::to_value(&uploaded).unwrap();
        assert_eq!(json["url"], "https://docs.example/users/avatar.jpg");
        assert_eq!(json["crc64"], "18446744073709551615");
        let mut info = ObjectInfo::new(name, 3);
        info.last_modified = Some(SystemTime::UNIX_EPOCH);
        let json = serde_json::to_value(&info).unwrap();
        assert_eq!(json["lastModified"], "1970-01-01T00:00:00Z");
        assert_eq!(json["size"], 3);
    }
}
