//! Versions of objects: how they are named and where they are.
//!
//! The current version of a key stands in one table, which lists read; older ones and delete markers stand in another,
//! the newest first. A bucket that never kept versions therefore never touches the second table, and a key whose newest
//! version is a delete marker is not in the first.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redb::ReadableTable;
use serde::{Deserialize, Serialize};

use super::record::{Millis, ObjectRecord, decode};
use crate::access::ObjectAcl;
use crate::failure::Failure;

/// The id of what was written while the bucket kept no versions.
pub(crate) const NULL: &str = "null";
/// Bytes of an id before they become 64 letters: the number, and random ones behind it.
const ID_BYTES: usize = 48;

/// The id of a version: opaque to clients, but it tells us the place of the version among those of its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct VersionId(String);

impl VersionId {
    /// The id of the version with this number, which no other version has.
    pub(super) fn new(number: u64) -> Result<Self, Failure> {
        let mut bytes = [0; ID_BYTES];
        let (first, rest) = bytes.split_at_mut(8);
        first.copy_from_slice(&number.to_be_bytes());
        getrandom::fill(rest).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Recognises an id of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == ID_BYTES).then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The number that the id was made of.
    pub(crate) fn number(&self) -> u64 {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).unwrap_or_default();
        bytes.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
    }
}

/// Which version of an object is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VersionRef {
    /// The newest.
    Current,
    /// The one without an id of its own.
    Null,
    Id(VersionId),
}

impl VersionRef {
    /// Reads a version id as clients send it; `None` if it cannot be one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::Current),
            NULL => Some(Self::Null),
            id => VersionId::parse(id).map(Self::Id),
        }
    }
}

/// A note that an object was deleted while its bucket kept versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MarkerRecord {
    pub(crate) modified: Millis,
    /// Its place among the versions of its key: ascending with time.
    pub(crate) number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<VersionId>,
}

/// A version that is not the current object of its key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum VersionRecord {
    Object(Box<ObjectRecord>),
    Marker(MarkerRecord),
}

impl VersionRecord {
    pub(crate) fn version(&self) -> Option<&VersionId> {
        match self {
            Self::Object(object) => object.version.as_ref(),
            Self::Marker(marker) => marker.version.as_ref(),
        }
    }
}

/// Where a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the table of objects.
    Current,
    /// In the table of versions, under this number.
    Kept(u64),
}

/// What a version turned out to be.
#[derive(Debug)]
pub(crate) enum Found {
    Object(Place, Box<ObjectRecord>),
    Marker(MarkerRecord),
    Nothing,
}

impl Found {
    /// The access control list of the object; where there is none, whatever its bucket says.
    pub(crate) fn acl(&self) -> ObjectAcl {
        match self {
            Self::Object(_, object) => object.acl,
            Self::Marker(_) | Self::Nothing => ObjectAcl::Default,
        }
    }
}

/// The text of a version's id.
pub(crate) fn id_text(version: Option<&VersionId>) -> &str {
    version.map_or(NULL, VersionId::as_str)
}

/// Keys and records of the tables.
pub(super) type Bytes = &'static [u8];
/// Names in the tables.
pub(super) type Text = &'static str;

/// The rows that hold versions, in whatever kind of transaction.
pub(super) trait Rows {
    fn objects(&self) -> &impl ReadableTable<(Text, Bytes), Bytes>;
    fn versions(&self) -> &impl ReadableTable<(Text, Bytes, u64), Bytes>;
    fn nulls(&self) -> &impl ReadableTable<(Text, Bytes), u64>;

    fn object_row(&self, bucket: &str, key: &str) -> Result<Option<ObjectRecord>, Failure> {
        self.objects().get((bucket, key.as_bytes()))?.map(|row| decode(row.value())).transpose()
    }

    fn version_row(&self, bucket: &str, key: &str, number: u64) -> Result<Option<VersionRecord>, Failure> {
        self.versions().get((bucket, key.as_bytes(), !number))?.map(|row| decode(row.value())).transpose()
    }

    /// The newest row of the table of versions.
    fn newest_version_row(&self, bucket: &str, key: &str) -> Result<Option<(u64, VersionRecord)>, Failure> {
        let key = key.as_bytes();
        let Some(row) = self.versions().range((bucket, key, 0)..=(bucket, key, u64::MAX))?.next() else {
            return Ok(None);
        };
        let (place, record) = row?;
        Ok(Some((!place.value().2, decode(record.value())?)))
    }

    /// The number of the null version, if it is in the table of versions.
    fn null_row(&self, bucket: &str, key: &str) -> Result<Option<u64>, Failure> {
        Ok(self.nulls().get((bucket, key.as_bytes()))?.map(|row| row.value()))
    }

    /// Looks a version up.
    fn find(&self, bucket: &str, key: &str, version: &VersionRef) -> Result<Found, Failure> {
        let current = self.object_row(bucket, key)?;
        let (number, row) = match (version, current) {
            (VersionRef::Current, Some(object)) => return Ok(Found::Object(Place::Current, Box::new(object))),
            (VersionRef::Current, None) => match self.newest_version_row(bucket, key)? {
                Some((_, VersionRecord::Marker(marker))) => return Ok(Found::Marker(marker)),
                _ => return Ok(Found::Nothing),
            },
            (VersionRef::Null, Some(object)) if object.version.is_none() => {
                return Ok(Found::Object(Place::Current, Box::new(object)));
            }
            (VersionRef::Id(id), Some(object)) if object.version.as_ref() == Some(id) => {
                return Ok(Found::Object(Place::Current, Box::new(object)));
            }
            (VersionRef::Null, _) => match self.null_row(bucket, key)? {
                Some(number) => (number, self.version_row(bucket, key, number)?),
                None => return Ok(Found::Nothing),
            },
            (VersionRef::Id(id), _) => {
                let row = self.version_row(bucket, key, id.number())?;
                (id.number(), row.filter(|row| row.version() == Some(id)))
            }
        };
        Ok(match row {
            Some(VersionRecord::Object(object)) => Found::Object(Place::Kept(number), object),
            Some(VersionRecord::Marker(marker)) => Found::Marker(marker),
            None => Found::Nothing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_their_number_and_look_alike() {
        for number in [1, 77, u64::MAX] {
            let id = VersionId::new(number).unwrap();
            assert_eq!(id.as_str().len(), 64);
            assert_eq!(id.number(), number);
            assert_eq!(VersionRef::parse(id.as_str()), Some(VersionRef::Id(id)));
        }
        assert_ne!(VersionId::new(1).unwrap(), VersionId::new(1).unwrap());
        assert_eq!(VersionRef::parse(""), Some(VersionRef::Current));
        assert_eq!(VersionRef::parse("null"), Some(VersionRef::Null));
        for foreign in ["CAEQ", "x", "a b", &"+".repeat(64)] {
            assert_eq!(VersionRef::parse(foreign), None, "{foreign}");
        }
    }
}
