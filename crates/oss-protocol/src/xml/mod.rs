//! The XML documents of OSS: what clients send, what the service answers, each read and written.
//!
//! Readers ignore namespaces, unknown elements, the order of elements and white space around numbers and dates; texts
//! such as keys are taken as they are. Writers print what the official clients can read: no namespace, nothing before
//! `<?xml`.

mod error;
mod reader;
mod writer;

pub use error::ErrorDocument;
pub use reader::{MalformedXml, Reader};
pub use writer::Writer;
