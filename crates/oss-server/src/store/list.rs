//! Pages of objects and uploads: range scans that cost in proportion to the page.

use std::ops::Bound;

use super::record::{ObjectRecord, UploadRecord, decode};
use super::view::View;
use crate::failure::Failure;

pub(crate) struct ListQuery {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    /// Empty: keys are not folded.
    pub(crate) delimiter: String,
    /// Entries are strictly greater than this.
    pub(crate) after: String,
    pub(crate) max: usize,
}

pub(crate) enum ListEntry {
    Object(String, Box<ObjectRecord>),
    CommonPrefix(String),
}

pub(crate) struct ListPage {
    pub(crate) entries: Vec<ListEntry>,
    /// The last entry of this page, if more follow.
    pub(crate) next: Option<String>,
    /// How many rows were read for it.
    pub(crate) scanned: usize,
}

pub(super) fn objects(view: &View, query: &ListQuery) -> Result<ListPage, Failure> {
    let table = &view.objects;
    let bucket = query.bucket.as_str();
    let prefix = query.prefix.as_bytes();
    let mut page = ListPage { entries: Vec::new(), next: None, scanned: 0 };
    let mut start = first(prefix, query.after.as_bytes());
    'seek: loop {
        let lower = match &start {
            Bound::Included(key) => Bound::Included((bucket, key.as_slice())),
            Bound::Excluded(key) => Bound::Excluded((bucket, key.as_slice())),
            Bound::Unbounded => break,
        };
        for row in table.range::<(&str, &[u8])>((lower, Bound::Unbounded))? {
            page.scanned += 1;
            let (place, record) = row?;
            let (found, key) = place.value();
            if found != bucket || !key.starts_with(prefix) {
                break 'seek;
            }
            let folded = fold(key, prefix.len(), query.delimiter.as_bytes());
            // A prefix that the marker is already within was on an earlier page.
            let repeated = folded.is_some_and(|folded| folded <= query.after.as_bytes());
            if !repeated {
                if page.entries.len() == query.max {
                    page.next = page.entries.last().map(|entry| entry.name().to_owned());
                    break 'seek;
                }
                page.entries.push(match folded {
                    Some(folded) => ListEntry::CommonPrefix(text(folded)?),
                    None => ListEntry::Object(text(key)?, decode(record.value())?),
                });
            }
            if let Some(folded) = folded {
                start = behind(folded);
                continue 'seek;
            }
        }
        break;
    }
    Ok(page)
}

impl ListEntry {
    fn name(&self) -> &str {
        match self {
            Self::Object(name, _) | Self::CommonPrefix(name) => name,
        }
    }
}

pub(crate) struct UploadQuery {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) delimiter: String,
    pub(crate) key_marker: String,
    /// Counts only with a key marker.
    pub(crate) upload_id_marker: String,
    pub(crate) max: usize,
}

pub(crate) struct UploadPage {
    pub(crate) uploads: Vec<(String, String, UploadRecord)>,
    pub(crate) common_prefixes: Vec<String>,
    /// Key and upload id of the last entry of this page, if more follow.
    pub(crate) next: Option<(String, String)>,
}

pub(super) fn uploads(view: &View, query: &UploadQuery) -> Result<UploadPage, Failure> {
    let table = &view.uploads;
    let bucket = query.bucket.as_str();
    let prefix = query.prefix.as_bytes();
    let marker = query.key_marker.as_bytes();
    let mut page = UploadPage { uploads: Vec::new(), common_prefixes: Vec::new(), next: None };
    let mut last = None;
    let mut start = first(prefix, marker);
    // Upload ids count within the marker's own key.
    if start == Bound::Excluded(marker.to_vec()) && !query.upload_id_marker.is_empty() {
        start = Bound::Included(marker.to_vec());
    }
    'seek: loop {
        let lower = match &start {
            Bound::Included(key) => Bound::Included((bucket, key.as_slice(), "")),
            // Greater than every upload of that key: ids are hexadecimal.
            Bound::Excluded(key) => Bound::Excluded((bucket, key.as_slice(), "~")),
            Bound::Unbounded => break,
        };
        for row in table.range::<(&str, &[u8], &str)>((lower, Bound::Unbounded))? {
            let (place, record) = row?;
            let (found, key, id) = place.value();
            if found != bucket || !key.starts_with(prefix) {
                break 'seek;
            }
            if key == marker && !marker.is_empty() && id <= query.upload_id_marker.as_str() {
                continue;
            }
            let folded = fold(key, prefix.len(), query.delimiter.as_bytes());
            if folded.is_none_or(|folded| folded > marker) {
                if page.uploads.len() + page.common_prefixes.len() == query.max {
                    page.next = last;
                    return Ok(page);
                }
                match folded {
                    Some(folded) => {
                        last = Some((text(folded)?, String::new()));
                        page.common_prefixes.push(text(folded)?);
                    }
                    None => {
                        last = Some((text(key)?, id.to_owned()));
                        page.uploads.push((text(key)?, id.to_owned(), decode(record.value())?));
                    }
                }
            }
            if let Some(folded) = folded {
                start = behind(folded);
                continue 'seek;
            }
        }
        break;
    }
    Ok(page)
}

/// Where a scan starts: at the prefix, or behind the marker where that is further.
pub(super) fn first(prefix: &[u8], after: &[u8]) -> Bound<Vec<u8>> {
    if after.is_empty() || after < prefix { Bound::Included(prefix.to_vec()) } else { Bound::Excluded(after.to_vec()) }
}

/// The common prefix that a key belongs to: up to and including its first delimiter behind the prefix.
pub(super) fn fold<'k>(key: &'k [u8], prefix_len: usize, delimiter: &[u8]) -> Option<&'k [u8]> {
    if delimiter.is_empty() {
        return None;
    }
    let rest = key.get(prefix_len..)?;
    let at = rest.windows(delimiter.len()).position(|window| window == delimiter)?;
    key.get(..prefix_len + at + delimiter.len())
}

/// Behind everything that starts with `prefix`. UTF-8 has no byte 0xFF, so the last byte can always be raised.
pub(super) fn behind(prefix: &[u8]) -> Bound<Vec<u8>> {
    let mut end = prefix.to_vec();
    match end.last_mut() {
        Some(last) => {
            *last = last.saturating_add(1);
            Bound::Included(end)
        }
        None => Bound::Unbounded,
    }
}

pub(super) fn text(key: &[u8]) -> Result<String, Failure> {
    String::from_utf8(key.to_vec()).map_err(Failure::internal)
}

#[cfg(test)]
mod tests {
    use redb::{Database, ReadableDatabase as _, backends::InMemoryBackend};

    use std::sync::Arc;

    use super::*;
    use crate::store::record::{Attributes, ObjectKind, encode};
    use crate::store::tables::{self, OBJECTS};

    /// A database with `folders` times `files` objects, and a neighbour on either side.
    fn database(folders: usize, files: usize) -> Database {
        let empty = ObjectRecord::new(
            ObjectKind::Normal,
            std::time::UNIX_EPOCH,
            crate::access::ObjectAcl::Default,
            Attributes::default(),
        );
        let record = encode(&empty).unwrap();
        let database = Database::builder().create_with_backend(InMemoryBackend::new()).unwrap();
        let transaction = database.begin_write().unwrap();
        tables::create(&transaction).unwrap();
        {
            let mut table = transaction.open_table(OBJECTS).unwrap();
            for bucket in ["doc", "docs2"] {
                table.insert((bucket, b"a".as_slice()), record.as_slice()).unwrap();
            }
            for folder in 0..folders {
                for file in 0..files {
                    let key = format!("{folder:03}/{file:06}");
                    table.insert(("docs", key.as_bytes()), record.as_slice()).unwrap();
                }
            }
        }
        transaction.commit().unwrap();
        database
    }

    fn page(database: &Database, delimiter: &str, after: &str, max: usize) -> ListPage {
        let query = ListQuery {
            bucket: "docs".into(),
            prefix: String::new(),
            delimiter: delimiter.into(),
            after: after.into(),
            max,
        };
        objects(&View::open(&database.begin_read().unwrap(), Arc::default()).unwrap(), &query).unwrap()
    }

    #[test]
    fn a_page_reads_as_many_rows_as_it_has_entries() {
        let database = database(10, 1000);
        for after in ["", "004/000500", "009/000850"] {
            let page = page(&database, "", after, 100);
            assert_eq!(page.entries.len(), 100);
            assert!(page.scanned <= 101, "{} rows after {after:?}", page.scanned);
        }
        let folders = page(&database, "/", "", 1000);
        assert_eq!(folders.entries.len(), 10);
        assert!(folders.scanned <= 11, "{} rows for ten folders", folders.scanned);
        let next = page(&database, "/", "003/", 2);
        assert_eq!(next.next.as_deref(), Some("005/"));
        assert!(next.scanned <= 4, "{} rows for two folders", next.scanned);
    }

    #[test]
    fn neighbours_never_show() {
        let database = database(1, 3);
        let all = page(&database, "", "", 1000);
        let names: Vec<_> = all.entries.iter().map(ListEntry::name).collect();
        assert_eq!(names, ["000/000000", "000/000001", "000/000002"]);
    }
}
