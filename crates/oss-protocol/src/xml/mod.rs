//! The XML documents of OSS: what clients send, what the service answers, each read and written.
//!
//! Readers ignore namespaces, unknown elements, the order of elements and white space around numbers and dates; texts
//! such as keys are taken as they are, and decoded where the document says `<EncodingType>url`. Writers print what the
//! official clients can read: no namespace, nothing before `<?xml`.

mod access_monitor;
mod acl;
mod bucket;
mod copy;
mod cors;
mod delete;
mod encryption;
mod error;
mod lifecycle;
mod list;
mod logging;
mod multipart;
mod payment;
mod post;
mod reader;
mod referer;
mod resource_group;
mod restore;
mod stat;
mod tagging;
mod version;
mod writer;

pub use access_monitor::AccessMonitorConfiguration;
pub use acl::{AccessControlPolicy, Owner};
pub use bucket::{
    BucketInfo, BucketList, BucketSummary, CreateBucketConfiguration, LocationConstraint,
    PublicAccessBlockConfiguration, VersioningConfiguration,
};
pub use copy::CopyResult;
pub use cors::{CorsConfiguration, CorsRule};
pub use delete::{DeleteRequest, DeleteResult, DeletedObject, ObjectIdentifier};
pub use encryption::ServerSideEncryptionRule;
pub use error::ErrorDocument;
pub use lifecycle::{LifecycleAction, LifecycleConfiguration, LifecycleException, LifecycleFilter, LifecycleRule};
pub use list::{ObjectEntry, ObjectList};
pub use logging::{BucketLoggingStatus, UserDefinedLogFieldsConfiguration};
pub use multipart::{
    ClientEncryption, CompleteMultipartUpload, CompleteMultipartUploadResult, InitiateMultipartUploadResult, PartEntry,
    PartIdentifier, PartList, UploadEntry, UploadList,
};
pub use payment::RequestPaymentConfiguration;
pub use post::PostResponse;
pub use reader::{MalformedXml, Reader};
pub use referer::RefererConfiguration;
pub use resource_group::BucketResourceGroupConfiguration;
pub use restore::RestoreRequest;
pub use stat::{BucketStat, ClassStat};
pub use tagging::Tagging;
pub use version::{VersionEntry, VersionList, VersionObject};
pub use writer::Writer;

use std::time::SystemTime;

use crate::encode::{decode, encode_component};
use crate::time::{iso8601, parse_iso8601};

/// How keys, prefixes and markers stand in a document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As they are; control characters are numeric references.
    #[default]
    Plain,
    /// Percent-encoded, `encoding-type=url`: what every official client asks for.
    Url,
}

impl Encoding {
    fn write(self, xml: &mut Writer) {
        if self == Self::Url {
            xml.text("EncodingType", "url");
        }
    }

    fn text(self, xml: &mut Writer, name: &str, text: &str) {
        match self {
            Self::Plain => {
                xml.text(name, text);
            }
            Self::Url => {
                let mut encoded = String::with_capacity(text.len() + 16);
                encode_component(text, &mut encoded);
                xml.text(name, &encoded);
            }
        }
    }

    fn optional(self, xml: &mut Writer, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(xml, name, text);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        Ok(if reader.word()?.eq_ignore_ascii_case("url") { Self::Url } else { Self::Plain })
    }

    /// Decodes texts in place, once the whole document is read: `EncodingType` may stand anywhere in it.
    fn decode<'a>(self, texts: impl IntoIterator<Item = &'a mut String>) -> Result<(), MalformedXml> {
        if self == Self::Plain {
            return Ok(());
        }
        for text in texts {
            match decode(text) {
                Ok(std::borrow::Cow::Borrowed(_)) => {}
                Ok(std::borrow::Cow::Owned(decoded)) => *text = decoded,
                Err(error) => return Err(MalformedXml::new(format!("`{text}`: {error}"))),
            }
        }
        Ok(())
    }
}

/// Reads a date; `None` where it is in no form that we know, which must not make a whole list unreadable.
fn date(reader: &mut Reader<'_>) -> Result<Option<SystemTime>, MalformedXml> {
    Ok(parse_iso8601(&reader.word()?))
}

fn write_date(xml: &mut Writer, name: &str, date: Option<SystemTime>) {
    if let Some(date) = date {
        xml.text(name, &iso8601(date));
    }
}

/// Reads the current element as a text that counts only when it is not empty.
fn filled(reader: &mut Reader<'_>) -> Result<Option<String>, MalformedXml> {
    Ok(Some(reader.text()?).filter(|text| !text.is_empty()))
}
