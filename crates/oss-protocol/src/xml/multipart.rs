//! Multipart uploads: initiate, complete, the parts of an upload and the uploads of a bucket.

use std::time::SystemTime;

use super::list::{read_prefixes, write_prefixes};
use super::{Encoding, MalformedXml, Reader, Writer, date, filled, write_date};

/// The answer to InitiateMultipartUpload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InitiateMultipartUploadResult {
    /// How the key stands in the document.
    pub encoding: Encoding,
    /// The bucket.
    pub bucket: String,
    /// The key, decoded.
    pub key: String,
    /// The id that parts are uploaded with.
    pub upload_id: String,
}

impl InitiateMultipartUploadResult {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed document of that name, and one without an upload id.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["InitiateMultipartUploadResult"])?;
        let mut result = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "EncodingType" => result.encoding = Encoding::read(&mut reader)?,
                "Bucket" => result.bucket = reader.text()?,
                "Key" => result.key = reader.text()?,
                "UploadId" => result.upload_id = reader.word()?,
                _ => reader.skip()?,
            }
        }
        result.encoding.decode([&mut result.key])?;
        if result.upload_id.is_empty() {
            return Err(MalformedXml::new("the document has no <UploadId>"));
        }
        Ok(result)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("InitiateMultipartUploadResult");
        self.encoding.write(&mut xml);
        xml.text("Bucket", &self.bucket);
        self.encoding.text(&mut xml, "Key", &self.key);
        xml.text("UploadId", &self.upload_id).close("InitiateMultipartUploadResult");
        xml.finish()
    }
}

/// A part as CompleteMultipartUpload names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartIdentifier {
    /// Its number, 1 to 10000.
    pub number: u32,
    /// Its ETag, with or without quotes.
    pub etag: String,
}

/// The body of CompleteMultipartUpload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompleteMultipartUpload {
    /// The parts, ascending by number.
    pub parts: Vec<PartIdentifier>,
}

impl CompleteMultipartUpload {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed document of that name that is followed by nothing, and a part without number.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["CompleteMultipartUpload"])?;
        let mut request = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Part" => request.parts.push(PartIdentifier::read(&mut reader)?),
                _ => reader.skip()?,
            }
        }
        reader.finish()?;
        Ok(request)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("CompleteMultipartUpload");
        for part in &self.parts {
            xml.open("Part").number("PartNumber", part.number.into()).text("ETag", &part.etag).close("Part");
        }
        xml.close("CompleteMultipartUpload");
        xml.finish()
    }
}

impl PartIdentifier {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut part = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "PartNumber" => part.number = reader.value("PartNumber")?,
                "ETag" => part.etag = reader.word()?,
                _ => reader.skip()?,
            }
        }
        if part.number == 0 {
            return Err(MalformedXml::new("a <Part> has no <PartNumber>"));
        }
        Ok(part)
    }
}

/// The answer to CompleteMultipartUpload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompleteMultipartUploadResult {
    /// How the key stands in the document.
    pub encoding: Encoding,
    /// Address of the object.
    pub location: String,
    /// The bucket.
    pub bucket: String,
    /// The key, decoded.
    pub key: String,
    /// The ETag, quotes included.
    pub etag: String,
}

impl CompleteMultipartUploadResult {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed document of that name.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["CompleteMultipartUploadResult"])?;
        let mut result = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "EncodingType" => result.encoding = Encoding::read(&mut reader)?,
                "Location" => result.location = reader.text()?,
                "Bucket" => result.bucket = reader.text()?,
                "Key" => result.key = reader.text()?,
                "ETag" => result.etag = reader.word()?,
                _ => reader.skip()?,
            }
        }
        result.encoding.decode([&mut result.key])?;
        Ok(result)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("CompleteMultipartUploadResult");
        self.encoding.write(&mut xml);
        xml.text("Location", &self.location).text("Bucket", &self.bucket);
        self.encoding.text(&mut xml, "Key", &self.key);
        xml.text("ETag", &self.etag).close("CompleteMultipartUploadResult");
        xml.finish()
    }
}

/// A part in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartEntry {
    /// Its number, 1 to 10000.
    pub number: u32,
    /// When it was uploaded.
    pub last_modified: Option<SystemTime>,
    /// Its ETag, quotes included.
    pub etag: String,
    /// CRC-64 of its bytes; old parts have none.
    pub crc64: Option<u64>,
    /// Its bytes.
    pub size: u64,
}

/// How a client encrypts what it uploads, as it told when it began the upload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientEncryption {
    /// The encrypted key of the content.
    pub key: String,
    /// The encrypted start value.
    pub start: String,
    /// How the content is encrypted.
    pub cek_algorithm: String,
    /// How its key is encrypted.
    pub wrap_algorithm: String,
    /// The bytes of the whole content.
    pub data_size: Option<u64>,
    /// The bytes of a part.
    pub part_size: Option<u64>,
}

impl ClientEncryption {
    /// Takes the current child if it is one of these; `false` leaves it to the caller.
    fn take(encryption: &mut Option<Self>, name: &str, reader: &mut Reader<'_>) -> Result<bool, MalformedXml> {
        let Some(field) = name.strip_prefix("ClientEncryption") else { return Ok(false) };
        let encryption = encryption.get_or_insert_default();
        match field {
            "Key" => encryption.key = reader.text()?,
            "Start" => encryption.start = reader.text()?,
            "CekAlg" => encryption.cek_algorithm = reader.text()?,
            "WrapAlg" => encryption.wrap_algorithm = reader.text()?,
            "DataSize" => encryption.data_size = Some(reader.value("ClientEncryptionDataSize")?),
            "PartSize" => encryption.part_size = Some(reader.value("ClientEncryptionPartSize")?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn write(&self, xml: &mut Writer) {
        xml.text("ClientEncryptionKey", &self.key).text("ClientEncryptionStart", &self.start);
        xml.text("ClientEncryptionCekAlg", &self.cek_algorithm).text("ClientEncryptionWrapAlg", &self.wrap_algorithm);
        for (name, size) in [("ClientEncryptionDataSize", self.data_size), ("ClientEncryptionPartSize", self.part_size)]
        {
            if let Some(size) = size {
                xml.number(name, size);
            }
        }
    }
}

/// A page of the parts of an upload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartList {
    /// How the key stands in the document.
    pub encoding: Encoding,
    /// The bucket.
    pub bucket: String,
    /// The key, decoded.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// Storage class that the object will have.
    pub storage_class: String,
    /// Numbers are greater than this.
    pub part_number_marker: u32,
    /// The marker of the next page.
    pub next_part_number_marker: u32,
    /// How many parts were asked for.
    pub max_parts: u64,
    /// Whether more parts follow.
    pub is_truncated: bool,
    /// How the client encrypts what it uploads; `None` where it told nothing of it.
    pub client_encryption: Option<ClientEncryption>,
    /// The parts, ascending by number.
    pub parts: Vec<PartEntry>,
}

impl PartList {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `ListPartsResult`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["ListPartsResult"])?;
        let mut list = Self::default();
        while let Some(name) = reader.child()?.map(str::to_owned) {
            match name.as_str() {
                "EncodingType" => list.encoding = Encoding::read(&mut reader)?,
                "Bucket" => list.bucket = reader.text()?,
                "Key" => list.key = reader.text()?,
                "UploadId" => list.upload_id = reader.word()?,
                "StorageClass" => list.storage_class = reader.word()?,
                "PartNumberMarker" => list.part_number_marker = number_or_zero(&mut reader, "PartNumberMarker")?,
                "NextPartNumberMarker" => {
                    list.next_part_number_marker = number_or_zero(&mut reader, "NextPartNumberMarker")?;
                }
                "MaxParts" => list.max_parts = reader.value("MaxParts")?,
                "IsTruncated" => list.is_truncated = reader.flag("IsTruncated")?,
                "Part" => list.parts.push(PartEntry::read(&mut reader)?),
                _ if ClientEncryption::take(&mut list.client_encryption, &name, &mut reader)? => {}
                _ => reader.skip()?,
            }
        }
        list.encoding.decode([&mut list.key])?;
        Ok(list)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("ListPartsResult");
        self.encoding.write(&mut xml);
        xml.text("Bucket", &self.bucket);
        self.encoding.text(&mut xml, "Key", &self.key);
        xml.text("UploadId", &self.upload_id).text("StorageClass", &self.storage_class);
        xml.number("PartNumberMarker", self.part_number_marker.into());
        xml.number("NextPartNumberMarker", self.next_part_number_marker.into());
        xml.number("MaxParts", self.max_parts).flag("IsTruncated", self.is_truncated);
        if let Some(encryption) = &self.client_encryption {
            encryption.write(&mut xml);
        }
        for part in &self.parts {
            xml.open("Part").number("PartNumber", part.number.into());
            write_date(&mut xml, "LastModified", part.last_modified);
            xml.text("ETag", &part.etag);
            if let Some(crc64) = part.crc64 {
                xml.number("HashCrc64ecma", crc64);
            }
            xml.number("Size", part.size).close("Part");
        }
        xml.close("ListPartsResult");
        xml.finish()
    }
}

impl PartEntry {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut part = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "PartNumber" => part.number = reader.value("PartNumber")?,
                "LastModified" => part.last_modified = date(reader)?,
                "ETag" => part.etag = reader.word()?,
                "HashCrc64ecma" => part.crc64 = reader.word()?.parse().ok(),
                "Size" => part.size = reader.value("Size")?,
                _ => reader.skip()?,
            }
        }
        Ok(part)
    }
}

/// Reads a marker, which the service leaves empty at the start and at the end.
fn number_or_zero(reader: &mut Reader<'_>, name: &str) -> Result<u32, MalformedXml> {
    match reader.word()?.as_str() {
        "" => Ok(0),
        word => word.parse().map_err(|_| MalformedXml::new(format!("<{name}> holds `{word}`"))),
    }
}

/// An unfinished upload in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadEntry {
    /// The key, decoded.
    pub key: String,
    /// The upload.
    pub upload_id: String,
    /// Storage class that the object will have.
    pub storage_class: String,
    /// When it was initiated.
    pub initiated: Option<SystemTime>,
}

/// A page of the unfinished uploads of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadList {
    /// How keys, prefixes and markers stand in the document.
    pub encoding: Encoding,
    /// The bucket.
    pub bucket: String,
    /// Keys start after this.
    pub key_marker: String,
    /// Uploads of the marker's key start after this.
    pub upload_id_marker: String,
    /// The key marker of the next page.
    pub next_key_marker: Option<String>,
    /// The upload marker of the next page.
    pub next_upload_id_marker: Option<String>,
    /// What ends a common prefix.
    pub delimiter: String,
    /// What every key starts with.
    pub prefix: String,
    /// How many entries were asked for.
    pub max_uploads: u64,
    /// Whether more entries follow.
    pub is_truncated: bool,
    /// The uploads, ascending by key, then by initiation.
    pub uploads: Vec<UploadEntry>,
    /// What the other keys were folded into, ascending.
    pub common_prefixes: Vec<String>,
}

impl UploadList {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `ListMultipartUploadsResult`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["ListMultipartUploadsResult"])?;
        let mut list = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "EncodingType" => list.encoding = Encoding::read(&mut reader)?,
                "Bucket" => list.bucket = reader.text()?,
                "KeyMarker" => list.key_marker = reader.text()?,
                "UploadIdMarker" => list.upload_id_marker = reader.word()?,
                "NextKeyMarker" => list.next_key_marker = filled(&mut reader)?,
                "NextUploadIdMarker" => list.next_upload_id_marker = filled(&mut reader)?,
                "Delimiter" => list.delimiter = reader.text()?,
                "Prefix" => list.prefix = reader.text()?,
                "MaxUploads" => list.max_uploads = reader.value("MaxUploads")?,
                "IsTruncated" => list.is_truncated = reader.flag("IsTruncated")?,
                "Upload" => list.uploads.push(UploadEntry::read(&mut reader)?),
                "CommonPrefixes" => read_prefixes(&mut reader, &mut list.common_prefixes)?,
                _ => reader.skip()?,
            }
        }
        let encoding = list.encoding;
        encoding.decode([&mut list.key_marker, &mut list.delimiter, &mut list.prefix])?;
        encoding.decode(&mut list.next_key_marker)?;
        encoding.decode(&mut list.common_prefixes)?;
        encoding.decode(list.uploads.iter_mut().map(|upload| &mut upload.key))?;
        Ok(list)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let encoding = self.encoding;
        let mut xml = Writer::new();
        xml.open("ListMultipartUploadsResult");
        encoding.write(&mut xml);
        xml.text("Bucket", &self.bucket);
        encoding.text(&mut xml, "KeyMarker", &self.key_marker);
        xml.text("UploadIdMarker", &self.upload_id_marker);
        encoding.text(&mut xml, "NextKeyMarker", self.next_key_marker.as_deref().unwrap_or_default());
        xml.text("NextUploadIdMarker", self.next_upload_id_marker.as_deref().unwrap_or_default());
        encoding.text(&mut xml, "Delimiter", &self.delimiter);
        encoding.text(&mut xml, "Prefix", &self.prefix);
        xml.number("MaxUploads", self.max_uploads).flag("IsTruncated", self.is_truncated);
        for upload in &self.uploads {
            xml.open("Upload");
            encoding.text(&mut xml, "Key", &upload.key);
            xml.text("UploadId", &upload.upload_id).text("StorageClass", &upload.storage_class);
            write_date(&mut xml, "Initiated", upload.initiated);
            xml.close("Upload");
        }
        write_prefixes(&mut xml, encoding, &self.common_prefixes);
        xml.close("ListMultipartUploadsResult");
        xml.finish()
    }
}

impl UploadEntry {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut upload = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Key" => upload.key = reader.text()?,
                "UploadId" => upload.upload_id = reader.word()?,
                "StorageClass" => upload.storage_class = reader.word()?,
                "Initiated" => upload.initiated = date(reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(upload)
    }
}
