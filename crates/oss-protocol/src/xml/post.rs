//! The answer to a form upload whose `success_action_status` is 201.

use super::{MalformedXml, Reader, Writer};

/// Where a form upload went. Its texts are never percent-encoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostResponse {
    /// The bucket.
    pub bucket: String,
    /// Address of the object.
    pub location: String,
    /// The key.
    pub key: String,
    /// The ETag, quotes included.
    pub etag: String,
}

impl PostResponse {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `PostResponse`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["PostResponse"])?;
        let mut response = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Bucket" => response.bucket = reader.text()?,
                "Location" => response.location = reader.text()?,
                "Key" => response.key = reader.text()?,
                "ETag" => response.etag = reader.word()?,
                _ => reader.skip()?,
            }
        }
        Ok(response)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("PostResponse").text("Bucket", &self.bucket).text("Location", &self.location);
        xml.text("Key", &self.key).text("ETag", &self.etag).close("PostResponse");
        xml.finish()
    }
}
