//! Connecting: straight to the host, or through a proxy.

use std::error::Error as StdError;
use std::future::{Future, Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, str};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower_service::Service;

use super::proxy::{Protocol, Proxies, Route};
use super::resolver::Resolver;

type BoxError = Box<dyn StdError + Send + Sync>;

/// The longest head of an answer to `CONNECT`.
const MAX_HEAD: usize = 8 * 1024;

/// Makes the connections of a pool.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) tcp: HttpConnector<Resolver>,
    pub(super) proxies: Arc<Proxies>,
    pub(super) timeout: Duration,
}

/// A connection to a host, or to the proxy that speaks for it.
pub(super) struct Link {
    stream: TokioIo<TcpStream>,
    /// Whether requests name the host in absolute form, for a proxy to read.
    is_read_by_proxy: bool,
}

/// A connection that a proxy did not make.
#[derive(Debug)]
pub(super) struct ProxyFailure {
    /// The proxy's address, without user name and password.
    pub(super) proxy: String,
    pub(super) kind: ProxyFailureKind,
}

/// Why a proxy did not make a connection.
#[derive(Debug)]
pub(super) enum ProxyFailureKind {
    /// It cannot be reached, or fell silent.
    Unreachable(BoxError),
    TimedOut(Duration),
    /// It wants a user name and a password, or others.
    Unauthorized,
    /// It refused to connect to the host, perhaps for the moment only.
    Refused {
        words: String,
        for_now: bool,
    },
    /// It speaks what we do not speak.
    Unknown,
}

impl Service<Uri> for Connector {
    type Response = Link;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Link, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, host: Uri) -> Self::Future {
        let Some(route) = self.proxies.route(&host) else {
            let connecting = self.tcp.call(host);
            return Box::pin(async { Ok(Link { stream: connecting.await?, is_read_by_proxy: false }) });
        };
        let (tcp, timeout) = (self.tcp.clone(), self.timeout);
        Box::pin(async move {
            let kind = match tokio::time::timeout(timeout, through(&route, tcp, host)).await {
                Ok(Ok(link)) => return Ok(link),
                Ok(Err(kind)) => kind,
                Err(_) => ProxyFailureKind::TimedOut(timeout),
            };
            Err(ProxyFailure { proxy: route.to_string(), kind }.into())
        })
    }
}

async fn through(route: &Route, mut tcp: HttpConnector<Resolver>, host: Uri) -> Result<Link, ProxyFailureKind> {
    let is_encrypted = host.scheme() == Some(&http::uri::Scheme::HTTPS);
    let (stream, is_read_by_proxy) = match &route.protocol {
        Protocol::Http { authorization } if is_encrypted => {
            let stream = tcp.call(route.proxy.clone()).await.map_err(unreachable)?.into_inner();
            let authorization = authorization.as_ref().map(http::HeaderValue::as_bytes);
            (TokioIo::new(tunnel(stream, &host, authorization).await?), false)
        }
        Protocol::Http { .. } => (tcp.call(route.proxy.clone()).await.map_err(unreachable)?, true),
        Protocol::Socks5 { login } => {
            let stream = tcp.call(route.proxy.clone()).await.map_err(unreachable)?;
            let mut socks = SocksV5::new(route.proxy.clone(), Made(Some(stream)));
            if let Some((user, password)) = login {
                socks = socks.with_auth(user.clone(), password.clone());
            }
            let refused = |error| ProxyFailureKind::Refused { words: format!("`{error}`"), for_now: true };
            (socks.call(with_port(&host).map_err(unreachable)?).await.map_err(refused)?, false)
        }
        Protocol::Unknown => return Err(ProxyFailureKind::Unknown),
    };
    Ok(Link { stream, is_read_by_proxy })
}

fn unreachable(error: impl Into<BoxError>) -> ProxyFailureKind {
    ProxyFailureKind::Unreachable(error.into())
}

/// The host with its port, also where it is the scheme's own: for SOCKS, whose client would take 443.
fn with_port(host: &Uri) -> http::Result<Uri> {
    let port = host.port_u16().unwrap_or(if host.scheme() == Some(&http::uri::Scheme::HTTPS) { 443 } else { 80 });
    let authority = format!("{}:{port}", host.host().unwrap_or_default());
    Uri::builder().scheme("http").authority(authority).path_and_query("/").build()
}

/// A connection to the proxy that is there already, for the handshake of SOCKS.
struct Made(Option<TokioIo<TcpStream>>);

impl Service<Uri> for Made {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Ready<io::Result<TokioIo<TcpStream>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

/// Asks the proxy for a tunnel to the host (RFC 9110 §9.3.6).
async fn tunnel(
    mut stream: TcpStream,
    host: &Uri,
    authorization: Option<&[u8]>,
) -> Result<TcpStream, ProxyFailureKind> {
    let name = host.host().unwrap_or_default();
    let port = host.port_u16().unwrap_or(443);
    let mut request = format!("CONNECT {name}:{port} HTTP/1.1\r\nHost: {name}:{port}\r\n").into_bytes();
    if let Some(authorization) = authorization {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await.map_err(unreachable)?;
    // Byte by byte, since what follows the head belongs to the tunnel; the head is short.
    let mut head = Vec::with_capacity(128);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err(refused("with an endless head", false));
        }
        head.push(stream.read_u8().await.map_err(unreachable)?);
    }
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = str::from_utf8(line).unwrap_or_default();
    let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.split_once(' ')).map_or("", |(_, status)| status);
    match status.as_bytes() {
        [b'2', ..] => Ok(stream),
        [b'4', b'0', b'7', ..] => Err(ProxyFailureKind::Unauthorized),
        [] => Err(refused("what is not HTTP", false)),
        [first, ..] => Err(refused(&format!("`HTTP {}`", status.trim().escape_debug()), *first == b'5')),
    }
}

fn refused(words: &str, for_now: bool) -> ProxyFailureKind {
    ProxyFailureKind::Refused { words: words.to_owned(), for_now }
}

impl fmt::Display for ProxyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ProxyFailureKind::Unreachable(error) => {
                write!(f, "the proxy cannot be reached: {}", super::broken::root_cause(&**error))
            }
            ProxyFailureKind::TimedOut(timeout) => {
                write!(f, "the proxy made no connection for {} s", timeout.as_secs())
            }
            ProxyFailureKind::Unauthorized => f.write_str("the proxy wants a user name and a password, or others"),
            ProxyFailureKind::Refused { words, .. } => write!(f, "the proxy answered {words}"),
            ProxyFailureKind::Unknown => f.write_str("a proxy of this kind is not supported"),
        }
    }
}

impl StdError for ProxyFailure {}

impl Connection for Link {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.is_read_by_proxy)
    }
}

impl Read for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Link {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}
