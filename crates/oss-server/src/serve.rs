//! Connections and requests: accept, parse, believe or not, serve, answer.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context as TaskContext, Poll, ready};
use std::time::{Duration, Instant, SystemTime};

use http::{Method, Request as HttpRequest, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use oss_protocol::bucket;
use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::time::unix_seconds;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Sleep;

use crate::auth::{Identity, authenticate};
use crate::body::{Body, RequestBody};
use crate::failure::Failure;
use crate::fault::Effect;
use crate::ops::{self, Context, cors};
use crate::reply::Reply;
use crate::request::Request;
use crate::route::Operation;
use crate::shared::Shared;

/// How much clients may ask of the server at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// How long to wait for a client.
    pub(crate) patience: Duration,
}

/// The most bytes of a request's head: the longest key, encoded, and all the metadata fit well.
const HEAD_LIMIT: usize = 64 * 1024;
const MOST_HEADERS: usize = 256;
/// How long running requests may go on when the server stops.
const FAREWELL: Duration = Duration::from_secs(5);

/// Accepts connections until the signal comes, then lets the running requests end.
pub(crate) async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    limits: Limits,
    mut signal: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            Some(_) = connections.join_next() => continue,
            _ = signal.changed() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (shared, signal) = (Arc::clone(&shared), signal.clone());
                connections.spawn(async move {
                    connection(stream, peer.ip(), shared, limits, signal).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely; accepting at once would only spin.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    let all_done = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, all_done).await.is_err() {
        tracing::warn!("some requests did not end in time and are cut off");
    }
}

async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    shared: Arc<Shared>,
    limits: Limits,
    mut signal: watch::Receiver<bool>,
) {
    // Answers are written whole; waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let stream = Patient { stream, patience: limits.patience, waiting: None };
    let service = service_fn(move |request| handle(Arc::clone(&shared), peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
        .max_headers(MOST_HEADERS)
        .max_header_size(HEAD_LIMIT)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = signal.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

/// The connection is to break instead of an answer.
#[derive(Debug)]
struct Disconnect;

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is broken by a scripted fault")
    }
}

impl std::error::Error for Disconnect {}

async fn handle(
    shared: Arc<Shared>,
    peer: IpAddr,
    request: HttpRequest<Incoming>,
) -> Result<Response<Body>, Disconnect> {
    let started = Instant::now();
    let now = shared.clock.now();
    let request_id = next_request_id(now);
    let (parts, incoming) = request.into_parts();
    let method = parts.method.clone();
    let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let body = RequestBody::new(incoming, &parts.headers, shared.body_patience);
    let mut extras = Extras::default();
    let outcome = answer(&shared, parts, body, Arrival { peer, now, request_id: &request_id }, &mut extras).await;
    let Extras { effect, cors } = extras;
    if matches!(effect, Some(Effect::Disconnect | Effect::LoseAnswer)) {
        return Err(Disconnect);
    }
    let reply = match outcome {
        Ok(reply) => reply,
        Err(failure) => {
            if failure.is_internal() {
                tracing::error!(%request_id, cause = failure.cause().map(ToString::to_string), "a request failed");
            }
            tracing::debug!(%request_id, %method, code = %failure.code(), "refused");
            Reply::refusal(&failure, &method, &host, &request_id)
        }
    };
    let reply = cors.into_iter().fold(reply, |reply, (name, value)| reply.header(name, value));
    let reply = match effect {
        Some(Effect::Damage(damage)) => reply.map_body(|body| body.damaged(damage)),
        Some(Effect::WrongCrc) => reply.header(header::CRC64, "1"),
        Some(Effect::Answer { status, code, retry_after }) => {
            scripted(status, &code, retry_after, &method, &host, &request_id)
        }
        Some(Effect::Raw { status, content_type, body }) => {
            Reply::new(StatusCode::from_u16(status).unwrap_or(StatusCode::OK))
                .header("content-type", content_type)
                .body(Body::full(body.into()))
        }
        _ => reply,
    };
    tracing::debug!(%request_id, %method, status = reply.status().as_u16(), "answered");
    Ok(reply.finish(&request_id, now, started.elapsed()))
}

/// When and whence a request came, and how it is called.
struct Arrival<'a> {
    peer: IpAddr,
    now: SystemTime,
    request_id: &'a str,
}

/// What an answer gets whether it is good or bad.
#[derive(Default)]
struct Extras {
    effect: Option<Effect>,
    cors: cors::Headers,
}

/// Serves a request, up to the effect of a fault that meets it.
async fn answer(
    shared: &Arc<Shared>,
    parts: http::request::Parts,
    body: RequestBody,
    arrival: Arrival<'_>,
    extras: &mut Extras,
) -> Result<Reply, Failure> {
    let request = Request::parse(parts, &shared.hosts)?;
    extras.effect = shared.faults.meet(&request);
    match &extras.effect {
        Some(Effect::Answer { .. } | Effect::Raw { .. } | Effect::Disconnect) => return Ok(Reply::ok()),
        Some(Effect::Delay(by)) => tokio::time::sleep(*by).await,
        _ => {}
    }
    extras.cors = cors::headers(&shared.store, &request)?;
    let operation = Operation::of(&request);
    // The bucket before the key pair: a missing one is 404 even to strangers.
    let bucket = match &request.bucket {
        Some(name) if !matches!(operation, Ok(Operation::PutBucket)) => {
            bucket::check(name).map_err(|error| {
                let message = format!("The specified bucket is not valid: {error}.");
                Failure::with_message(Code::InvalidBucketName, message).detail("BucketName", name.as_str())
            })?;
            Some(shared.store.bucket(name)?.ok_or_else(|| Failure::no_such_bucket(name))?)
        }
        _ => None,
    };
    if request.method == Method::OPTIONS {
        // A preflight is never signed.
        return cors::preflight(&shared.store, &request);
    }
    let identity = match operation {
        // Its signature stands in the form; others do not count.
        Ok(Operation::PostObject) => Identity::Anonymous,
        _ => authenticate(shared, &request)?,
    };
    let Arrival { peer, now, request_id } = arrival;
    let context = Context { shared, request: &request, identity, bucket, now, request_id, peer };
    ops::serve(&context, operation?, body).await
}

fn scripted(status: u16, code: &str, retry_after: Option<u64>, method: &Method, host: &str, request_id: &str) -> Reply {
    let known = Code::parse(code, status);
    let message = known.map_or("A scripted fault.", Code::message);
    let failure = Failure::with_message(known.unwrap_or(Code::InternalError), message);
    let reply = Reply::refusal_as(&failure, code, status, method, host, request_id);
    match retry_after {
        Some(seconds) => reply.header("retry-after", seconds.to_string()),
        None => reply,
    }
}

/// 24 hexadecimal digits: the time, and a number that does not repeat within the process.
fn next_request_id(now: SystemTime) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // Spread over all digits by an odd multiplier, which maps no two numbers to one.
    format!(
        "{:08X}{:016X}",
        unix_seconds(now) & 0xFFFF_FFFF,
        number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    )
}

/// A stream that gives up on a client that takes nothing.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn watch<T>(&mut self, cx: &mut TaskContext<'_>, progress: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.waiting = None;
            return progress;
        }
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.patience)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, out)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.watch(cx, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
