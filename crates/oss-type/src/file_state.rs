//! Which state of a local file is being uploaded.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use meta::{Error, Result};
use oss_protocol::crc64::Crc64;

use crate::large_upload::file_changed;

/// A file as it was when its upload began: what of it is sent must all be of that state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileState {
    path: PathBuf,
    size: u64,
    modified: Option<SystemTime>,
}

impl FileState {
    /// The file as it is now.
    pub(crate) async fn of(path: PathBuf) -> Result<Self> {
        // The body says what is no file, in its own words.
        let size = meta::Body::file(&path).length().await?.unwrap_or_default();
        let shown = path.display().to_string();
        let asked = path.clone();
        let metadata = on_blocking(move || std::fs::metadata(asked))
            .await
            .map_err(|error| Error::io(format!("cannot open the file `{shown}`"), error))?;
        Ok(Self { path, size, modified: metadata.modified().ok() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// When it was last written, in nanoseconds since 1970, as text.
    pub(crate) fn modified(&self) -> String {
        let since = self.modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.map(|since| since.as_nanos().to_string()).unwrap_or_default()
    }

    /// Refuses to go on where the file has changed since.
    pub(crate) async fn check(&self) -> Result<()> {
        if Self::of(self.path.clone()).await? == *self { Ok(()) } else { Err(file_changed(&self.path)) }
    }

    /// CRC-64 of a part of the file.
    pub(crate) async fn crc64(&self, offset: u64, length: u64) -> Result<u64> {
        let path = self.path.clone();
        let sum = on_blocking(move || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            let mut part = file.take(length);
            let mut sum = Crc64::new();
            let mut buffer = vec![0; 256 * 1024];
            loop {
                match part.read(&mut buffer)? {
                    0 => return Ok(sum.finish()),
                    read => sum.update(&buffer[..read]),
                }
            }
        });
        sum.await.map_err(|error| Error::io(format!("cannot read the file `{}`", self.path.display()), error))
    }
}

/// Runs file work on Tokio's blocking threads.
pub(crate) async fn on_blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}
