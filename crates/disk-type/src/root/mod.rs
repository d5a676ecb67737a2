//! The directory of a storage, and all that happens to its files: the only place that touches them.
//!
//! ```text
//! <directory>/users/avatar.jpg                        an object, at the path that `escape` gives
//! <directory>/.storages/attributes/users/avatar.jpg   what is stored about it, see `attributes`
//! <directory>/.storages/temporary/                    files that are being written, see `temporary`
//! <directory>/.storages/locks/                        who may change what, see `lock`
//! ```
//!
//! Everything here but [`Root::in_turn`] blocks and runs on Tokio's blocking threads.
#![expect(clippy::disallowed_methods, reason = "this is the place that they are reserved for")]

mod attributes;
mod commit;
mod delete;
mod failure;
mod folder;
mod lock;
mod temporary;
mod tree;

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use meta::{Error, ErrorKind, ObjectInfo, ObjectName, Result};
use tokio::sync::Mutex;

pub(crate) use self::commit::Upload;
pub(crate) use self::folder::{Child, Way};
pub(crate) use self::temporary::Temporary;

use self::attributes::{Attributes, Entry, Identity, describe};
use self::failure::{failed, foreign};
use self::lock::{Access, Locks, stripe};
use self::tree::{Found, Made, Tree};
use crate::blocking::{blocking, unattended};
use crate::escape::{self, RESERVED};

/// How often a call starts anew because others changed the object meanwhile.
const ATTEMPTS: u32 = 100;

/// The most bytes of an attributes' file. Ours have at most some 20 KiB.
const LONGEST_ATTRIBUTES: u64 = 1 << 20;

/// The directory of a storage.
#[derive(Debug)]
pub(crate) struct Root {
    tree: Tree,
    locks: Locks,
    /// Within the process writers of a stripe queue here, where they hold no thread. Only [`Root::in_turn`] waits.
    turns: Vec<Arc<Mutex<()>>>,
    is_swept: AtomicBool,
    /// Whether the file system takes `A` for `a`. Known after the first write.
    folds_case: AtomicBool,
}

/// An object that is open for reading.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) info: ObjectInfo,
    pub(crate) file: File,
}

impl Root {
    /// The storage in this directory. Nothing is looked at or created.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self {
            locks: Locks::new(directory.join(RESERVED).join("locks")),
            tree: Tree::new(directory),
            turns: (0..lock::STRIPES).map(|_| Arc::default()).collect(),
            is_swept: AtomicBool::new(false),
            folds_case: AtomicBool::new(false),
        }
    }

    /// Changes an object when no other call of the process does. Dropped before its turn, it changes nothing.
    pub(crate) async fn in_turn<T: Send + 'static>(
        self: &Arc<Self>,
        name: &ObjectName,
        change: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = usize::try_from(stripe(name.as_str())).unwrap_or(0) % self.turns.len();
        let turn = Arc::clone(&self.turns[turn]);
        let root = Arc::clone(self);
        // The turn is handed to whoever is next in line. Were that a call that nobody polls, all behind it would wait for
        // ever.
        unattended(async move {
            let turn = turn.lock_owned().await;
            blocking(move || {
                let changed = change(&root);
                drop(turn);
                changed
            })
            .await
        })
        .await
    }

    /// Opens an object. File and information belong together, whatever is written meanwhile.
    pub(crate) fn open(&self, name: &ObjectName) -> Result<Stored> {
        for _ in 0..ATTEMPTS {
            let Some((place, seen)) = self.locate(name)? else { return Err(Error::not_found()) };
            let Some((file, metadata)) = self.tree.open(&place, &seen)? else { continue };
            let Some(info) = self.inform(name, &place, &metadata)? else { continue };
            return Ok(Stored { info, file });
        }
        Err(restless())
    }

    /// What a listing tells of an object; `None` where there is none.
    pub(crate) fn inspect(&self, name: &ObjectName) -> Result<Option<ObjectInfo>> {
        for _ in 0..ATTEMPTS {
            let Some((place, seen)) = self.locate(name)? else { return Ok(None) };
            match self.inform(name, &place, &seen) {
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                // Damaged attributes are told to whoever reads the object, and break no listing.
                Err(error) if error.kind() == ErrorKind::Integrity => return Ok(Some(describe(name, &seen, None))),
                result => return result,
            }
        }
        Err(restless())
    }

    /// Where the object lies, and its file's state.
    fn locate(&self, name: &ObjectName) -> Result<Option<(Vec<String>, Metadata)>> {
        let plain = escape::components(name.as_str());
        match self.tree.look(&plain)? {
            Found::File(metadata) => return Ok(Some((plain, metadata))),
            Found::FileInTheWay(_) => return Ok(None),
            Found::Foreign(length, what) => return Err(foreign(&plain[..length], what)),
            Found::Nothing | Found::Directory => {}
        }
        let aside = escape::aside(&plain);
        match self.tree.look(&aside)? {
            Found::File(metadata) => Ok(Some((aside, metadata))),
            Found::Foreign(length, what) => Err(foreign(&aside[..length], what)),
            Found::Nothing | Found::Directory | Found::FileInTheWay(_) => Ok(None),
        }
    }

    /// The information that belongs to a file of the object. `None` where the file is no longer in its place, and what
    /// is stored may be about another.
    fn inform(&self, name: &ObjectName, place: &[String], file: &Metadata) -> Result<Option<ObjectInfo>> {
        let identity = Identity::of(file);
        let attributes = self.attributes(place)?;
        let mut entry = attributes.as_ref().and_then(|attributes| attributes.of(&identity));
        if entry.is_none() {
            // While a file that was uploaded is in its place, its entry is there. So this one was put there or changed
            // by other hands, or it has just been replaced.
            match self.tree.look(place)? {
                Found::File(now) if Identity::of(&now) == identity => {}
                _ => return Ok(None),
            }
            entry = attributes.as_ref().and_then(|attributes| attributes.of_copied(&identity));
        }
        if let (Some(attributes), Some(_)) = (&attributes, entry)
            && attributes.name != name.as_str()
        {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("no such object, but one named `{}`", attributes.name),
            )
            .with_advice("the file system does not tell these names apart; use the spelling that is there"));
        }
        Ok(Some(describe(name, file, entry)))
    }

    /// What is stored about the object at this place.
    fn attributes(&self, place: &[String]) -> Result<Option<Attributes>> {
        let place = attributes_of(place);
        for _ in 0..ATTEMPTS {
            let Found::File(seen) = self.tree.look(&place)? else { return Ok(None) };
            if let Some((file, _)) = self.tree.open(&place, &seen)? {
                return parse(&place, file).map(Some);
            }
        }
        Err(restless())
    }

    /// Makes the storage's own folders, and looks after them when the storage first writes.
    fn prepare(&self) -> Result<()> {
        for folder in ["attributes", "locks", "temporary"] {
            self.make_parents(&own(&[folder, "_"]))?;
        }
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            let folds_case = !matches!(self.tree.look(&[RESERVED.to_uppercase()])?, Found::Nothing);
            self.folds_case.store(folds_case, Ordering::Relaxed);
            let _alone = self.alone()?;
            // A sweep that fails harms nothing; the next process tries again.
            let _ = temporary::sweep(&self.temporaries());
        }
        Ok(())
    }

    /// Makes the folders of a path in which no file may stand in the way.
    fn make_parents(&self, components: &[String]) -> Result<()> {
        for _ in 0..ATTEMPTS {
            match self.tree.make_parents(components)? {
                Made::Ready => return Ok(()),
                Made::Lost => {}
                Made::FileInTheWay(at) => return Err(in_the_way(&components[..=at])),
            }
        }
        Err(restless())
    }

    /// Waits for the right to change an object.
    fn shared(&self, name: &ObjectName) -> Result<Access> {
        self.locks.shared(name.as_str()).map_err(|error| failed("lock a file in", &own(&["locks"]), error))
    }

    /// Waits for the right to change everything.
    fn alone(&self) -> Result<Access> {
        self.locks.alone().map_err(|error| failed("lock a file in", &own(&["locks"]), error))
    }

    fn temporaries(&self) -> PathBuf {
        self.tree.path(&own(&["temporary"]))
    }

    fn new_temporary(&self) -> Result<Temporary> {
        Temporary::create(&self.temporaries()).map_err(|error| failed("create a file in", &own(&["temporary"]), error))
    }
}

/// A path below the storage's own folder.
fn own(components: &[&str]) -> Vec<String> {
    std::iter::once(RESERVED).chain(components.iter().copied()).map(str::to_owned).collect()
}

/// Where the attributes of the object at this place are stored.
fn attributes_of(place: &[String]) -> Vec<String> {
    let mut components = own(&["attributes"]);
    components.extend_from_slice(place);
    components
}

fn parse(place: &[String], file: File) -> Result<Attributes> {
    let mut text = Vec::new();
    file.take(LONGEST_ATTRIBUTES).read_to_end(&mut text).map_err(|error| failed("read", place, error))?;
    serde_json::from_slice(&text).map_err(|error| {
        Error::new(ErrorKind::Integrity, format!("the attributes in `{}` are damaged", place.join("/")))
            .with_advice("remove that file to serve the object without them, or upload the object again")
            .with_source(error)
    })
}

fn restless() -> Error {
    Error::new(ErrorKind::Conflict, "the object changes faster than it can be read").with_retryable(true)
}

fn in_the_way(components: &[String]) -> Error {
    Error::new(ErrorKind::Conflict, format!("`{}` is a file, and a folder must be there", components.join("/")))
        .with_advice("move it away")
}

#[cfg(test)]
mod tests {
    use meta::{Overwrite, UploadOptions};

    use super::*;

    #[test]
    fn a_file_that_was_replaced_is_not_taken_for_one_of_other_hands() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::new(folder.path().to_owned());
        let name = ObjectName::parse("a").unwrap();
        let write = || {
            let content = root.begin(&name, Overwrite::Allow).unwrap();
            let options = UploadOptions::default().with_content_type("x/y");
            root.commit(Upload { name: name.clone(), options, content, crc64: 0 }).unwrap();
        };
        write();
        let (place, first) = root.locate(&name).unwrap().unwrap();
        write();
        // Its entry is still there for those who have the file open.
        let info = root.inform(&name, &place, &first).unwrap().unwrap();
        assert_eq!(info.content_type.as_deref(), Some("x/y"));
        write();
        assert!(root.inform(&name, &place, &first).unwrap().is_none());
    }
}
