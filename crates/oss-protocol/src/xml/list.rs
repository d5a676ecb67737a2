//! A page of objects, in the forms of ListObjects and ListObjectsV2.

use std::time::SystemTime;

use super::{Encoding, MalformedXml, Owner, Reader, Writer, date, filled, write_date};

/// A page of `ListBucketResult`. Both versions share the element; which fields are set tells them apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectList {
    /// The bucket.
    pub name: String,
    /// What every key starts with.
    pub prefix: String,
    /// What ends a common prefix; empty when there was none.
    pub delimiter: String,
    /// How many entries were asked for, objects and common prefixes together.
    pub max_keys: u64,
    /// How keys, prefixes and markers stand in the document.
    pub encoding: Encoding,
    /// Whether more entries follow.
    pub is_truncated: bool,
    /// Version 1: keys are greater than this.
    pub marker: Option<String>,
    /// Version 1: the marker of the next page.
    pub next_marker: Option<String>,
    /// Version 2: keys of the first page are greater than this.
    pub start_after: Option<String>,
    /// Version 2: the token that this page was asked for with.
    pub continuation_token: Option<String>,
    /// Version 2: the token of the next page.
    pub next_continuation_token: Option<String>,
    /// Version 2: how many entries this page has.
    pub key_count: Option<u64>,
    /// The objects, ascending by the bytes of their keys.
    pub objects: Vec<ObjectEntry>,
    /// What the other keys were folded into, ascending.
    pub common_prefixes: Vec<String>,
}

/// An object in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectEntry {
    /// The key, decoded.
    pub key: String,
    /// When it was last written.
    pub last_modified: Option<SystemTime>,
    /// The ETag, quotes included.
    pub etag: String,
    /// `Normal`, `Multipart`, `Appendable` or `Symlink`.
    pub object_type: String,
    /// Bytes of its content.
    pub size: u64,
    /// Storage class, such as `Standard`.
    pub storage_class: String,
    /// Who owns it; version 2 tells only when asked.
    pub owner: Option<Owner>,
    /// State of a restore, in the form of `x-oss-restore`.
    pub restore_info: Option<String>,
}

impl ObjectList {
    /// Reads a page of either version.
    ///
    /// # Errors
    /// Anything but a well-formed `ListBucketResult`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["ListBucketResult"])?;
        let mut list = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Name" => list.name = reader.text()?,
                "Prefix" => list.prefix = reader.text()?,
                "Delimiter" => list.delimiter = reader.text()?,
                "MaxKeys" => list.max_keys = reader.value("MaxKeys")?,
                "EncodingType" => list.encoding = Encoding::read(&mut reader)?,
                "IsTruncated" => list.is_truncated = reader.flag("IsTruncated")?,
                "Marker" => list.marker = Some(reader.text()?),
                "NextMarker" => list.next_marker = filled(&mut reader)?,
                "StartAfter" => list.start_after = Some(reader.text()?),
                "ContinuationToken" => list.continuation_token = filled(&mut reader)?,
                "NextContinuationToken" => list.next_continuation_token = filled(&mut reader)?,
                "KeyCount" => list.key_count = Some(reader.value("KeyCount")?),
                "Contents" => list.objects.push(ObjectEntry::read(&mut reader)?),
                "CommonPrefixes" => read_prefixes(&mut reader, &mut list.common_prefixes)?,
                _ => reader.skip()?,
            }
        }
        let encoding = list.encoding;
        encoding.decode([&mut list.prefix, &mut list.delimiter])?;
        encoding.decode(&mut list.marker)?;
        encoding.decode(&mut list.next_marker)?;
        encoding.decode(&mut list.start_after)?;
        encoding.decode(&mut list.continuation_token)?;
        encoding.decode(&mut list.next_continuation_token)?;
        encoding.decode(&mut list.common_prefixes)?;
        encoding.decode(list.objects.iter_mut().map(|object| &mut object.key))?;
        Ok(list)
    }

    /// Writes the page; fields of a version that are not set are left out.
    #[must_use]
    pub fn write(&self) -> String {
        let encoding = self.encoding;
        let mut xml = Writer::new();
        xml.open("ListBucketResult").text("Name", &self.name);
        encoding.text(&mut xml, "Prefix", &self.prefix);
        encoding.optional(&mut xml, "Marker", self.marker.as_deref());
        encoding.optional(&mut xml, "StartAfter", self.start_after.as_deref());
        xml.number("MaxKeys", self.max_keys);
        encoding.text(&mut xml, "Delimiter", &self.delimiter);
        encoding.write(&mut xml);
        xml.flag("IsTruncated", self.is_truncated);
        encoding.optional(&mut xml, "NextMarker", self.next_marker.as_deref());
        encoding.optional(&mut xml, "ContinuationToken", self.continuation_token.as_deref());
        encoding.optional(&mut xml, "NextContinuationToken", self.next_continuation_token.as_deref());
        if let Some(count) = self.key_count {
            xml.number("KeyCount", count);
        }
        for object in &self.objects {
            object.write(&mut xml, encoding);
        }
        write_prefixes(&mut xml, encoding, &self.common_prefixes);
        xml.close("ListBucketResult");
        xml.finish()
    }
}

impl ObjectEntry {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut object = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Key" => object.key = reader.text()?,
                "LastModified" => object.last_modified = date(reader)?,
                "ETag" => object.etag = reader.word()?,
                "Type" => object.object_type = reader.word()?,
                "Size" => object.size = reader.value("Size")?,
                "StorageClass" => object.storage_class = reader.word()?,
                "Owner" => object.owner = Some(Owner::read(reader)?),
                "RestoreInfo" => object.restore_info = filled(reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(object)
    }

    fn write(&self, xml: &mut Writer, encoding: Encoding) {
        xml.open("Contents");
        encoding.text(xml, "Key", &self.key);
        write_date(xml, "LastModified", self.last_modified);
        xml.text("ETag", &self.etag).text("Type", &self.object_type).number("Size", self.size);
        xml.text("StorageClass", &self.storage_class);
        if let Some(owner) = &self.owner {
            owner.write(xml);
        }
        xml.optional("RestoreInfo", self.restore_info.as_deref());
        xml.close("Contents");
    }
}

pub(super) fn read_prefixes(reader: &mut Reader<'_>, prefixes: &mut Vec<String>) -> Result<(), MalformedXml> {
    while let Some(name) = reader.child()? {
        match name {
            "Prefix" => prefixes.push(reader.text()?),
            _ => reader.skip()?,
        }
    }
    Ok(())
}

pub(super) fn write_prefixes(xml: &mut Writer, encoding: Encoding, prefixes: &[String]) {
    for prefix in prefixes {
        xml.open("CommonPrefixes");
        encoding.text(xml, "Prefix", prefix);
        xml.close("CommonPrefixes");
    }
}
