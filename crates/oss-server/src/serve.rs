//! Connections: accept them, encrypted or not, and give up on those whose client does nothing.

use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Sleep;

use crate::handle::handle;
use crate::shared::Shared;

/// How much clients may ask of the server at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// How long to wait for a client.
    pub(crate) patience: Duration,
}

/// The most bytes of a request's head: the longest key, encoded, and all the metadata fit well. Of headers hyper takes 100;
/// room for more would cost every request.
const HEAD_LIMIT: usize = 64 * 1024;
/// How long running requests may go on when the server stops.
pub(crate) const FAREWELL: Duration = Duration::from_secs(5);

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
        connections.shutdown().await;
    }
}

async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    shared: Arc<Shared>,
    limits: Limits,
    signal: watch::Receiver<bool>,
) {
    // Answers are written whole; waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let stream = Patient { stream, patience: limits.patience, waiting: None };
    let Some(tls) = &shared.tls else {
        return serve(stream, peer, shared, limits, signal).await;
    };
    match tokio::time::timeout(limits.patience, tls.accept(stream)).await {
        Ok(Ok(stream)) => serve(stream, peer, shared, limits, signal).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "no encrypted connection came about"),
        Err(_) => tracing::debug!(%peer, "a client took too long to agree on encryption"),
    }
}

/// Serves the requests of a connection.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: IpAddr,
    shared: Arc<Shared>,
    limits: Limits,
    mut signal: watch::Receiver<bool>,
) {
    let service = service_fn(move |request| handle(Arc::clone(&shared), peer, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
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
