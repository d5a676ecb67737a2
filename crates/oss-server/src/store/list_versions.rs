//! Pages of versions: two range scans side by side, that cost in proportion to the page.

use std::ops::Bound;

use redb::{AccessGuard, Range};

use super::list::{behind, first, fold, text};
use super::record::{ObjectRecord, decode};
use super::version::{Found, Place, Rows as _, VersionRecord, VersionRef, id_text};
use super::view::View;
use crate::failure::Failure;

pub(crate) struct VersionQuery {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) delimiter: String,
    /// Keys are greater than this, or equal where a version is named.
    pub(crate) key_marker: String,
    /// Counts only with a key marker: versions of its key are older than this.
    pub(crate) version_marker: VersionRef,
    pub(crate) max: usize,
}

pub(crate) struct ListedVersion {
    pub(crate) key: String,
    pub(crate) is_latest: bool,
    pub(crate) record: VersionRecord,
}

#[derive(Default)]
pub(crate) struct VersionPage {
    pub(crate) versions: Vec<ListedVersion>,
    pub(crate) common_prefixes: Vec<String>,
    /// Key and version id of the last entry of this page, if more follow; a common prefix has no version.
    pub(crate) next: Option<(String, Option<String>)>,
    /// How many rows were read for it.
    pub(crate) scanned: usize,
}

/// Where a scan starts in both tables.
struct Start {
    objects: Bound<Vec<u8>>,
    versions: Bound<(Vec<u8>, u64)>,
}

impl Start {
    /// At a key, or behind it with all its versions.
    fn at(key: Bound<Vec<u8>>) -> Self {
        let versions = match &key {
            Bound::Included(key) => Bound::Included((key.clone(), 0)),
            Bound::Excluded(key) => Bound::Excluded((key.clone(), u64::MAX)),
            Bound::Unbounded => Bound::Unbounded,
        };
        Self { objects: key, versions }
    }
}

pub(super) fn versions(view: &View, query: &VersionQuery) -> Result<VersionPage, Failure> {
    let (objects, versions) = (&view.objects, &view.versions);
    let bucket = query.bucket.as_str();
    let (prefix, marker) = (query.prefix.as_bytes(), query.key_marker.as_bytes());
    let mut page = VersionPage::default();
    let mut last = None;
    // The key whose newest version is behind us.
    let mut seen: Option<Vec<u8>> = None;
    let mut start = Start::at(first(prefix, marker));
    if let Some(number) = marker_number(view, query)? {
        let object = view.object_row(bucket, &query.key_marker)?;
        let object_is_older = object.is_some_and(|object| object.number < number);
        let key = marker.to_vec();
        start = Start {
            versions: Bound::Excluded((key.clone(), !number)),
            objects: if object_is_older { Bound::Included(key.clone()) } else { Bound::Excluded(key.clone()) },
        };
        seen = (!object_is_older).then_some(key);
    } else if query.version_marker != VersionRef::Current && marker.starts_with(prefix) {
        // The null version that the last page ended with is gone: whatever else its key has comes again.
        start = Start::at(Bound::Included(marker.to_vec()));
    }
    'seek: loop {
        let lower = (key_bound(bucket, &start.objects), version_bound(bucket, &start.versions));
        let (Some(lower_object), Some(lower_version)) = lower else { break };
        let mut merged = Merged {
            objects: objects.range::<(&str, &[u8])>((lower_object, Bound::Unbounded))?,
            versions: versions.range::<(&str, &[u8], u64)>((lower_version, Bound::Unbounded))?,
            object: None,
            version: None,
        };
        while let Some((key, record)) = merged.next(bucket, prefix)? {
            page.scanned += 1;
            let folded = fold(&key, prefix.len(), query.delimiter.as_bytes());
            if folded.is_none_or(|folded| folded > marker) {
                if page.versions.len() + page.common_prefixes.len() == query.max {
                    page.next = last;
                    return Ok(page);
                }
                match folded {
                    Some(folded) => {
                        page.common_prefixes.push(text(folded)?);
                        last = Some((text(folded)?, None));
                    }
                    None => {
                        let record = record.read()?;
                        last = Some((text(&key)?, Some(id_text(record.version()).to_owned())));
                        let is_latest = seen.as_ref() != Some(&key);
                        page.versions.push(ListedVersion { key: text(&key)?, is_latest, record });
                    }
                }
            }
            if let Some(folded) = folded {
                start = Start::at(behind(folded));
                continue 'seek;
            }
            seen = Some(key);
        }
        break;
    }
    Ok(page)
}

/// The number behind which versions of the marker's key count, if it can be told.
fn marker_number(view: &View, query: &VersionQuery) -> Result<Option<u64>, Failure> {
    if query.key_marker.is_empty() || !query.key_marker.starts_with(&query.prefix) {
        return Ok(None);
    }
    Ok(match &query.version_marker {
        VersionRef::Current => None,
        VersionRef::Id(id) => Some(id.number()),
        VersionRef::Null => match view.find(&query.bucket, &query.key_marker, &VersionRef::Null)? {
            Found::Object(Place::Current, object) => Some(object.number),
            Found::Object(Place::Kept(number), _) => Some(number),
            Found::Marker(marker) => Some(marker.number),
            Found::Nothing => None,
        },
    })
}

fn key_bound<'a>(bucket: &'a str, bound: &'a Bound<Vec<u8>>) -> Option<Bound<(&'a str, &'a [u8])>> {
    match bound {
        Bound::Included(key) => Some(Bound::Included((bucket, key))),
        Bound::Excluded(key) => Some(Bound::Excluded((bucket, key))),
        Bound::Unbounded => None,
    }
}

fn version_bound<'a>(bucket: &'a str, bound: &'a Bound<(Vec<u8>, u64)>) -> Option<Bound<(&'a str, &'a [u8], u64)>> {
    match bound {
        Bound::Included((key, place)) => Some(Bound::Included((bucket, key, *place))),
        Bound::Excluded((key, place)) => Some(Bound::Excluded((bucket, key, *place))),
        Bound::Unbounded => None,
    }
}

/// A row that is not decoded yet.
enum Row {
    Object(AccessGuard<'static, &'static [u8]>),
    Version(AccessGuard<'static, &'static [u8]>),
}

impl Row {
    fn read(&self) -> Result<VersionRecord, Failure> {
        match self {
            Self::Object(row) => Ok(VersionRecord::Object(Box::new(decode::<ObjectRecord>(row.value())?))),
            Self::Version(row) => decode(row.value()),
        }
    }
}

/// Both scans as one, ascending by key; of equal keys the current object first.
struct Merged {
    objects: Range<'static, (&'static str, &'static [u8]), &'static [u8]>,
    versions: Range<'static, (&'static str, &'static [u8], u64), &'static [u8]>,
    object: Option<(Vec<u8>, Row)>,
    version: Option<(Vec<u8>, Row)>,
}

impl Merged {
    fn next(&mut self, bucket: &str, prefix: &[u8]) -> Result<Option<(Vec<u8>, Row)>, Failure> {
        let within = |found: &str, key: &[u8]| found == bucket && key.starts_with(prefix);
        if self.object.is_none()
            && let Some(row) = self.objects.next()
        {
            let (place, record) = row?;
            let (found, key) = place.value();
            self.object = within(found, key).then(|| (key.to_vec(), Row::Object(record)));
        }
        if self.version.is_none()
            && let Some(row) = self.versions.next()
        {
            let (place, record) = row?;
            let (found, key, _) = place.value();
            self.version = within(found, key).then(|| (key.to_vec(), Row::Version(record)));
        }
        let object_first = match (&self.object, &self.version) {
            (Some((object, _)), Some((version, _))) => object <= version,
            (object, _) => object.is_some(),
        };
        Ok(if object_first { self.object.take() } else { self.version.take() })
    }
}

#[cfg(test)]
mod tests {
    use redb::{Database, ReadableDatabase as _, backends::InMemoryBackend};

    use std::sync::Arc;

    use super::*;
    use crate::store::record::{Attributes, ObjectKind, encode};
    use crate::store::tables::{self, OBJECTS, VERSIONS};
    use crate::store::version::VersionId;

    #[test]
    fn a_page_reads_as_many_rows_as_it_has_entries() {
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
        let transaction = database.begin_write().unwrap();
        tables::create(&transaction).unwrap();
        {
            let (mut objects, mut versions) =
                (transaction.open_table(OBJECTS).unwrap(), transaction.open_table(VERSIONS).unwrap());
            for key in 0..300_u64 {
                let text = format!("{:02}/{key:04}", key / 10);
                for number in 1..=10 {
                    let mut record = ObjectRecord::new(
                        ObjectKind::Normal,
                        std::time::UNIX_EPOCH,
                        crate::access::ObjectAcl::Default,
                        Attributes::default(),
                    );
                    record.number = key * 10 + number;
                    record.version = Some(VersionId::new(record.number).unwrap());
                    if number == 10 {
                        objects.insert(("docs", text.as_bytes()), encode(&record).unwrap().as_slice()).unwrap();
                    } else {
                        let place = ("docs", text.as_bytes(), !record.number);
                        let row = encode(&VersionRecord::Object(Box::new(record))).unwrap();
                        versions.insert(place, row.as_slice()).unwrap();
                    }
                }
            }
        }
        transaction.commit().unwrap();
        let view = View::open(&database.begin_read().unwrap(), Arc::default()).unwrap();
        let mut query = VersionQuery {
            bucket: "docs".into(),
            prefix: String::new(),
            delimiter: String::new(),
            key_marker: String::new(),
            version_marker: VersionRef::Current,
            max: 25,
        };
        let (mut total, mut pages) = (0, 0);
        loop {
            let page = versions(&view, &query).unwrap();
            assert!(page.scanned <= 26, "{} rows", page.scanned);
            total += page.versions.len();
            pages += 1;
            let Some((key, id)) = page.next else { break };
            query.key_marker = key;
            query.version_marker = VersionRef::parse(&id.unwrap()).unwrap();
        }
        assert_eq!((total, pages), (3000, 120));
        query.delimiter = "/".into();
        (query.key_marker, query.version_marker) = (String::new(), VersionRef::Current);
        let page = versions(&view, &query).unwrap();
        assert_eq!((page.common_prefixes.len(), page.versions.len()), (25, 0));
        assert!(page.scanned <= 26, "{} rows for 25 folders", page.scanned);
    }
}
