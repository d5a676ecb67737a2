//! An object that is being read.

use std::fmt;
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{Stream, StreamExt};

use super::info::ObjectInfo;
use crate::error::Result;

/// A stream of an object's bytes. An error ends it; what came before is not the whole object.
pub type DownloadStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// An object that is being read.
///
/// The bytes are complete and correct only when the stream has ended without an error: Types verify length and
/// checksum at its end. [`bytes`](Download::bytes) and the element's `download_to_file` take care of that.
#[non_exhaustive]
pub struct Download {
    /// What is known about the object (the whole of it, also where a part is read).
    pub info: ObjectInfo,
    /// The part that is read: its offset and length in bytes.
    pub span: (u64, u64),
    stream: DownloadStream,
}

impl Download {
    /// An object whose whole content the stream brings.
    pub fn new<S>(info: ObjectInfo, stream: S) -> Self
    where
        S: Stream<Item = Result<Bytes>> + Send + 'static,
    {
        let span = (0, info.size);
        Self { info, span, stream: Box::pin(stream) }
    }

    /// An object, or a part of it, that is in memory already.
    pub fn from_bytes(info: ObjectInfo, bytes: Bytes) -> Self {
        Self::new(info, futures_util::stream::iter((!bytes.is_empty()).then_some(Ok(bytes))))
    }

    /// The stream brings `length` bytes from `offset`.
    #[must_use]
    pub fn with_span(mut self, offset: u64, length: u64) -> Self {
        self.span = (offset, length);
        self
    }

    /// Changes the stream, for Types that transform what their base reads.
    #[must_use]
    pub fn map_stream<S>(mut self, change: impl FnOnce(DownloadStream) -> S) -> Self
    where
        S: Stream<Item = Result<Bytes>> + Send + 'static,
    {
        self.stream = Box::pin(change(self.stream));
        self
    }

    /// The stream of bytes.
    pub fn into_stream(self) -> DownloadStream {
        self.stream
    }

    /// The next bytes; `None` at the verified end.
    ///
    /// # Errors
    /// What broke the transfer, or that a checksum differs.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.stream.next().await.transpose()
    }

    /// Gathers what is left in memory. For objects that are large or of unknown size read the stream instead.
    ///
    /// # Errors
    /// What broke the transfer, or that a checksum differs.
    pub async fn bytes(mut self) -> Result<Bytes> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        // The announced size sizes the buffer, but only up to a bound: it comes from outside.
        const TRUSTED: u64 = 64 << 20;
        let mut gathered = BytesMut::with_capacity(usize::try_from(self.span.1.min(TRUSTED)).unwrap_or(0));
        gathered.extend_from_slice(&first);
        gathered.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await? {
            gathered.extend_from_slice(&chunk);
        }
        Ok(gathered.freeze())
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("info", &self.info).field("span", &self.span).finish_non_exhaustive()
    }
}
