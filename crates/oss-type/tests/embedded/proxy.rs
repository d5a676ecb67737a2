//! A proxy on loopback between an element and the server, that notes what passes and does to it what a script says.

#![allow(clippy::disallowed_methods, reason = "it is no client: delaying and passing on is what it is for")]

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use oss_server::RunningServer;
use tokio::net::TcpListener;

type Content = BoxBody<Bytes, io::Error>;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
}

impl Seen {
    pub(crate) fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    pub(crate) fn has_parameter(&self, name: &str) -> bool {
        self.query().split('&').any(|pair| pair.split('=').next() == Some(name))
    }

    #[allow(dead_code, reason = "not every test program looks at headers")]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What becomes of a request.
#[allow(dead_code, reason = "not every test program does all of it")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    Pass,
    /// The connection ends before the server hears of it.
    Reset,
    /// The server does as it is told, and the connection ends before its answer.
    LoseAnswer,
    /// Answered by the proxy with this status, and `Retry-After` where it is told.
    Answer(u16, Option<u64>),
    /// Held back for a moment.
    Delay(Duration),
    /// So many tenths of the request's body arrive.
    CutRequest(u64),
    /// So many tenths of the answer's body arrive.
    CutAnswer(u64),
    /// A bit of the request's body is another one, at so many tenths.
    FlipRequest(u64),
    /// A bit of the answer's body is another one, at so many tenths.
    FlipAnswer(u64),
}

type Script = dyn Fn(&Seen) -> Fate + Send + Sync;

pub(crate) struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// A proxy in front of a server.
    pub(crate) async fn start(server: &RunningServer, script: impl Fn(&Seen) -> Fate + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (noted, script): (_, Arc<Script>) = (Arc::clone(&seen), Arc::new(script));
        let upstream: Uri = server.endpoint().parse().unwrap();
        let client = Client::builder(TokioExecutor::new()).set_host(false).build_http::<Content>();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, script, client) = (Arc::clone(&noted), Arc::clone(&script), client.clone());
                let upstream = upstream.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let (head, body) = request.into_parts();
                    let seen = Seen { method: head.method, uri: head.uri, headers: head.headers };
                    let fate = script(&seen);
                    noted.lock().unwrap().push(seen.clone());
                    pass(client.clone(), upstream.clone(), seen, body, fate)
                });
                let serving =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async move { drop(serving.await) });
            }
        });
        Self { address, seen, task }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, which are forgotten then.
    pub(crate) fn take_seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(
    client: Client<HttpConnector, Content>,
    upstream: Uri,
    seen: Seen,
    body: Incoming,
    fate: Fate,
) -> io::Result<Response<Content>> {
    match fate {
        Fate::Reset => return Err(io::ErrorKind::ConnectionReset.into()),
        Fate::Answer(status, retry_after) => {
            // Read to its end, so that the client may read the answer.
            drop(body.collect().await);
            let mut answer = Response::builder().status(status);
            if let Some(seconds) = retry_after {
                answer = answer.header("retry-after", seconds);
            }
            return Ok(answer.body(empty()).unwrap());
        }
        Fate::Delay(wait) => tokio::time::sleep(wait).await,
        _ => {}
    }
    let body = match fate {
        Fate::CutRequest(tenths) => damaged(body, Harm::Cut, tenths, &seen.headers),
        Fate::FlipRequest(tenths) => damaged(body, Harm::Flip, tenths, &seen.headers),
        _ => body.map_err(io::Error::other).boxed(),
    };
    let target = seen.uri.path_and_query().map_or("/", |target| target.as_str());
    let uri = Uri::builder().scheme("http").authority(upstream.authority().unwrap().as_str()).path_and_query(target);
    let mut request = Request::new(body);
    *request.method_mut() = seen.method.clone();
    *request.uri_mut() = uri.build().unwrap();
    *request.headers_mut() = seen.headers;
    let answer = client.request(request).await.map_err(io::Error::other)?;
    if fate == Fate::LoseAnswer {
        drop(answer.into_body().collect().await);
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    let (head, body) = answer.into_parts();
    let body = match fate {
        Fate::CutAnswer(tenths) => damaged(body, Harm::Cut, tenths, &head.headers),
        Fate::FlipAnswer(tenths) => damaged(body, Harm::Flip, tenths, &head.headers),
        _ => body.map_err(io::Error::other).boxed(),
    };
    Ok(Response::from_parts(head, body))
}

fn empty() -> Content {
    Full::default().map_err(|never: Infallible| match never {}).boxed()
}

#[derive(Clone, Copy, PartialEq)]
enum Harm {
    Cut,
    Flip,
}

/// A body that comes to harm after so many tenths of its announced length.
struct Damaged {
    inner: Incoming,
    harm: Harm,
    left: u64,
    is_done: bool,
}

fn damaged(inner: Incoming, harm: Harm, tenths: u64, headers: &HeaderMap) -> Content {
    let length: u64 =
        headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or_default();
    if length == 0 {
        return inner.map_err(io::Error::other).boxed();
    }
    let left = (length * tenths / 10).min(length - 1);
    Damaged { inner, harm, left, is_done: false }.boxed()
}

impl Body for Damaged {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.is_done && self.harm == Harm::Cut {
            return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())));
        }
        let frame = match Pin::new(&mut self.inner).poll_frame(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(frame) => frame,
        };
        let Some(frame) = frame else { return Poll::Ready(None) };
        let Ok(mut data) = frame.map_err(io::Error::other)?.into_data() else { return Poll::Ready(None) };
        if self.is_done {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if self.left >= data.len() as u64 {
            self.left -= data.len() as u64;
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        let at = self.left as usize;
        self.is_done = true;
        match self.harm {
            Harm::Cut => data.truncate(at),
            Harm::Flip => {
                let mut bytes = data.to_vec();
                bytes[at] ^= 0x10;
                data = bytes.into();
            }
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
