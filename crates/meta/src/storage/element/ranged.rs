//! Large objects to local files: parts read side by side, checked as a whole, and gone on with after a crash.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest};
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::StorageElement;
use super::files::cannot_write;
use super::partial::{Done, Head, Partial};
use crate::error::{Error, ErrorKind, Result};
use crate::storage::abilities::ParallelReads;
use crate::storage::blocking::blocking;
use crate::storage::options::{ByteRange, Checkpoint, Conditions, DownloadOptions};
use crate::storage::progress::{Meter, Progress};
use crate::storage::results::ObjectInfo;

/// How much of a part is gathered before the file is written to.
const WRITE_CHUNK: u64 = 1 << 20;
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
        let head = Head {
            element: self.full_name().to_string(),
            object: info.name.to_string(),
            version_id,
            etag: info.etag.clone(),
            size: info.size,
            crc64: info.crc64.map(|crc64| crc64.to_string()),
            part_size: plan.part_size.max(info.size.div_ceil(MOST_PARTS)),
        };
        let mut partial = open(path, plan.checkpoint.clone(), head).await.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => Error::new(ErrorKind::Conflict, "another download to this file is under way")
                .with_advice("wait for it, or download to another file"),
            _ => failed(error),
        })?;
        let meter = progress.map(|progress| Meter::new(progress, Some(info.size)));
        if let Some(meter) = &meter {
            meter.add(partial.bytes_done());
        }
        let parts = self.read_parts(&info, &mut partial, plan.parallel, meter.as_ref()).await;
        // Only what can be gone on with stays.
        let is_useless = parts.as_ref().map_or_else(|error| error.kind() == ErrorKind::Conflict, |()| true);
        // Many sums take a moment to be put together.
        let (partial, ours) = blocking(move || {
            let ours = partial.sum();
            Ok((partial, ours))
        })
        .await
        .map_err(&failed)?;
        let whole = parts.and_then(|()| {
            info.crc64.filter(|theirs| *theirs != ours).map_or(Ok(()), |theirs| Err(damaged(ours, theirs)))
        });
        if let Err(error) = whole {
            if is_useless {
                blocking(move || {
                    partial.forget();
                    Ok(())
                })
                .await
                .ok();
            }
            return Err(error);
        }
        blocking(move || partial.finish()).await.map_err(&failed)?;
        if let Some(meter) = &meter {
            meter.finish();
        }
        Ok(info)
    }

    /// Reads the parts that are missing, some at a time.
    async fn read_parts(
        &self,
        info: &ObjectInfo,
        partial: &mut Partial,
        parallel: usize,
        meter: Option<&Arc<Meter>>,
    ) -> Result<()> {
        let failed = cannot_write(partial.path());
        let version_id = partial.head().version_id.clone();
        let file = Arc::clone(partial.file());
        let missing = partial.missing();
        let reads = missing.into_iter().map(|(part, (offset, length))| {
            let options = DownloadOptions {
                range: Some(ByteRange::Span { offset, length }),
                conditions: Conditions { if_match: info.etag.clone(), ..Conditions::default() },
                version_id: version_id.clone(),
                ..DownloadOptions::default()
            };
            let place = Place { file: Arc::clone(&file), offset, length };
            let saved = self.save_part(info, options, place, meter.cloned());
            async move { Ok::<_, Error>(Done { part, crc64: saved.await? }) }
        });
        let mut parts = stream::iter(reads).buffer_unordered(parallel);
        while let Some(done) = parts.try_next().await.map_err(changed_meanwhile)? {
            partial.note(done).await.map_err(&failed)?;
        }
        Ok(())
    }

    /// Reads a part into its place in the file, and returns its checksum.
    async fn save_part(
        &self,
        info: &ObjectInfo,
        options: DownloadOptions,
        place: Place,
        meter: Option<Arc<Meter>>,
    ) -> Result<u64> {
        let Place { file, offset, length } = place;
        let mut download = self.storage().download(&info.name, options).await?;
        if download.span != (offset, length) || download.info.etag != info.etag {
            return Err(Error::new(ErrorKind::UnexpectedAnswer, "the part that came is not the one asked for"));
        }
        let mut sum = Digest::new(CrcAlgorithm::Crc64Xz);
        let (mut pending, mut size, mut arrived, mut written) = (Vec::new(), 0_u64, 0, offset);
        loop {
            let chunk = download.chunk().await?;
            let is_end = chunk.is_none();
            if let Some(chunk) = chunk {
                sum.update(&chunk);
                size += chunk.len() as u64;
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
                let (chunks, file, at) = (std::mem::take(&mut pending), Arc::clone(&file), written);
                written += std::mem::take(&mut size);
                let write = blocking(move || write_at(&file, &chunks, at));
                write.await.map_err(|error| Error::io("cannot write the partial file", error))?;
            }
            if is_end {
                break;
            }
        }
        if arrived != length {
            return Err(Error::new(ErrorKind::Integrity, format!("the part ended after {arrived} of {length} bytes"))
                .with_retryable(true));
        }
        Ok(sum.finalize())
    }
}

/// Where a part lies in the file.
struct Place {
    file: Arc<File>,
    offset: u64,
    length: u64,
}

async fn open(path: PathBuf, checkpoint: Option<Checkpoint>, head: Head) -> io::Result<Partial> {
    // Looking through what an earlier call left takes a while, and is of no use once nobody waits for it.
    let wanted = Arc::new(());
    let watch = Arc::downgrade(&wanted);
    let opened = blocking(move || Partial::open(path, checkpoint, head, &|| watch.strong_count() > 0)).await;
    drop(wanted);
    opened
}

/// Writes chunks one behind the other. Several parts do so at a time, so that the file's own position cannot be used; and
/// through one handle, since some systems let only that one write which holds the lock.
fn write_at(file: &File, chunks: &[Bytes], mut offset: u64) -> io::Result<()> {
    for chunk in chunks {
        #[cfg(not(windows))]
        std::os::unix::fs::FileExt::write_all_at(file, chunk, offset)?;
        #[cfg(windows)]
        {
            let mut written = 0;
            while written < chunk.len() {
                let at = offset + written as u64;
                match std::os::windows::fs::FileExt::seek_write(file, &chunk[written..], at)? {
                    0 => return Err(io::ErrorKind::WriteZero.into()),
                    more => written += more,
                }
            }
        }
        offset += chunk.len() as u64;
    }
    Ok(())
}

/// Parts of two states of an object make no object.
fn changed_meanwhile(error: Error) -> Error {
    match error.kind() {
        ErrorKind::PreconditionFailed | ErrorKind::NotFound => {
            Error::new(ErrorKind::Conflict, "the object was changed while it was downloaded")
                .with_source(error)
                .with_retryable(true)
                .with_advice("download it again")
        }
        _ => error,
    }
}

/// The error of parts that do not make the object.
fn damaged(ours: u64, theirs: u64) -> Error {
    Error::new(ErrorKind::Integrity, format!("what arrived is not what is stored: CRC-64 {ours}, not {theirs}"))
        .with_retryable(true)
        .with_advice("download it again")
}
