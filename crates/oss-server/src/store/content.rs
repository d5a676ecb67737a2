//! Reading a content: a stretch of bytes across its segments, in bounded memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use super::CHUNK;
use super::blobs::{Blobs, LeaseGuard, StagedFile};
use super::stage::{StagedContent, StagedSegment};
use crate::body::Body;
use crate::failure::Failure;

/// A content that stays readable while this lives, even if its object is overwritten or deleted.
pub(crate) struct ContentReader {
    pub(super) blobs: Arc<Blobs>,
    pub(super) segments: Vec<Opened>,
    pub(super) _lease: LeaseGuard,
}

/// A segment, with its bytes at hand or in a file.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) source: Source,
    pub(super) len: u64,
}

impl Opened {
    /// The file, if the segment is one.
    pub(super) fn file(&self) -> Option<u64> {
        match self.source {
            Source::File(id) => Some(id),
            Source::Bytes(_) => None,
        }
    }
}

#[derive(Clone)]
pub(super) enum Source {
    Bytes(Bytes),
    File(u64),
}

impl ContentReader {
    /// The bytes of a range, which must lie within the content, as the body of an answer.
    pub(crate) async fn body(self, range: Range<u64>) -> Result<Body, Failure> {
        let len = range.end - range.start;
        let mut cursor = Cursor::new(self, range);
        if len <= CHUNK as u64 {
            if let Some(bytes) = cursor.at_hand() {
                return Ok(Body::full(bytes));
            }
            let bytes = tokio::task::spawn_blocking(move || {
                let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(CHUNK));
                cursor.read_to_end(&mut bytes).map(|_| bytes)
            });
            return Ok(Body::full(bytes.await??.into()));
        }
        let (pieces, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut buffers = Buffers::default();
            loop {
                let step = tokio::task::spawn_blocking(move || {
                    let piece = buffers.fill(&mut cursor);
                    (cursor, buffers, piece)
                });
                let Ok((cursor_back, buffers_back, piece)) = step.await else { return };
                (cursor, buffers) = (cursor_back, buffers_back);
                let last = piece.as_ref().map_or(true, Bytes::is_empty);
                if last && piece.is_ok() {
                    return;
                }
                // The receiver is gone when the client is.
                if pieces.send(piece).await.is_err() || last {
                    return;
                }
            }
        });
        Ok(Body::stream(receiver, len))
    }

    /// The bytes of a range, to be read on a thread that may block.
    pub(crate) fn reader(self, range: Range<u64>) -> impl io::Read + Send + use<> {
        Cursor::new(self, range)
    }

    /// The same bytes as a content of its own, without copying files.
    pub(crate) fn duplicate(&self) -> io::Result<StagedContent> {
        let mut segments = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            let content = match &segment.source {
                Source::Bytes(bytes) => StagedContent::Inline(bytes.clone()),
                Source::File(id) => StagedContent::File(self.link(*id)?),
            };
            segments.push(StagedSegment { content, len: segment.len });
        }
        Ok(match segments.len() {
            0 => StagedContent::Empty,
            1 => segments.remove(0).content,
            _ => StagedContent::Segments(segments),
        })
    }

    fn link(&self, id: u64) -> io::Result<StagedFile> {
        self.blobs.link(id)
    }
}

/// Buffers of a stream, used again once their bytes are sent: fresh ones would have to be cleared each time.
#[derive(Default)]
struct Buffers {
    lent: VecDeque<Bytes>,
}

impl Buffers {
    /// The next piece of a content; an empty one at its end.
    fn fill(&mut self, cursor: &mut Cursor) -> io::Result<Bytes> {
        let returned = self.lent.front().is_some_and(Bytes::is_unique);
        let returned = if returned { self.lent.pop_front().and_then(|bytes| bytes.try_into_mut().ok()) } else { None };
        let mut buffer = returned.unwrap_or_else(|| BytesMut::zeroed(CHUNK));
        let mut filled = 0;
        while filled < buffer.len() {
            match cursor.read(&mut buffer[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        // A piece is short only at the end.
        buffer.truncate(filled);
        let piece = buffer.freeze();
        self.lent.push_back(piece.clone());
        Ok(piece)
    }
}

/// A position in a content.
struct Cursor {
    content: ContentReader,
    segment: usize,
    /// Offset within the segment.
    offset: u64,
    remaining: u64,
    file: Option<File>,
}

impl Cursor {
    fn new(content: ContentReader, range: Range<u64>) -> Self {
        let (mut segment, mut offset) = (0, range.start);
        while let Some(opened) = content.segments.get(segment)
            && offset >= opened.len
        {
            offset -= opened.len;
            segment += 1;
        }
        Self { content, segment, offset, remaining: range.end - range.start, file: None }
    }

    /// The whole rest, if it is in memory already.
    fn at_hand(&self) -> Option<Bytes> {
        if self.remaining == 0 {
            return Some(Bytes::new());
        }
        let Opened { source: Source::Bytes(bytes), len } = self.content.segments.get(self.segment)? else {
            return None;
        };
        (self.offset + self.remaining <= *len).then_some(())?;
        let start = usize::try_from(self.offset).ok()?;
        let end = usize::try_from(self.offset + self.remaining).ok()?;
        (end <= bytes.len()).then(|| bytes.slice(start..end))
    }
}

impl io::Read for Cursor {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.remaining > 0 {
            let Some(opened) = self.content.segments.get(self.segment) else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            let left = opened.len - self.offset;
            if left == 0 {
                self.segment += 1;
                self.offset = 0;
                self.file = None;
                continue;
            }
            let want = left.min(self.remaining).min(out.len() as u64);
            let want = usize::try_from(want).unwrap_or(out.len());
            let read = match &opened.source {
                Source::Bytes(bytes) => {
                    let rest = usize::try_from(self.offset).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
                    let take = want.min(rest.len());
                    out[..take].copy_from_slice(&rest[..take]);
                    take
                }
                Source::File(id) => {
                    let file = match &mut self.file {
                        Some(file) => file,
                        None => {
                            let mut file = self.content.blobs.open(*id)?;
                            file.seek(SeekFrom::Start(self.offset))?;
                            self.file.insert(file)
                        }
                    };
                    file.read(&mut out[..want])?
                }
            };
            // A file shorter than its record says was damaged from outside.
            if read == 0 && want > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.offset += read as u64;
            self.remaining -= read as u64;
            return Ok(read);
        }
        Ok(0)
    }
}
