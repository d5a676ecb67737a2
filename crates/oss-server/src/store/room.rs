//! Room on the disk: what is new is refused before the last of it is used, so that deleting always has some.

use std::io;
use std::path::PathBuf;

use crate::failure::Failure;

/// Bytes that are kept free for the database, which writes also where it deletes.
const RESERVE: u64 = 8 * 1024 * 1024;

/// The file system that holds the data folder.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    folder: PathBuf,
}

impl Room {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Refuses what is new where there is no room for `bytes` more.
    pub(crate) fn require(&self, bytes: u64) -> Result<(), Failure> {
        match fs4::available_space(&self.folder) {
            Ok(available) if available < RESERVE.saturating_add(bytes) => Err(Failure::disk_full()),
            // Where the system does not tell, the write will.
            _ => Ok(()),
        }
    }
}

/// Whether an error says that there was no room.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
