//! Files that hold secrets: read whole, off the async threads, up to a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use meta::{Error, ErrorKind, Result};

/// Reads a file of up to `limit` bytes.
pub(super) async fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let owned = path.to_owned();
    let read = tokio::task::spawn_blocking(move || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(owned)?.take(limit + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let bytes = read
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)))
        .map_err(|error| Error::io(format!("reading `{}` failed", path.display()), error))?;
    if bytes.len() as u64 > limit {
        let message = format!("`{}` is longer than {limit} bytes", path.display());
        return Err(Error::new(ErrorKind::Config, message));
    }
    Ok(bytes)
}
