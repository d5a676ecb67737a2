//! A client that sends exactly what a test says, byte for byte, and signs it with V4 unless told otherwise.

use std::time::{Duration, SystemTime};

use oss_protocol::encode::{encode_component, encode_path};
use oss_protocol::sign::{Request, v1, v4};
use oss_protocol::xml::ErrorDocument;
use oss_server::{Builder, OssServer, RunningServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const ID: &str = "test-id";
pub(crate) const SECRET: &str = "test-secret";

/// A server with the bucket `docs` and one known key pair.
pub(crate) async fn server() -> RunningServer {
    builder().start().await.unwrap()
}

pub(crate) fn builder() -> Builder {
    OssServer::builder().access_key(ID, SECRET).bucket("docs")
}

/// How a request is signed.
#[derive(Debug, Clone)]
pub(crate) enum Signing {
    V4,
    V1,
    V4Query(Duration),
    V1Query(Duration),
    Anonymous,
}

/// A request in the making.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    port: u16,
    method: String,
    bucket: Option<String>,
    key: Option<String>,
    host: Option<String>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    additional: Vec<String>,
    body: Vec<u8>,
    announce: bool,
    id: String,
    secret: String,
    token: Option<String>,
    region: String,
    product: String,
    signing: Signing,
    time: SystemTime,
}

pub(crate) fn call(server: &RunningServer, method: &str, bucket: impl Into<Option<&'static str>>, key: &str) -> Call {
    let bucket = bucket.into().map(str::to_owned);
    Call { bucket, ..call_port(server.port(), method, key) }
}

/// A call to a server of which only the port is known, such as one in another process.
pub(crate) fn call_port(port: u16, method: &str, key: &str) -> Call {
    Call {
        port,
        method: method.to_owned(),
        bucket: Some("docs".to_owned()),
        key: Some(key).filter(|key| !key.is_empty()).map(str::to_owned),
        host: None,
        query: Vec::new(),
        headers: Vec::new(),
        additional: Vec::new(),
        body: Vec::new(),
        announce: true,
        id: ID.to_owned(),
        secret: SECRET.to_owned(),
        token: None,
        region: "cn-hangzhou".to_owned(),
        product: v4::PRODUCT.to_owned(),
        signing: Signing::V4,
        time: SystemTime::now(),
    }
}

pub(crate) async fn put(server: &RunningServer, key: &str, body: impl Into<Vec<u8>>) -> Answer {
    call(server, "PUT", "docs", key).body(body).send().await
}

/// A request to put an object, as it goes over the wire.
pub(crate) fn put_port(port: u16, key: &str, body: &str) -> Vec<u8> {
    [call_port(port, "PUT", key).body(body).signed().head().as_bytes(), body.as_bytes()].concat()
}

pub(crate) async fn get(server: &RunningServer, key: &str) -> Answer {
    call(server, "GET", "docs", key).send().await
}

impl Call {
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn bind(mut self, name: &str) -> Self {
        self.additional.push(name.to_owned());
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends no `Content-Length`.
    pub(crate) fn unannounced(mut self) -> Self {
        self.announce = false;
        self
    }

    /// Uses virtual-host style, or any other host, instead of path style.
    pub(crate) fn host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }

    pub(crate) fn credentials(mut self, id: &str, secret: &str) -> Self {
        self.id = id.to_owned();
        self.secret = secret.to_owned();
        self
    }

    pub(crate) fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub(crate) fn region(mut self, region: &str) -> Self {
        self.region = region.to_owned();
        self
    }

    pub(crate) fn product(mut self, product: &str) -> Self {
        self.product = product.to_owned();
        self
    }

    pub(crate) fn signing(mut self, signing: Signing) -> Self {
        self.signing = signing;
        self
    }

    pub(crate) fn at(mut self, time: SystemTime) -> Self {
        self.time = time;
        self
    }

    /// The head and body as they go over the wire, signed.
    pub(crate) fn signed(&self) -> Wire {
        let mut query = self.query.clone();
        let mut headers = self.headers.clone();
        if self.announce {
            headers.push(("Content-Length".to_owned(), self.body.len().to_string()));
        }
        let borrowed_query: Vec<_> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let borrowed: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request {
            method: &self.method,
            bucket: self.bucket.as_deref(),
            key: self.key.as_deref(),
            query: &borrowed_query,
            headers: &borrowed,
        };
        let additional: Vec<_> = self.additional.iter().map(String::as_str).collect();
        let v1_key = v1::SigningKey::new(&self.secret);
        let v4_key = v4::SigningKey::derive(&self.secret, self.time, &self.region, &self.product);
        let token = self.token.as_deref();
        let v1 = v1::Signer { access_key_id: &self.id, security_token: token, key: &v1_key };
        let v4 = v4::Signer { access_key_id: &self.id, security_token: token, key: &v4_key };
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let (more_headers, more_query) = match self.signing {
            Signing::Anonymous => (Vec::new(), Vec::new()),
            Signing::V4 => {
                (v4.sign_headers(&request, &additional, self.time).headers().map(owned).collect(), Vec::new())
            }
            Signing::V1 => (v1.sign_headers(&request, self.time).headers().map(owned).collect(), Vec::new()),
            Signing::V4Query(lifetime) => {
                (Vec::new(), v4.sign_query(&request, &additional, self.time, lifetime).unwrap())
            }
            Signing::V1Query(lifetime) => (Vec::new(), v1.sign_query(&request, self.time + lifetime)),
        };
        headers.extend(more_headers);
        query.extend(more_query.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Wire {
            port: self.port,
            method: self.method.clone(),
            path: self.path(),
            query,
            headers,
            host: self.host.clone(),
            body: self.body.clone(),
        }
    }

    pub(crate) async fn send(&self) -> Answer {
        self.signed().send().await
    }

    fn path(&self) -> String {
        let mut path = String::from("/");
        if let (None, Some(bucket)) = (&self.host, &self.bucket) {
            path.push_str(bucket);
            path.push('/');
        }
        encode_path(self.key.as_deref().unwrap_or_default(), &mut path);
        path
    }
}

/// A request as it goes over the wire; tests may tamper with it.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    port: u16,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    host: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Wire {
    pub(crate) fn set_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(given, _)| !given.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn set_query(mut self, name: &str, value: &str) -> Self {
        self.query.retain(|(given, _)| given != name);
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without_query(mut self, name: &str) -> Self {
        self.query.retain(|(given, _)| given != name);
        self
    }

    /// The bytes of the head.
    pub(crate) fn head(&self) -> String {
        let mut target = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            encode_component(name, &mut target);
            target.push('=');
            encode_component(value, &mut target);
        }
        let host = self.host.clone().unwrap_or_else(|| format!("127.0.0.1:{}", self.port));
        let mut head = format!("{} {target} HTTP/1.1\r\nHost: {host}\r\n", self.method);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head
    }

    pub(crate) async fn send(&self) -> Answer {
        self.try_send().await.unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.path))
    }

    pub(crate) async fn try_send(&self) -> std::io::Result<Answer> {
        let mut bytes = self.head().into_bytes();
        bytes.extend_from_slice(&self.body);
        exchange(self.port, &bytes, &self.method).await
    }
}

/// Sends bytes and reads one answer.
pub(crate) async fn exchange(port: u16, bytes: &[u8], method: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut reader, mut writer) = stream.split();
    // The server may answer, and close, before everything is sent.
    let (sent, answer) = tokio::join!(writer.write_all(bytes), read_answer(&mut reader, method));
    let answer = answer?;
    if answer.status < 400 {
        sent?;
    }
    Ok(answer)
}

/// Sends the head of a request that announces so many bytes, and waits until the server wants them.
pub(crate) async fn begin(call: Call, bytes: usize) -> TcpStream {
    let call = call.unannounced().header("Content-Length", &bytes.to_string()).header("Expect", "100-continue");
    let mut stream = TcpStream::connect(("127.0.0.1", call.port)).await.unwrap();
    stream.write_all(call.signed().head().as_bytes()).await.unwrap();
    let mut told = Vec::new();
    while !told.ends_with(b"\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut told).await.unwrap(), 0, "{}", String::from_utf8_lossy(&told));
    }
    assert!(told.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&told));
    stream
}

pub(crate) async fn read_answer(
    reader: &mut (impl tokio::io::AsyncRead + Unpin),
    method: &str,
) -> std::io::Result<Answer> {
    let mut bytes = Vec::new();
    loop {
        let head = loop {
            if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break at;
            }
            if reader.read_buf(&mut bytes).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        };
        let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
        let mut body = bytes.split_off(head + 4);
        let mut lines = text.split("\r\n");
        let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<_> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        if status == 100 {
            bytes = body;
            continue;
        }
        if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
            let (body, whole) = read_chunks(reader, body).await;
            return Ok(Answer { status, headers, body, whole });
        }
        let length =
            headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
        let expected = if method == "HEAD" || status == 304 || status == 204 { 0 } else { length };
        let mut whole = true;
        while body.len() < expected {
            match reader.read_buf(&mut body).await {
                Ok(read) if read > 0 => {}
                _ => {
                    whole = false;
                    break;
                }
            }
        }
        return Ok(Answer { status, headers, body, whole });
    }
}

/// Reads a chunked body, of which the start is there already; `false` where it breaks off.
async fn read_chunks(reader: &mut (impl tokio::io::AsyncRead + Unpin), mut bytes: Vec<u8>) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let line = bytes.windows(2).position(|window| window == b"\r\n");
        let size = line.map(|at| usize::from_str_radix(std::str::from_utf8(&bytes[..at]).unwrap(), 16).unwrap());
        match line.zip(size) {
            Some((at, size)) if bytes.len() >= at + size + 4 => {
                body.extend_from_slice(&bytes[at + 2..at + 2 + size]);
                bytes.drain(..at + size + 4);
                if size == 0 {
                    return (body, true);
                }
            }
            _ => {
                if !matches!(reader.read_buf(&mut bytes).await, Ok(read) if read > 0) {
                    return (body, false);
                }
            }
        }
    }
}

/// An answer, as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body is as long as was announced.
    pub(crate) whole: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The error document, from the body or, after HEAD, from its header.
    pub(crate) fn error(&self) -> ErrorDocument {
        let error = match self.header("x-oss-err") {
            Some(header) => ErrorDocument::read_header(header),
            None => ErrorDocument::read(&self.body),
        };
        let error = error.unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert_eq!(Some(error.request_id.as_str()), self.header("x-oss-request-id"));
        error
    }

    /// Checks the status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?} {}", self.headers, String::from_utf8_lossy(&self.body));
        self
    }

    /// Checks status and code of a refusal, and that it has every part of one.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> ErrorDocument {
        let answer = self.expect(status);
        let error = answer.error();
        assert_eq!(error.code, code, "{error:?}");
        assert_eq!(answer.header("x-oss-ec"), error.ec.as_deref());
        assert!(!error.message.is_empty() && !error.host_id.is_empty(), "{error:?}");
        error
    }
}
