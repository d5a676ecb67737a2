//! Owners and access control.

use super::{MalformedXml, Reader, Writer};

/// The account that owns a bucket or an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner {
    /// Number of the account.
    pub id: String,
    /// Name of the account, today the same number.
    pub display_name: String,
}

impl Owner {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut owner = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "ID" => owner.id = reader.text()?,
                "DisplayName" => owner.display_name = reader.text()?,
                _ => reader.skip()?,
            }
        }
        Ok(owner)
    }

    pub(super) fn write(&self, xml: &mut Writer) {
        xml.open("Owner").text("ID", &self.id).text("DisplayName", &self.display_name).close("Owner");
    }
}

/// The ACL of a bucket or an object, as GET answers it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessControlPolicy {
    /// Who owns it.
    pub owner: Owner,
    /// `private`, `public-read`, `public-read-write` or, for objects, `default`.
    pub grant: String,
}

impl AccessControlPolicy {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `AccessControlPolicy`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["AccessControlPolicy"])?;
        let mut policy = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Owner" => policy.owner = Owner::read(&mut reader)?,
                "AccessControlList" => policy.grant = read_grant(&mut reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(policy)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("AccessControlPolicy");
        self.owner.write(&mut xml);
        xml.open("AccessControlList").text("Grant", &self.grant).close("AccessControlList");
        xml.close("AccessControlPolicy");
        xml.finish()
    }
}

pub(super) fn read_grant(reader: &mut Reader<'_>) -> Result<String, MalformedXml> {
    let mut grant = String::new();
    while let Some(name) = reader.child()? {
        match name {
            "Grant" => grant = reader.word()?,
            _ => reader.skip()?,
        }
    }
    Ok(grant)
}
