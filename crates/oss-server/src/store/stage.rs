//! Receiving a content: hashed as it arrives, small ones in memory, others in a file that nobody sees yet.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use md5::{Digest as _, Md5};
use oss_protocol::crc64::Crc64;
use tokio::task::JoinHandle;

use super::blobs::{Blobs, StagedFile};
use super::room::Room;
use super::{CHUNK, INLINE_LIMIT};
use crate::body::Pieces;
use crate::failure::Failure;

/// A content that no record names yet.
pub(crate) enum StagedContent {
    Empty,
    Inline(Bytes),
    File(StagedFile),
    Segments(Vec<StagedSegment>),
}

pub(crate) struct StagedSegment {
    pub(crate) content: StagedContent,
    pub(crate) len: u64,
}

/// A received content with its checksums.
pub(crate) struct Staged {
    pub(crate) content: StagedContent,
    pub(crate) sums: Sums,
}

/// What became of the bytes of a content.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sums {
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    /// Of the whole content: an append goes on from what was there.
    pub(crate) crc64: u64,
}

impl Sums {
    /// The MD5 in upper-case hexadecimal, the ETag of a simple object.
    pub(crate) fn etag(&self) -> String {
        upper_hex(&self.md5)
    }
}

pub(crate) fn upper_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02X}");
        out
    })
}

struct Hashes {
    size: u64,
    md5: Md5,
    crc64: Crc64,
}

impl Hashes {
    fn resume(crc64: u64) -> Self {
        Self { size: 0, md5: Md5::new(), crc64: Crc64::resume(crc64) }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.md5.update(bytes);
        self.crc64.update(bytes);
    }

    fn finish(self) -> Sums {
        Sums { size: self.size, md5: self.md5.finalize().into(), crc64: self.crc64.finish() }
    }
}

/// Receives a body into a new content.
pub(super) async fn receive(blobs: &Arc<Blobs>, room: &Room, mut body: impl Pieces) -> Result<Staged, Failure> {
    let mut head = BytesMut::new();
    while head.len() <= INLINE_LIMIT {
        let Some(frame) = body.next().await? else {
            let mut hashes = Hashes::resume(0);
            hashes.update(&head);
            let content = if head.is_empty() { StagedContent::Empty } else { StagedContent::Inline(head.freeze()) };
            return Ok(Staged { content, sums: hashes.finish() });
        };
        head.extend_from_slice(&frame);
    }
    let creator = Arc::clone(blobs);
    let (staged, file) = tokio::task::spawn_blocking(move || creator.create()).await??;
    let sink = Sink { file, hashes: Box::new(Hashes::resume(0)) };
    let sink = drain(sink, room, vec![head.freeze()], body).await?;
    let syncer = Arc::clone(blobs);
    let id = staged.id();
    tokio::task::spawn_blocking(move || syncer.sync(&sink.file, id).map(|()| sink.hashes.finish()))
        .await?
        .map(|sums| Staged { content: StagedContent::File(staged), sums })
        .map_err(Failure::from)
}

/// Receives a body into a file from `position` on, over whatever an append that never committed left there. Readers see
/// nothing of it until the record says how long the object is.
pub(super) async fn append(
    blobs: &Arc<Blobs>,
    room: &Room,
    id: u64,
    (position, crc64): (u64, u64),
    body: impl Pieces,
) -> Result<Sums, Failure> {
    let opener = Arc::clone(blobs);
    let file = tokio::task::spawn_blocking(move || -> io::Result<File> {
        let mut file = opener.open_for_append(id)?;
        file.set_len(position)?;
        file.seek(SeekFrom::Start(position))?;
        Ok(file)
    })
    .await??;
    let sink = drain(Sink { file, hashes: Box::new(Hashes::resume(crc64)) }, room, Vec::new(), body).await?;
    let syncer = Arc::clone(blobs);
    tokio::task::spawn_blocking(move || syncer.sync_file(&sink.file).map(|()| sink.hashes.finish()))
        .await?
        .map_err(Failure::from)
}

/// Copies a stretch of a reader into a new content.
pub(super) fn receive_from(blobs: &Arc<Blobs>, mut reader: impl io::Read, len: u64) -> io::Result<Staged> {
    let mut hashes = Hashes::resume(0);
    let mut buffer = Vec::with_capacity(CHUNK);
    if len <= INLINE_LIMIT as u64 {
        reader.take(len).read_to_end(&mut buffer)?;
        hashes.update(&buffer);
        let content = if buffer.is_empty() { StagedContent::Empty } else { StagedContent::Inline(buffer.into()) };
        return Ok(Staged { content, sums: hashes.finish() });
    }
    let (staged, mut file) = blobs.create()?;
    let mut rest = len;
    while rest > 0 {
        buffer.clear();
        let read = (&mut reader).take(rest.min(CHUNK as u64)).read_to_end(&mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hashes.update(&buffer);
        file.write_all(&buffer)?;
        rest -= read as u64;
    }
    blobs.sync(&file, staged.id())?;
    Ok(Staged { content: StagedContent::File(staged), sums: hashes.finish() })
}

/// Hashes a content to its end.
pub(super) fn md5(mut reader: impl io::Read) -> io::Result<[u8; 16]> {
    let mut md5 = Md5::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(md5.finalize().into()),
            read => md5.update(&buffer[..read]),
        }
    }
}

struct Sink {
    file: File,
    /// Boxed: the sink moves to another thread and back for each piece.
    hashes: Box<Hashes>,
}

impl Sink {
    fn take(mut self, pieces: &[Bytes]) -> io::Result<Self> {
        for piece in pieces {
            self.hashes.update(piece);
            self.file.write_all(piece)?;
        }
        Ok(self)
    }
}

/// Where the sink is: here, or with the thread that feeds it.
enum Place {
    Here(Sink),
    Away(JoinHandle<io::Result<Sink>>),
}

impl Place {
    async fn sink(self) -> Result<Sink, Failure> {
        match self {
            Self::Here(sink) => Ok(sink),
            Self::Away(task) => Ok(task.await??),
        }
    }

    /// Fails, once nothing is written any more: who comes next may write to the same place of the same file.
    async fn leave<T>(self, failure: Failure) -> Result<T, Failure> {
        if let Err(also) = self.sink().await {
            tracing::debug!(cause = also.cause().map(ToString::to_string), "what was received could not be written");
        }
        Err(failure)
    }
}

/// Moves a body into a sink in big pieces: while one piece is hashed and written, the next one is received.
async fn drain(sink: Sink, room: &Room, mut pieces: Vec<Bytes>, mut body: impl Pieces) -> Result<Sink, Failure> {
    let mut place = Place::Here(sink);
    let mut gathered: usize = pieces.iter().map(Bytes::len).sum();
    loop {
        let frame = match body.next().await {
            Ok(frame) => frame,
            Err(failure) => return place.leave(failure).await,
        };
        let done = frame.is_none();
        if let Some(frame) = frame {
            gathered += frame.len();
            pieces.push(frame);
        }
        if done || gathered >= CHUNK {
            if let Err(failure) = room.require(gathered as u64) {
                return place.leave(failure).await;
            }
            let sink = place.sink().await?;
            let full = std::mem::take(&mut pieces);
            gathered = 0;
            place = Place::Away(tokio::task::spawn_blocking(move || sink.take(&full)));
        }
        if done {
            return place.sink().await;
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::collections::VecDeque;
    use std::future::poll_fn;
    use std::os::fd::OwnedFd;
    use std::pin::pin;
    use std::task::Poll;

    use oss_protocol::code::Code;

    use super::*;

    /// A body that breaks off behind its pieces.
    struct Broken(VecDeque<Bytes>);

    impl Pieces for Broken {
        async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
            self.0.pop_front().map(Some).ok_or_else(|| Failure::new(Code::RequestTimeout))
        }
    }

    #[tokio::test]
    async fn nothing_is_written_any_more_once_receiving_has_failed() {
        let (mut reader, writer) = io::pipe().unwrap();
        let sink = Sink { file: OwnedFd::from(writer).into(), hashes: Box::new(Hashes::resume(0)) };
        let room = Room::new(std::env::temp_dir());
        let body = Broken([Bytes::from(vec![1; CHUNK])].into());
        let mut drained = pin!(drain(sink, &room, Vec::new(), body));
        // Nobody reads from the pipe yet, which holds less than that: the piece cannot be written, though the body is over.
        let first = poll_fn(|context| Poll::Ready(drained.as_mut().poll(context))).await;
        assert!(first.is_pending(), "a thread still writes");
        let read = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map(|_| bytes)
        });
        assert_eq!(drained.await.err().map(|failure| failure.code()), Some(Code::RequestTimeout));
        assert_eq!(read.join().unwrap().unwrap().len(), CHUNK);
    }
}
