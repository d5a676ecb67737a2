//! Reading small files with one buffer.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use meta::{Error, ErrorKind};

/// Declarations and business files are written by hand; what is larger than this is something else.
const LARGEST: usize = 16 << 20;

/// A buffer that is used for one file after the other.
#[derive(Debug)]
pub(crate) struct FileBuffer(Vec<u8>);

impl FileBuffer {
    /// A buffer that holds most files without growing.
    pub(crate) fn new() -> Self {
        Self(vec![0; 1024])
    }

    /// Reads a file from its beginning to its end, once it is known to be one: a pipe would be waited for without end.
    pub(crate) fn read(&mut self, path: &Path) -> io::Result<&[u8]> {
        match fs::metadata(path)?.file_type() {
            kind if kind.is_file() => self.read_file(path),
            kind if kind.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            _ => Err(io::Error::other(
                Error::new(ErrorKind::Io, "it is a device, pipe or socket")
                    .with_advice("put an ordinary file in its place, or remove it"),
            )),
        }
    }

    /// Reads what was listed as a file, without asking for anything first.
    pub(crate) fn read_file(&mut self, path: &Path) -> io::Result<&[u8]> {
        let mut file = File::open(path)?;
        let mut filled = 0;
        loop {
            match file.read(&mut self.0[filled..]) {
                Ok(0) => return Ok(&self.0[..filled]),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if filled == self.0.len() {
                if filled >= LARGEST {
                    return Err(io::Error::other(format!("the file is larger than {} MiB", LARGEST >> 20)));
                }
                self.0.resize(filled * 4, 0);
            }
        }
    }

    /// What the last read brought, given its length.
    pub(crate) fn content(&self, length: usize) -> &[u8] {
        &self.0[..length]
    }
}

/// Whether a path leads to no file: it is not there, or something on the way is no folder.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_every_size_are_read_whole_and_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut buffer = FileBuffer::new();
        for size in [0, 1, 1023, 1024, 1025, 4095, 4096, 4097, 70_000, 3] {
            let content: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let path = folder.path().join("file");
            std::fs::write(&path, &content).unwrap();
            assert!(buffer.read(&path).unwrap() == content, "{size} bytes");
        }
    }

    #[test]
    fn a_file_beyond_reason_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        File::create(&path).unwrap().set_len(LARGEST as u64 + 1).unwrap();
        let error = FileBuffer::new().read(&path).unwrap_err();
        assert!(error.to_string().contains("larger than 16 MiB"), "{error}");
    }
}
