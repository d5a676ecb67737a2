//! What becomes of objects as they age.

use super::{MalformedXml, Reader, Writer, filled};

/// The lifecycle rules of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LifecycleConfiguration {
    /// The rules, 1 to 1000.
    pub rules: Vec<LifecycleRule>,
}

/// A rule for the objects under a prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LifecycleRule {
    /// Its name, at most 255 bytes; the service makes one up where there is none.
    pub id: Option<String>,
    /// What the keys start with; empty: all objects.
    pub prefix: String,
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// Tags that the objects have.
    pub tags: Vec<(String, String)>,
    /// Deletes objects, or delete markers that hide nothing.
    pub expiration: Option<LifecycleAction>,
    /// Changes the storage class of objects.
    pub transitions: Vec<LifecycleAction>,
    /// Removes unfinished uploads.
    pub abort_multipart_upload: Option<LifecycleAction>,
    /// Deletes older versions.
    pub noncurrent_version_expiration: Option<LifecycleAction>,
    /// Changes the storage class of older versions.
    pub noncurrent_version_transitions: Vec<LifecycleAction>,
    /// Which of the objects the rule is for.
    pub filter: Option<LifecycleFilter>,
}

/// When something happens, and what more it needs to know; each kind of action uses some of the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LifecycleAction {
    /// Days after the last change.
    pub days: Option<u32>,
    /// Objects that are older than this midnight, `2014-10-11T00:00:00.000Z`.
    pub created_before_date: Option<String>,
    /// From this midnight on, in the form of `created_before_date`: objects of any age.
    pub date: Option<String>,
    /// Days after a version was replaced.
    pub noncurrent_days: Option<u32>,
    /// The class to change to.
    pub storage_class: Option<String>,
    /// Whether delete markers that hide nothing are removed.
    pub expired_object_delete_marker: Option<bool>,
    /// Whether days count from the last access.
    pub is_access_time: Option<bool>,
    /// Whether an access brings the object back to `Standard`.
    pub return_to_std_when_visit: Option<bool>,
    /// Whether objects below 64 KB change too.
    pub allow_small_file: Option<bool>,
}

/// Sizes and exceptions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LifecycleFilter {
    /// Objects larger than this, in bytes.
    pub object_size_greater_than: Option<u64>,
    /// Objects smaller than this, in bytes.
    pub object_size_less_than: Option<u64>,
    /// Objects that the rule is not for.
    pub exceptions: Vec<LifecycleException>,
}

/// Objects that a rule is not for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LifecycleException {
    /// What their keys start with.
    pub prefix: String,
    /// A tag that they have.
    pub tag: Option<(String, String)>,
}

impl LifecycleConfiguration {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `LifecycleConfiguration` that is followed by nothing.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["LifecycleConfiguration"])?;
        let mut configuration = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Rule" => configuration.rules.push(LifecycleRule::read(&mut reader)?),
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
        xml.open("LifecycleConfiguration");
        for rule in &self.rules {
            rule.write(&mut xml);
        }
        xml.close("LifecycleConfiguration");
        xml.finish()
    }
}

impl LifecycleRule {
    /// Every action of the rule.
    pub fn actions(&self) -> impl Iterator<Item = &LifecycleAction> {
        let single = [&self.expiration, &self.abort_multipart_upload, &self.noncurrent_version_expiration];
        let several = self.transitions.iter().chain(&self.noncurrent_version_transitions);
        single.into_iter().flatten().chain(several)
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut rule = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "ID" => rule.id = filled(reader)?,
                "Prefix" => rule.prefix = reader.text()?,
                "Status" => rule.status = reader.word()?,
                "Tag" => rule.tags.push(read_tag(reader)?),
                "Expiration" => rule.expiration = Some(LifecycleAction::read(reader)?),
                "Transition" => rule.transitions.push(LifecycleAction::read(reader)?),
                "AbortMultipartUpload" => rule.abort_multipart_upload = Some(LifecycleAction::read(reader)?),
                "NoncurrentVersionExpiration" => {
                    rule.noncurrent_version_expiration = Some(LifecycleAction::read(reader)?);
                }
                "NoncurrentVersionTransition" => {
                    rule.noncurrent_version_transitions.push(LifecycleAction::read(reader)?);
                }
                "Filter" => rule.filter = Some(LifecycleFilter::read(reader)?),
                _ => reader.skip()?,
            }
        }
        Ok(rule)
    }

    fn write(&self, xml: &mut Writer) {
        xml.open("Rule").optional("ID", self.id.as_deref());
        xml.text("Prefix", &self.prefix).text("Status", &self.status);
        for tag in &self.tags {
            write_tag(xml, tag);
        }
        for (name, action) in [
            ("Expiration", &self.expiration),
            ("AbortMultipartUpload", &self.abort_multipart_upload),
            ("NoncurrentVersionExpiration", &self.noncurrent_version_expiration),
        ] {
            if let Some(action) = action {
                action.write(xml, name);
            }
        }
        for action in &self.transitions {
            action.write(xml, "Transition");
        }
        for action in &self.noncurrent_version_transitions {
            action.write(xml, "NoncurrentVersionTransition");
        }
        if let Some(filter) = &self.filter {
            filter.write(xml);
        }
        xml.close("Rule");
    }
}

impl LifecycleAction {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut action = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Days" => action.days = Some(reader.value("Days")?),
                "CreatedBeforeDate" => action.created_before_date = Some(reader.word()?),
                "Date" => action.date = Some(reader.word()?),
                "NoncurrentDays" => action.noncurrent_days = Some(reader.value("NoncurrentDays")?),
                "StorageClass" => action.storage_class = Some(reader.word()?),
                "ExpiredObjectDeleteMarker" => {
                    action.expired_object_delete_marker = Some(reader.flag("ExpiredObjectDeleteMarker")?);
                }
                "IsAccessTime" => action.is_access_time = Some(reader.flag("IsAccessTime")?),
                "ReturnToStdWhenVisit" => {
                    action.return_to_std_when_visit = Some(reader.flag("ReturnToStdWhenVisit")?);
                }
                "AllowSmallFile" => action.allow_small_file = Some(reader.flag("AllowSmallFile")?),
                _ => reader.skip()?,
            }
        }
        Ok(action)
    }

    fn write(&self, xml: &mut Writer, name: &str) {
        xml.open(name);
        for (name, days) in [("Days", self.days), ("NoncurrentDays", self.noncurrent_days)] {
            if let Some(days) = days {
                xml.number(name, days.into());
            }
        }
        xml.optional("CreatedBeforeDate", self.created_before_date.as_deref());
        xml.optional("Date", self.date.as_deref());
        xml.optional("StorageClass", self.storage_class.as_deref());
        for (name, flag) in [
            ("ExpiredObjectDeleteMarker", self.expired_object_delete_marker),
            ("IsAccessTime", self.is_access_time),
            ("ReturnToStdWhenVisit", self.return_to_std_when_visit),
            ("AllowSmallFile", self.allow_small_file),
        ] {
            if let Some(flag) = flag {
                xml.flag(name, flag);
            }
        }
        xml.close(name);
    }
}

impl LifecycleFilter {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut filter = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "ObjectSizeGreaterThan" => {
                    filter.object_size_greater_than = Some(reader.value("ObjectSizeGreaterThan")?);
                }
                "ObjectSizeLessThan" => filter.object_size_less_than = Some(reader.value("ObjectSizeLessThan")?),
                "Not" => filter.exceptions.push(LifecycleException::read(reader)?),
                _ => reader.skip()?,
            }
        }
        Ok(filter)
    }

    fn write(&self, xml: &mut Writer) {
        xml.open("Filter");
        for (name, size) in [
            ("ObjectSizeGreaterThan", self.object_size_greater_than),
            ("ObjectSizeLessThan", self.object_size_less_than),
        ] {
            if let Some(size) = size {
                xml.number(name, size);
            }
        }
        for exception in &self.exceptions {
            xml.open("Not").text("Prefix", &exception.prefix);
            if let Some(tag) = &exception.tag {
                write_tag(xml, tag);
            }
            xml.close("Not");
        }
        xml.close("Filter");
    }
}

impl LifecycleException {
    fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedXml> {
        let mut exception = Self::default();
        while let Some(name) = reader.child()? {
            match name {
                "Prefix" => exception.prefix = reader.text()?,
                "Tag" => exception.tag = Some(read_tag(reader)?),
                _ => reader.skip()?,
            }
        }
        Ok(exception)
    }
}

fn read_tag(reader: &mut Reader<'_>) -> Result<(String, String), MalformedXml> {
    let mut tag = (String::new(), String::new());
    while let Some(name) = reader.child()? {
        match name {
            "Key" => tag.0 = reader.text()?,
            "Value" => tag.1 = reader.text()?,
            _ => reader.skip()?,
        }
    }
    Ok(tag)
}

fn write_tag(xml: &mut Writer, (key, value): &(String, String)) {
    xml.open("Tag").text("Key", key).text("Value", value).close("Tag");
}
