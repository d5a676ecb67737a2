//! The tables of the database, and the changes that one transaction may make to them.

use std::collections::HashSet;

use redb::{ReadableTable, ReadableTableMetadata as _, Table, TableDefinition, WriteTransaction};

use super::blobs::StagedFile;
use super::record::{BucketRecord, Content, PartRecord, Segment, UploadRecord, decode, encode};
use super::stage::{StagedContent, StagedSegment};
use super::view::Moment;
use crate::failure::Failure;

pub(super) const SETTINGS: TableDefinition<'_, &str, u64> = TableDefinition::new("settings");
/// By name.
pub(super) const BUCKETS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("buckets");
/// By bucket and key; keys as bytes, so that the end of a prefix can be written.
pub(super) const OBJECTS: TableDefinition<'_, (&str, &[u8]), &[u8]> = TableDefinition::new("objects");
/// Older versions and delete markers, by bucket, key and complement of the version's number: the newest first.
pub(super) const VERSIONS: TableDefinition<'_, (&str, &[u8], u64), &[u8]> = TableDefinition::new("versions");
/// By bucket and key: the number of the null version, if it is among the older ones.
pub(super) const NULLS: TableDefinition<'_, (&str, &[u8]), u64> = TableDefinition::new("nulls");
/// Configurations, by bucket and kind.
pub(super) const CONFIGURATIONS: TableDefinition<'_, (&str, &str), &str> = TableDefinition::new("configurations");
/// By bucket, key and upload id; ids ascend with time.
pub(super) const UPLOADS: TableDefinition<'_, (&str, &[u8], &str), &[u8]> = TableDefinition::new("uploads");
/// By upload id and number.
pub(super) const PARTS: TableDefinition<'_, (&str, u32), &[u8]> = TableDefinition::new("parts");
/// Small contents.
pub(super) const INLINE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("inline");
/// The segments of contents that have several.
pub(super) const SEGMENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("segments");
/// The files that some record names: what is not here is left over.
pub(super) const FILES: TableDefinition<'_, u64, ()> = TableDefinition::new("files");

/// Makes every table that is not there yet.
pub(super) fn create(transaction: &WriteTransaction) -> Result<(), redb::TableError> {
    transaction.open_table(BUCKETS)?;
    transaction.open_table(OBJECTS)?;
    transaction.open_table(VERSIONS)?;
    transaction.open_table(NULLS)?;
    transaction.open_table(CONFIGURATIONS)?;
    transaction.open_table(UPLOADS)?;
    transaction.open_table(PARTS)?;
    transaction.open_table(INLINE)?;
    transaction.open_table(SEGMENTS)?;
    transaction.open_table(FILES)?;
    Ok(())
}

/// All tables of one write transaction.
pub(crate) struct Tables<'txn> {
    buckets: Table<'txn, &'static str, &'static [u8]>,
    pub(super) objects: Table<'txn, (&'static str, &'static [u8]), &'static [u8]>,
    pub(super) versions: Table<'txn, (&'static str, &'static [u8], u64), &'static [u8]>,
    pub(super) nulls: Table<'txn, (&'static str, &'static [u8]), u64>,
    uploads: Table<'txn, (&'static str, &'static [u8], &'static str), &'static [u8]>,
    configurations: Table<'txn, (&'static str, &'static str), &'static str>,
    parts: Table<'txn, (&'static str, u32), &'static [u8]>,
    inline: Table<'txn, u64, &'static [u8]>,
    segments: Table<'txn, u64, &'static [u8]>,
    files: Table<'txn, u64, ()>,
    ids: &'txn dyn Fn() -> u64,
    pending: Pending,
}

impl Moment for Tables<'_> {
    fn configuration(&self, bucket: &str, kind: &str) -> Result<Option<String>, Failure> {
        Ok(self.configurations.get((bucket, kind))?.map(|row| row.value().to_owned()))
    }
}

/// What must happen to files once the transaction has committed; dropped without it, new files vanish and old ones stay.
#[derive(Default)]
pub(crate) struct Pending {
    pub(super) adopted: Vec<StagedFile>,
    pub(super) freed: Vec<u64>,
    pub(super) buckets: Buckets,
}

/// Whether a transaction touched the record of some bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Buckets {
    #[default]
    Unchanged,
    Changed,
}

impl<'txn> Tables<'txn> {
    pub(super) fn open(transaction: &'txn WriteTransaction, ids: &'txn dyn Fn() -> u64) -> Result<Self, Failure> {
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
            ids,
            pending: Pending::default(),
        })
    }

    pub(super) fn finish(self) -> Pending {
        self.pending
    }

    pub(crate) fn bucket(&self, bucket: &str) -> Result<Option<BucketRecord>, Failure> {
        self.buckets.get(bucket)?.map(|row| decode(row.value())).transpose()
    }

    pub(crate) fn bucket_count(&self) -> Result<u64, Failure> {
        Ok(self.buckets.len()?)
    }

    pub(crate) fn require_bucket(&self, bucket: &str) -> Result<BucketRecord, Failure> {
        self.bucket(bucket)?.ok_or_else(|| Failure::no_such_bucket(bucket))
    }

    pub(crate) fn put_bucket(&mut self, bucket: &str, record: &BucketRecord) -> Result<(), Failure> {
        self.pending.buckets = Buckets::Changed;
        self.buckets.insert(bucket, encode(record)?.as_slice())?;
        Ok(())
    }

    pub(crate) fn remove_bucket(&mut self, bucket: &str) -> Result<(), Failure> {
        self.pending.buckets = Buckets::Changed;
        self.buckets.remove(bucket)?;
        let mut kinds = Vec::new();
        for row in self.configurations.range((bucket, "")..)? {
            let (place, _) = row?;
            let (found, kind) = place.value();
            if found != bucket {
                break;
            }
            kinds.push(kind.to_owned());
        }
        for kind in kinds {
            self.configurations.remove((bucket, kind.as_str()))?;
        }
        Ok(())
    }

    /// Sets or removes a configuration of a bucket.
    pub(crate) fn configure(&mut self, bucket: &str, kind: &str, document: Option<&str>) -> Result<(), Failure> {
        match document {
            Some(document) => self.configurations.insert((bucket, kind), document)?,
            None => self.configurations.remove((bucket, kind))?,
        };
        Ok(())
    }

    /// A number that nothing else has: larger than those before it.
    pub(super) fn next_id(&self) -> u64 {
        (self.ids)()
    }

    /// Whether a bucket holds neither objects nor versions of them nor unfinished uploads.
    pub(crate) fn is_bucket_empty(&self, bucket: &str) -> Result<bool, Failure> {
        let object = self.objects.range((bucket, &[][..])..)?.next().transpose()?;
        let version = self.versions.range((bucket, &[][..], 0)..)?.next().transpose()?;
        let upload = self.uploads.range((bucket, &[][..], "")..)?.next().transpose()?;
        let has_object = object.is_some_and(|(key, _)| key.value().0 == bucket);
        let has_upload = upload.is_some_and(|(key, _)| key.value().0 == bucket);
        let has_version = version.is_some_and(|(key, _)| key.value().0 == bucket);
        Ok(!has_object && !has_version && !has_upload)
    }

    pub(crate) fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Option<UploadRecord>, Failure> {
        self.uploads.get((bucket, key.as_bytes(), id))?.map(|row| decode(row.value())).transpose()
    }

    pub(crate) fn require_upload(&self, bucket: &str, key: &str, id: &str) -> Result<UploadRecord, Failure> {
        self.upload(bucket, key, id)?.ok_or_else(|| Failure::no_such_upload(id))
    }

    pub(crate) fn put_upload(
        &mut self,
        bucket: &str,
        key: &str,
        id: &str,
        record: &UploadRecord,
    ) -> Result<(), Failure> {
        self.uploads.insert((bucket, key.as_bytes(), id), encode(record)?.as_slice())?;
        Ok(())
    }

    /// Removes an upload with its parts, and the contents of those parts unless `kept` names them.
    pub(crate) fn remove_upload(
        &mut self,
        bucket: &str,
        key: &str,
        id: &str,
        kept: &HashSet<Content>,
    ) -> Result<(), Failure> {
        self.uploads.remove((bucket, key.as_bytes(), id))?;
        let parts = self.parts(id)?;
        for (number, part) in parts {
            self.parts.remove((id, number))?;
            if !kept.contains(&part.content) {
                self.free(&part.content)?;
            }
        }
        Ok(())
    }

    /// The parts of an upload, ascending by number.
    pub(crate) fn parts(&self, id: &str) -> Result<Vec<(u32, PartRecord)>, Failure> {
        let mut parts = Vec::new();
        for row in self.parts.range((id, 0)..=(id, u32::MAX))? {
            let (key, value) = row?;
            parts.push((key.value().1, decode(value.value())?));
        }
        Ok(parts)
    }

    /// The greatest number of an upload's parts.
    pub(crate) fn last_part(&self, id: &str) -> Result<Option<u32>, Failure> {
        let row = self.parts.range((id, 0)..=(id, u32::MAX))?.next_back().transpose()?;
        Ok(row.map(|(key, _)| key.value().1))
    }

    /// Puts a part in the place of whatever had its number.
    pub(crate) fn put_part(&mut self, id: &str, number: u32, record: &PartRecord) -> Result<(), Failure> {
        let old = self.parts.insert((id, number), encode(record)?.as_slice())?;
        let old: Option<PartRecord> = old.map(|row| decode(row.value())).transpose()?;
        old.map_or(Ok(()), |old| self.free(&old.content))
    }

    /// Takes over a received content.
    pub(crate) fn adopt(&mut self, content: StagedContent) -> Result<Content, Failure> {
        match content {
            StagedContent::Empty => Ok(Content::Empty),
            StagedContent::Inline(bytes) => {
                let id = self.next_id();
                self.inline.insert(id, &*bytes)?;
                Ok(Content::Inline(id))
            }
            StagedContent::File(file) => {
                let id = file.id();
                self.files.insert(id, ())?;
                self.pending.adopted.push(file);
                Ok(Content::File(id))
            }
            StagedContent::Segments(staged) => {
                let mut segments = Vec::with_capacity(staged.len());
                for StagedSegment { content, len } in staged {
                    segments.push(Segment { content: self.adopt(content)?, len });
                }
                self.put_segments(&segments)
            }
        }
    }

    /// Makes one content of several that records already name.
    pub(crate) fn put_segments(&mut self, segments: &[Segment]) -> Result<Content, Failure> {
        match segments {
            [] => Ok(Content::Empty),
            [one] => Ok(one.content.clone()),
            _ => {
                let id = self.next_id();
                self.segments.insert(id, encode(&segments)?.as_slice())?;
                Ok(Content::Segments(id))
            }
        }
    }

    pub(super) fn free(&mut self, content: &Content) -> Result<(), Failure> {
        match content {
            Content::Empty => {}
            Content::Inline(id) => {
                self.inline.remove(id)?;
            }
            Content::File(id) => {
                self.files.remove(id)?;
                self.pending.freed.push(*id);
            }
            Content::Segments(id) => {
                let row = self.segments.remove(id)?;
                let segments: Vec<Segment> = row.map(|row| decode(row.value())).transpose()?.unwrap_or_default();
                for segment in &segments {
                    self.free(&segment.content)?;
                }
            }
        }
        Ok(())
    }
}
