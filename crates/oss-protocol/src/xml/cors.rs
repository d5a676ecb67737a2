//! Which pages of other origins may use a bucket.

use super::{MalformedXml, Reader, Writer};

/// The CORS rules of a bucket, tried in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorsConfiguration {
    /// The rules.
    pub rules: Vec<CorsRule>,
    /// Whether every answer carries `Vary: Origin`.
    pub response_vary: bool,
}

/// One rule. Origins and headers may hold one `*` each, which stands for any text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorsRule {
    /// Origins, such as `https://*.example.com`.
    pub allowed_origins: Vec<String>,
    /// Of `GET`, `PUT`, `POST`, `DELETE` and `HEAD`.
    pub allowed_methods: Vec<String>,
    /// Headers that a preflight may ask for.
    pub allowed_headers: Vec<String>,
    /// Headers of the answer that scripts may read.
    pub expose_headers: Vec<String>,
    /// How long browsers may keep the answer to a preflight.
    pub max_age_seconds: Option<i64>,
}

impl CorsConfiguration {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `CORSConfiguration` that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["CORSConfiguration"])?;
        let mut configuration = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "CORSRule" => configuration.rules.push(CorsRule::read(&mut reader)?),
                "ResponseVary" => configuration.response_vary = reader.flag("ResponseVary")?,
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
        xml.open("CORSConfiguration");
        for rule in &self.rules {
            rule.write(&mut xml);
        }
        xml.flag("ResponseVary", self.response_vary).close("CORSConfiguration");
        xml.finish()
    }
}

impl CorsRule {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut rule = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "AllowedOrigin" => rule.allowed_origins.push(reader.word()?),
                "AllowedMethod" => rule.allowed_methods.push(reader.word()?),
                "AllowedHeader" => rule.allowed_headers.push(reader.word()?),
                "ExposeHeader" => rule.expose_headers.push(reader.word()?),
                "MaxAgeSeconds" => rule.max_age_seconds = Some(reader.value("MaxAgeSeconds")?),
                _ => reader.skip()?,
            }
        }
        Ok(rule)
    }

    fn write(&self, xml: &mut Writer) {
        xml.open("CORSRule");
        for (name, values) in [
            ("AllowedOrigin", &self.allowed_origins),
            ("AllowedMethod", &self.allowed_methods),
            ("AllowedHeader", &self.allowed_headers),
            ("ExposeHeader", &self.expose_headers),
        ] {
            for value in values {
                xml.text(name, value);
            }
        }
        if let Some(seconds) = self.max_age_seconds {
            xml.text("MaxAgeSeconds", &seconds.to_string());
        }
        xml.close("CORSRule");
    }
}
