//! Sending a callback: one POST over plain HTTP, to this machine unless the server may call others.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, USER_AGENT};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use serde::de::IgnoredAny;
use tokio::net::TcpStream;

use crate::shared::CallbackReach;

/// How long the application may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes that it may say.
const REPLY_LIMIT: usize = 1024 * 1024;

pub(super) struct Message<'a> {
    pub(super) url: &'a str,
    /// Instead of the host of the URL.
    pub(super) host: Option<&'a str>,
    pub(super) content_type: &'static str,
    pub(super) request_id: &'a str,
    pub(super) body: Bytes,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error("it is no address")]
    Address,
    #[error("the server calls back over http only")]
    Scheme,
    #[error("the server calls back to this machine only, unless it is built with `allow_remote_callbacks`")]
    Remote,
    #[error("no connection: {0}")]
    Connect(#[from] std::io::Error),
    #[error("the exchange failed: {0}")]
    Exchange(#[from] hyper::Error),
    #[error("it did not answer within 5 seconds")]
    Slow,
    #[error("error status: {0}")]
    Status(u16),
    #[error("its answer has no Content-Length")]
    NoLength,
    #[error("its answer is longer than 1 MB or broke off")]
    Length,
    #[error("its answer is not JSON")]
    NotJson,
}

/// Posts the message, and returns what the application says to it.
pub(super) async fn post(message: Message<'_>, reach: CallbackReach) -> Result<Bytes, SendError> {
    tokio::time::timeout(PATIENCE, exchange(message, reach)).await.map_err(|_| SendError::Slow)?
}

async fn exchange(message: Message<'_>, reach: CallbackReach) -> Result<Bytes, SendError> {
    let url = if message.url.contains("://") { message.url.to_owned() } else { format!("http://{}", message.url) };
    let uri: Uri = url.parse().map_err(|_| SendError::Address)?;
    if uri.scheme_str() != Some("http") {
        return Err(SendError::Scheme);
    }
    let authority = uri.authority().ok_or(SendError::Address)?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let request = Request::builder()
        .method(Method::POST)
        .uri(target)
        .header(HOST, message.host.unwrap_or(authority.as_str()))
        .header(CONTENT_TYPE, message.content_type)
        .header(CONTENT_LENGTH, message.body.len())
        .header(USER_AGENT, "aliyun-oss-callback")
        .header("x-oss-request-id", message.request_id)
        .body(Full::new(message.body))
        .map_err(|_| SendError::Address)?;
    let stream = connect(authority.host(), authority.port_u16().unwrap_or(80), reach).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the sender, that is with this exchange.
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    if !head.status.is_success() {
        return Err(SendError::Status(head.status.as_u16()));
    }
    if !head.headers.contains_key(CONTENT_LENGTH) {
        return Err(SendError::NoLength);
    }
    let mut said = BytesMut::new();
    let mut body = Limited::new(body, REPLY_LIMIT);
    while let Some(frame) = body.frame().await {
        if let Ok(piece) = frame.map_err(|_| SendError::Length)?.into_data() {
            said.extend_from_slice(&piece);
        }
    }
    serde_json::from_slice::<IgnoredAny>(&said).map_err(|_| SendError::NotJson)?;
    Ok(said.freeze())
}

/// Connects to the first address that the server may call.
async fn connect(host: &str, port: u16, reach: CallbackReach) -> Result<TcpStream, SendError> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let allowed = |address: &SocketAddr| reach == CallbackReach::Anywhere || address.ip().is_loopback();
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.filter(allowed).collect();
    let mut last = SendError::Remote;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}
