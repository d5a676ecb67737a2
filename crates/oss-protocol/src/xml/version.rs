//! A page of the versions of a bucket's objects, delete markers among them.

use std::time::SystemTime;

use super::list::{read_prefixes, write_prefixes};
use super::{Encoding, MalformedXml, Owner, Reader, Writer, date, filled, write_date};

/// The answer to ListObjectVersions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionList {
    /// The bucket.
    pub name: String,
    /// What every key starts with.
    pub prefix: String,
    /// What ends a common prefix; empty when there was none.
    pub delimiter: String,
    /// Entries are behind this key, or behind the version named beside it.
    pub key_marker: String,
    /// Versions of the marker's key are older than this one.
    pub version_id_marker: String,
    /// How many entries were asked for, versions and common prefixes together.
    pub max_keys: u64,
    /// How keys, prefixes and key markers stand in the document.
    pub encoding: Encoding,
    /// Whether more entries follow.
    pub is_truncated: bool,
    /// The key marker of the next page.
    pub next_key_marker: Option<String>,
    /// The version marker of the next page; absent where that starts behind a common prefix.
    pub next_version_id_marker: Option<String>,
    /// Versions and delete markers, ascending by key, the newest of each key first.
    pub entries: Vec<VersionEntry>,
    /// What the other keys were folded into, ascending.
    pub common_prefixes: Vec<String>,
}

/// A version or a delete marker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionEntry {
    /// The key, decoded.
    pub key: String,
    /// The version; `null` for what was written while the bucket kept no versions.
    pub version_id: String,
    /// Whether this is the current version of its key.
    pub is_latest: bool,
    /// When it was written.
    pub last_modified: Option<SystemTime>,
    /// Who owns it.
    pub owner: Option<Owner>,
    /// What the version holds; `None` for a delete marker.
    pub object: Option<VersionObject>,
}

/// What a version holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionObject {
    /// The ETag, quotes included.
    pub etag: String,
    /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
    pub object_type: String,
    /// Bytes of its content.
    pub size: u64,
    /// Storage class, such as `Standard`.
    pub storage_class: String,
    /// State of a restore, in the form of `x-oss-restore`.
    pub restore_info: Option<String>,
}

impl VersionList {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `ListVersionsResult`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["ListVersionsResult"])?;
        let mut list = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Name" => list.name = reader.text()?,
                "Prefix" => list.prefix = reader.text()?,
                "Delimiter" => list.delimiter = reader.text()?,
                "KeyMarker" => list.key_marker = reader.text()?,
                "VersionIdMarker" => list.version_id_marker = reader.word()?,
                "MaxKeys" => list.max_keys = reader.value("MaxKeys")?,
                "EncodingType" => list.encoding = Encoding::read(&mut reader)?,
                "IsTruncated" => list.is_truncated = reader.flag("IsTruncated")?,
                "NextKeyMarker" => list.next_key_marker = filled(&mut reader)?,
                "NextVersionIdMarker" => list.next_version_id_marker = filled(&mut reader)?,
                "Version" => list.entries.push(VersionEntry::read(&mut reader, Some(VersionObject::default()))?),
                "DeleteMarker" => list.entries.push(VersionEntry::read(&mut reader, None)?),
                "CommonPrefixes" => read_prefixes(&mut reader, &mut list.common_prefixes)?,
                _ => reader.skip()?,
            }
        }
        let encoding = list.encoding;
        encoding.decode([&mut list.prefix, &mut list.delimiter, &mut list.key_marker])?;
        encoding.decode(&mut list.next_key_marker)?;
        encoding.decode(&mut list.common_prefixes)?;
        encoding.decode(list.entries.iter_mut().map(|entry| &mut entry.key))?;
        Ok(list)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let encoding = self.encoding;
        let mut xml = Writer::new();
        xml.open("ListVersionsResult").text("Name", &self.name);
        encoding.text(&mut xml, "Prefix", &self.prefix);
        encoding.text(&mut xml, "KeyMarker", &self.key_marker);
        xml.text("VersionIdMarker", &self.version_id_marker).number("MaxKeys", self.max_keys);
        encoding.text(&mut xml, "Delimiter", &self.delimiter);
        encoding.write(&mut xml);
        xml.flag("IsTruncated", self.is_truncated);
        encoding.optional(&mut xml, "NextKeyMarker", self.next_key_marker.as_deref());
        xml.optional("NextVersionIdMarker", self.next_version_id_marker.as_deref());
        for entry in &self.entries {
            entry.write(&mut xml, encoding);
        }
        write_prefixes(&mut xml, encoding, &self.common_prefixes);
        xml.close("ListVersionsResult");
        xml.finish()
    }
}

impl VersionEntry {
    fn read(reader: &mut Reader<'_>, object: Option<VersionObject>) -> Result<Self, MalformedXml> {
        let mut entry = Self { object, ..Self::default() };
        while let Some(name) = reader.child()? {
            match (name, &mut entry.object) {
                ("Key", _) => entry.key = reader.text()?,
                ("VersionId", _) => entry.version_id = reader.word()?,
                ("IsLatest", _) => entry.is_latest = reader.flag("IsLatest")?,
                ("LastModified", _) => entry.last_modified = date(reader)?,
                ("Owner", _) => entry.owner = Some(Owner::read(reader)?),
                ("ETag", Some(object)) => object.etag = reader.word()?,
                ("Type", Some(object)) => object.object_type = reader.word()?,
                ("Size", Some(object)) => object.size = reader.value("Size")?,
                ("StorageClass", Some(object)) => object.storage_class = reader.word()?,
                ("RestoreInfo", Some(object)) => object.restore_info = filled(reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(entry)
    }

    fn write(&self, xml: &mut Writer, encoding: Encoding) {
        let element = if self.object.is_some() { "Version" } else { "DeleteMarker" };
        xml.open(element);
        encoding.text(xml, "Key", &self.key);
        xml.text("VersionId", &self.version_id).flag("IsLatest", self.is_latest);
        write_date(xml, "LastModified", self.last_modified);
        if let Some(object) = &self.object {
            xml.text("ETag", &object.etag).text("Type", &object.object_type).number("Size", object.size);
            xml.text("StorageClass", &object.storage_class).optional("RestoreInfo", object.restore_info.as_deref());
        }
        if let Some(owner) = &self.owner {
            owner.write(xml);
        }
        xml.close(element);
    }
}
