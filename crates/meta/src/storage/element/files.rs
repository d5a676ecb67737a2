//! Local files: where downloads go, and the element's own.

use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::StorageElement;
use super::ranged::Plan;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::storage::blocking::blocking;
use crate::storage::checkpoint::temporary_file;
use crate::storage::options::{DownloadOptions, FileDownloadOptions};
use crate::storage::progress::Meter;
use crate::storage::results::{Download, ObjectInfo};

/// How much is gathered before the file is written to.
const WRITE_CHUNK: usize = 1 << 20;

impl StorageElement {
    /// Downloads an object to a local file. The file appears, or is replaced, only when all bytes are there, checked
    /// and synced. Large objects are read in parts side by side where the Type says how.
    ///
    /// # Errors
    /// As [`download`](Self::download), and those of the local file.
    pub async fn download_to_file(&self, name: &str, path: impl Into<PathBuf>) -> Result<ObjectInfo> {
        self.download_to_file_with(name, path, FileDownloadOptions::default()).await
    }

    /// Downloads as [`download_to_file`](Self::download_to_file), with options: of a version, on conditions, in parts of
    /// another size, with a checkpoint from which the next call goes on after a crash, telling its progress.
    ///
    /// # Errors
    /// As [`download_to_file`](Self::download_to_file), and [`ErrorKind::PreconditionFailed`] or
    /// [`ErrorKind::NotModified`] where a condition does not hold.
    pub async fn download_to_file_with(
        &self,
        name: &str,
        path: impl Into<PathBuf>,
        options: FileDownloadOptions,
    ) -> Result<ObjectInfo> {
        let path = path.into();
        self.run(Operation::Download, name, async {
            let FileDownloadOptions { conditions, version_id, part_size, parallel, checkpoint, progress } = options;
            let read = DownloadOptions { conditions, version_id: version_id.clone(), ..DownloadOptions::default() };
            let plan = Plan::new(self.abilities().parallel_reads, part_size, parallel, checkpoint)?;
            // Asked for as a whole first: small objects need no second request, and large ones are known from its head.
            let download = self.open_download(name, read).await?;
            match plan.filter(|plan| plan.fits(&download.info)) {
                Some(plan) => {
                    let info = download.info.clone();
                    drop(download);
                    self.download_in_parts(info, version_id, path, plan, progress).await
                }
                None => {
                    let meter = progress.map(|progress| Meter::new(progress, Some(download.span.1)));
                    save(download, path, meter).await
                }
            }
        })
        .await
    }

    /// Reads a file of the element's own folder, such as its business file. `filename` is a relative path within it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for a path that leaves the folder, [`ErrorKind::Io`] where it cannot be read.
    pub fn get_file(&self, filename: &str) -> Result<Vec<u8>> {
        let read = || {
            let relative = Path::new(filename);
            if filename.is_empty() || relative.components().any(|part| !matches!(part, Component::Normal(_))) {
                return Err(Error::new(ErrorKind::InvalidInput, "the path leaves the element's folder")
                    .with_advice("give a relative path without `..`"));
            }
            fs::read(self.0.folder.join(relative)).map_err(|error| Error::io("cannot read the element's file", error))
        };
        read().map_err(|error| self.in_context(error, Operation::GetFile, Some(filename)))
    }
}

async fn save(mut download: Download, path: PathBuf, meter: Option<Arc<Meter>>) -> Result<ObjectInfo> {
    let failed = cannot_write(&path);
    let target = path.clone();
    let mut file = blocking(move || {
        // Known now rather than when all has arrived.
        match fs::metadata(&target).is_ok_and(|found| found.is_dir()) {
            true => Err(io::ErrorKind::IsADirectory.into()),
            false => new_file(folder_of(&target)),
        }
    })
    .await
    .map_err(&failed)?;
    let mut pending = Vec::new();
    let mut size = 0;
    while let Some(chunk) = download.chunk().await? {
        size += chunk.len();
        if let Some(meter) = &meter {
            meter.add(chunk.len() as u64);
        }
        pending.push(chunk);
        if size >= WRITE_CHUNK {
            let chunks = std::mem::take(&mut pending);
            size = 0;
            file = blocking(move || {
                chunks.iter().try_for_each(|chunk| file.write_all(chunk))?;
                Ok(file)
            })
            .await
            .map_err(&failed)?;
        }
    }
    if let Some(meter) = &meter {
        // Also of an object without bytes somebody is told at the end.
        meter.add(0);
    }
    blocking(move || {
        pending.iter().try_for_each(|chunk| file.write_all(chunk))?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    })
    .await
    .map_err(&failed)?;
    Ok(download.info)
}

/// The error of a local file that is being written.
pub(super) fn cannot_write(path: &Path) -> impl Fn(io::Error) -> Error + Clone + Send + Sync + 'static {
    let shown = path.display().to_string();
    move |error| Error::io(format!("cannot write the file `{shown}`"), error)
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A temporary file beside the target, with the permissions of an ordinary one.
pub(super) fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "only Unix has them"))]
    let mut builder = temporary_file();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
