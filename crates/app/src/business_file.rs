//! The business files of an element: `<Name>.json`, or `config.json` where it has none.

use std::path::{Path, PathBuf};

use meta::{Error, FullName, Result};

use crate::file::{FileBuffer, is_absent};

/// The business file of an element that has no `<Name>.json`.
const FALLBACK: &str = "config.json";
/// The element whose `<Name>.json` would be its declaration, `e.json`.
const NAMESAKE: &str = "e";

/// The business file in one folder of an element.
#[derive(Debug)]
pub(crate) enum BusinessFile<'a> {
    Present {
        path: PathBuf,
        text: &'a [u8],
        kind: Kind,
    },
    /// There is none; this is where it would be.
    Absent {
        path: PathBuf,
    },
}

/// Which of the two files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Named,
    Fallback,
}

impl<'a> BusinessFile<'a> {
    /// Reads that of an instance.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub(crate) fn of_instance(name: &FullName, folder: &Path, buffer: &'a mut FileBuffer) -> Result<Self> {
        let path = match named(name, folder) {
            Some(path) => match length(&path, buffer)? {
                Some(length) => return Ok(Self::Present { path, text: buffer.content(length), kind: Kind::Named }),
                None => Some(path),
            },
            None => None,
        };
        let fallback = folder.join(FALLBACK);
        match length(&fallback, buffer)? {
            Some(length) => Ok(Self::Present { path: fallback, text: buffer.content(length), kind: Kind::Fallback }),
            None => Ok(Self::Absent { path: path.unwrap_or(fallback) }),
        }
    }

    /// Reads that of a Type, which never is `config.json`: in the folder of a Type, that file belongs to other tools.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub(crate) fn of_type(name: &FullName, folder: &Path, buffer: &'a mut FileBuffer) -> Result<Self> {
        let path = named(name, folder).unwrap_or_else(|| folder.join(FALLBACK));
        match length(&path, buffer)? {
            Some(length) => Ok(Self::Present { path, text: buffer.content(length), kind: Kind::Named }),
            None => Ok(Self::Absent { path }),
        }
    }
}

/// `<Name>.json`; `None` where the declaration has that name.
fn named(name: &FullName, folder: &Path) -> Option<PathBuf> {
    let name = name.name();
    if name == NAMESAKE {
        return None;
    }
    let mut path = PathBuf::with_capacity(folder.as_os_str().len() + name.len() + 6);
    path.push(folder);
    path.push(name);
    path.as_mut_os_string().push(".json");
    Some(path)
}

/// Reads a file into the buffer; `None` where it is not there.
fn length(path: &Path, buffer: &mut FileBuffer) -> Result<Option<usize>> {
    match buffer.read(path) {
        Ok(text) => Ok(Some(text.len())),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::io(format!("cannot read `{}`", path.display()), error)),
    }
}
