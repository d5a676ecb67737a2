//! Where a transfer notes how far it has come.

use std::path::{Path, PathBuf};

/// Where a transfer of a file notes how far it has come, so that the next one goes on there after a crash.
///
/// A note is a small file that goes away when the transfer is done. It holds no credentials. What it says is checked
/// against the file and the store before it is believed; where either has changed the transfer begins anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Checkpoint {
    /// In the folder of the local file, under the file's name with a suffix.
    #[default]
    Beside,
    /// In this folder, which is made where it is missing. For files in folders that cannot be written to.
    In(PathBuf),
}

impl Checkpoint {
    /// The folder of the notes about a transfer of this local file.
    pub fn folder<'a>(&'a self, file: &'a Path) -> &'a Path {
        match self {
            Self::In(folder) => folder,
            Self::Beside => match file.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            },
        }
    }
}
