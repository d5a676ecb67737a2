//! Walking, making and removing folders below the directory. No symbolic link is ever followed on the way.
//!
//! Every component is looked at before the next one is entered. Who can swap a folder for a link between that look and
//! the use of the path can write to the directory already; against such a neighbour the checks are no protection.

use std::fs::{self, DirEntry, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use meta::{Error, ErrorKind, Result};

use super::failure::{failed, foreign};

/// The directory, which may itself be reached by links: whoever configured it meant it so.
#[derive(Debug)]
pub(super) struct Tree {
    root: PathBuf,
}

/// What stands at a path.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    File(Metadata),
    Directory,
    /// The component with this index is a file, and the path goes on behind it.
    FileInTheWay(usize),
    /// A component is neither file nor folder. How many components lead there, and what it is.
    Foreign(usize, &'static str),
}

/// What became of making the folders of a path.
#[derive(Debug, PartialEq)]
pub(super) enum Made {
    Ready,
    /// Another call removed a folder meanwhile.
    Lost,
    /// The component with this index is a file.
    FileInTheWay(usize),
}

/// How a name that was found stands in its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Own,
    Another,
    /// Others have removed what was found.
    Gone,
}

impl Tree {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn path(&self, components: &[String]) -> PathBuf {
        let mut path = self.root.clone();
        path.extend(components);
        path
    }

    /// Looks at a path, component by component.
    pub(super) fn look(&self, components: &[String]) -> Result<Found> {
        let mut path = self.root.clone();
        for (at, component) in components.iter().enumerate() {
            path.push(component);
            let metadata = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
                // A folder has just become a file. Where it is the directory itself, the configuration is wrong.
                Err(error) if error.kind() == io::ErrorKind::NotADirectory && at > 0 => return Ok(Found::Nothing),
                Err(error) => return Err(failed("look at", &components[..=at], error)),
            };
            let kind = metadata.file_type();
            match at + 1 == components.len() {
                false if kind.is_dir() => {}
                true if kind.is_dir() => return Ok(Found::Directory),
                false if kind.is_file() => return Ok(Found::FileInTheWay(at)),
                true if kind.is_file() => return Ok(Found::File(metadata)),
                _ if kind.is_symlink() => return Ok(Found::Foreign(at + 1, "a symbolic link")),
                _ => return Ok(Found::Foreign(at + 1, "a device, pipe or socket")),
            }
        }
        Ok(Found::Directory)
    }

    /// Makes the folders in which a path lies, and syncs those that hold a new one.
    pub(super) fn make_parents(&self, components: &[String]) -> Result<Made> {
        let mut path = self.root.clone();
        for at in 0..components.len().saturating_sub(1) {
            path.push(&components[at]);
            let so_far = &components[..=at];
            let metadata = match self.made(&path, at) {
                Ok(metadata) => metadata,
                // Removed again by who emptied it, be it the outermost: unless there is no root to make it in.
                Err(error) if is_gone(&error) && (at > 0 || self.has_root()) => return Ok(Made::Lost),
                Err(error) => return Err(failed("create the folder", so_far, error)),
            };
            let kind = metadata.file_type();
            if kind.is_file() {
                return Ok(Made::FileInTheWay(at));
            }
            if kind.is_symlink() {
                return Err(foreign(so_far, "a symbolic link"));
            }
            if !kind.is_dir() {
                return Err(foreign(so_far, "a device, pipe or socket"));
            }
        }
        Ok(Made::Ready)
    }

    /// What stands at the path: a new folder where nothing did.
    fn made(&self, path: &Path, depth: usize) -> io::Result<Metadata> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => return result,
        }
        match fs::create_dir(path) {
            // Another call was faster, and may not have come to syncing it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound && depth == 0 => {
                self.make_root()?;
                return self.made(path, depth + 1);
            }
            result => result?,
        }
        sync_directory(path.parent().unwrap_or(path))?;
        fs::symlink_metadata(path)
    }

    fn has_root(&self) -> bool {
        fs::metadata(&self.root).is_ok_and(|root| root.is_dir())
    }

    fn make_root(&self) -> io::Result<()> {
        let missing: Vec<_> = self.root.ancestors().take_while(|folder| fs::metadata(folder).is_err()).collect();
        fs::create_dir_all(&self.root)?;
        missing.into_iter().filter_map(Path::parent).try_for_each(sync_directory)
    }

    /// Removes the folders in which a path lies, from the innermost outwards, as far as they are empty. `kept` of them,
    /// from the outermost, stay.
    pub(super) fn remove_empty_parents(&self, components: &[String], kept: usize) {
        for end in (kept + 1..components.len()).rev() {
            // A folder that is not empty, or gone, ends it; so does any other reason, since nothing depends on it.
            if fs::remove_dir(self.path(&components[..end])).is_err() {
                return;
            }
        }
    }

    /// Makes the last change of a folder's entries durable.
    pub(super) fn sync_parent(&self, components: &[String]) -> Result<()> {
        let parent = &components[..components.len().saturating_sub(1)];
        match sync_directory(&self.path(parent)) {
            // It was removed since, and with it the change.
            Err(error) if is_gone(&error) => Ok(()),
            result => result.map_err(|error| failed("sync the folder", parent, error)),
        }
    }

    /// Renames a file over whatever file is at the new path.
    pub(super) fn rename(&self, from: &[String], to: &[String]) -> Result<()> {
        fs::rename(self.path(from), self.path(to)).map_err(|error| failed("move", from, error))
    }

    /// Removes a file. One that is gone counts as removed.
    pub(super) fn remove_file(&self, components: &[String]) -> Result<()> {
        match fs::remove_file(self.path(components)) {
            Err(error) if is_gone(&error) => Ok(()),
            result => result.map_err(|error| failed("remove", components, error)),
        }
    }

    /// Opens a file for reading, and says `None` where another file stands there than the one that was looked at.
    pub(super) fn open(&self, components: &[String], seen: &Metadata) -> Result<Option<(File, Metadata)>> {
        let opened = File::open(self.path(components)).and_then(|file| {
            let metadata = file.metadata()?;
            Ok((file, metadata))
        });
        match opened {
            Ok((file, metadata)) => Ok(is_same_file(seen, &metadata).then_some((file, metadata))),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(failed("open", components, error)),
        }
    }

    /// Whether a folder, and no link, stands at a path whose folders were looked at before.
    pub(super) fn is_folder(&self, components: &[String]) -> bool {
        fs::symlink_metadata(self.path(components)).is_ok_and(|metadata| metadata.is_dir())
    }

    /// The entries of a folder, as they come; none where there is no such folder.
    pub(super) fn entries(&self, components: &[String]) -> Result<Vec<(String, fs::FileType)>> {
        let read = || {
            let mut entries = Vec::new();
            for entry in fs::read_dir(self.path(components))? {
                let entry = entry?;
                // A name that is no UTF-8 is nobody's object.
                let Ok(name) = entry.file_name().into_string() else { continue };
                match entry.file_type() {
                    Ok(kind) => entries.push((name, kind)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(entries)
        };
        match read() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            // Where it is the directory itself that is none, the configuration is wrong.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory && !components.is_empty() => Ok(Vec::new()),
            result => result.map_err(|error: io::Error| failed("read the folder", components, error)),
        }
    }

    /// Refuses a path of which a component stands in its folder in another case or normalisation only. Asked where the
    /// file system does not tell such names apart.
    pub(super) fn check_spelling(&self, components: &[String]) -> Result<()> {
        for (at, component) in components.iter().enumerate() {
            let Ok(seen) = fs::symlink_metadata(self.path(&components[..=at])) else { return Ok(()) };
            let spelling = match self.spelling(&components[..at], component, &seen) {
                Err(error) if is_gone(&error) => return Ok(()),
                spelling => spelling.map_err(|error| failed("read the folder", &components[..at], error))?,
            };
            if spelling == Spelling::Another {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("`{}` exists in another spelling", components[..=at].join("/")),
                )
                .with_advice("the file system does not tell upper from lower case; use the spelling that is there"));
            }
        }
        Ok(())
    }

    fn spelling(&self, folder: &[String], component: &str, seen: &Metadata) -> io::Result<Spelling> {
        let mut spelling = Spelling::Gone;
        for entry in fs::read_dir(self.path(folder))? {
            let entry = entry?;
            if entry.file_name() == component {
                return Ok(Spelling::Own);
            }
            if is_alias(&entry, component, seen) {
                spelling = Spelling::Another;
            }
        }
        Ok(spelling)
    }
}

/// Whether a folder on the way to a file was removed, or has become a file.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Makes the entries of a folder durable. Only Unix has a call for it; elsewhere renames are journalled.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(path)?.sync_all() {
        // Some network file systems have no such call for folders.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

/// Whether an entry of another name is what was found by this one.
fn is_alias(entry: &DirEntry, component: &str, seen: &Metadata) -> bool {
    // Numbers tell of every way to fold names, but not every file system lists those that it tells of its files.
    is_numbered(entry, seen)
        || entry.file_name().to_str().is_some_and(|name| name.to_lowercase() == component.to_lowercase())
}

#[cfg(unix)]
fn is_numbered(entry: &DirEntry, seen: &Metadata) -> bool {
    use std::os::unix::fs::{DirEntryExt, MetadataExt};
    entry.ino() == seen.ino()
}

#[cfg(not(unix))]
fn is_numbered(_: &DirEntry, _: &Metadata) -> bool {
    false
}

/// Whether the file that was opened is the one that was looked at, and not one that a link led to.
#[cfg(unix)]
fn is_same_file(seen: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (seen.dev(), seen.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same_file(_: &Metadata, opened: &Metadata) -> bool {
    opened.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn what_comes_and_goes_is_not_taken_for_another_spelling() {
        let directory = tempfile::tempdir().unwrap();
        let tree = Tree::new(directory.path().to_owned());
        let (folder, is_over) = (tree.path(&["m".to_owned()]), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    fs::create_dir(&folder).unwrap();
                    fs::remove_dir(&folder).unwrap();
                }
            });
            let all = (0..20_000).try_for_each(|_| tree.check_spelling(&["m".to_owned(), "a".to_owned()]));
            is_over.store(true, Ordering::Relaxed);
            all.unwrap();
        });
    }
}
