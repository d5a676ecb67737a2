//! One way to the service: build, sign, one attempt under a timeout, classify, wait or return.

mod body;
mod broken;
mod call;
mod clock;
mod connect;
mod content;
mod deadline;
mod exchange;
mod pool;
mod proxy;
mod resolver;
mod retry;

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::Authority;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use meta::{Error, ErrorKind, Result};
use oss_protocol::endpoint::Scheme;
use oss_protocol::sign;

use self::body::{RequestBody, Sent};
use self::broken::{Peer, root_cause, unauthorized};
pub(crate) use self::call::{Answer, Call};
pub(crate) use self::clock::Clock;
pub(crate) use self::content::Content;
pub(crate) use self::deadline::Deadline;
pub(crate) use self::exchange::{Question, Reply, Service};
pub(crate) use self::pool::{Pool, Pools};
pub(crate) use self::proxy::ProxyChoice;
use self::proxy::Route;
use self::retry::Next;
pub(crate) use self::retry::{Cause, Course, Effect, Failure, Repeat, is_transient_status};
use crate::address::Address;
use crate::refusal::{self, Asked};
use crate::sign::{Keys, Signer};

/// The largest error document that is read; OSS's are below 10 KiB.
const MAX_REFUSAL: usize = 64 * 1024;
/// The largest result document that is read: 1000 long names, percent-encoded, with room to spare.
const MAX_DOCUMENT: usize = 16 * 1024 * 1024;

const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("jit-storages-oss-type/", env!("CARGO_PKG_VERSION"), " (rust)"));

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
    limits: Limits,
    /// The proxy in between; known on first use.
    route: OnceLock<Option<Route>>,
}

/// How long and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long a transfer may stand still.
    pub(crate) timeout: Duration,
    /// How long a call may take with all its attempts.
    pub(crate) call_timeout: Option<Duration>,
    /// How often a call is tried in all.
    pub(crate) max_attempts: u32,
}

impl Transport {
    pub(crate) fn new(
        pool: Arc<Pool>,
        signer: Signer,
        address: Address,
        bucket: String,
        limits: Limits,
    ) -> Result<Self> {
        let unusable = |error: &dyn fmt::Display| {
            Error::new(ErrorKind::Config, format!("`{}` cannot be the host of a request: {error}", address.authority()))
        };
        let authority: Authority = address.authority().parse().map_err(|error| unusable(&error))?;
        let host = HeaderValue::from_str(address.authority()).map_err(|error| unusable(&error))?;
        Ok(Self {
            pool,
            clock: Clock::default(),
            signer,
            address,
            authority,
            host,
            bucket,
            limits,
            route: OnceLock::new(),
        })
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

    /// When the time of a call that begins now is over.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline::beginning_now(self.limits.call_timeout)
    }

    /// How often a call is tried in all.
    pub(crate) fn max_attempts(&self) -> u32 {
        self.limits.max_attempts
    }

    /// The attempts of something that may run twice.
    pub(crate) fn course(&self) -> Course {
        Course::new(Repeat::Safe, self.limits.max_attempts)
    }

    /// Waits before a transfer that broke goes on, or returns the error that ends it.
    pub(crate) async fn pause(&self, failure: Failure, course: &mut Course) -> Result<()> {
        match course.after(&failure) {
            Next::After(wait) => {
                tracing::debug!(failed = course.failed(), ?wait, error = %failure.error, "going on after a wait");
                rest(wait).await;
                Ok(())
            }
            Next::WithNewKeys | Next::GiveUp => Err(failure.error.with_place(self.place())),
        }
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
        self.ask_with_status(call, content, |_, headers, document| read(headers, document)).await
    }

    /// Sends a call and reads the document that answers it, where the kind of success matters too.
    pub(crate) async fn ask_with_status<T>(
        &self,
        call: &Call<'_>,
        content: Bytes,
        read: impl Fn(StatusCode, &HeaderMap, &[u8]) -> Result<T>,
    ) -> Result<T> {
        let content = &mut if content.is_empty() { Content::Empty } else { Content::Bytes(content) };
        self.retrying(call, content, Read::Document, |answer, document| {
            let headers = answer.response.headers();
            read(answer.response.status(), headers, &document).map_err(|error| match error.kind() {
                // OSS has answered, and what it said was damaged on its way.
                ErrorKind::UnexpectedAnswer if headers.contains_key(oss_protocol::header::REQUEST_ID) => {
                    Error::new(ErrorKind::UnexpectedAnswer, format!("the answer of `{}` cannot be read", self.host()))
                        .with_source(error)
                        .with_retryable(true)
                }
                _ => error,
            })
        })
        .await
    }

    /// The document that stands in the body of an answer.
    pub(crate) async fn document(&self, body: &mut Incoming) -> Result<Bytes> {
        self.gather(body, MAX_DOCUMENT).await.map_err(|failure| failure.error.with_place(self.place()))
    }

    /// Repeats attempts until one succeeds, nothing speaks for another, or the call's time is over.
    async fn retrying<T>(
        &self,
        call: &Call<'_>,
        content: &mut Content,
        read: Read,
        finish: impl Fn(Answer, Bytes) -> Result<T>,
    ) -> Result<T> {
        let started = Instant::now();
        let deadline = self.deadline();
        let mut course = Course::new(call.repeat, self.limits.max_attempts);
        let mut last = None;
        let attempts = self.attempts(call, content, read, finish, &deadline, &mut course, &mut last);
        let (error, count) = match deadline.hold(attempts).await {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) => (error, course.failed()),
            // One was on its way.
            Err(over) => (call.repeat.guard(over.after(last)), course.failed() + 1),
        };
        let error = match error.attempts() {
            // A provider of credentials has counted its own.
            Some(_) => error,
            None => error.with_attempts(count, started.elapsed()),
        };
        Err(error.with_place(self.place()))
    }

    #[expect(clippy::too_many_arguments, reason = "the state of the attempts outlives them where their time is over")]
    async fn attempts<T>(
        &self,
        call: &Call<'_>,
        content: &mut Content,
        read: Read,
        finish: impl Fn(Answer, Bytes) -> Result<T>,
        deadline: &Deadline,
        course: &mut Course,
        last: &mut Option<Error>,
    ) -> Result<T> {
        loop {
            let keys = self.signer.current(self.now()).await;
            let (failure, keys) = match keys {
                Ok(keys) => match self.attempt(&keys, call, content, read).await {
                    Ok((answer, document)) => match finish(answer, document) {
                        Ok(done) => return Ok(done),
                        Err(error) if error.is_retryable() => (Failure::transient(error, Effect::Unknown), Some(keys)),
                        Err(error) => (Failure::permanent(error), Some(keys)),
                    },
                    Err(failure) => (failure, Some(keys)),
                },
                Err(error) => (Failure::before_sending(error), None),
            };
            let next = course.after(&failure);
            if let (Next::WithNewKeys, Some(refused)) = (next, &keys) {
                match self.signer.renewed(refused, self.now()).await {
                    Ok(Some(_)) => {}
                    Ok(None) => return Err(failure.error),
                    Err(error) => return Err(error.with_source(failure.error)),
                }
            }
            let next = if content.is_repeatable() { next } else { Next::GiveUp };
            match next {
                Next::GiveUp if failure.effect == Effect::Unknown => return Err(call.repeat.guard(failure.error)),
                Next::GiveUp => return Err(failure.error),
                Next::WithNewKeys => tracing::debug!(error = %failure.error, "trying again with new keys"),
                Next::After(wait) => {
                    if let Some(over) = deadline.is_over_in(wait) {
                        return Err(over.after(Some(failure.error)));
                    }
                    tracing::debug!(failed = course.failed(), ?wait, error = %failure.error, "trying again");
                    *last = Some(failure.error);
                    rest(wait).await;
                }
            }
        }
    }

    /// One attempt: signed anew, under a timeout.
    async fn attempt(
        &self,
        keys: &Keys,
        call: &Call<'_>,
        content: &mut Content,
        read: Read,
    ) -> Result<(Answer, Bytes), Failure> {
        let (body, sent) = content.open().await.map_err(Failure::permanent)?;
        let now = self.clock.now();
        let request = self.request(keys, call, body, now).map_err(Failure::permanent)?;
        let response = self.pool.request(self.address.scheme(), request).await.map_err(Failure::permanent)?;
        let timeout = self.limits.timeout;
        let response = match self.under_timeout(response, sent.as_deref(), timeout + call.draining()).await {
            Some(Ok(response)) => response,
            Some(Err(error)) => {
                return Err(match sent.as_deref().and_then(Sent::take_failure) {
                    Some(failure) => Failure::permanent(failure),
                    None => Peer { host: self.host(), key: "endPoint" }.failure(&error),
                });
            }
            None if sent.as_deref().is_some_and(Sent::is_starved) => {
                let message = format!("the content to upload brought nothing for {} s", timeout.as_secs());
                return Err(Failure::permanent(Error::new(ErrorKind::Timeout, message)));
            }
            None => {
                let message = format!("`{}` stood still for {} s", self.host(), timeout.as_secs());
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
            _ => match self.gather(&mut body, MAX_REFUSAL).await {
                Ok(document) => document,
                // Half a document does not tell why it was refused; asking again does.
                Err(failure) if failure.cause == Cause::Transient => {
                    let effect = if head.status.is_server_error() { Effect::Unknown } else { Effect::None };
                    return Err(Failure { effect, ..failure });
                }
                Err(_) => Bytes::new(),
            },
        };
        if head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            let error = Error::new(ErrorKind::Config, "the proxy wants a user name and a password, or others");
            return Err(Failure::permanent(unauthorized(error)));
        }
        let asked = Asked {
            action: call.action,
            method: &call.method,
            key: call.key,
            bucket: &self.bucket,
            host: self.host(),
            provider: self.signer.provider(),
            signed_text: &|| self.signing(call, &call.texts(), |request| keys.signed_text(request, now)),
        };
        Err(refusal::read(&asked, head.status, &head.headers, &document, &self.clock))
    }

    fn request(
        &self,
        keys: &Keys,
        call: &Call<'_>,
        body: RequestBody,
        now: SystemTime,
    ) -> Result<Request<RequestBody>> {
        let uri = self.address.uri(&self.authority, call.key, call.query)?;
        let mut headers = HeaderMap::with_capacity(call.headers.len() + 6);
        headers.insert(header::HOST, self.host.clone());
        headers.insert(header::USER_AGENT, USER_AGENT);
        if let (Some(route), Scheme::Http) = (self.route(), self.address.scheme()) {
            route.authorize(&mut headers);
        }
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
        self.signing(call, &call.texts(), |request| keys.sign_headers(request, now, &mut set));
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
    async fn under_timeout<T>(
        &self,
        work: impl Future<Output = T>,
        sent: Option<&Sent>,
        timeout: Duration,
    ) -> Option<T> {
        let mut work = pin!(work);
        // Connecting has a timeout of its own, which may come first.
        let mut deadline = Instant::now() + self.pool.connect_timeout() + timeout;
        loop {
            if let Ok(done) = tokio::time::timeout_at(deadline.into(), work.as_mut()).await {
                return Some(done);
            }
            let moved = sent.map(Sent::last_progress).map(|last| last + timeout);
            match moved {
                Some(next) if next > deadline => deadline = next,
                _ => return None,
            }
        }
    }

    /// The next chunk of an answer's body, under the timeout. `None` at its end.
    pub(crate) async fn next_chunk(&self, body: &mut Incoming) -> Option<Result<Bytes>> {
        loop {
            let frame = match tokio::time::timeout(self.limits.timeout, body.frame()).await {
                Ok(frame) => frame?,
                Err(_) => {
                    let message = format!("`{}` sent nothing for {} s", self.host(), self.limits.timeout.as_secs());
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

    /// Where operations take place, as errors name it.
    pub(crate) fn place(&self) -> String {
        match self.route() {
            Some(route) => format!("bucket `{}` through the proxy `{route}`", self.bucket),
            None => format!("bucket `{}`", self.bucket),
        }
    }

    fn route(&self) -> Option<&Route> {
        let route = self.route.get_or_init(|| self.pool.route(&self.address.uri(&self.authority, "", &[]).ok()?));
        route.as_ref()
    }

    /// The service's time, as far as it is known.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("host", &self.address.authority())
            .field("bucket", &self.bucket)
            .field("signer", &self.signer)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The one place of this crate that waits before something is repeated.
async fn rest(wait: Duration) {
    if !wait.is_zero() {
        #[expect(clippy::disallowed_methods, reason = "`retry` has decided it")]
        tokio::time::sleep(wait).await;
    }
}
