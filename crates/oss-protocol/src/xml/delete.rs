//! DeleteMultipleObjects: the names to delete, and what became of them.

use super::{Encoding, MalformedXml, Reader, Writer, filled};

/// An object to delete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectIdentifier {
    /// The key, decoded.
    pub key: String,
    /// One version instead of the current one.
    pub version_id: Option<String>,
}

/// The body of DeleteMultipleObjects, 1 to 1000 objects in at most 2 MB.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteRequest {
    /// `true`: the answer has no body.
    pub quiet: bool,
    /// The objects, in order.
    pub objects: Vec<ObjectIdentifier>,
}

impl DeleteRequest {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `Delete` that is followed by nothing, and an object without a key.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["Delete"])?;
        let mut request = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Quiet" => request.quiet = reader.flag("Quiet")?,
                "Object" => request.objects.push(ObjectIdentifier::read(&mut reader)?),
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
        xml.open("Delete").flag("Quiet", self.quiet);
        for object in &self.objects {
            xml.open("Object").text("Key", &object.key);
            xml.optional("VersionId", object.version_id.as_deref()).close("Object");
        }
        xml.close("Delete");
        xml.finish()
    }
}

impl ObjectIdentifier {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut object = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Key" => object.key = reader.text()?,
                "VersionId" => object.version_id = filled(reader)?,
                _ => reader.skip()?,
            }
        }
        if object.key.is_empty() {
            return Err(MalformedXml::new("an <Object> has no <Key>"));
        }
        Ok(object)
    }
}

/// An object that was deleted, or was not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeletedObject {
    /// The key, decoded.
    pub key: String,
    /// The version that was named in the request.
    pub version_id: Option<String>,
    /// Whether a delete marker was added or removed.
    pub delete_marker: bool,
    /// Version of that marker.
    pub delete_marker_version_id: Option<String>,
}

/// The answer to DeleteMultipleObjects that is not quiet. An object missing from it could not be deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteResult {
    /// How keys stand in the document.
    pub encoding: Encoding,
    /// The objects that are gone.
    pub deleted: Vec<DeletedObject>,
}

impl DeleteResult {
    /// Reads the document; an empty body is the answer to a quiet request.
    ///
    /// # Errors
    /// Anything but a well-formed `DeleteResult`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut result = Self::default();
        if body.trim_ascii().is_empty() {
            return Ok(result);
        }
        let mut reader = Reader::open(body, &["DeleteResult"])?;
        while let Some(name) = reader.child()? {
            match name {
                "EncodingType" => result.encoding = Encoding::read(&mut reader)?,
                "Deleted" => result.deleted.push(DeletedObject::read(&mut reader)?),
                _ => reader.skip()?,
            }
        }
        result.encoding.decode(result.deleted.iter_mut().map(|deleted| &mut deleted.key))?;
        Ok(result)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("DeleteResult");
        self.encoding.write(&mut xml);
        for deleted in &self.deleted {
            xml.open("Deleted");
            self.encoding.text(&mut xml, "Key", &deleted.key);
            xml.optional("VersionId", deleted.version_id.as_deref());
            if deleted.delete_marker {
                xml.flag("DeleteMarker", true);
            }
            xml.optional("DeleteMarkerVersionId", deleted.delete_marker_version_id.as_deref());
            xml.close("Deleted");
        }
        xml.close("DeleteResult");
        xml.finish()
    }
}

impl DeletedObject {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut deleted = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Key" => deleted.key = reader.text()?,
                "VersionId" => deleted.version_id = filled(reader)?,
                "DeleteMarker" => deleted.delete_marker = reader.flag("DeleteMarker")?,
                "DeleteMarkerVersionId" => deleted.delete_marker_version_id = filled(reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(deleted)
    }
}
