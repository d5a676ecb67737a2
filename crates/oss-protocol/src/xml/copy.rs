//! The answer to a copy, of an object or of a part.

use std::time::SystemTime;

use super::{MalformedXml, Reader, Writer, date, write_date};

/// What a copy made: the same content under `CopyObjectResult` and `CopyPartResult`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyResult {
    /// ETag of the copy, quotes included.
    pub etag: String,
    /// When it was made.
    pub last_modified: Option<SystemTime>,
}

impl CopyResult {
    /// Reads either document.
    ///
    /// # Errors
    /// Anything but a well-formed document of either name.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["CopyObjectResult", "CopyPartResult"])?;
        let mut result = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "ETag" => result.etag = reader.word()?,
                "LastModified" => result.last_modified = date(&mut reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(result)
    }

    /// Writes the answer to CopyObject.
    #[must_use]
    pub fn write_object(&self) -> String {
        self.write("CopyObjectResult")
    }

    /// Writes the answer to UploadPartCopy.
    #[must_use]
    pub fn write_part(&self) -> String {
        self.write("CopyPartResult")
    }

    fn write(&self, root: &str) -> String {
        let mut xml = Writer::new();
        xml.open(root).text("ETag", &self.etag);
        write_date(&mut xml, "LastModified", self.last_modified);
        xml.close(root);
        xml.finish()
    }
}
