//! Local files: where downloads go, and the element's own.

use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use super::StorageElement;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::storage::blocking::blocking;
use crate::storage::options::DownloadOptions;
use crate::storage::results::{Download, ObjectInfo};

/// How much is gathered before the file is written to.
const WRITE_CHUNK: usize = 1 << 20;

impl StorageElement {
    /// Downloads an object to a local file. The file appears, or is replaced, only when all bytes are there, checked
    /// and synced.
    ///
    /// # Errors
    /// As [`download`](Self::download), and those of the local file.
    pub async fn download_to_file(&self, name: &str, path: impl Into<PathBuf>) -> Result<ObjectInfo> {
        let path = path.into();
        self.run(Operation::Download, name, async {
            let download = self.open_download(name, DownloadOptions::default()).await?;
            save(download, path).await
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

async fn save(mut download: Download, path: PathBuf) -> Result<ObjectInfo> {
    let failed = {
        let shown = path.display().to_string();
        move |error| Error::io(format!("cannot write the file `{shown}`"), error)
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut file = blocking(move || new_file(&folder)).await.map_err(&failed)?;
    let mut pending = Vec::new();
    let mut size = 0;
    while let Some(chunk) = download.chunk().await? {
        size += chunk.len();
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

/// A temporary file beside the target, with the permissions of an ordinary one.
fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".download-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
