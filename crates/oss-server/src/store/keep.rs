//! Writing and deleting under the rules of versioning.

use redb::ReadableTable;

use super::record::{BucketRecord, Millis, ObjectRecord, Versioning, decode, encode};
use super::tables::Tables;
use super::version::{Bytes, Found, MarkerRecord, Place, Rows, Text, VersionId, VersionRecord, VersionRef, id_text};
use crate::failure::Failure;

/// What a deletion did, as far as its client is told.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Deletion {
    /// The version that was added or removed.
    pub(crate) version: Option<String>,
    /// Whether that is a delete marker.
    pub(crate) is_marker: bool,
}

impl Rows for Tables<'_> {
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

impl Tables<'_> {
    /// Looks a version up.
    pub(crate) fn find(&self, bucket: &str, key: &str, version: &VersionRef) -> Result<Found, Failure> {
        Rows::find(self, bucket, key, version)
    }

    /// The current version, if it is an object.
    pub(crate) fn current(&self, bucket: &str, key: &str) -> Result<Option<ObjectRecord>, Failure> {
        self.object_row(bucket, key)
    }

    /// Makes an object the current version of its key, and returns the version to tell the client.
    pub(crate) fn store(
        &mut self,
        bucket: (&str, &BucketRecord),
        key: &str,
        mut record: ObjectRecord,
    ) -> Result<Option<String>, Failure> {
        let (bucket, BucketRecord { versioning, .. }) = bucket;
        match versioning {
            None => {
                self.amend(bucket, key, Place::Current, &record)?;
                return Ok(None);
            }
            Some(Versioning::Enabled) => {
                record.number = self.next_id();
                record.version = Some(VersionId::new(record.number)?);
            }
            Some(Versioning::Suspended) => {
                record.number = self.next_id();
                record.version = None;
                self.remove_null(bucket, key)?;
            }
        }
        self.retire(bucket, key)?;
        let version = id_text(record.version.as_ref()).to_owned();
        self.objects.insert((bucket, key.as_bytes()), encode(&record)?.as_slice())?;
        Ok(Some(version))
    }

    /// Makes an object the current version, without an id of its own whatever the bucket's state: appendable objects.
    pub(crate) fn store_null(
        &mut self,
        bucket: (&str, &BucketRecord),
        key: &str,
        record: ObjectRecord,
    ) -> Result<Option<String>, Failure> {
        let (name, known) = bucket;
        let versioning = known.versioning.map(|_| Versioning::Suspended);
        self.store((name, &BucketRecord { versioning, ..known.clone() }), key, record)
    }

    /// Puts a record in the place of the one that was found there.
    pub(crate) fn amend(
        &mut self,
        bucket: &str,
        key: &str,
        place: Place,
        record: &ObjectRecord,
    ) -> Result<(), Failure> {
        let old = match place {
            Place::Current => {
                let old = self.objects.insert((bucket, key.as_bytes()), encode(record)?.as_slice())?;
                old.map(|row| decode::<ObjectRecord>(row.value())).transpose()?.map(|old| old.content)
            }
            Place::Kept(number) => {
                let new = encode(&VersionRecord::Object(Box::new(record.clone())))?;
                let old = self.versions.insert((bucket, key.as_bytes(), !number), new.as_slice())?;
                match old.map(|row| decode(row.value())).transpose()? {
                    Some(VersionRecord::Object(old)) => Some(old.content),
                    _ => None,
                }
            }
        };
        match old {
            Some(old) if old != record.content => self.free(&old),
            _ => Ok(()),
        }
    }

    /// Deletes a key: for good, or by a delete marker where the bucket keeps versions.
    pub(crate) fn delete(
        &mut self,
        bucket: (&str, &BucketRecord),
        key: &str,
        now: Millis,
    ) -> Result<Deletion, Failure> {
        let (bucket, BucketRecord { versioning, .. }) = bucket;
        let number = self.next_id();
        let version = match versioning {
            None => {
                let old = self.objects.remove((bucket, key.as_bytes()))?;
                let old: Option<ObjectRecord> = old.map(|row| decode(row.value())).transpose()?;
                old.map_or(Ok(()), |old| self.free(&old.content))?;
                return Ok(Deletion::default());
            }
            Some(Versioning::Enabled) => Some(VersionId::new(number)?),
            Some(Versioning::Suspended) => {
                self.remove_null(bucket, key)?;
                None
            }
        };
        self.retire(bucket, key)?;
        let text = id_text(version.as_ref()).to_owned();
        self.keep(bucket, key, &VersionRecord::Marker(MarkerRecord { modified: now, number, version }), number)?;
        Ok(Deletion { version: Some(text), is_marker: true })
    }

    /// Deletes one version for good; the next older one may become the current one.
    pub(crate) fn delete_version(
        &mut self,
        bucket: &str,
        key: &str,
        version: &VersionRef,
    ) -> Result<Deletion, Failure> {
        let deletion = match self.find(bucket, key, version)? {
            Found::Nothing => return Ok(Deletion::default()),
            Found::Object(place, object) => {
                match place {
                    Place::Current => drop(self.objects.remove((bucket, key.as_bytes()))?),
                    Place::Kept(number) => self.unkeep(bucket, key, number, object.version.is_none())?,
                }
                self.free(&object.content)?;
                Deletion { version: Some(id_text(object.version.as_ref()).to_owned()), is_marker: false }
            }
            Found::Marker(marker) => {
                self.unkeep(bucket, key, marker.number, marker.version.is_none())?;
                Deletion { version: Some(id_text(marker.version.as_ref()).to_owned()), is_marker: true }
            }
        };
        self.promote(bucket, key)?;
        Ok(deletion)
    }

    /// Moves the current object of a key among its older versions.
    fn retire(&mut self, bucket: &str, key: &str) -> Result<(), Failure> {
        let old = self.objects.remove((bucket, key.as_bytes()))?;
        let Some(old) = old.map(|row| decode::<ObjectRecord>(row.value())).transpose()? else {
            return Ok(());
        };
        let number = old.number;
        self.keep(bucket, key, &VersionRecord::Object(Box::new(old)), number)
    }

    /// Makes the newest of the older versions the current one, if it is an object and there is no current one.
    fn promote(&mut self, bucket: &str, key: &str) -> Result<(), Failure> {
        if self.object_row(bucket, key)?.is_some() {
            return Ok(());
        }
        let Some((number, VersionRecord::Object(object))) = self.newest_version_row(bucket, key)? else {
            return Ok(());
        };
        self.unkeep(bucket, key, number, object.version.is_none())?;
        self.objects.insert((bucket, key.as_bytes()), encode(&object)?.as_slice())?;
        Ok(())
    }

    /// Removes the null version for good, wherever it is.
    fn remove_null(&mut self, bucket: &str, key: &str) -> Result<(), Failure> {
        match self.find(bucket, key, &VersionRef::Null)? {
            Found::Nothing => Ok(()),
            Found::Object(Place::Current, object) => {
                self.objects.remove((bucket, key.as_bytes()))?;
                self.free(&object.content)
            }
            Found::Object(Place::Kept(number), object) => {
                self.unkeep(bucket, key, number, true)?;
                self.free(&object.content)
            }
            Found::Marker(marker) => self.unkeep(bucket, key, marker.number, true),
        }
    }

    fn keep(&mut self, bucket: &str, key: &str, record: &VersionRecord, number: u64) -> Result<(), Failure> {
        self.versions.insert((bucket, key.as_bytes(), !number), encode(record)?.as_slice())?;
        if record.version().is_none() {
            self.nulls.insert((bucket, key.as_bytes()), number)?;
        }
        Ok(())
    }

    fn unkeep(&mut self, bucket: &str, key: &str, number: u64, is_null: bool) -> Result<(), Failure> {
        self.versions.remove((bucket, key.as_bytes(), !number))?;
        if is_null {
            self.nulls.remove((bucket, key.as_bytes()))?;
        }
        Ok(())
    }
}
