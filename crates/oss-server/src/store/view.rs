//! What readers see: every table as the last transaction left it, opened once and shared until the next one.

use redb::{ReadOnlyTable, ReadTransaction};

use super::record::{ObjectRecord, decode};
use super::tables::{BUCKETS, CONFIGURATIONS, FILES, INLINE, NULLS, OBJECTS, PARTS, SEGMENTS, UPLOADS, VERSIONS};
use super::version::{Rows, VersionRecord};
use crate::failure::Failure;

type Bytes = &'static [u8];
type Text = &'static str;

/// All tables at one moment.
pub(super) struct View {
    pub(super) buckets: ReadOnlyTable<Text, Bytes>,
    pub(super) objects: ReadOnlyTable<(Text, Bytes), Bytes>,
    pub(super) versions: ReadOnlyTable<(Text, Bytes, u64), Bytes>,
    pub(super) nulls: ReadOnlyTable<(Text, Bytes), u64>,
    pub(super) configurations: ReadOnlyTable<(Text, Text), Text>,
    pub(super) uploads: ReadOnlyTable<(Text, Bytes, Text), Bytes>,
    pub(super) parts: ReadOnlyTable<(Text, u32), Bytes>,
    pub(super) inline: ReadOnlyTable<u64, Bytes>,
    pub(super) segments: ReadOnlyTable<u64, Bytes>,
    pub(super) files: ReadOnlyTable<u64, ()>,
}

impl View {
    pub(super) fn open(transaction: &ReadTransaction) -> Result<Self, Failure> {
        Ok(Self {
            buckets: transaction.open_table(BUCKETS)?,
            objects: transaction.open_table(OBJECTS)?,
            versions: transaction.open_table(VERSIONS)?,
            nulls: transaction.open_table(NULLS)?,
            configurations: transaction.open_table(CONFIGURATIONS)?,
            uploads: transaction.open_table(UPLOADS)?,
            parts: transaction.open_table(PARTS)?,
            inline: transaction.open_table(INLINE)?,
            segments: transaction.open_table(SEGMENTS)?,
            files: transaction.open_table(FILES)?,
        })
    }
}

impl Rows for View {
    fn object_row(&self, bucket: &str, key: &str) -> Result<Option<ObjectRecord>, Failure> {
        self.objects.get((bucket, key.as_bytes()))?.map(|row| decode(row.value())).transpose()
    }

    fn version_row(&self, bucket: &str, key: &str, number: u64) -> Result<Option<VersionRecord>, Failure> {
        self.versions.get((bucket, key.as_bytes(), !number))?.map(|row| decode(row.value())).transpose()
    }

    fn newest_version_row(&self, bucket: &str, key: &str) -> Result<Option<(u64, VersionRecord)>, Failure> {
        let key = key.as_bytes();
        let Some(row) = self.versions.range((bucket, key, 0)..=(bucket, key, u64::MAX))?.next() else {
            return Ok(None);
        };
        let (place, record) = row?;
        Ok(Some((!place.value().2, decode(record.value())?)))
    }

    fn null_row(&self, bucket: &str, key: &str) -> Result<Option<u64>, Failure> {
        Ok(self.nulls.get((bucket, key.as_bytes()))?.map(|row| row.value()))
    }
}
