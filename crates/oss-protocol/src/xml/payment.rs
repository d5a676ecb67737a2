//! Who pays for requests to a bucket.

use super::{MalformedXml, Reader, Writer};

/// Who pays: `BucketOwner`, the default, or `Requester`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPaymentConfiguration {
    /// `BucketOwner` or `Requester`.
    pub payer: String,
}

impl Default for RequestPaymentConfiguration {
    fn default() -> Self {
        Self { payer: "BucketOwner".to_owned() }
    }
}

impl RequestPaymentConfiguration {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `RequestPaymentConfiguration` that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["RequestPaymentConfiguration"])?;
        let mut configuration = Self { payer: String::new() };
        while let Some(name) = reader.child()? {
            match name {
                "Payer" => configuration.payer = reader.word()?,
                _ => reader.skip()?,
            }
        }
        reader.finish()?;
        Ok(configuration)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("RequestPaymentConfiguration").text("Payer", &self.payer).close("RequestPaymentConfiguration");
        xml.finish()
    }
}
