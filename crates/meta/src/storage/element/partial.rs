//! The partial file of a download in parts: where the bytes gather until they are whole.
//!
//! With a checkpoint it outlives the call. Then one call at a time may use it, here or in another process: whoever holds
//! the lock on the file that lies at its path. Note and file change only under that lock.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crc_fast::{CrcAlgorithm, Digest};
use serde::{Deserialize, Serialize};
use tempfile::TempPath;

use super::files::Target;
use crate::storage::blocking::blocking;
use crate::storage::checkpoint::TransferNote;
use crate::storage::options::Checkpoint;

/// How long the file may be in use before that counts as another download: what a dropped call had begun to write goes on
/// for a moment.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(10);

/// What a note of a download says first: which state of which object its parts are of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    pub(super) element: String,
    pub(super) object: String,
    pub(super) version_id: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) size: u64,
    /// As text: it exceeds what JSON readers elsewhere hold.
    pub(super) crc64: Option<String>,
    pub(super) part_size: u64,
}

/// A part that lies in the file.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) part: u64,
    pub(super) crc64: u64,
}

pub(super) struct Partial {
    /// Where it goes when it is whole.
    target: Target,
    head: Head,
    /// The checksums of the parts that it holds.
    done: BTreeMap<u64, u64>,
    /// Whoever still writes to it holds it, and so its lock, whatever has become of the call.
    file: Arc<File>,
    place: Place,
}

enum Place {
    /// Taken away with the call.
    Temporary(TempPath),
    Kept {
        path: PathBuf,
        note: TransferNote,
    },
}

impl Head {
    fn parts(&self) -> u64 {
        self.size.div_ceil(self.part_size)
    }

    /// Offset and length of a part.
    fn span(&self, part: u64) -> (u64, u64) {
        let offset = part * self.part_size;
        (offset, self.part_size.min(self.size - offset))
    }
}

impl Partial {
    /// Opens the file, with the parts that an interrupted download left: those that a note of the same state of the same
    /// object speaks of, and that are still what they were.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where another download uses it; [`io::ErrorKind::Interrupted`] once it is no longer
    /// wanted; what the file system refuses.
    pub(super) fn open(
        target: PathBuf,
        checkpoint: Option<Checkpoint>,
        head: Head,
        is_wanted: &dyn Fn() -> bool,
    ) -> io::Result<Self> {
        let target = Target::at(target)?;
        let Some(checkpoint) = checkpoint else {
            let (file, path) = target.new_file()?.into_parts();
            file.set_len(head.size)?;
            let (file, place) = (Arc::new(file), Place::Temporary(path));
            return Ok(Self { target, head, done: BTreeMap::new(), file, place });
        };
        let what = format!("{}\n{}", head.element, head.object);
        let note = TransferNote::new(&checkpoint, target.path(), "download", &what);
        // Beside the target always, so that it can be moved there.
        let path = TransferNote::new(&Checkpoint::Beside, target.path(), "part", &what).path().to_owned();
        let file = open_locked(&path, PATIENCE, is_wanted)?;
        target.protect(&file)?;
        let mut done = BTreeMap::new();
        match note.read::<Head, Done>()? {
            Some((noted, parts)) if noted == head && file.metadata()?.len() == head.size => {
                for Done { part, crc64 } in parts {
                    if part < head.parts() && sum_of(&file, head.span(part), is_wanted)? == crc64 {
                        done.insert(part, crc64);
                    }
                }
            }
            _ => {
                note.remove()?;
                file.set_len(0)?;
                file.set_len(head.size)?;
                note.begin(&head)?;
            }
        }
        Ok(Self { target, head, done, file: Arc::new(file), place: Place::Kept { path, note } })
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// To write parts to.
    pub(super) fn file(&self) -> &Arc<File> {
        &self.file
    }

    pub(super) fn path(&self) -> &Path {
        match &self.place {
            Place::Temporary(path) => path,
            Place::Kept { path, .. } => path,
        }
    }

    /// The parts that it does not hold, with offset and length.
    pub(super) fn missing(&self) -> Vec<(u64, (u64, u64))> {
        let missing = (0..self.head.parts()).filter(|part| !self.done.contains_key(part));
        missing.map(|part| (part, self.head.span(part))).collect()
    }

    /// How many bytes the parts have that it holds.
    pub(super) fn bytes_done(&self) -> u64 {
        self.done.keys().map(|part| self.head.span(*part).1).sum()
    }

    /// The checksum of the parts, one behind the other.
    pub(super) fn sum(&self) -> u64 {
        self.done.iter().fold(0, |sum, (part, crc64)| {
            crc_fast::checksum_combine(CrcAlgorithm::Crc64Xz, sum, *crc64, self.head.span(*part).1)
        })
    }

    /// A part has been written.
    pub(super) async fn note(&mut self, done: Done) -> io::Result<()> {
        self.done.insert(done.part, done.crc64);
        let Place::Kept { note, .. } = &self.place else { return Ok(()) };
        let (note, file) = (note.clone(), Arc::clone(&self.file));
        blocking(move || {
            let noted = note.append(&done);
            // Not before, since the lock goes with it.
            drop(file);
            noted
        })
        .await
    }

    /// Makes the target what it should be, all at once.
    pub(super) fn finish(self) -> io::Result<()> {
        let Self { target, head, done, file, place } = self;
        target.hand_over(&file)?;
        file.sync_all()?;
        match place {
            Place::Temporary(path) => path.persist(target.path()).map_err(|error| error.error)?,
            Place::Kept { path, note } => {
                // First, since the lock is gone with the file's name: behind it the note would be that of the next download.
                note.remove()?;
                if let Err(error) = fs::rename(path, target.path()) {
                    // All bytes are there: the next call need only move them.
                    let again = target.protect(&file).and_then(|()| note.begin(&head)).and_then(|()| {
                        done.into_iter().try_for_each(|(part, crc64)| note.append(&Done { part, crc64 }))
                    });
                    if let Err(error) = again {
                        tracing::debug!(%error, "the note of a download cannot be written again");
                    }
                    return Err(error);
                }
            }
        }
        drop(file);
        Ok(())
    }

    /// Takes away what a later call cannot go on with. What cannot be taken away is found to be useless by that call.
    pub(super) fn forget(self) {
        let gone = match self.place {
            Place::Temporary(path) => path.close(),
            Place::Kept { path, note } => note.remove().and_then(|()| fs::remove_file(path)),
        };
        if let Err(error) = gone {
            tracing::debug!(%error, "a partial download cannot be taken away");
        }
    }
}

/// Opens the file at this path, new where there is none, and keeps others away from it.
fn open_locked(path: &Path, patience: Duration, is_wanted: &dyn Fn() -> bool) -> io::Result<File> {
    let begin = Instant::now();
    loop {
        check_wanted(is_wanted)?;
        if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) {
            let reason = "a symbolic link lies where the partial file should";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            // Who held it before may have moved it to the target, which must not be written to.
            Ok(()) if lies_at(&file, path)? => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if begin.elapsed() < patience => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Whether the open file is the one that the path leads to now.
#[cfg(not(windows))]
fn lies_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let own = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(found) => Ok((own.dev(), own.ino()) == (found.dev(), found.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the open file is the one that the path leads to now.
#[cfg(windows)]
fn lies_at(file: &File, path: &Path) -> io::Result<bool> {
    use same_file::Handle;
    match Handle::from_path(path) {
        Ok(found) => Ok(found == Handle::from_file(file.try_clone()?)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn check_wanted(is_wanted: &dyn Fn() -> bool) -> io::Result<()> {
    if is_wanted() { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
}

/// The checksum of a part as it lies in the file.
fn sum_of(mut file: &File, (offset, length): (u64, u64), is_wanted: &dyn Fn() -> bool) -> io::Result<u64> {
    file.seek(SeekFrom::Start(offset))?;
    let mut rest = file.take(length);
    let mut sum = Digest::new(CrcAlgorithm::Crc64Xz);
    let mut buffer = vec![0; 256 << 10];
    loop {
        check_wanted(is_wanted)?;
        match rest.read(&mut buffer)? {
            0 => return Ok(sum.finalize()),
            read => sum.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::{iter, thread};

    use super::*;

    const PART: u64 = 4;

    fn head() -> Head {
        Head {
            element: "storages.MyOss".to_owned(),
            object: "a/b".to_owned(),
            version_id: None,
            etag: Some("1".to_owned()),
            size: 10,
            crc64: None,
            part_size: PART,
        }
    }

    fn open(folder: &tempfile::TempDir, head: Head) -> io::Result<Partial> {
        Partial::open(folder.path().join("file"), Some(Checkpoint::Beside), head, &|| true)
    }

    /// Writes a part of the content `0123456789`, and notes it.
    async fn write(partial: &mut Partial, part: u64) {
        let (offset, length) = partial.head().span(part);
        let bytes = &b"0123456789"[offset as usize..(offset + length) as usize];
        let mut file = &**partial.file();
        file.seek(SeekFrom::Start(offset)).unwrap();
        file.write_all(bytes).unwrap();
        let crc64 = crc_fast::checksum(CrcAlgorithm::Crc64Xz, bytes);
        partial.note(Done { part, crc64 }).await.unwrap();
    }

    fn missing(partial: &Partial) -> Vec<u64> {
        partial.missing().into_iter().map(|(part, _)| part).collect()
    }

    fn names(folder: &tempfile::TempDir) -> Vec<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn note_of(folder: &tempfile::TempDir) -> PathBuf {
        let note = names(folder).into_iter().find(|name| name.ends_with(".download")).expect("there is a note");
        folder.path().join(note)
    }

    #[tokio::test]
    async fn what_was_done_need_not_be_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut partial = open(&folder, head()).unwrap();
        write(&mut partial, 2).await;
        write(&mut partial, 0).await;
        drop(partial);
        assert!(!folder.path().join("file").exists());
        let mut partial = open(&folder, head()).unwrap();
        assert_eq!((missing(&partial), partial.bytes_done()), (vec![1], 6));
        write(&mut partial, 1).await;
        assert_eq!(partial.sum(), crc_fast::checksum(CrcAlgorithm::Crc64Xz, b"0123456789"));
        partial.finish().unwrap();
        assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"0123456789");
        assert_eq!(names(&folder), ["file"]);
    }

    #[tokio::test]
    async fn what_does_not_fit_is_not_believed() {
        let changes: [&dyn Fn(&mut Head); 5] = [
            &|head| head.etag = Some("2".to_owned()),
            &|head| head.size = 11,
            &|head| head.crc64 = Some("1".to_owned()),
            &|head| head.part_size = 5,
            &|head| head.version_id = Some("1".to_owned()),
        ];
        for change in changes {
            let folder = tempfile::tempdir().unwrap();
            write(&mut open(&folder, head()).unwrap(), 0).await;
            let mut other = head();
            change(&mut other);
            let partial = open(&folder, other).unwrap();
            assert_eq!(missing(&partial).len() as u64, partial.head().parts());
        }
        // Bytes that changed, a file that was cut, and a part that there is not.
        let folder = tempfile::tempdir().unwrap();
        let mut partial = open(&folder, head()).unwrap();
        write(&mut partial, 0).await;
        write(&mut partial, 1).await;
        partial.note(Done { part: u64::MAX, crc64: 0 }).await.unwrap();
        let mut file = &**partial.file();
        file.seek(SeekFrom::Start(PART)).unwrap();
        file.write_all(b"x").unwrap();
        drop(partial);
        let partial = open(&folder, head()).unwrap();
        assert_eq!(missing(&partial), [1, 2]);
        partial.file().set_len(9).unwrap();
        drop(partial);
        assert_eq!(missing(&open(&folder, head()).unwrap()), [0, 1, 2]);
    }

    #[tokio::test]
    async fn a_note_cut_anywhere_costs_no_more_than_what_it_no_longer_tells() {
        let folder = tempfile::tempdir().unwrap();
        let mut partial = open(&folder, head()).unwrap();
        write(&mut partial, 0).await;
        write(&mut partial, 1).await;
        drop(partial);
        let (path, whole) = (note_of(&folder), fs::read(note_of(&folder)).unwrap());
        for length in (0..whole.len()).rev() {
            fs::write(&path, &whole[..length]).unwrap();
            let mut partial = open(&folder, head()).unwrap();
            let left = missing(&partial);
            assert!([&[1, 2][..], &[0, 1, 2]].contains(&&left[..]), "{length}: {left:?}");
            for part in left {
                write(&mut partial, part).await;
            }
            drop(partial);
            // Also what was noted behind the cut is told.
            assert!(missing(&open(&folder, head()).unwrap()).is_empty(), "{length}");
        }
        open(&folder, head()).unwrap().finish().unwrap();
        assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"0123456789");
    }

    #[test]
    fn one_call_at_a_time_uses_it() {
        let folder = tempfile::tempdir().unwrap();
        let partial = open(&folder, head()).unwrap();
        let path = partial.path().to_owned();
        let second = open_locked(&path, Duration::ZERO, &|| true).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(open_locked(&path, PATIENCE, &|| false).unwrap_err().kind(), io::ErrorKind::Interrupted);
        // What is still being written keeps the lock.
        let writing = Arc::clone(partial.file());
        drop(partial);
        assert!(open_locked(&path, Duration::ZERO, &|| true).is_err());
        drop(writing);
        open_locked(&path, Duration::ZERO, &|| true).unwrap();
    }

    #[tokio::test]
    async fn who_waited_for_a_file_that_became_the_target_leaves_that_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = open(&folder, head()).unwrap();
        for part in 0..3 {
            write(&mut first, part).await;
        }
        let path = first.path().to_owned();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let waiting = thread::spawn(move || {
            open_locked(&path, Duration::MAX, &|| {
                counted.fetch_add(1, Ordering::Relaxed);
                true
            })
        });
        // The second time it has seen the lock.
        iter::repeat_with(|| asked.load(Ordering::Relaxed)).take_while(|asked| *asked < 2).for_each(|_| {
            thread::yield_now();
        });
        first.finish().unwrap();
        let file = waiting.join().unwrap().unwrap();
        assert_eq!(file.metadata().unwrap().len(), 0, "it is a new file");
        file.set_len(1).unwrap();
        assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"0123456789");
    }

    #[tokio::test]
    async fn a_target_that_cannot_be_replaced_costs_no_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("file");
        let mut partial = open(&folder, head()).unwrap();
        for part in 0..3 {
            write(&mut partial, part).await;
        }
        fs::create_dir(&target).unwrap();
        partial.finish().unwrap_err();
        assert_eq!(open(&folder, head()).err().map(|error| error.kind()), Some(io::ErrorKind::IsADirectory));
        fs::remove_dir(&target).unwrap();
        let partial = open(&folder, head()).unwrap();
        assert!(missing(&partial).is_empty());
        partial.finish().unwrap();
        assert_eq!(fs::read(target).unwrap(), b"0123456789");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn it_is_no_more_open_to_others_than_what_it_replaces() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("real"), folder.path().join("file"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        fs::write(&target, "old").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o440)).unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        let partial = open(&folder, head()).unwrap();
        assert_eq!(mode(partial.path()), 0o640);
        drop(partial);
        let mut partial = open(&folder, head()).unwrap();
        for part in 0..3 {
            write(&mut partial, part).await;
        }
        partial.finish().unwrap();
        assert!(link.is_symlink());
        assert_eq!((mode(&target), fs::read(&target).unwrap()), (0o440, b"0123456789".to_vec()));
    }

    #[test]
    fn what_is_of_no_use_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        open(&folder, head()).unwrap().forget();
        let target = folder.path().join("file");
        drop(Partial::open(target.clone(), None, head(), &|| true).unwrap());
        Partial::open(target, None, head(), &|| true).unwrap().forget();
        assert!(names(&folder).is_empty(), "{:?}", names(&folder));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_partial_file_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = open(&folder, head()).unwrap().path().to_owned();
        let other = folder.path().join("other");
        fs::remove_file(&path).unwrap();
        fs::write(&other, "precious").unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert!(open(&folder, head()).err().unwrap().to_string().contains("symbolic link"));
        assert_eq!(fs::read(&other).unwrap(), b"precious");
    }
}
