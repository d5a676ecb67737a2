//! What RestoreObject asks for: an archived object that can be read for some days.

use super::{MalformedXml, Reader, Writer, filled};

/// The body of RestoreObject, which may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreRequest {
    /// For how many days the object can be read: 1 to 7 for Archive, 1 to 365 for the cold classes, 1 by default.
    pub days: Option<u32>,
    /// How urgent it is, for the cold classes: `Expedited`, `Standard` (the default) or `Bulk`.
    pub tier: Option<String>,
}

impl RestoreRequest {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `RestoreRequest` that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["RestoreRequest"])?;
        let mut request = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Days" => request.days = Some(reader.value("Days")?),
                "JobParameters" => request.read_parameters(&mut reader)?,
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
        xml.open("RestoreRequest");
        if let Some(days) = self.days {
            xml.number("Days", days.into());
        }
        if let Some(tier) = &self.tier {
            xml.open("JobParameters").text("Tier", tier).close("JobParameters");
        }
        xml.close("RestoreRequest");
        xml.finish()
    }

    fn read_parameters(&mut self, reader: &mut Reader<'_>) -> Result<(), MalformedXml> {
        while let Some(name) = reader.child()? {
            match name {
                "Tier" => self.tier = filled(reader)?.map(|tier| tier.trim().to_owned()),
                _ => reader.skip()?,
            }
        }
        Ok(())
    }
}
