//! Whether a bucket notes when its objects were last read.

use super::{MalformedXml, Reader, Writer};

/// Access tracking, by which lifecycle rules can tell when an object was last read: off by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccessMonitorConfiguration {
    /// On or off.
    pub enabled: bool,
    /// Whether copies take over the time of their source; unset unless it was told.
    pub allow_copy: Option<bool>,
}

impl AccessMonitorConfiguration {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `AccessMonitorConfiguration` that is followed by nothing, whose status is `Enabled` or
    /// `Disabled`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["AccessMonitorConfiguration"])?;
        let mut status = String::new();
        let mut allow_copy = None;
        while let Some(name) = reader.child()? {
            match name {
                "Status" => status = reader.word()?,
                "AllowCopy" => allow_copy = Some(reader.flag("AllowCopy")?),
                _ => reader.skip()?,
            }
        }
        reader.finish()?;
        let enabled = match status.as_str() {
            "Enabled" => true,
            "Disabled" => false,
            _ => return Err(MalformedXml::new("`Status` is neither Enabled nor Disabled")),
        };
        Ok(Self { enabled, allow_copy })
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("AccessMonitorConfiguration").text("Status", self.status());
        if let Some(allow_copy) = self.allow_copy {
            xml.flag("AllowCopy", allow_copy);
        }
        xml.close("AccessMonitorConfiguration");
        xml.finish()
    }

    /// `Enabled` or `Disabled`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        if self.enabled { "Enabled" } else { "Disabled" }
    }
}
