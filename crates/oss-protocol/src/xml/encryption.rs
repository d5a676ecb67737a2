//! How a bucket encrypts new objects.

use super::{MalformedXml, Reader, Writer, filled};

/// The encryption of new objects that ask for none themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerSideEncryptionRule {
    /// `AES256`, `KMS` or `SM4`.
    pub sse_algorithm: String,
    /// The key of KMS, where it is not the account's default one.
    pub kms_master_key_id: Option<String>,
    /// What KMS's keys encrypt with, where it is not AES-256: `SM4`.
    pub kms_data_encryption: Option<String>,
}

impl ServerSideEncryptionRule {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `ServerSideEncryptionRule` that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["ServerSideEncryptionRule"])?;
        let mut rule = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "ApplyServerSideEncryptionByDefault" => rule.read_default(&mut reader)?,
                _ => reader.skip()?,
            }
        }
        reader.finish()?;
        Ok(rule)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("ServerSideEncryptionRule").open("ApplyServerSideEncryptionByDefault");
        self.write_core(&mut xml);
        xml.close("ApplyServerSideEncryptionByDefault").close("ServerSideEncryptionRule");
        xml.finish()
    }

    /// What GetBucketInfo tells too.
    pub(super) fn write_core(&self, xml: &mut Writer) {
        xml.text("SSEAlgorithm", &self.sse_algorithm);
        xml.optional("KMSMasterKeyID", self.kms_master_key_id.as_deref());
        xml.optional("KMSDataEncryption", self.kms_data_encryption.as_deref());
    }

    pub(super) fn read_default(&mut self, reader: &mut Reader<'_>) -> Result<(), MalformedXml> {
        while let Some(name) = reader.child()? {
            match name {
                "SSEAlgorithm" => self.sse_algorithm = reader.word()?,
                "KMSMasterKeyID" => self.kms_master_key_id = filled(reader)?,
                "KMSDataEncryption" => self.kms_data_encryption = filled(reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(())
    }
}
