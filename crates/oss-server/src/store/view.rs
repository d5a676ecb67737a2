//! What readers see: every table as the last transaction left it, opened once and shared until the next one.

use std::sync::Arc;

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable};

use super::buckets::DecodedBuckets;
use super::record::{BucketRecord, decode};
use super::tables::{BUCKETS, CONFIGURATIONS, FILES, INLINE, NULLS, OBJECTS, PARTS, SEGMENTS, UPLOADS, VERSIONS};
use super::version::{Bytes, Rows, Text};
use crate::failure::Failure;

/// What holds at one moment, for readers and for the one who writes.
pub(crate) trait Moment {
    /// What a bucket is configured with.
    fn configuration(&self, bucket: &str, kind: &str) -> Result<Option<String>, Failure>;
}

/// All tables at one moment. Who may read an object is judged by the same moment that its content is taken from.
pub(crate) struct View {
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
    pub(super) decoded: Arc<DecodedBuckets>,
}

impl View {
    pub(super) fn open(transaction: &ReadTransaction, decoded: Arc<DecodedBuckets>) -> Result<Self, Failure> {
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
            decoded,
        })
    }

    pub(crate) fn bucket(&self, bucket: &str) -> Result<Option<Arc<BucketRecord>>, Failure> {
        if let Some(record) = self.decoded.get(bucket) {
            return Ok(Some(record));
        }
        let Some(row) = self.buckets.get(bucket)? else {
            return Ok(None);
        };
        let record = Arc::new(decode(row.value())?);
        self.decoded.keep(bucket, &record);
        Ok(Some(record))
    }
}

impl Moment for View {
    fn configuration(&self, bucket: &str, kind: &str) -> Result<Option<String>, Failure> {
        Ok(self.configurations.get((bucket, kind))?.map(|row| row.value().to_owned()))
    }
}

impl Rows for View {
    fn objects(&self) -> &impl ReadableTable<(Text, Bytes), Bytes> {
        &self.objects
    }

    fn versions(&self) -> &impl ReadableTable<(Text, Bytes, u64), Bytes> {
        &self.versions
    }

    fn nulls(&self) -> &impl ReadableTable<(Text, Bytes), u64> {
        &self.nulls
    }
}
