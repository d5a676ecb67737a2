//! The files of the data folder: one per content, named by a number that is never used twice.
//!
//! A file is written in its final place, since no record names it before it is complete and synced; a file that no
//! record names is swept. Files that a response is still reading are removed only when it is done.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

pub(crate) struct Blobs {
    root: PathBuf,
    next_id: AtomicU64,
    sync: Sync,
    leases: Mutex<HashMap<u64, Lease>>,
    reaper: mpsc::Sender<PathBuf>,
}

/// Whether files are forced to the disk before they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sync {
    /// A data folder that is to survive.
    Disk,
    /// A temporary folder, which dies with the server anyway.
    Never,
}

impl Sync {
    /// Forces the names within a folder to the disk, where the system can do that.
    pub(crate) fn folder(self, folder: &Path) -> io::Result<()> {
        match self {
            Self::Disk if cfg!(unix) => File::open(folder)?.sync_all(),
            Self::Disk | Self::Never => Ok(()),
        }
    }
}

/// So many folders keep each of them small.
const SHARDS: u64 = 256;

fn shard_name(shard: u64) -> String {
    format!("{shard:02x}")
}

#[derive(Default)]
struct Lease {
    readers: usize,
    doomed: bool,
}

impl Blobs {
    pub(crate) fn new(root: PathBuf, first_id: u64, sync: Sync) -> io::Result<Arc<Self>> {
        fs::create_dir_all(&root)?;
        if sync == Sync::Disk {
            // All at once, so that no upload has to wait until the name of its folder is safe.
            for shard in 0..SHARDS {
                fs::create_dir_all(root.join(shard_name(shard)))?;
            }
            sync.folder(&root)?;
        }
        let (reaper, dead) = mpsc::channel::<PathBuf>();
        // Ends when the last sender is gone, that is with the store.
        std::thread::Builder::new().name("oss-reaper".into()).spawn(move || {
            for path in dead {
                if let Err(error) = fs::remove_file(&path)
                    && error.kind() != io::ErrorKind::NotFound
                {
                    tracing::warn!(path = %path.display(), %error, "a content that is no longer used stays on the disk");
                }
            }
        })?;
        Ok(Arc::new(Self { root, next_id: AtomicU64::new(first_id), sync, leases: Mutex::default(), reaper }))
    }

    /// A number that no content has had before.
    pub(crate) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Starts a file; it is removed again unless [`StagedFile::keep`] is called.
    pub(crate) fn create(self: &Arc<Self>) -> io::Result<(StagedFile, File)> {
        let staged = self.stage()?;
        let file = File::options().write(true).create_new(true).open(self.path(staged.id))?;
        Ok((staged, file))
    }

    /// Another name for the same bytes: a copy that costs nothing, since the bytes that a record names never change.
    pub(crate) fn link(self: &Arc<Self>, id: u64) -> io::Result<StagedFile> {
        let staged = self.stage()?;
        let (from, to) = (self.path(id), self.path(staged.id));
        // Some file systems have no hard links.
        if fs::hard_link(&from, &to).is_err() {
            fs::copy(&from, &to)?;
            self.sync_file(&File::open(&to)?)?;
        }
        self.sync_folder(staged.id)?;
        Ok(staged)
    }

    pub(crate) fn open(&self, id: u64) -> io::Result<File> {
        File::open(self.path(id))
    }

    pub(crate) fn open_for_append(&self, id: u64) -> io::Result<File> {
        File::options().write(true).open(self.path(id))
    }

    /// Forces a finished file and its name to the disk.
    pub(crate) fn sync(&self, file: &File, id: u64) -> io::Result<()> {
        self.sync_file(file)?;
        self.sync_folder(id)
    }

    pub(crate) fn sync_file(&self, file: &File) -> io::Result<()> {
        match self.sync {
            Sync::Disk => file.sync_all(),
            Sync::Never => Ok(()),
        }
    }

    fn sync_folder(&self, id: u64) -> io::Result<()> {
        self.sync.folder(self.path(id).parent().unwrap_or(&self.root))
    }

    /// Keeps files from being removed while the lease lives.
    pub(crate) fn lease(self: &Arc<Self>, ids: Vec<u64>) -> LeaseGuard {
        let mut leases = self.leases();
        for id in &ids {
            leases.entry(*id).or_default().readers += 1;
        }
        drop(leases);
        LeaseGuard { blobs: Arc::clone(self), ids }
    }

    /// Removes a file that no record names any more, now or when its last reader is done.
    pub(crate) fn remove(&self, id: u64) {
        let mut leases = self.leases();
        match leases.get_mut(&id) {
            Some(lease) => lease.doomed = true,
            None => self.reap(id),
        }
    }

    /// Removes every file with a number below `before` that `is_used` does not know: what a killed process left behind.
    pub(crate) fn sweep(&self, before: u64, is_used: impl Fn(u64) -> io::Result<bool>) -> io::Result<usize> {
        let mut swept = 0;
        for folder in fs::read_dir(&self.root)? {
            let folder = folder?.path();
            if !folder.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder)? {
                let file = file?;
                let id = file.file_name().to_str().and_then(|name| u64::from_str_radix(name, 16).ok());
                let Some(id) = id.filter(|id| *id < before) else { continue };
                let removed = is_used(id)
                    .and_then(|is_used| if is_used { Ok(0) } else { fs::remove_file(file.path()).map(|()| 1) });
                match removed {
                    Ok(removed) => swept += removed,
                    Err(error) => tracing::warn!(%error, "a content that may be left over stays until the next start"),
                }
            }
        }
        Ok(swept)
    }

    fn stage(self: &Arc<Self>) -> io::Result<StagedFile> {
        let id = self.next_id();
        let path = self.path(id);
        if self.sync == Sync::Never {
            fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        }
        Ok(StagedFile { blobs: Arc::clone(self), id, kept: false })
    }

    fn path(&self, id: u64) -> PathBuf {
        self.root.join(shard_name(id % SHARDS)).join(format!("{id:016x}"))
    }

    fn reap(&self, id: u64) {
        // The reaper lives as long as the sender that we hold.
        let _ = self.reaper.send(self.path(id));
    }

    fn leases(&self) -> MutexGuard<'_, HashMap<u64, Lease>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that no record names yet.
pub(crate) struct StagedFile {
    blobs: Arc<Blobs>,
    id: u64,
    kept: bool,
}

impl StagedFile {
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// A committed record names the file now.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if !self.kept {
            self.blobs.reap(self.id);
        }
    }
}

/// Files in use by a reader.
pub(crate) struct LeaseGuard {
    blobs: Arc<Blobs>,
    ids: Vec<u64>,
}

impl LeaseGuard {
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

impl Drop for LeaseGuard {
    fn drop(&mut self) {
        let mut leases = self.blobs.leases();
        for id in &self.ids {
            let Some(lease) = leases.get_mut(id) else { continue };
            lease.readers -= 1;
            if lease.readers > 0 {
                continue;
            }
            if leases.remove(id).is_some_and(|lease| lease.doomed) {
                self.blobs.reap(*id);
            }
        }
    }
}
