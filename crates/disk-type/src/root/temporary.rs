//! Files that are being written and have no place yet.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A file that vanishes with this value unless it was moved to its place.
///
/// Its lock tells other processes that somebody is at work on it.
#[derive(Debug)]
pub(crate) struct Temporary {
    file: File,
    path: PathBuf,
    is_moved: bool,
}

impl Temporary {
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        loop {
            let path = folder.join(format!("{}-{:016x}", std::process::id(), fastrand::u64(..)));
            let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            let temporary = Self { file, path, is_moved: false };
            match temporary.file.try_lock() {
                Ok(()) => {}
                // A sweep has come between.
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(error),
            }
            if fs::symlink_metadata(&temporary.path).is_ok() {
                return Ok(temporary);
            }
        }
    }

    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Renames it over whatever file is at the path. The file should be synced before, and no sweep may run.
    pub(super) fn move_to(&mut self, path: &Path) -> io::Result<()> {
        // On Windows nobody could read it as long as it is locked.
        self.file.unlock()?;
        fs::rename(&self.path, path)?;
        self.is_moved = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_moved {
            // Nothing can be done here if it fails; the next process sweeps.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes what dead processes have left: temporary files that nobody holds. To be called alone, since files on the way
/// to their place are held by nobody.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        let Ok(file) = OpenOptions::new().write(true).open(entry.path()) else { continue };
        if file.try_lock().is_ok() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_takes_what_nobody_holds_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let held = Temporary::create(folder.path()).unwrap();
        fs::write(folder.path().join("4711-0123456789abcdef"), b"left behind").unwrap();
        sweep(folder.path()).unwrap();
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, std::slice::from_ref(&held.path));
        drop(held);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
