//! Local files: found in the order in which stores list names, and kept inside of their folder.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;
use std::vec;

use crate::app_folder::STATE_FOLDER;
use crate::exit::{Failure, Outcome};

/// A file below a folder.
#[derive(Debug, Clone)]
pub(crate) struct LocalFile {
    pub(crate) path: PathBuf,
    /// The path below the folder, with `/`.
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) modified: Option<SystemTime>,
}

/// The files below a folder in the order of the bytes of their names. Holds the entries of the folders on the way only.
#[derive(Debug)]
pub(crate) struct Walk {
    open: Vec<vec::IntoIter<Entry>>,
}

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    /// With a `/` behind folders, which is what orders them among files.
    name: Result<String, ()>,
}

impl Walk {
    pub(crate) fn new(folder: &Path) -> Outcome<Self> {
        Ok(Self { open: vec![entries(folder, "")?] })
    }
}

impl Iterator for Walk {
    type Item = Outcome<LocalFile>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(entry) = self.open.last_mut()?.next() else {
                self.open.pop();
                continue;
            };
            let Ok(name) = entry.name else {
                return Some(Err(Failure::failed(format!(
                    "the name of `{}` is not UTF-8, which names of objects must be: rename it",
                    entry.path.display()
                ))));
            };
            if name.ends_with('/') {
                match entries(&entry.path, &name) {
                    Ok(found) => self.open.push(found),
                    Err(failure) => return Some(Err(failure)),
                }
                continue;
            }
            match fs::metadata(&entry.path) {
                Ok(found) if found.is_file() => {
                    let modified = found.modified().ok();
                    return Some(Ok(LocalFile { path: entry.path, name, size: found.len(), modified }));
                }
                // A folder that a link leads to may lead back; sockets and devices have no content.
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Some(Err(Failure::file("read", &entry.path, &error))),
            }
        }
    }
}

fn entries(folder: &Path, above: &str) -> Outcome<vec::IntoIter<Entry>> {
    let read = || {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let is_folder = entry.file_type()?.is_dir();
            let name = entry.file_name().into_string().map_err(drop);
            if name.as_deref().is_ok_and(|name| is_ours(name, is_folder)) {
                continue;
            }
            let name = name.map(|name| format!("{above}{name}{}", if is_folder { "/" } else { "" }));
            found.push(Entry { path: entry.path(), name });
        }
        found.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(found.into_iter())
    };
    read().map_err(|error: io::Error| Failure::file("read the folder", folder, &error))
}

/// What transfers and the server keep is nobody's content.
fn is_ours(name: &str, is_folder: bool) -> bool {
    if is_folder {
        return name == STATE_FOLDER;
    }
    let Some(hidden) = name.strip_prefix('.') else { return false };
    if hidden.starts_with("download-") || hidden.starts_with("note-") {
        return true;
    }
    let mut ends = hidden.rsplitn(3, '.');
    let is_kind = matches!(ends.next(), Some("part" | "upload" | "download"));
    let is_sum = |sum: &str| sum.len() == 16 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_kind && ends.next().is_some_and(is_sum)
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

    #[test]
    fn files_come_in_the_order_of_their_names_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let mut names = ["a/b", "a.txt", "a/b.txt", "a0", "b/c/d", "B", "目/录"];
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        for ours in [".storages/server/x", ".a.0123456789abcdef.part", ".download-x", ".a.0123456789abcdef.upload"] {
            let path = folder.path().join(ours);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found: Vec<_> = Walk::new(folder.path()).unwrap().map(|file| file.unwrap().name).collect();
        names.sort_unstable();
        assert_eq!(found, names);
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_followed_and_links_to_folders_are_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "x").unwrap();
        std::os::unix::fs::symlink("a", folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink(".", folder.path().join("loop")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("broken")).unwrap();
        let found: Vec<_> = Walk::new(folder.path()).unwrap().map(|file| file.unwrap().name).collect();
        assert_eq!(found, ["a", "link"]);
    }

    #[test]
    fn no_name_leaves_its_folder() {
        for name in ["../a", "a/../b", "/a", "a//b", "./a", "..", "", "a/", "a/."] {
            assert!(file_of(Path::new("x"), name).is_err(), "{name}");
        }
        assert_eq!(file_of(Path::new("x"), "a/b..c").unwrap(), Path::new("x/a/b..c"));
    }
}
