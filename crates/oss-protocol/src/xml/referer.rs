//! From which pages a bucket's objects may be linked.

use super::{MalformedXml, Reader, Writer};

/// The hotlink protection of a bucket: off where no page is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefererConfiguration {
    /// Whether requests without `Referer` are served.
    pub allow_empty_referer: bool,
    /// Whether the query of `Referer` is left out of the comparison.
    pub allow_truncate_query_string: bool,
    /// Whether the path of `Referer` is left out of the comparison.
    pub truncate_path: bool,
    /// The pages that may link, with `*` and `?` as wildcards.
    pub referers: Vec<String>,
    /// The pages that may not.
    pub blacklist: Vec<String>,
}

impl Default for RefererConfiguration {
    fn default() -> Self {
        Self {
            allow_empty_referer: true,
            allow_truncate_query_string: true,
            truncate_path: false,
            referers: Vec::new(),
            blacklist: Vec::new(),
        }
    }
}

impl RefererConfiguration {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `RefererConfiguration` that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["RefererConfiguration"])?;
        let mut configuration = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "AllowEmptyReferer" => configuration.allow_empty_referer = reader.flag("AllowEmptyReferer")?,
                "AllowTruncateQueryString" => {
                    configuration.allow_truncate_query_string = reader.flag("AllowTruncateQueryString")?;
                }
                "TruncatePath" => configuration.truncate_path = reader.flag("TruncatePath")?,
                "RefererList" => read_list(&mut reader, &mut configuration.referers)?,
                "RefererBlacklist" => read_list(&mut reader, &mut configuration.blacklist)?,
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
        xml.open("RefererConfiguration").flag("AllowEmptyReferer", self.allow_empty_referer);
        xml.flag("AllowTruncateQueryString", self.allow_truncate_query_string);
        xml.flag("TruncatePath", self.truncate_path);
        write_list(&mut xml, "RefererList", &self.referers);
        if !self.blacklist.is_empty() {
            write_list(&mut xml, "RefererBlacklist", &self.blacklist);
        }
        xml.close("RefererConfiguration");
        xml.finish()
    }
}

fn read_list(reader: &mut Reader<'_>, list: &mut Vec<String>) -> Result<(), MalformedXml> {
    while let Some(name) = reader.child()? {
        match name {
            "Referer" => list.extend(Some(reader.text()?).filter(|referer| !referer.is_empty())),
            _ => reader.skip()?,
        }
    }
    Ok(())
}

fn write_list(xml: &mut Writer, name: &str, list: &[String]) {
    xml.open(name);
    for referer in list {
        xml.text("Referer", referer);
    }
    xml.close(name);
}
