//! Local files: found in the order in which stores list names, and kept inside of their folder.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;
use std::vec;

use jit_storages::meta::is_transfer_file;

use crate::app_folder::STATE_FOLDER;
use crate::exclude::LeftOut;
use crate::exit::{Failure, Outcome};
use crate::output::printable;

/// What lies below a folder.
#[derive(Debug)]
pub(crate) enum Found {
    File(LocalFile),
    PassedOver(PassedOver),
    /// No object can have its name.
    NotUtf8(PathBuf),
}

/// A file below a folder.
#[derive(Debug, Clone)]
pub(crate) struct LocalFile {
    pub(crate) path: PathBuf,
    /// The path below the folder, with `/`.
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) modified: Option<SystemTime>,
}

/// Something that is there and is not read. What it stands for elsewhere is not missing here.
#[derive(Debug, Clone)]
pub(crate) struct PassedOver {
    pub(crate) path: PathBuf,
    /// The path below the folder, with `/`; also that of all that may lie below it.
    pub(crate) name: String,
    reason: Reason,
}

#[derive(Debug, Clone, Copy)]
enum Reason {
    /// It may lead back to where it lies.
    LinkToFolder,
    BrokenLink,
    /// A socket, a pipe or a device.
    Special,
    Gone,
    Secrets,
}

/// The files below a folder in the order of the bytes of their names. Holds the entries of the folders on the way only.
pub(crate) struct Walk {
    open: Vec<vec::IntoIter<Entry>>,
    left_out: LeftOut,
    enters: Box<dyn Fn(&str) -> bool + Send>,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    /// With a `/` behind folders, which is what orders them among files.
    name: Result<String, ()>,
    is_link: bool,
}

impl Walk {
    /// Walks through a folder that must be there.
    pub(crate) fn new(folder: &Path, left_out: &LeftOut) -> Outcome<Self> {
        Self::through(folder, left_out, |_| true)
    }

    /// Enters only the folders that are wanted; they are named without a `/` behind.
    pub(crate) fn through(
        folder: &Path,
        left_out: &LeftOut,
        enters: impl Fn(&str) -> bool + Send + 'static,
    ) -> Outcome<Self> {
        let first = entries(folder, "", left_out)?;
        Ok(Self { open: vec![first], left_out: left_out.clone(), enters: Box::new(enters) })
    }

    /// What a name that is no folder stands for.
    fn look_at(&self, path: PathBuf, name: String, is_link: bool) -> Outcome<Found> {
        let passed_over = |path, name, reason| Ok(Found::PassedOver(PassedOver { path, name, reason }));
        match fs::metadata(&path) {
            Ok(found) if found.is_file() && self.left_out.is_secret(&path) => passed_over(path, name, Reason::Secrets),
            Ok(found) if found.is_file() => {
                let modified = found.modified().ok();
                Ok(Found::File(LocalFile { path, name, size: found.len(), modified }))
            }
            Ok(found) if found.is_dir() => passed_over(path, name, Reason::LinkToFolder),
            Ok(_) => passed_over(path, name, Reason::Special),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                passed_over(path, name, if is_link { Reason::BrokenLink } else { Reason::Gone })
            }
            Err(error) => Err(Failure::file("read", &path, &error)),
        }
    }
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("open", &self.open).finish_non_exhaustive()
    }
}

impl Iterator for Walk {
    type Item = Outcome<Found>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(Entry { path, name, is_link }) = self.open.last_mut()?.next() else {
                self.open.pop();
                continue;
            };
            let Ok(name) = name else { return Some(Ok(Found::NotUtf8(path))) };
            let Some(folder) = name.strip_suffix('/') else { return Some(self.look_at(path, name, is_link)) };
            if (self.enters)(folder) {
                match entries(&path, &name, &self.left_out) {
                    Ok(found) => self.open.push(found),
                    Err(failure) => return Some(Err(failure)),
                }
            }
        }
    }
}

impl PassedOver {
    /// The secrets of the app, where something else would take their place.
    pub(crate) fn secrets(path: PathBuf, name: String) -> Self {
        Self { path, name, reason: Reason::Secrets }
    }

    pub(crate) fn holds_secrets(&self) -> bool {
        matches!(self.reason, Reason::Secrets)
    }

    pub(crate) fn is_link_to_folder(&self) -> bool {
        matches!(self.reason, Reason::LinkToFolder)
    }

    /// Why it is not read.
    pub(crate) fn reason(&self) -> &'static str {
        match self.reason {
            Reason::LinkToFolder => "it is a link to a folder",
            Reason::BrokenLink => "it is a link to what is not there",
            Reason::Special => "it is a pipe, a socket or a device",
            Reason::Gone => "it has gone away meanwhile",
            Reason::Secrets => "it holds the secrets of the app; name the file itself where it is meant",
        }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display().to_string();
        write!(f, "`{}` is passed over: {}", printable(&path), self.reason())
    }
}

/// The failure of a name that no object can have.
pub(crate) fn not_utf8(path: &Path) -> Failure {
    Failure::failed(format!("the name of `{}` is not UTF-8, which names of objects must be: rename it", path.display()))
}

fn entries(folder: &Path, above: &str, left_out: &LeftOut) -> Outcome<vec::IntoIter<Entry>> {
    let read = || {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let name = entry.file_name().into_string().map_err(drop);
            if name.as_deref().is_ok_and(is_ours) {
                continue;
            }
            let name = name.map(|name| format!("{above}{name}{}", if kind.is_dir() { "/" } else { "" }));
            if !name.as_deref().is_ok_and(|name| left_out.covers(name)) {
                found.push(Entry { path: entry.path(), name, is_link: kind.is_symlink() });
            }
        }
        found.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(found.into_iter())
    };
    read().map_err(|error: io::Error| Failure::file("read the folder", folder, &error))
}

/// Whether a name, or a folder above it, is what transfers and the server keep: nobody's content.
pub(crate) fn holds_ours(name: &str) -> bool {
    name.split('/').any(is_ours)
}

fn is_ours(part: &str) -> bool {
    part == STATE_FOLDER || is_transfer_file(part)
}

/// The file below a folder that an object's name stands for. Names that would leave the folder have none.
pub(crate) fn file_of(folder: &Path, name: &str) -> Outcome<PathBuf> {
    let relative = Path::new(name);
    let is_inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    let is_exact = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !is_inside || !is_exact {
        return Err(Failure::failed(format!(
            "the object `{name}` has no place in a folder: get it alone, to a file that you name"
        )));
    }
    Ok(folder.join(relative))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the files that are found, and those of what is passed over behind a `!`.
    fn walk(folder: &Path) -> Vec<String> {
        let name = |found| match found {
            Found::File(file) => file.name,
            Found::PassedOver(passed) => format!("!{}", passed.name),
            Found::NotUtf8(path) => format!("?{}", path.display()),
        };
        Walk::new(folder, &LeftOut::default()).unwrap().map(|found| name(found.unwrap())).collect()
    }

    #[test]
    fn files_come_in_the_order_of_their_names_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let mut names = [".note-2024.md", "a/b", "a.txt", "a/b.txt", "a0", "b/c/d", "B", "目/录"];
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        for ours in [
            ".storages/server/x",
            ".a.0123456789abcdef.part",
            ".transfer-01234567890123456789",
            ".a.0123456789abcdef.upload",
        ] {
            let path = folder.path().join(ours);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = walk(folder.path());
        names.sort_unstable();
        assert_eq!(found, names);
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_followed_and_others_are_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "x").unwrap();
        std::os::unix::fs::symlink("a", folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink(".", folder.path().join("loop")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("broken")).unwrap();
        let found = walk(folder.path());
        assert_eq!(found, ["a", "!broken", "link", "!loop"]);
    }

    #[test]
    fn no_name_leaves_its_folder() {
        for name in ["../a", "a/../b", "/a", "a//b", "./a", "..", "", "a/", "a/."] {
            assert!(file_of(Path::new("x"), name).is_err(), "{name}");
        }
        assert_eq!(file_of(Path::new("x"), "a/b..c").unwrap(), Path::new("x/a/b..c"));
    }
}
