//! Answers that are compressed on their way, as OSS does with texts for clients that ask for it.

use std::io::{self, Write as _};
use std::mem;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Source;

/// A source of which the compressed form is passed on.
pub(super) struct Gzip {
    source: Source,
    /// Bytes of the source to come.
    left: u64,
    /// Taken at the end.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Gzip {
    pub(super) fn new(source: Source, left: u64) -> Self {
        Self { source, left, encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())) }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        while let Some(encoder) = &mut self.encoder {
            if self.left == 0 {
                let end = self.encoder.take().map(|encoder| encoder.finish().map(Bytes::from));
                return Poll::Ready(end);
            }
            let piece = match ready!(self.source.poll(cx)) {
                Some(Ok(piece)) => piece,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
            };
            self.left = self.left.saturating_sub(piece.len() as u64);
            if let Err(error) = encoder.write_all(&piece) {
                return Poll::Ready(Some(Err(error)));
            }
            if !encoder.get_ref().is_empty() {
                return Poll::Ready(Some(Ok(mem::take(encoder.get_mut()).into())));
            }
        }
        Poll::Ready(None)
    }
}
