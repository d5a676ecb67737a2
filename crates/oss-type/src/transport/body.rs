//! The body of a request: passed on chunk by chunk, counted and summed on its way.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use meta::{BodyStream, Error, wrong_length};
use oss_protocol::crc64::Crc64;

/// The most that is handed to the connection at once, so that progress shows on slow connections too.
const LARGEST_FRAME: usize = 64 * 1024;

/// What is sent in one attempt.
pub(crate) enum RequestBody {
    Empty,
    Bytes { rest: Bytes, sent: Option<Arc<Sent>> },
    Stream(Streamed),
}

/// A file or a stream that nothing has been read from.
pub(crate) struct Untouched {
    pub(crate) stream: BodyStream,
    pub(crate) length: Option<u64>,
}

/// A file or a stream on its way.
pub(crate) struct Streamed {
    stream: BodyStream,
    length: Option<u64>,
    passed: u64,
    /// Whether nothing was got from the stream yet, not even its end.
    is_untouched: bool,
    crc64: Option<Box<Crc64>>,
    /// The chunk that completes the announced length. It leaves when the stream has confirmed its end, since what the
    /// service has got in full cannot be called back.
    last: Option<Bytes>,
    sent: Arc<Sent>,
}

/// What is known of a body while and after it is sent.
pub(crate) struct Sent {
    started: Instant,
    /// When a chunk last left, in milliseconds since the start.
    progress_millis: AtomicU64,
    /// Whether the content itself is what is being waited for.
    starved: AtomicBool,
    outcome: Mutex<Outcome>,
    /// The body itself, where the attempt ended before anything was read: the connection was never made.
    untouched: Mutex<Option<Untouched>>,
}

#[derive(Debug, Default)]
struct Outcome {
    /// Known once all of it has left.
    crc64: Option<u64>,
    length: Option<u64>,
    failure: Option<Error>,
}

impl Sent {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            started: Instant::now(),
            progress_millis: AtomicU64::new(0),
            starved: AtomicBool::new(false),
            outcome: Mutex::default(),
            untouched: Mutex::default(),
        })
    }

    /// Whether the attempt ended before anything was read of the body.
    pub(crate) fn is_untouched(&self) -> bool {
        self.untouched.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The body, where the attempt ended before anything was read of it.
    pub(crate) fn take_untouched(&self) -> Option<Untouched> {
        self.untouched.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn progressed(&self) {
        let millis = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.progress_millis.store(millis, Ordering::Relaxed);
    }

    /// When a chunk last left.
    pub(crate) fn last_progress(&self) -> Instant {
        self.started + Duration::from_millis(self.progress_millis.load(Ordering::Relaxed))
    }

    /// CRC-64 of everything, once all of it has left.
    pub(crate) fn crc64(&self) -> Option<u64> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).crc64
    }

    /// The length of everything, once all of it has left.
    pub(crate) fn length(&self) -> Option<u64> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).length
    }

    /// Whether the content itself is what is being waited for.
    pub(crate) fn is_starved(&self) -> bool {
        self.starved.load(Ordering::Relaxed)
    }

    /// What kept the content itself from being read.
    pub(crate) fn take_failure(&self) -> Option<Error> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).failure.take()
    }

    fn fail(&self, error: Error) -> io::Error {
        let text = error.to_string();
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).failure = Some(error);
        io::Error::other(text)
    }
}

impl RequestBody {
    /// Bytes in memory.
    pub(crate) fn bytes(bytes: Bytes) -> (Self, Option<Arc<Sent>>) {
        // Small bodies leave at once; watching them would cost more than it tells.
        let sent = (bytes.len() > LARGEST_FRAME).then(Sent::new);
        (Self::Bytes { rest: bytes, sent: sent.clone() }, sent)
    }

    /// A file or a stream, summed on its way where `crc64` is asked for.
    pub(crate) fn stream(body: Untouched, crc64: bool) -> (Self, Arc<Sent>) {
        let sent = Sent::new();
        let Untouched { stream, length } = body;
        let crc64 = crc64.then(Box::default);
        let kept = Arc::clone(&sent);
        (Self::Stream(Streamed { stream, length, passed: 0, is_untouched: true, crc64, last: None, sent: kept }), sent)
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Empty => Poll::Ready(None),
            Self::Bytes { rest, .. } if rest.is_empty() => Poll::Ready(None),
            Self::Bytes { rest, sent } => {
                if let Some(sent) = sent {
                    sent.progressed();
                }
                let frame = rest.split_to(rest.len().min(LARGEST_FRAME));
                Poll::Ready(Some(Ok(Frame::data(frame))))
            }
            Self::Stream(streamed) => {
                let chunk = ready!(streamed.poll_chunk(context));
                Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data).map_err(|error| streamed.sent.fail(error))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Bytes { rest, .. } => rest.is_empty(),
            Self::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Bytes { rest, .. } => SizeHint::with_exact(rest.len() as u64),
            Self::Stream(Streamed { length: Some(length), passed, .. }) => {
                SizeHint::with_exact(length.saturating_sub(*passed))
            }
            Self::Stream(Streamed { length: None, .. }) => SizeHint::default(),
        }
    }
}

impl Streamed {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            let polled = self.stream.as_mut().poll_next(context);
            self.sent.starved.store(polled.is_pending(), Ordering::Relaxed);
            let next = ready!(polled);
            self.is_untouched = false;
            match next {
                Some(Ok(chunk)) if chunk.is_empty() => {}
                Some(Ok(chunk)) => {
                    self.passed += chunk.len() as u64;
                    if let Some(crc64) = &mut self.crc64 {
                        crc64.update(&chunk);
                    }
                    match self.length {
                        Some(length) if self.passed > length => return self.wrong_length(length),
                        Some(length) if self.passed == length => self.last = Some(chunk),
                        _ => {
                            self.sent.progressed();
                            return Poll::Ready(Some(Ok(chunk)));
                        }
                    }
                }
                Some(Err(error)) => {
                    return Poll::Ready(Some(Err(Error::io("cannot read the content to upload", error))));
                }
                None => {
                    if let Some(length) = self.length.filter(|length| self.passed < *length) {
                        return self.wrong_length(length);
                    }
                    self.sent.finish(self.crc64.as_deref(), self.passed);
                    return Poll::Ready(self.last.take().map(Ok));
                }
            }
        }
    }

    fn wrong_length(&self, announced: u64) -> Poll<Option<Result<Bytes, Error>>> {
        Poll::Ready(Some(Err(wrong_length(announced, self.passed))))
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        if self.is_untouched {
            let stream = std::mem::replace(&mut self.stream, Box::pin(futures_util::stream::empty()));
            let untouched = Untouched { stream, length: self.length };
            *self.sent.untouched.lock().unwrap_or_else(PoisonError::into_inner) = Some(untouched);
        }
    }
}

impl Sent {
    fn finish(&self, crc64: Option<&Crc64>, length: u64) {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.crc64 = crc64.map(Crc64::finish);
        outcome.length = Some(length);
    }
}
