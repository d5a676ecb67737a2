//! How much a bucket holds.

use super::{MalformedXml, Reader, Writer};

/// How much a bucket holds, all versions included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketStat {
    /// Bytes of all objects.
    pub storage: u64,
    /// Number of objects.
    pub object_count: u64,
    /// Number of unfinished uploads.
    pub multipart_upload_count: u64,
    /// Number of the parts of unfinished uploads.
    pub multipart_part_count: u64,
    /// Number of delete markers.
    pub delete_marker_count: u64,
    /// When the figures were taken, in Unix seconds.
    pub last_modified_time: u64,
    /// `Standard`.
    pub standard: ClassStat,
    /// `IA`.
    pub infrequent_access: ClassStat,
    /// `Archive`.
    pub archive: ClassStat,
    /// `ColdArchive`.
    pub cold_archive: ClassStat,
    /// `DeepColdArchive`.
    pub deep_cold_archive: ClassStat,
}

/// How much of a bucket has a storage class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClassStat {
    /// Bytes of the objects.
    pub storage: u64,
    /// Number of objects.
    pub object_count: u64,
}

impl BucketStat {
    /// Reads the document.
    ///
    /// # Errors
    /// Anything but a well-formed `BucketStat`.
    pub fn read(body: &[u8]) -> Result<Self, MalformedXml> {
        let mut reader = Reader::open(body, &["BucketStat"])?;
        let mut stat = Self::default();
        while let Some(name) = reader.child()?.map(str::to_owned) {
            match stat.field(&name) {
                Some(field) => *field = reader.value(&name)?,
                None => reader.skip()?,
            }
        }
        Ok(stat)
    }

    /// Writes the document.
    #[must_use]
    pub fn write(&self) -> String {
        let mut xml = Writer::new();
        xml.open("BucketStat").number("Storage", self.storage).number("ObjectCount", self.object_count);
        xml.number("MultipartUploadCount", self.multipart_upload_count).number("LiveChannelCount", 0);
        xml.number("LastModifiedTime", self.last_modified_time);
        xml.number("StandardStorage", self.standard.storage);
        xml.number("StandardObjectCount", self.standard.object_count);
        for (name, class) in [
            ("InfrequentAccess", self.infrequent_access),
            ("Archive", self.archive),
            ("ColdArchive", self.cold_archive),
            ("DeepColdArchive", self.deep_cold_archive),
        ] {
            xml.number(&format!("{name}Storage"), class.storage);
            xml.number(&format!("{name}RealStorage"), class.storage);
            xml.number(&format!("{name}ObjectCount"), class.object_count);
        }
        xml.number("MultipartPartCount", self.multipart_part_count);
        xml.number("DeleteMarkerCount", self.delete_marker_count);
        xml.close("BucketStat");
        xml.finish()
    }

    fn field(&mut self, name: &str) -> Option<&mut u64> {
        Some(match name {
            "Storage" => &mut self.storage,
            "ObjectCount" => &mut self.object_count,
            "MultipartUploadCount" => &mut self.multipart_upload_count,
            "MultipartPartCount" => &mut self.multipart_part_count,
            "DeleteMarkerCount" => &mut self.delete_marker_count,
            "LastModifiedTime" => &mut self.last_modified_time,
            "StandardStorage" => &mut self.standard.storage,
            "StandardObjectCount" => &mut self.standard.object_count,
            "InfrequentAccessRealStorage" => &mut self.infrequent_access.storage,
            "InfrequentAccessObjectCount" => &mut self.infrequent_access.object_count,
            "ArchiveRealStorage" => &mut self.archive.storage,
            "ArchiveObjectCount" => &mut self.archive.object_count,
            "ColdArchiveRealStorage" => &mut self.cold_archive.storage,
            "ColdArchiveObjectCount" => &mut self.cold_archive.object_count,
            "DeepColdArchiveRealStorage" => &mut self.deep_cold_archive.storage,
            "DeepColdArchiveObjectCount" => &mut self.deep_cold_archive.object_count,
            _ => return None,
        })
    }
}
