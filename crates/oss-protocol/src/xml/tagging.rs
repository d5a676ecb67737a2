//! Tags of an object or of a bucket.

use super::{MalformedXml, Reader, Writer};

/// A set of tags, key and value, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tagging {
    /// The tags.
    pub tags: Vec<(String, String)>,
}

impl Tagging {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `Tagging` that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["Tagging"])?;
        let mut tagging = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "TagSet" => read_set(&mut reader, &mut tagging.tags)?,
                _ => reader.skip()?,
            }
        }
        reader.finish()?;
        Ok(tagging)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("Tagging").open("TagSet");
        for (key, value) in &self.tags {
            xml.open("Tag").text("Key", key).text("Value", value).close("Tag");
        }
        xml.close("TagSet").close("Tagging");
        xml.finish()
    }
}

fn read_set(reader: &mut Reader<'_>, tags: &mut Vec<(String, String)>) -> Result<(), MalformedXml> {
    while let Some(name) = reader.child()? {
        if name != "Tag" {
            reader.skip()?;
            continue;
        }
        let (mut key, mut value) = (String::new(), String::new());
        while let Some(name) = reader.child()? {
            match name {
                "Key" => key = reader.text()?,
                "Value" => value = reader.text()?,
                _ => reader.skip()?,
            }
        }
        tags.push((key, value));
    }
    Ok(())
}
