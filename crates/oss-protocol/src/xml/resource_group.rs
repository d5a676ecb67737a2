//! Which resource group of the account a bucket belongs to.

use super::{MalformedXml, Reader, Writer};

/// The resource group of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketResourceGroupConfiguration {
    /// Its id, such as `rg-aek27tc`; empty in a request: the account's default group.
    pub resource_group_id: String,
}

impl BucketResourceGroupConfiguration {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `BucketResourceGroupConfiguration` that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["BucketResourceGroupConfiguration"])?;
        let mut configuration = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "ResourceGroupId" => configuration.resource_group_id = reader.word()?,
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
        xml.open("BucketResourceGroupConfiguration").text("ResourceGroupId", &self.resource_group_id);
        xml.close("BucketResourceGroupConfiguration");
        xml.finish()
    }
}
