//! One way to the service: build, sign, one attempt under a timeout, classify, wait or return.

mod body;
mod clock;
mod pool;
mod resolver;
mod retry;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::Authority;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use meta::{Body, Error, ErrorKind, Result, wrong_length};
use oss_protocol::sign;

use self::body::{RequestBody, Sent};
pub(crate) use self::clock::Clock;
pub(crate) use self::pool::{Pool, Pools};
pub(crate) use self::retry::Repeat;
use self::retry::wait_before_next;
pub(crate) use self::retry::{Cause, Effect, Failure};
use crate::address::Address;
use crate::refusal::{self, Asked};
use crate::sign::Signer;

/// The largest error document that is read; OSS's are below 10 KiB.
const MAX_REFUSAL: usize = 64 * 1024;
/// The largest result document that is read: 1000 long names, percent-encoded, with room to spare.
const MAX_DOCUMENT: usize = 16 * 1024 * 1024;

const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("jit-storages-oss-type/", env!("CARGO_PKG_VERSION"), " (rust)"));

/// A request to the service, without what signing and sending add.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// Empty for the bucket itself.
    pub(crate) key: &'a str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) repeat: Repeat,
    /// The RAM action that the call needs, for advice when it is denied.
    pub(crate) action: &'static str,
}

impl<'a> Call<'a> {
    pub(crate) fn new(method: Method, key: &'a str, action: &'static str) -> Self {
        Self { method, key, query: &[], headers: Vec::new(), repeat: Repeat::Safe, action }
    }

    pub(crate) fn query(mut self, query: &'a [(&'a str, &'a str)]) -> Self {
        self.query = query;
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn headers(mut self, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> Self {
        self.headers.extend(headers);
        self
    }

    pub(crate) fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// The headers to sign. All of ours are texts, by construction; what is none would not be signed.
    fn texts(&self) -> Vec<(&str, &str)> {
        self.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect()
    }
}

/// A success, as far as its head.
pub(crate) struct Answer {
    pub(crate) response: Response<Incoming>,
    /// CRC-64 of what was sent, where it was summed on its way.
    pub(crate) sent_crc64: Option<u64>,
    /// How many bytes were sent, where they were counted on their way.
    pub(crate) sent_length: Option<u64>,
}

/// How much of a success is read before it counts as one.
#[derive(Clone, Copy)]
enum Read {
    /// Its head; the body is the caller's.
    Head,
    /// All of it.
    Document,
}

/// The way to one bucket.
pub(crate) struct Transport {
    pool: Arc<Pool>,
    clock: Clock,
    signer: Signer,
    address: Address,
    authority: Authority,
    host: HeaderValue,
    bucket: String,
    timeout: Duration,
    max_attempts: u32,
}

impl Transport {
    pub(crate) fn new(
        pool: Arc<Pool>,
        signer: Signer,
        address: Address,
        bucket: String,
        timeout: Duration,
        max_attempts: u32,
    ) -> Result<Self> {
        let unusable = |error: &dyn fmt::Display| {
            Error::new(ErrorKind::Config, format!("`{}` cannot be the host of a request: {error}", address.authority()))
        };
        let authority: Authority = address.authority().parse().map_err(|error| unusable(&error))?;
        let host = HeaderValue::from_str(address.authority()).map_err(|error| unusable(&error))?;
        Ok(Self { pool, clock: Clock::default(), signer, address, authority, host, bucket, timeout, max_attempts })
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The value of `Host`.
    pub(crate) fn host(&self) -> &str {
        self.address.authority()
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Whether and when to go on with a transfer that broke for the `failures`-th time in a row.
    pub(crate) fn wait_before_next(&self, failure: &Failure, failures: u32, waited: Duration) -> Option<Duration> {
        wait_before_next(failure, Repeat::Safe, failures, self.max_attempts, waited)
    }

    /// Sends a call without a body and returns the head of the success.
    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<Answer> {
        self.retrying(call, &mut Content::Empty, Read::Head, |answer, _| Ok(answer)).await
    }

    /// Sends a call with a body and returns the head of the success that `check` accepts. What it calls retryable is
    /// sent again where the body can be.
    pub(crate) async fn send_body(
        &self,
        call: &Call<'_>,
        content: &mut Content,
        check: impl Fn(Answer) -> Result<Answer>,
    ) -> Result<Answer> {
        self.retrying(call, content, Read::Head, |answer, _| check(answer)).await
    }

    /// Sends a call and reads the document that answers it.
    pub(crate) async fn ask<T>(
        &self,
        call: &Call<'_>,
        content: Bytes,
        read: impl Fn(&HeaderMap, &[u8]) -> Result<T>,
    ) -> Result<T> {
        let content = &mut if content.is_empty() { Content::Empty } else { Content::Bytes(content) };
        self.retrying(call, content, Read::Document, |answer, document| read(answer.response.headers(), &document))
            .await
    }

    /// Repeats attempts until one succeeds or nothing speaks for another.
    async fn retrying<T>(
        &self,
        call: &Call<'_>,
        content: &mut Content,
        read: Read,
        finish: impl Fn(Answer, Bytes) -> Result<T>,
    ) -> Result<T> {
        let started = Instant::now();
        let mut waited = Duration::ZERO;
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(call, content, read).await {
                Ok((answer, document)) => match finish(answer, document) {
                    Ok(done) => return Ok(done),
                    Err(error) if error.is_retryable() => Failure::transient(error, Effect::Unknown),
                    Err(error) => Failure::permanent(error),
                },
                Err(failure) => failure,
            };
            let wait = wait_before_next(&failure, call.repeat, attempt, self.max_attempts, waited);
            let Some(wait) = wait.filter(|_| content.is_repeatable()) else {
                return Err(failure.error.with_attempts(attempt, started.elapsed()).with_place(self.place()));
            };
            tracing::debug!(attempt, ?wait, error = %failure.error, "trying again");
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            waited += wait;
            attempt += 1;
        }
    }

    /// One attempt: signed anew, under a timeout.
    async fn attempt(&self, call: &Call<'_>, content: &mut Content, read: Read) -> Result<(Answer, Bytes), Failure> {
        let (body, sent) = content.open().await.map_err(Failure::permanent)?;
        let now = self.clock.now();
        let request = self.request(call, body, now).map_err(Failure::permanent)?;
        let response = self.pool.request(self.address.scheme(), request).await.map_err(Failure::permanent)?;
        let response = match self.under_timeout(response, sent.as_deref()).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => return Err(self.connection_failure(&error, sent.as_deref())),
            None if sent.as_deref().is_some_and(Sent::is_starved) => {
                let message = format!("the content to upload brought nothing for {} s", self.timeout.as_secs());
                return Err(Failure::permanent(Error::new(ErrorKind::Timeout, message)));
            }
            None => {
                let message = format!("`{}` stood still for {} s", self.address.authority(), self.timeout.as_secs());
                return Err(Failure::transient(Error::new(ErrorKind::Timeout, message), Effect::Unknown));
            }
        };
        if response.status().is_success() {
            let sent = sent.as_deref();
            let (sent_crc64, sent_length) = (sent.and_then(Sent::crc64), sent.and_then(Sent::length));
            let mut answer = Answer { response, sent_crc64, sent_length };
            let document = match read {
                Read::Head => Bytes::new(),
                Read::Document => self.gather(answer.response.body_mut(), MAX_DOCUMENT).await?,
            };
            return Ok((answer, document));
        }
        let (head, mut body) = response.into_parts();
        let document = match call.method {
            Method::HEAD => Bytes::new(),
            _ => self.gather(&mut body, MAX_REFUSAL).await.unwrap_or_default(),
        };
        let asked = Asked {
            action: call.action,
            method: &call.method,
            key: call.key,
            bucket: &self.bucket,
            host: self.address.authority(),
            signed_text: &|| self.signing(call, &call.texts(), |request| self.signer.signed_text(request, now)),
        };
        Err(refusal::read(&asked, head.status, &head.headers, &document, &self.clock))
    }

    fn request(&self, call: &Call<'_>, body: RequestBody, now: SystemTime) -> Result<Request<RequestBody>> {
        let uri = self.address.uri(&self.authority, call.key, call.query)?;
        let mut headers = HeaderMap::with_capacity(call.headers.len() + 6);
        headers.insert(header::HOST, self.host.clone());
        headers.insert(header::USER_AGENT, USER_AGENT);
        if matches!(call.method, Method::PUT | Method::POST)
            && let Some(length) = http_body::Body::size_hint(&body).exact()
        {
            // hyper leaves it out where it is 0, and OSS then answers 411.
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        for (name, value) in &call.headers {
            headers.append(name.clone(), value.clone());
        }
        let mut unfit = None;
        let mut set = |name: &'static str, value: &str| match HeaderValue::from_str(value) {
            Ok(mut text) => {
                text.set_sensitive(name == "authorization" || name == oss_protocol::header::SECURITY_TOKEN);
                headers.insert(HeaderName::from_static(name), text);
            }
            Err(error) => unfit = Some(error),
        };
        self.signing(call, &call.texts(), |request| self.signer.sign_headers(request, now, &mut set));
        if let Some(error) = unfit {
            return Err(Error::new(ErrorKind::Config, "the access key makes no header").with_source(error));
        }
        let mut request = Request::new(body);
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        Ok(request)
    }

    /// A call as it is signed.
    fn signing<T>(&self, call: &Call<'_>, headers: &[(&str, &str)], sign: impl FnOnce(&sign::Request<'_>) -> T) -> T {
        sign(&sign::Request {
            method: call.method.as_str(),
            bucket: Some(&self.bucket),
            key: (!call.key.is_empty()).then_some(call.key),
            query: call.query,
            headers,
        })
    }

    /// Waits as long as something moves: `None` when nothing did for the whole timeout.
    async fn under_timeout<T>(&self, work: impl Future<Output = T>, sent: Option<&Sent>) -> Option<T> {
        let mut work = pin!(work);
        // Connecting has a timeout of its own, which may come first.
        let mut deadline = Instant::now() + self.pool.connect_timeout() + self.timeout;
        loop {
            if let Ok(done) = tokio::time::timeout_at(deadline.into(), work.as_mut()).await {
                return Some(done);
            }
            let moved = sent.map(Sent::last_progress).map(|last| last + self.timeout);
            match moved {
                Some(next) if next > deadline => deadline = next,
                _ => return None,
            }
        }
    }

    /// The next chunk of an answer's body, under the timeout. `None` at its end.
    pub(crate) async fn next_chunk(&self, body: &mut Incoming) -> Option<Result<Bytes>> {
        loop {
            let frame = match tokio::time::timeout(self.timeout, body.frame()).await {
                Ok(frame) => frame?,
                Err(_) => {
                    let message =
                        format!("`{}` sent nothing for {} s", self.address.authority(), self.timeout.as_secs());
                    return Some(Err(Error::new(ErrorKind::Timeout, message)));
                }
            };
            match frame {
                Ok(frame) => {
                    if let Ok(chunk) = frame.into_data() {
                        return Some(Ok(chunk));
                    }
                }
                Err(error) => {
                    let message =
                        format!("the connection to `{}` broke: {}", self.address.authority(), root_cause(&error));
                    return Some(Err(Error::new(ErrorKind::Unreachable, message).with_source(error)));
                }
            }
        }
    }

    async fn gather(&self, body: &mut Incoming, limit: usize) -> Result<Bytes, Failure> {
        let mut gathered = BytesMut::new();
        while let Some(chunk) = self.next_chunk(body).await {
            let chunk = chunk.map_err(|error| Failure::transient(error, Effect::Unknown))?;
            if gathered.len() + chunk.len() > limit {
                let message = format!("`{}` answered with more than {limit} bytes", self.address.authority());
                return Err(Failure::permanent(Error::new(ErrorKind::UnexpectedAnswer, message)));
            }
            gathered.extend_from_slice(&chunk);
        }
        Ok(gathered.freeze())
    }

    fn connection_failure(&self, error: &hyper_util::client::legacy::Error, sent: Option<&Sent>) -> Failure {
        if let Some(failure) = sent.and_then(Sent::take_failure) {
            return Failure::permanent(failure);
        }
        let host = self.address.authority();
        let cause = root_cause(error);
        if error.is_connect() {
            return connect_failure(host, error, &cause);
        }
        let parse = std::error::Error::source(error)
            .and_then(|source| source.downcast_ref::<hyper::Error>())
            .is_some_and(hyper::Error::is_parse);
        if parse {
            let error = Error::new(ErrorKind::UnexpectedAnswer, format!("`{host}` does not speak HTTP: {cause}"))
                .with_advice("check `endPoint`: scheme, host and port");
            return Failure::permanent(error);
        }
        let error = Error::new(ErrorKind::Unreachable, format!("the connection to `{host}` broke: {cause}"));
        Failure::transient(error, Effect::Unknown)
    }

    pub(crate) fn place(&self) -> String {
        format!("bucket `{}`", self.bucket)
    }

    /// The service's time, as far as it is known.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }
}

fn connect_failure(host: &str, error: &hyper_util::client::legacy::Error, cause: &str) -> Failure {
    let message = format!("cannot connect to `{host}`: {cause}");
    if innermost::<rustls::Error>(error).is_some() {
        let error = Error::new(ErrorKind::Config, message).with_advice(
            "check the scheme and host of `endPoint`, and that this machine trusts the certificate's issuer",
        );
        return Failure::permanent(error);
    }
    let timed_out =
        innermost::<std::io::Error>(error).is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut);
    let kind = if timed_out { ErrorKind::Timeout } else { ErrorKind::Unreachable };
    Failure::transient(Error::new(kind, message).with_advice("check `endPoint` and the network"), Effect::None)
}

/// The innermost cause of a type, also where an I/O error holds it.
fn innermost<'a, E: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a E> {
    let mut found = None;
    let mut next = Some(error);
    while let Some(error) = next {
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        found = inside.and_then(|inside| inside.downcast_ref()).or_else(|| error.downcast_ref()).or(found);
        next = error.source();
    }
    found
}

/// The innermost cause, which names what the outer layers only announce.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// What a call carries, ready to be sent more than once where it can be.
pub(crate) enum Content {
    Empty,
    Bytes(Bytes),
    Body { body: Body, crc64: bool, opened: bool },
}

impl Content {
    /// The content of an upload. `crc64` asks for its sum on the way.
    pub(crate) fn new(body: Body, crc64: bool) -> Self {
        match body.as_bytes() {
            Some(bytes) => Self::Bytes(bytes.clone()),
            None => Self::Body { body, crc64, opened: false },
        }
    }

    async fn open(&mut self) -> Result<(RequestBody, Option<Arc<Sent>>)> {
        match self {
            Self::Empty => Ok((RequestBody::Empty, None)),
            Self::Bytes(bytes) => Ok(RequestBody::bytes(bytes.clone())),
            Self::Body { body, crc64, opened } => {
                let mut open = body.open().await?;
                *opened = true;
                if open.length == Some(0) {
                    // HTTP never asks for the content of an empty body, so what should not be there is looked for here.
                    while let Some(chunk) = open.stream.next().await {
                        let chunk = chunk.map_err(|error| Error::io("cannot read the content to upload", error))?;
                        if !chunk.is_empty() {
                            return Err(wrong_length(0, chunk.len() as u64));
                        }
                    }
                    return Ok((RequestBody::Empty, None));
                }
                Ok(RequestBody::stream(open, *crc64))
            }
        }
    }

    fn is_repeatable(&self) -> bool {
        match self {
            Self::Empty | Self::Bytes(_) => true,
            Self::Body { body, opened, .. } => !opened || body.is_repeatable(),
        }
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("host", &self.address.authority())
            .field("bucket", &self.bucket)
            .field("signer", &self.signer)
            .field("timeout", &self.timeout)
            .field("max_attempts", &self.max_attempts)
            .finish_non_exhaustive()
    }
}
