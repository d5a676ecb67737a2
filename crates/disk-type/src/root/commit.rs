//! How a new file gets its place: all at once, together with its attributes.

use std::fs;
use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::time::Duration;

use meta::{Error, ErrorKind, ObjectInfo, ObjectName, Overwrite, Result, UploadOptions};

use super::tree::is_gone;
use super::{
    ATTEMPTS, Access, Attributes, Entry, Found, Identity, Made, Root, Temporary, attributes_of, describe, failed,
    foreign, in_the_way, restless,
};
use crate::escape;

/// After how many attempts that others spoiled a write asks for the directory alone.
const PATIENCE: u32 = 8;

/// An object whose bytes are all there and synced.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) name: ObjectName,
    pub(crate) options: UploadOptions,
    pub(crate) content: Temporary,
    pub(crate) crc64: u64,
}

/// Where a write goes.
enum Target {
    Place(Vec<String>, Option<fs::Metadata>),
    /// This file stands where a folder must be.
    Blocked(Vec<String>),
}

/// What became of an attempt.
enum Outcome<T> {
    Done(T),
    /// Others changed the folders meanwhile.
    Lost,
    /// Something must be moved out of the way, which takes the right to be alone.
    NeedsRoom,
}

impl Root {
    /// Begins a write: checks what would make it fail at its end too, and gives it a file to fill.
    pub(crate) fn begin(&self, name: &ObjectName, overwrite: Overwrite) -> Result<Temporary> {
        if self.locate(name)?.is_some() && overwrite == Overwrite::Forbid {
            return Err(already_exists());
        }
        self.prepare()?;
        self.new_temporary()
    }

    /// Puts an uploaded file in its place. Until then, and if it fails, the old object is whole.
    pub(crate) fn commit(&self, mut upload: Upload) -> Result<ObjectInfo> {
        let mut access = self.shared(&upload.name)?;
        for attempt in 1..=ATTEMPTS {
            match self.try_commit(&mut upload, &access)? {
                Outcome::Done(info) => return Ok(info),
                Outcome::Lost if attempt < PATIENCE => {}
                Outcome::Lost | Outcome::NeedsRoom => {
                    drop(access);
                    access = self.alone()?;
                }
            }
        }
        Err(restless())
    }

    fn try_commit(&self, upload: &mut Upload, access: &Access) -> Result<Outcome<ObjectInfo>> {
        let (place, existing) = match self.target(&upload.name)? {
            Target::Place(place, existing) => (place, existing),
            Target::Blocked(file) => return self.make_room(&file, access),
        };
        if existing.is_some() && upload.options.overwrite == Overwrite::Forbid {
            return Err(already_exists());
        }
        if self.folds_case.load(Ordering::Relaxed) {
            self.tree.check_spelling(&place)?;
        }
        let old = self.present_entry(&upload.name, &place, existing.as_ref())?;
        match self.tree.make_parents(&place)? {
            Made::Ready => {}
            Made::Lost => return Ok(Outcome::Lost),
            Made::FileInTheWay(at) => return self.make_room(&place[..=at], access),
        }

        let file = tell_apart(&mut upload.content, old.as_ref()).map_err(|error| failed("write", &place, error))?;
        let new = Entry::new(&upload.name, Identity::of(&file), upload.crc64, upload.options.clone());
        let info = describe(&upload.name, &file, Some(&new));
        let entries = std::iter::once(new).chain(old).collect();
        let attributes = Attributes { name: upload.name.as_str().to_owned(), entries };
        match self.store_attributes(&place, &attributes, access)? {
            Outcome::Done(()) => {}
            Outcome::Lost => return Ok(Outcome::Lost),
            Outcome::NeedsRoom => return Ok(Outcome::NeedsRoom),
        }

        if let Err(error) = upload.content.move_to(&self.tree.path(&place)) {
            let is_taken = matches!(self.tree.look(&place)?, Found::Directory);
            return if is_taken || is_gone(&error) { Ok(Outcome::Lost) } else { Err(failed("write", &place, error)) };
        }
        self.tree.sync_parent(&place)?;
        Ok(Outcome::Done(info))
    }

    fn target(&self, name: &ObjectName) -> Result<Target> {
        let plain = escape::components(name.as_str());
        let is_taken = match self.tree.look(&plain)? {
            Found::File(metadata) => return Ok(Target::Place(plain, Some(metadata))),
            Found::FileInTheWay(at) => return Ok(Target::Blocked(plain[..=at].to_vec())),
            Found::Foreign(length, what) => return Err(foreign(&plain[..length], what)),
            Found::Directory => true,
            Found::Nothing => false,
        };
        let aside = escape::aside(&plain);
        match self.tree.look(&aside)? {
            // An object that lies aside stays there, also when the folder has gone: no name has two files.
            Found::File(metadata) => Ok(Target::Place(aside, Some(metadata))),
            Found::Foreign(length, what) => Err(foreign(&aside[..length], what)),
            Found::Nothing if is_taken => Ok(Target::Place(aside, None)),
            Found::Directory if is_taken => Err(taken(&aside)),
            Found::FileInTheWay(at) if is_taken => Err(in_the_way(&aside[..=at])),
            Found::Nothing | Found::Directory | Found::FileInTheWay(_) => Ok(Target::Place(plain, None)),
        }
    }

    /// The entry of the file that is to be overwritten. Called with the right to change the object.
    fn present_entry(&self, name: &ObjectName, place: &[String], file: Option<&fs::Metadata>) -> Result<Option<Entry>> {
        let Some(file) = file else { return Ok(None) };
        let attributes = match self.attributes(place) {
            // Overwriting is how damaged attributes are mended.
            Err(error) if error.kind() == ErrorKind::Integrity => None,
            attributes => attributes?,
        };
        let Some(attributes) = attributes else { return Ok(None) };
        let identity = Identity::of(file);
        let Some(entry) = attributes.of(&identity).or_else(|| attributes.of_copied(&identity)) else { return Ok(None) };
        if attributes.name != name.as_str() {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("the file belongs to the object `{}`", attributes.name),
            )
            .with_advice("the file system does not tell these names apart; use the spelling that is there"));
        }
        Ok(Some(entry.clone().with_file(identity)))
    }

    fn store_attributes(&self, place: &[String], attributes: &Attributes, access: &Access) -> Result<Outcome<()>> {
        let stored = attributes_of(place);
        match self.tree.make_parents(&stored)? {
            Made::Ready => {}
            Made::Lost => return Ok(Outcome::Lost),
            Made::FileInTheWay(at) => return self.remove_orphan(&stored[..=at], access),
        }
        let mut file = self.new_temporary()?;
        let write = |file: &mut Temporary| {
            file.file().write_all(&serde_json::to_vec(attributes)?)?;
            file.file().sync_all()
        };
        write(&mut file).map_err(|error| failed("write", &stored, error))?;
        if let Err(error) = file.move_to(&self.tree.path(&stored)) {
            return match self.tree.look(&stored)? {
                Found::Directory => self.remove_orphan(&stored, access),
                _ if is_gone(&error) => Ok(Outcome::Lost),
                _ => Err(failed("write", &stored, error)),
            };
        }
        self.tree.sync_parent(&stored)?;
        Ok(Outcome::Done(()))
    }

    /// Removes attributes whose object is not there: a file where the objects have a folder, or the reverse. Only who
    /// is alone can know that nobody is about to put the object there.
    fn remove_orphan<T>(&self, components: &[String], access: &Access) -> Result<Outcome<T>> {
        let Access::Alone { .. } = access else { return Ok(Outcome::NeedsRoom) };
        let removed = match self.tree.look(components)? {
            Found::File(_) if components.len() > attributes_of(&[]).len() => self.tree.remove_file(components),
            Found::File(_) => Err(in_the_way(components)),
            Found::Directory => fs::remove_dir_all(self.tree.path(components))
                .map_err(|error| failed("remove the folder", components, error)),
            Found::Nothing | Found::FileInTheWay(_) => Ok(()),
            Found::Foreign(length, what) => Err(foreign(&components[..length], what)),
        };
        removed.map(|()| Outcome::Lost)
    }

    /// Moves an object aside whose place a folder needs. Its attributes are there before it arrives.
    fn make_room<T>(&self, file: &[String], access: &Access) -> Result<Outcome<T>> {
        let Access::Alone { .. } = access else { return Ok(Outcome::NeedsRoom) };
        if file.last().is_some_and(|last| last == escape::ASIDE) {
            return Err(in_the_way(file));
        }
        let aside = escape::aside(file);
        match self.tree.make_parents(&aside)? {
            Made::Ready => {}
            Made::Lost => return Ok(Outcome::Lost),
            Made::FileInTheWay(at) => return Err(in_the_way(&aside[..=at])),
        }
        let attributes = match self.attributes(file) {
            Err(error) if error.kind() == ErrorKind::Integrity => None,
            attributes => attributes?,
        };
        if let Some(attributes) = &attributes {
            match self.store_attributes(&aside, attributes, access)? {
                Outcome::Done(()) => {}
                Outcome::Lost => return Ok(Outcome::Lost),
                Outcome::NeedsRoom => return Ok(Outcome::NeedsRoom),
            }
        }
        if let Found::Directory = self.tree.look(&aside)? {
            return Err(taken(&aside));
        }
        self.tree.rename(file, &aside)?;
        self.tree.sync_parent(&aside)?;
        self.tree.sync_parent(file)?;
        self.forget(file)?;
        Ok(Outcome::Lost)
    }

    /// Removes the attributes of an object that is no longer at this place.
    pub(super) fn forget(&self, place: &[String]) -> Result<()> {
        let stored = attributes_of(place);
        match self.tree.look(&stored)? {
            Found::File(_) => self.tree.remove_file(&stored),
            _ => Ok(()),
        }
    }
}

/// The state of a new file that differs from the old one's in more than the inode, so that a copy of both tells them
/// apart too: two writes can fall into one tick of the file system's clock.
fn tell_apart(content: &mut Temporary, old: Option<&Entry>) -> io::Result<fs::Metadata> {
    let file = content.file();
    let metadata = file.metadata()?;
    match old {
        Some(old) if old.file.is_copy_of(&Identity::of(&metadata)) => {
            file.set_modified(metadata.modified()? + Duration::from_millis(1))?;
            file.sync_all()?;
            file.metadata()
        }
        _ => Ok(metadata),
    }
}

fn already_exists() -> Error {
    Error::new(ErrorKind::AlreadyExists, "the object exists already")
        .with_advice("delete it first, or allow overwriting")
}

fn taken(components: &[String]) -> Error {
    Error::new(ErrorKind::Conflict, format!("`{}` is a folder, and a file must be there", components.join("/")))
        .with_advice("move it away")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_within_the_same_tick_of_the_clock_gets_another_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut content = Temporary::create(folder.path()).unwrap();
        let before = content.file().metadata().unwrap();
        let name = ObjectName::parse("a").unwrap();
        let entry = |file| Entry::new(&name, file, 0, UploadOptions::default());
        let same = Identity::of(&before);
        let after = Identity::of(&tell_apart(&mut content, Some(&entry(same))).unwrap());
        assert!(!after.is_copy_of(&same));
        // What differs anyway stays as it is.
        assert_eq!(Identity::of(&tell_apart(&mut content, Some(&entry(same))).unwrap()), after);
    }
}
