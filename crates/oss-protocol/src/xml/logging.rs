//! Where a bucket's access log goes, and what it notes beside the usual.

use super::{MalformedXml, Reader, Writer, filled};

/// The logging of a bucket: off without a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketLoggingStatus {
    /// The bucket that holds the log.
    pub target_bucket: Option<String>,
    /// What the keys of the log start with.
    pub target_prefix: Option<String>,
}

impl BucketLoggingStatus {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `BucketLoggingStatus` that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["BucketLoggingStatus"])?;
        let mut status = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "LoggingEnabled" => status.read_target(&mut reader)?,
                _ => reader.skip()?,
            }
        }
        reader.finish()?;
        Ok(status)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("BucketLoggingStatus");
        if *self != Self::default() {
            xml.open("LoggingEnabled").optional("TargetBucket", self.target_bucket.as_deref());
            xml.optional("TargetPrefix", self.target_prefix.as_deref()).close("LoggingEnabled");
        }
        xml.close("BucketLoggingStatus");
        xml.finish()
    }

    fn read_target(&mut self, reader: &mut Reader<'_>) -> Result<(), MalformedXml> {
        while let Some(name) = reader.child()? {
            match name {
                "TargetBucket" => self.target_bucket = filled(reader)?,
                "TargetPrefix" => self.target_prefix = filled(reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(())
    }
}

/// What the access log of a bucket notes of a request beside the usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserDefinedLogFieldsConfiguration {
    /// Names of headers.
    pub headers: Vec<String>,
    /// Names of query parameters.
    pub parameters: Vec<String>,
}

impl UserDefinedLogFieldsConfiguration {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `UserDefinedLogFieldsConfiguration` that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["UserDefinedLogFieldsConfiguration"])?;
        let mut configuration = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "HeaderSet" => read_names(&mut reader, "header", &mut configuration.headers)?,
                "ParamSet" => read_names(&mut reader, "parameter", &mut configuration.parameters)?,
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
        xml.open("UserDefinedLogFieldsConfiguration");
        for (set, element, names) in
            [("HeaderSet", "header", &self.headers), ("ParamSet", "parameter", &self.parameters)]
        {
            xml.open(set);
            for name in names {
                xml.text(element, name);
            }
            xml.close(set);
        }
        xml.close("UserDefinedLogFieldsConfiguration");
        xml.finish()
    }
}

fn read_names(reader: &mut Reader<'_>, element: &str, names: &mut Vec<String>) -> Result<(), MalformedXml> {
    while let Some(name) = reader.child()? {
        if name == element { names.push(reader.text()?) } else { reader.skip()? }
    }
    Ok(())
}
