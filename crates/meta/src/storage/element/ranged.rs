//! Large objects to local files: parts read side by side, checked as a whole, and gone on with after a crash.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crc_fast::{CrcAlgorithm, Digest};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::StorageElement;
use super::files::{cannot_write, folder_of, new_file};
use crate::error::{Error, ErrorKind, Result};
use crate::storage::abilities::ParallelReads;
use crate::storage::blocking::blocking;
use crate::storage::checkpoint::TransferNote;
use crate::storage::options::{ByteRange, Checkpoint, Conditions, DownloadOptions};
use crate::storage::progress::{Meter, Progress};
use crate::storage::results::ObjectInfo;

/// How much of a part is gathered before the file is written to.
const WRITE_CHUNK: usize = 1 << 20;
/// Smaller parts would cost more in requests than they bring.
const LEAST_PART: u64 = 64 << 10;
/// The most parts that a note tells of.
const MOST_PARTS: u64 = 10_000;
const MOST_PARALLEL: usize = 64;

/// How an object is read in parts.
pub(super) struct Plan {
    part_size: u64,
    parallel: usize,
    checkpoint: Option<Checkpoint>,
}

impl Plan {
    /// `None` where the Type does not say that parts of its objects may be read side by side.
    pub(super) fn new(
        reads: Option<ParallelReads>,
        part_size: Option<u64>,
        parallel: Option<usize>,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Option<Self>> {
        let invalid = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
        if let Some(size) = part_size.filter(|size| *size < LEAST_PART) {
            return invalid(format!("parts have at least {LEAST_PART} bytes, not {size}"));
        }
        if let Some(parallel) = parallel.filter(|parallel| !(1..=MOST_PARALLEL).contains(parallel)) {
            return invalid(format!("1 to {MOST_PARALLEL} parts can be read at a time, not {parallel}"));
        }
        Ok(reads.map(|reads| Self {
            part_size: part_size.unwrap_or(reads.part_size).max(LEAST_PART),
            parallel: parallel.unwrap_or(reads.parallel).clamp(1, MOST_PARALLEL),
            checkpoint,
        }))
    }

    /// Whether parts are of use for this object, and can be told to be of one version.
    pub(super) fn fits(&self, info: &ObjectInfo) -> bool {
        info.size > self.part_size && info.etag.is_some() && (self.parallel > 1 || self.checkpoint.is_some())
    }
}

/// What a note of a download says first: which state of which object its parts are of.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    element: String,
    object: String,
    version_id: Option<String>,
    etag: Option<String>,
    size: u64,
    /// As text: it exceeds what JSON readers elsewhere hold.
    crc64: Option<String>,
    part_size: u64,
}

/// A part that lies in the file.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Done {
    part: u64,
    crc64: u64,
}

/// Where the bytes gather until they are whole.
struct Target {
    path: PathBuf,
    note: Option<TransferNote>,
    /// Keeps the partial file open, which keeps others away from it, and takes it away where no note speaks of it.
    partial: Partial,
    done: BTreeMap<u64, u64>,
}

enum Partial {
    Temporary(tempfile::NamedTempFile),
    Kept { file: File, path: PathBuf },
}

impl Partial {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(file) => file.path(),
            Self::Kept { path, .. } => path,
        }
    }

    fn file(&self) -> &File {
        match self {
            Self::Temporary(file) => file.as_file(),
            Self::Kept { file, .. } => file,
        }
    }
}

impl StorageElement {
    pub(super) async fn download_in_parts(
        &self,
        info: ObjectInfo,
        version_id: Option<String>,
        path: PathBuf,
        plan: Plan,
        progress: Option<Progress>,
    ) -> Result<ObjectInfo> {
        let failed = cannot_write(&path);
        let part_size = plan.part_size.max(info.size.div_ceil(MOST_PARTS));
        let head = Head {
            element: self.full_name().to_string(),
            object: info.name.to_string(),
            version_id: version_id.clone(),
            etag: info.etag.clone(),
            size: info.size,
            crc64: info.crc64.map(|crc64| crc64.to_string()),
            part_size,
        };
        let checkpoint = plan.checkpoint.clone();
        let mut target = blocking(move || Target::open(path, checkpoint, &head)).await.map_err(|error| match error
            .kind()
        {
            io::ErrorKind::WouldBlock => Error::new(ErrorKind::Conflict, "another download to this file is under way")
                .with_advice("wait for it, or download to another file"),
            _ => failed(error),
        })?;
        let meter = progress.map(|progress| Meter::new(progress, Some(info.size)));
        let length_of = |part: u64| part_size.min(info.size - part * part_size);
        if let Some(meter) = &meter {
            meter.add(target.done.keys().map(|part| length_of(*part)).sum());
        }
        let missing: Vec<u64> =
            (0..info.size.div_ceil(part_size)).filter(|part| !target.done.contains_key(part)).collect();
        let partial = target.partial.path().to_owned();
        let reads = missing.into_iter().map(|part| {
            let options = DownloadOptions {
                range: Some(ByteRange::Span { offset: part * part_size, length: length_of(part) }),
                conditions: Conditions { if_match: info.etag.clone(), ..Conditions::default() },
                version_id: version_id.clone(),
                ..DownloadOptions::default()
            };
            self.save_part(&info, part, options, partial.clone(), meter.clone())
        });
        let reads: Vec<_> = reads.collect();
        let mut parts = stream::iter(reads).buffer_unordered(plan.parallel);
        while let Some(done) = parts.try_next().await.map_err(|error| changed_meanwhile(error, &target))? {
            target.note(done).await.map_err(&failed)?;
        }
        drop(parts);
        let sum = target.done.iter().try_fold(0, |sum, (part, crc64)| {
            let length = length_of(*part);
            Some(crc_fast::checksum_combine(CrcAlgorithm::Crc64Xz, sum, *crc64, length))
        });
        if let (Some(ours), Some(theirs)) = (sum, info.crc64)
            && ours != theirs
        {
            target.forget();
            return Err(Error::new(
                ErrorKind::Integrity,
                format!("what arrived is not what is stored: CRC-64 {ours}, not {theirs}"),
            )
            .with_retryable(true)
            .with_advice("download it again"));
        }
        blocking(move || target.finish()).await.map_err(&failed)?;
        if let Some(meter) = &meter {
            meter.finish();
        }
        Ok(info)
    }

    /// Reads a part into its place in the file.
    async fn save_part(
        &self,
        info: &ObjectInfo,
        part: u64,
        options: DownloadOptions,
        partial: PathBuf,
        meter: Option<Arc<Meter>>,
    ) -> Result<Done> {
        let failed = cannot_write(&partial);
        let Some((offset, length)) = options.range.and_then(|range| range.within(info.size)) else {
            return Err(Error::new(ErrorKind::InvalidInput, "the part holds no byte of the object"));
        };
        let mut download = self.storage().download(&info.name, options).await?;
        if download.span != (offset, length) || download.info.etag != info.etag {
            return Err(Error::new(ErrorKind::UnexpectedAnswer, "the part that came is not the one asked for"));
        }
        let mut file = blocking(move || {
            let mut file = OpenOptions::new().write(true).open(partial)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(file)
        })
        .await
        .map_err(&failed)?;
        let mut sum = Digest::new(CrcAlgorithm::Crc64Xz);
        let (mut pending, mut size, mut arrived) = (Vec::new(), 0, 0);
        loop {
            let chunk = download.chunk().await?;
            let is_end = chunk.is_none();
            if let Some(chunk) = chunk {
                sum.update(&chunk);
                size += chunk.len();
                arrived += chunk.len() as u64;
                if arrived > length {
                    return Err(Error::new(ErrorKind::Integrity, "more bytes came than the part has"));
                }
                if let Some(meter) = &meter {
                    meter.add(chunk.len() as u64);
                }
                pending.push(chunk);
            }
            if size >= WRITE_CHUNK || (is_end && size > 0) {
                let chunks = std::mem::take(&mut pending);
                size = 0;
                file = blocking(move || {
                    chunks.iter().try_for_each(|chunk| file.write_all(chunk))?;
                    Ok(file)
                })
                .await
                .map_err(&failed)?;
            }
            if is_end {
                break;
            }
        }
        if arrived != length {
            return Err(Error::new(ErrorKind::Integrity, format!("the part ended after {arrived} of {length} bytes"))
                .with_retryable(true));
        }
        Ok(Done { part, crc64: sum.finalize() })
    }
}

/// Parts of two states of an object make no object.
fn changed_meanwhile(error: Error, target: &Target) -> Error {
    match error.kind() {
        ErrorKind::PreconditionFailed | ErrorKind::NotFound => {
            target.forget();
            Error::new(ErrorKind::Conflict, "the object was changed while it was downloaded")
                .with_source(error)
                .with_retryable(true)
                .with_advice("download it again")
        }
        _ => error,
    }
}

impl Target {
    /// Opens the partial file of the download, with the parts that an interrupted one left: those that a note of the same
    /// state of the same object speaks of, and that are still what they were.
    fn open(path: PathBuf, checkpoint: Option<Checkpoint>, head: &Head) -> io::Result<Self> {
        let Some(checkpoint) = checkpoint else {
            let file = new_file(folder_of(&path))?;
            file.as_file().set_len(head.size)?;
            return Ok(Self { path, note: None, partial: Partial::Temporary(file), done: BTreeMap::new() });
        };
        let what = format!("{}\n{}", head.element, head.object);
        let note = TransferNote::new(&checkpoint, &path, "download", &what);
        // Beside the target always, so that it can be moved there.
        let beside = TransferNote::new(&Checkpoint::Beside, &path, "part", &what);
        let partial = beside.path().to_owned();
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&partial)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
            TryLockError::Error(error) => error,
        })?;
        let mut done = BTreeMap::new();
        match note.read::<Head, Done>()? {
            Some((noted, parts)) if noted == *head && file.metadata()?.len() == head.size => {
                for Done { part, crc64 } in parts {
                    if part < head.size.div_ceil(head.part_size) && sum_of(&mut file, part, head)? == crc64 {
                        done.insert(part, crc64);
                    }
                }
            }
            _ => {
                note.remove()?;
                file.set_len(0)?;
                file.set_len(head.size)?;
                note.begin(head)?;
            }
        }
        Ok(Self { path, note: Some(note), partial: Partial::Kept { file, path: partial }, done })
    }

    async fn note(&mut self, done: Done) -> io::Result<()> {
        self.done.insert(done.part, done.crc64);
        match self.note.clone() {
            Some(note) => blocking(move || note.append(&done)).await,
            None => Ok(()),
        }
    }

    /// Makes the file what it should be, all at once.
    fn finish(self) -> io::Result<()> {
        self.partial.file().sync_all()?;
        match self.partial {
            Partial::Temporary(file) => drop(file.persist(&self.path).map_err(|error| error.error)?),
            Partial::Kept { file, path } => {
                fs::rename(&path, &self.path)?;
                drop(file);
            }
        }
        match self.note {
            Some(note) => note.remove(),
            None => Ok(()),
        }
    }

    /// Takes away what a later call cannot go on with. What stays is overwritten by it.
    fn forget(&self) {
        if let Some(note) = &self.note
            && note.remove().and_then(|()| fs::remove_file(self.partial.path())).is_err()
        {
            tracing::debug!(path = %self.partial.path().display(), "a partial download could not be taken away");
        }
    }
}

/// The checksum of a part as it lies in the file.
fn sum_of(file: &mut File, part: u64, head: &Head) -> io::Result<u64> {
    let offset = part * head.part_size;
    file.seek(SeekFrom::Start(offset))?;
    let mut rest = file.take(head.part_size.min(head.size - offset));
    let mut sum = Digest::new(CrcAlgorithm::Crc64Xz);
    let mut buffer = vec![0; 256 << 10];
    loop {
        match rest.read(&mut buffer)? {
            0 => return Ok(sum.finalize()),
            read => sum.update(&buffer[..read]),
        }
    }
}
