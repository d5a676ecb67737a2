//! Room on the disk: what is new is refused before the last of it is used, so that deleting always has some.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::failure::Failure;

/// Bytes that are kept free for the database, which writes also where it deletes.
const RESERVE: u64 = 8 * 1024 * 1024;
/// What a change of the database takes at most, in general.
const CHANGE: u64 = 128 * 1024;
/// The most bytes that may be taken before the system is asked again: whatever fills the disk meanwhile, half of the
/// reserve is still there.
const ADVANCE: u64 = RESERVE / 2;

/// The file system that holds the data folder.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    folder: PathBuf,
    /// Bytes that changes under way may take, and that the system does not know of yet.
    promised: Arc<AtomicU64>,
    /// Bytes that may be taken before the system is asked again, which costs as much as a small write.
    advance: Arc<Mutex<u64>>,
}

/// Room for a change, until it is made.
pub(super) struct Promise(Arc<AtomicU64>);

impl Room {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, promised: Arc::default(), advance: Arc::default() }
    }

    /// Refuses what is new where there is no room for `bytes` more.
    pub(crate) fn require(&self, bytes: u64) -> Result<(), Failure> {
        let cost = bytes.max(CHANGE);
        let mut advance = self.advance.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(left) = advance.checked_sub(cost) {
            *advance = left;
            return Ok(());
        }
        let Ok(available) = fs4::available_space(&self.folder) else {
            // Where the system does not tell, the write will.
            return Ok(());
        };
        let promised = self.promised.load(Ordering::Relaxed).saturating_add(RESERVE);
        let free = available.checked_sub(promised.saturating_add(bytes)).ok_or_else(Failure::disk_full)?;
        *advance = free.min(ADVANCE);
        Ok(())
    }

    /// Sets room aside for a change.
    pub(super) fn promise(&self) -> Result<Promise, Failure> {
        self.promised.fetch_add(CHANGE, Ordering::Relaxed);
        let promise = Promise(Arc::clone(&self.promised));
        self.require(0).map(|()| promise)
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.0.fetch_sub(CHANGE, Ordering::Relaxed);
    }
}

/// Whether an error says that there was no room.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_in_advance_is_less_than_the_reserve() {
        let room = Room::new(std::env::temp_dir());
        let advances = (0..2 * RESERVE / CHANGE).map(|_| {
            room.require(0).unwrap();
            *room.advance.lock().unwrap()
        });
        assert!(advances.max().is_some_and(|most| (CHANGE..RESERVE).contains(&most)));
        // What has no room at all is refused, whatever is left of the advance.
        assert!(room.require(u64::MAX / 2).is_err());
        assert!(room.require(0).is_ok());
    }
}
