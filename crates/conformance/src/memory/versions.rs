//! Versions: what was overwritten or deleted stays until its version is deleted.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use meta::{
    Deleted, Error, ErrorKind, ListVersions, ListVersionsOptions, ObjectInfo, ObjectName, ObjectVersion, Result,
    VersionPage, async_trait,
};

use super::list::{behind_name, behind_prefix};
use super::space::{Held, Space};
use super::{MemoryStorage, State, Stored};

/// The most entries of a page.
const LONGEST_PAGE: u32 = 1000;

/// A name and how new the version is: by name, then the newest first.
type Place = (Vec<u8>, Reverse<u64>);

/// Every version and every delete marker.
#[derive(Default)]
pub(super) struct Versions(BTreeMap<Place, Version>);

enum Version {
    Object(Stored),
    Marker { info: ObjectInfo, _held: Arc<Held> },
}

/// The id of what was stored at this number.
pub(super) fn id(sequence: u64) -> String {
    format!("{sequence:016X}")
}

fn place(name: &ObjectName, id: &str) -> Option<Place> {
    let sequence = u64::from_str_radix(id, 16).ok().filter(|_| id.len() == 16)?;
    Some((name.as_str().as_bytes().to_vec(), Reverse(sequence)))
}

impl Version {
    fn info(&self) -> &ObjectInfo {
        match self {
            Self::Object(stored) => &stored.info,
            Self::Marker { info, .. } => info,
        }
    }
}

impl Versions {
    /// Keeps a version, or what was changed of one.
    pub(super) fn keep(&mut self, stored: Stored) {
        if let Some(place) = stored.info.version_id.as_deref().and_then(|id| place(&stored.info.name, id)) {
            self.0.insert(place, Version::Object(stored));
        }
    }

    pub(super) fn find(&self, name: &ObjectName, id: &str) -> Result<&Stored> {
        match place(name, id).and_then(|place| self.0.get(&place)) {
            Some(Version::Object(stored)) => Ok(stored),
            Some(Version::Marker { .. }) => Err(Error::new(ErrorKind::NotFound, "the version is a delete marker")),
            None => Err(Error::new(ErrorKind::NotFound, "no such version of the object")),
        }
    }

    fn newest(&self, name: &[u8]) -> Option<&Version> {
        let from = (name.to_vec(), Reverse(u64::MAX));
        let (place, version) = self.0.range(from..).next()?;
        (place.0 == name).then_some(version)
    }
}

impl State {
    /// Removes an object, leaving a marker where versions are kept, or one version for good.
    pub(super) fn remove(&mut self, name: &ObjectName, version_id: Option<String>, space: &Space) -> Result<Deleted> {
        let key = name.as_str().as_bytes();
        let deleted = Deleted::new(name.clone());
        match (version_id, &mut self.versions) {
            (None, None) => {
                self.objects.remove(key);
                Ok(deleted)
            }
            (None, Some(versions)) => {
                if !self.objects.contains_key(key) {
                    return Ok(deleted);
                }
                let held = Arc::new(space.hold_for(name, &Default::default())?);
                self.sequence += 1;
                let id = id(self.sequence);
                let mut info = ObjectInfo::new(name.clone(), 0);
                info.version_id = Some(id.clone());
                info.last_modified = Some(SystemTime::now());
                versions.0.insert((key.to_vec(), Reverse(self.sequence)), Version::Marker { info, _held: held });
                self.objects.remove(key);
                Ok(deleted.with_version_id(id))
            }
            (Some(id), Some(versions)) => {
                if let Some(place) = place(name, &id) {
                    versions.0.remove(&place);
                }
                match versions.newest(key) {
                    Some(Version::Object(stored)) => drop(self.objects.insert(key.to_vec(), stored.clone())),
                    Some(Version::Marker { .. }) | None => drop(self.objects.remove(key)),
                }
                Ok(deleted.with_version_id(id))
            }
            (Some(_), None) => Err(Error::unsupported("this storages.MemoryType keeps no versions")),
        }
    }
}

#[async_trait]
impl ListVersions for MemoryStorage {
    async fn list_versions(&self, options: ListVersionsOptions) -> Result<VersionPage> {
        let state = self.state();
        match &state.versions {
            Some(versions) => page(versions, &options),
            None => Err(Error::unsupported("this storages.MemoryType keeps no versions")),
        }
    }
}

fn page(versions: &Versions, options: &ListVersionsOptions) -> Result<VersionPage> {
    let ListVersionsOptions { prefix, delimiter, continuation, limit, .. } = options;
    let limit = limit.unwrap_or(LONGEST_PAGE).min(LONGEST_PAGE) as usize;
    let newest = Reverse(u64::MAX);
    let mut from: Place = (prefix.clone().into_bytes(), newest);
    if let Some(told) = continuation {
        from = from.max(behind(told)?);
    }
    let mut page = VersionPage::default();
    let mut told = None;
    while let Some((place, version)) = versions.0.range(from.clone()..).next() {
        let info = version.info();
        let Some(rest) = info.name.as_str().strip_prefix(prefix.as_str()) else { break };
        if page.versions.len() + page.common_prefixes.len() == limit {
            page.next = told;
            break;
        }
        let rolled_up = if delimiter.is_empty() { None } else { rest.find(delimiter.as_str()) };
        match rolled_up {
            Some(at) => {
                let common = format!("{prefix}{}", &rest[..at + delimiter.len()]);
                from = (behind_prefix(common.as_bytes()), newest);
                told = Some(format!("p{common}"));
                page.common_prefixes.push(common);
            }
            None => {
                from = behind_version(place);
                told = Some(format!("{}{}", id(place.1.0), info.name));
                let is_newest = versions.newest(&place.0).is_some_and(|newest| std::ptr::eq(newest, version));
                let entry = ObjectVersion::new(info.clone());
                let entry = if is_newest { entry.latest() } else { entry };
                page.versions.push(match version {
                    Version::Object(_) => entry,
                    Version::Marker { .. } => entry.delete_marker(),
                });
            }
        }
    }
    Ok(page)
}

fn behind_version((name, Reverse(sequence)): &Place) -> Place {
    match sequence.checked_sub(1) {
        Some(older) => (name.clone(), Reverse(older)),
        None => (behind_name(name), Reverse(u64::MAX)),
    }
}

/// Where a page goes on: behind a common prefix, or behind a version, whose id has 16 digits.
fn behind(told: &str) -> Result<Place> {
    if let Some(prefix) = told.strip_prefix('p') {
        return Ok((behind_prefix(prefix.as_bytes()), Reverse(u64::MAX)));
    }
    let place = told.split_at_checked(16).and_then(|(id, name)| place(&ObjectName::from_store(name), id));
    let place =
        place.ok_or_else(|| Error::new(ErrorKind::InvalidInput, "this continuation comes from no earlier page"))?;
    Ok(behind_version(&place))
}
