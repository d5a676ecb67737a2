//! Reading an object as a stream, from one file that stays the same whatever is written meanwhile.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest};
use futures_util::stream;
use meta::{ByteRange, Download, DownloadOptions, Error, ErrorKind, Result};

use crate::blocking::blocking;
use crate::root::Stored;

/// How much is read at a time, in bytes.
const READ_CHUNK: u64 = 256 * 1024;

/// Starts reading: checks the conditions and reads the first chunk. Blocks; the stream that it returns does not.
pub(crate) fn download(stored: Stored, options: &DownloadOptions) -> Result<Download> {
    let Stored { info, file } = stored;
    options.conditions.check(&info)?;
    let (offset, length) = match options.range {
        Some(range) => range.within(info.size).ok_or_else(|| outside(range, info.size))?,
        None => (0, info.size),
    };
    // A checksum tells of the whole only.
    let expected = info.crc64.filter(|_| length == info.size);
    let mut reading = Reading { file, left: length, digest: Digest::new(CrcAlgorithm::Crc64Xz), expected };
    if offset > 0 {
        reading.file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
    }
    let first = reading.next()?;
    let chunks = stream::try_unfold((first, reading), |(first, mut reading)| async move {
        if let Some(first) = first {
            return Ok(Some((first, (None, reading))));
        }
        if reading.left == 0 {
            return Ok(None);
        }
        let (chunk, reading) = blocking(move || Ok((reading.next()?, reading))).await?;
        Ok(chunk.map(|chunk| (chunk, (None, reading))))
    });
    Ok(Download::new(info, chunks).with_span(offset, length))
}

struct Reading {
    file: File,
    left: u64,
    digest: Digest,
    expected: Option<u64>,
}

impl Reading {
    /// The next chunk. The last one comes only when all of them are what was stored.
    fn next(&mut self) -> Result<Option<Bytes>> {
        if self.left == 0 {
            return self.verify().map(|()| None);
        }
        let size = self.left.min(READ_CHUNK);
        let mut chunk = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        (&self.file).take(size).read_to_end(&mut chunk).map_err(unreadable)?;
        if (chunk.len() as u64) < size {
            return Err(Error::new(ErrorKind::Integrity, "the file became shorter while it was read"));
        }
        self.left -= size;
        if self.expected.is_some() {
            self.digest.update(&chunk);
        }
        if self.left == 0 {
            self.verify()?;
        }
        Ok(Some(chunk.into()))
    }

    fn verify(&self) -> Result<()> {
        let Some(expected) = self.expected else { return Ok(()) };
        let actual = self.digest.finalize();
        if actual == expected {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Integrity,
            format!("the file's CRC-64 is {actual:016X}, and {expected:016X} was stored with it"),
        )
        .with_advice("the file was damaged or changed by other hands: upload the object again"))
    }
}

fn outside(range: ByteRange, size: u64) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the range `{range}` holds no byte of the object, which has {size}"))
}

fn unreadable(error: std::io::Error) -> Error {
    Error::io("cannot read the file", error)
}
