//! Buckets: the list of an account, what is known of one, and how one is made.

use std::time::SystemTime;

use super::acl::read_grant;
use super::{
    AccessMonitorConfiguration, MalformedXml, Owner, Reader, ServerSideEncryptionRule, Writer, date, filled, write_date,
};

/// A bucket in a list, and the core of [`BucketInfo`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketSummary {
    /// The bucket.
    pub name: String,
    /// When it was made.
    pub creation_date: Option<SystemTime>,
    /// Its public endpoint.
    pub extranet_endpoint: String,
    /// Its endpoint within the region.
    pub intranet_endpoint: String,
    /// Its region in the long form, `oss-cn-hangzhou`.
    pub location: String,
    /// Its region, `cn-hangzhou`; only lists tell it.
    pub region: String,
    /// The storage class of new objects.
    pub storage_class: String,
    /// Its resource group.
    pub resource_group_id: String,
}

impl BucketSummary {
    /// Takes the current child if it is one of the summary's; `false` leaves it to the caller.
    fn take(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<bool, MalformedXml> {
        match name {
            "Name" => self.name = reader.text()?,
            "CreationDate" => self.creation_date = date(reader)?,
            "ExtranetEndpoint" => self.extranet_endpoint = reader.word()?,
            "IntranetEndpoint" => self.intranet_endpoint = reader.word()?,
            "Location" => self.location = reader.word()?,
            "Region" => self.region = reader.word()?,
            "StorageClass" => self.storage_class = reader.word()?,
            "ResourceGroupId" => self.resource_group_id = reader.word()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn write(&self, xml: &mut Writer) {
        write_date(xml, "CreationDate", self.creation_date);
        xml.text("ExtranetEndpoint", &self.extranet_endpoint).text("IntranetEndpoint", &self.intranet_endpoint);
        xml.text("Location", &self.location).text("Name", &self.name);
        if !self.region.is_empty() {
            xml.text("Region", &self.region);
        }
        xml.text("StorageClass", &self.storage_class).text("ResourceGroupId", &self.resource_group_id);
    }
}

/// A page of the buckets of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketList {
    /// The account.
    pub owner: Owner,
    /// What every name starts with, where paging is used.
    pub prefix: Option<String>,
    /// Names are greater than this, where paging is used.
    pub marker: Option<String>,
    /// How many buckets were asked for, where paging is used.
    pub max_keys: Option<u64>,
    /// Whether more buckets follow.
    pub is_truncated: bool,
    /// The marker of the next page.
    pub next_marker: Option<String>,
    /// The buckets, ascending by name.
    pub buckets: Vec<BucketSummary>,
}

impl BucketList {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `ListAllMyBucketsResult`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["ListAllMyBucketsResult"])?;
        let mut list = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Owner" => list.owner = Owner::read(&mut reader)?,
                "Prefix" => list.prefix = Some(reader.text()?),
                "Marker" => list.marker = Some(reader.text()?),
                "MaxKeys" => list.max_keys = reader.word()?.parse().ok(),
                "IsTruncated" => list.is_truncated = reader.flag("IsTruncated")?,
                "NextMarker" => list.next_marker = filled(&mut reader)?,
                "Buckets" => list.read_buckets(&mut reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(list)
    }

    /// Writes the document; paging elements only where paging is used.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("ListAllMyBucketsResult");
        if let Some(max_keys) = self.max_keys {
            xml.text("Prefix", self.prefix.as_deref().unwrap_or_default());
            xml.text("Marker", self.marker.as_deref().unwrap_or_default());
            xml.number("MaxKeys", max_keys).flag("IsTruncated", self.is_truncated);
            xml.optional("NextMarker", self.next_marker.as_deref());
        }
        self.owner.write(&mut xml);
        xml.open("Buckets");
        for bucket in &self.buckets {
            xml.open("Bucket");
            bucket.write(&mut xml);
            xml.close("Bucket");
        }
        xml.close("Buckets").close("ListAllMyBucketsResult");
        xml.finish()
    }

    fn read_buckets(&mut self, reader: &mut Reader<'_>) -> Result<(), MalformedXml> {
        while let Some(name) = reader.child()? {
            if name != "Bucket" {
                reader.skip()?;
                continue;
            }
            let mut bucket = BucketSummary::default();
            while let Some(name) = reader.child()?.map(str::to_owned) {
                if !bucket.take(&name, reader)? {
                    reader.skip()?;
                }
            }
            self.buckets.push(bucket);
        }
        Ok(())
    }
}

/// The body of PutBucket, which may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreateBucketConfiguration {
    /// The storage class of new objects, `Standard` by default.
    pub storage_class: Option<String>,
    /// `LRS` (one zone, the default) or `ZRS`.
    pub data_redundancy_type: Option<String>,
}

impl CreateBucketConfiguration {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed document of that name that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["CreateBucketConfiguration"])?;
        let mut configuration = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "StorageClass" => configuration.storage_class = Some(reader.word()?).filter(|word| !word.is_empty()),
                "DataRedundancyType" => {
                    configuration.data_redundancy_type = Some(reader.word()?).filter(|word| !word.is_empty());
                }
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
        xml.open("CreateBucketConfiguration").optional("StorageClass", self.storage_class.as_deref());
        xml.optional("DataRedundancyType", self.data_redundancy_type.as_deref());
        xml.close("CreateBucketConfiguration");
        xml.finish()
    }
}

/// What GetBucketInfo tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketInfo {
    /// Name, places and classes.
    pub summary: BucketSummary,
    /// The account that owns it.
    pub owner: Owner,
    /// Its ACL, `private`, `public-read` or `public-read-write`.
    pub grant: String,
    /// `LRS` or `ZRS`.
    pub data_redundancy_type: String,
    /// `Enabled` or `Suspended`; never set: `None`.
    pub versioning: Option<String>,
    /// How it encrypts new objects; not at all: `None`.
    pub encryption: Option<ServerSideEncryptionRule>,
    /// Whether access control opens nothing to everybody.
    pub block_public_access: bool,
    /// Whether it notes when objects were last read.
    pub access_monitor: bool,
}

impl BucketInfo {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `BucketInfo`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["BucketInfo"])?;
        let mut info = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Bucket" => info.read_bucket(&mut reader)?,
                _ => reader.skip()?,
            }
        }
        Ok(info)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("BucketInfo").open("Bucket");
        let monitor = AccessMonitorConfiguration { enabled: self.access_monitor, allow_copy: None };
        xml.text("AccessMonitor", monitor.status());
        self.summary.write(&mut xml);
        xml.text("DataRedundancyType", &self.data_redundancy_type);
        xml.text("TransferAcceleration", "Disabled").text("CrossRegionReplication", "Disabled");
        self.owner.write(&mut xml);
        xml.open("AccessControlList").text("Grant", &self.grant).close("AccessControlList");
        xml.text("Comment", "").flag("BlockPublicAccess", self.block_public_access);
        xml.open("ServerSideEncryptionRule");
        match &self.encryption {
            Some(rule) => rule.write_core(&mut xml),
            None => {
                xml.text("SSEAlgorithm", "None");
            }
        }
        xml.close("ServerSideEncryptionRule");
        xml.optional("Versioning", self.versioning.as_deref());
        xml.open("BucketPolicy").text("LogBucket", "").text("LogPrefix", "").close("BucketPolicy");
        xml.close("Bucket").close("BucketInfo");
        xml.finish()
    }

    fn read_bucket(&mut self, reader: &mut Reader<'_>) -> Result<(), MalformedXml> {
        while let Some(name) = reader.child()?.map(str::to_owned) {
            match name.as_str() {
                "Owner" => self.owner = Owner::read(reader)?,
                "AccessControlList" => self.grant = read_grant(reader)?,
                "DataRedundancyType" => self.data_redundancy_type = reader.word()?,
                "Versioning" => self.versioning = Some(reader.word()?).filter(|word| !word.is_empty()),
                "BlockPublicAccess" => self.block_public_access = reader.flag("BlockPublicAccess")?,
                "AccessMonitor" => self.access_monitor = reader.word()? == "Enabled",
                "ServerSideEncryptionRule" => {
                    let mut rule = ServerSideEncryptionRule::default();
                    rule.read_default(reader)?;
                    self.encryption = Some(rule).filter(|rule| !matches!(rule.sse_algorithm.as_str(), "" | "None"));
                }
                _ if self.summary.take(&name, reader)? => {}
                _ => reader.skip()?,
            }
        }
        Ok(())
    }
}

/// The answer to GetBucketLocation: the region in the long form, `oss-cn-hangzhou`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocationConstraint(pub String);

impl LocationConstraint {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `LocationConstraint`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        Reader::open(body, &["LocationConstraint"])?.word().map(Self)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.text("LocationConstraint", &self.0);
        xml.finish()
    }
}

/// Whether a bucket keeps versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersioningConfiguration {
    /// `Enabled` or `Suspended`; never set: `None`.
    pub status: Option<String>,
}

impl VersioningConfiguration {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed document of that name that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["VersioningConfiguration"])?;
        let mut configuration = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Status" => configuration.status = Some(reader.word()?).filter(|word| !word.is_empty()),
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
        xml.open("VersioningConfiguration").optional("Status", self.status.as_deref());
        xml.close("VersioningConfiguration");
        xml.finish()
    }
}

/// Whether access control opens nothing to everybody, whatever it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PublicAccessBlockConfiguration {
    /// On or off.
    pub block_public_access: bool,
}

impl PublicAccessBlockConfiguration {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed document of that name that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["PublicAccessBlockConfiguration"])?;
        let mut configuration = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "BlockPublicAccess" => configuration.block_public_access = reader.flag("BlockPublicAccess")?,
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
        xml.open("PublicAccessBlockConfiguration").flag("BlockPublicAccess", self.block_public_access);
        xml.close("PublicAccessBlockConfiguration");
        xml.finish()
    }
}
