//! Bodies: of requests, checked against what their headers announce; of answers, in memory or streamed.

mod gzip;

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use std::{fmt, io};

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use md5::{Digest as _, Md5};
use oss_protocol::code::Code;
use tokio::sync::mpsc;
use tokio::time::Sleep;

use self::gzip::Gzip;
use crate::failure::Failure;
use crate::pace::{PIECE, Pace};

/// The body of a request, in pieces, with a limit on its length and on the wait for each piece.
///
/// Dropped before its end, it reads on for a while: a client that is still sending gets to see the answer instead of a
/// broken connection.
pub(crate) struct RequestBody {
    /// Taken when the rest is read to no purpose.
    incoming: Option<Incoming>,
    received: u64,
    /// From `Content-Length`; chunked bodies have none.
    announced: Option<u64>,
    limit: u64,
    patience: Duration,
    /// Of a body in a hurry: how long it may still keep us waiting.
    left: Option<Duration>,
    /// The client waits for our word before it sends: reading would give it.
    expects_word: bool,
    pace: Option<Pace>,
}

/// What each byte of a body in a hurry adds to our patience: a KiB takes a second at most.
const PATIENCE_PER_BYTE: Duration = Duration::from_millis(1);
/// How long, and how much, to read to no purpose.
const DRAIN_PATIENCE: Duration = Duration::from_secs(2);
const DRAIN_LIMIT: u64 = 8 * 1024 * 1024;

/// A content that arrives in pieces.
pub(crate) trait Pieces: Send {
    /// The next piece; `None` at the end of a whole content.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Failure>> + Send;
}

impl Pieces for RequestBody {
    async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        Self::next(self).await
    }
}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, headers: &HeaderMap, patience: Duration) -> Self {
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let expects_word = headers.contains_key(EXPECT);
        Self {
            incoming: Some(incoming),
            received: 0,
            announced,
            limit: u64::MAX,
            patience,
            left: None,
            expects_word,
            pace: None,
        }
    }

    /// Sets the limit; a body announced longer is refused at once.
    pub(crate) fn limited(mut self, limit: u64) -> Result<Self, Failure> {
        self.limit = limit;
        if self.announced.is_some_and(|announced| announced > limit) {
            return Err(Failure::new(Code::EntityTooLarge).detail("MaxSizeAllowed", limit.to_string()));
        }
        Ok(self)
    }

    /// Takes the body in at this many bits per second.
    pub(crate) fn paced(mut self, bits_per_second: Option<u64>) -> Self {
        self.set_pace(bits_per_second);
        self
    }

    /// Takes the rest of the body in at this many bits per second.
    pub(crate) fn set_pace(&mut self, bits_per_second: Option<u64>) {
        self.pace = bits_per_second.map(Pace::new);
    }

    /// Expects the next bytes at a least rate, and not just something now and then: for those who have not shown yet that
    /// they may send at all.
    pub(crate) fn hurry(&mut self) {
        self.left.get_or_insert(self.patience);
    }

    /// Leaves the client the time it takes, as long as something comes.
    pub(crate) fn relax(&mut self) {
        self.left = None;
    }

    /// The next piece; `None` at the end of a whole body.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        let piece = self.receive().await?;
        if let (Some(pace), Some(piece)) = (&mut self.pace, &piece) {
            tokio::time::sleep(pace.pass(piece.len())).await;
        }
        Ok(piece)
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, Failure> {
        self.expects_word = false;
        loop {
            let Some(incoming) = &mut self.incoming else {
                return Ok(None);
            };
            let asked = Instant::now();
            let frame = tokio::time::timeout(self.left.unwrap_or(self.patience), incoming.frame());
            let frame = frame.await.map_err(|_| Failure::new(Code::RequestTimeout))?;
            let Some(frame) = frame else {
                self.incoming = None;
                return match self.announced {
                    Some(announced) if announced != self.received => Err(Failure::new(Code::IncompleteBody)),
                    _ => Ok(None),
                };
            };
            let Ok(frame) = frame else {
                self.incoming = None;
                return Err(Failure::new(Code::IncompleteBody));
            };
            let Ok(piece) = frame.into_data() else { continue };
            self.received += piece.len() as u64;
            if self.received > self.limit {
                return Err(Failure::new(Code::EntityTooLarge).detail("MaxSizeAllowed", self.limit.to_string()));
            }
            if let Some(left) = &mut self.left {
                let earned = PATIENCE_PER_BYTE.saturating_mul(u32::try_from(piece.len()).unwrap_or(u32::MAX));
                *left = (left.saturating_sub(asked.elapsed()) + earned).min(self.patience);
            }
            return Ok(Some(piece));
        }
    }

    /// The whole body of a small request, such as an XML document, compared with `Content-MD5` where that was sent.
    pub(crate) async fn collect(mut self, md5: Option<[u8; 16]>) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::new();
        while let Some(piece) = self.next().await? {
            all.extend_from_slice(&piece);
        }
        match md5 {
            Some(md5) if <[u8; 16]>::from(Md5::digest(&all)) != md5 => Err(Failure::new(Code::InvalidDigest)),
            _ => Ok(all),
        }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let Some(mut incoming) = self.incoming.take() else { return };
        let done = http_body::Body::is_end_stream(&incoming) || self.announced == Some(self.received);
        if done || self.expects_word {
            return;
        }
        // Without a runtime there is no connection left either.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(tokio::time::timeout(DRAIN_PATIENCE, async move {
            let mut read = 0;
            while let Some(Ok(frame)) = incoming.frame().await {
                read += frame.data_ref().map_or(0, |piece| piece.len() as u64);
                if read > DRAIN_LIMIT {
                    return;
                }
            }
        }));
    }
}

/// The body of an answer.
pub(crate) struct Body {
    source: Source,
    /// Bytes to come; those of a compressed body are not known before.
    remaining: Option<u64>,
    damage: Option<Damage>,
    /// Runs when the body is cut: what came before is to reach the client first.
    farewell: Option<Pin<Box<Sleep>>>,
    pacing: Option<Pacing>,
}

/// A body that is let out at a pace.
struct Pacing {
    pace: Pace,
    /// Taken from the source, and not let out yet.
    held: Bytes,
    wait: Pin<Box<Sleep>>,
}

/// How long a cut body lingers.
const FAREWELL: Duration = Duration::from_millis(20);

/// What a scripted fault does to a body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Damage {
    /// The connection breaks before the byte at this offset.
    Cut(u64),
    /// The lowest bit of the byte at this offset is flipped.
    Flip(u64),
}

enum Source {
    Full(Bytes),
    Stream(mpsc::Receiver<io::Result<Bytes>>),
    Gzip(Box<Gzip>),
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self::full(Bytes::new())
    }

    pub(crate) fn full(bytes: Bytes) -> Self {
        Self {
            remaining: Some(bytes.len() as u64),
            source: Source::Full(bytes),
            damage: None,
            farewell: None,
            pacing: None,
        }
    }

    pub(crate) fn stream(pieces: mpsc::Receiver<io::Result<Bytes>>, len: u64) -> Self {
        Self { source: Source::Stream(pieces), remaining: Some(len), damage: None, farewell: None, pacing: None }
    }

    /// Lets the body out at this many bits per second.
    pub(crate) fn paced(mut self, bits_per_second: Option<u64>) -> Self {
        self.pacing = bits_per_second.map(|bits| Pacing {
            pace: Pace::new(bits),
            held: Bytes::new(),
            wait: Box::pin(tokio::time::sleep(Duration::ZERO)),
        });
        self
    }

    /// Compresses the body on its way.
    pub(crate) fn gzipped(self) -> Self {
        let Some(left) = self.remaining else { return self };
        Self { source: Source::Gzip(Box::new(Gzip::new(self.source, left))), remaining: None, ..self }
    }

    pub(crate) fn damaged(mut self, damage: Damage) -> Self {
        self.damage = Some(damage);
        self
    }

    /// Bytes of the body, where that is known before they are sent.
    pub(crate) fn len(&self) -> Option<u64> {
        self.remaining
    }

    /// The next piece of the source, of a paced body a small one, when it is due.
    fn poll_source(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let Some(pacing) = &mut self.pacing else {
            return self.source.poll(cx);
        };
        ready!(pacing.wait.as_mut().poll(cx));
        if pacing.held.is_empty() {
            match ready!(self.source.poll(cx)) {
                Some(Ok(piece)) => pacing.held = piece,
                other => return Poll::Ready(other),
            }
        }
        let piece = pacing.held.split_to(pacing.held.len().min(PIECE));
        let wait = pacing.pace.pass(piece.len());
        pacing.wait.as_mut().reset(tokio::time::Instant::now() + wait);
        Poll::Ready(Some(Ok(piece)))
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let Some(remaining) = self.remaining else {
            return self.poll_source(cx);
        };
        if remaining == 0 {
            return Poll::Ready(None);
        }
        let piece = ready!(self.poll_source(cx));
        // A stream that ends early must break the connection: the length is already promised.
        let piece = piece.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()));
        if let Ok(piece) = &piece {
            self.remaining = Some(remaining.saturating_sub(piece.len() as u64));
        }
        Poll::Ready(Some(piece))
    }
}

impl Source {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        match self {
            Self::Full(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Self::Stream(pieces) => pieces.poll_recv(cx),
            Self::Gzip(gzip) => gzip.poll(cx),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(Damage::Cut(0)) = self.damage {
            let farewell = self.farewell.get_or_insert_with(|| Box::pin(tokio::time::sleep(FAREWELL)));
            ready!(farewell.as_mut().poll(cx));
            return Poll::Ready(Some(Err(io::Error::other("the body is cut by a scripted fault"))));
        }
        let piece = match self.poll_piece(cx) {
            Poll::Ready(Some(Ok(piece))) => piece,
            Poll::Ready(other) => return Poll::Ready(other.map(|piece| piece.map(Frame::data))),
            Poll::Pending => return Poll::Pending,
        };
        Poll::Ready(Some(Ok(Frame::data(match &mut self.damage {
            Some(damage) => damage.apply(piece),
            None => piece,
        }))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.remaining.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Damage {
    /// Lets a piece pass, and counts down to the byte in question.
    fn apply(&mut self, piece: Bytes) -> Bytes {
        let len = piece.len() as u64;
        match self {
            Self::Cut(at) if *at < len => {
                let kept = piece.slice(..usize::try_from(*at).unwrap_or(0));
                *at = 0;
                kept
            }
            Self::Flip(at) if *at < len => {
                let mut bytes = piece.to_vec();
                if let Some(byte) = usize::try_from(*at).ok().and_then(|at| bytes.get_mut(at)) {
                    *byte ^= 1;
                }
                *at = u64::MAX;
                bytes.into()
            }
            Self::Cut(at) | Self::Flip(at) => {
                *at = at.saturating_sub(len);
                piece
            }
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("remaining", &self.remaining).finish_non_exhaustive()
    }
}
