//! Short questions to other services than the bucket's: STS, and the metadata service of ECS.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery, Uri};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use meta::{Error, ErrorKind, Result};
use oss_protocol::endpoint::{Endpoint, Scheme, Style};

use super::body::RequestBody;
use super::broken::{Peer, root_cause, unauthorized};
use super::pool::Pool;
use super::retry::{Course, Effect, Failure, Next, Repeat};
use super::{USER_AGENT, rest};

/// How long one attempt may take (Go v2: 10 s).
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a question is asked (Go v2: 3).
const MAX_ATTEMPTS: u32 = 3;
/// The longest answer that is read; real ones are below 4 KiB.
const MAX_ANSWER: usize = 64 * 1024;

/// A service that answers short questions.
#[derive(Debug)]
pub(crate) struct Service {
    pool: Arc<Pool>,
    scheme: Scheme,
    authority: Authority,
    /// The configuration key that names it.
    key: &'static str,
}

/// A question, made anew for each attempt.
pub(crate) struct Question {
    pub(crate) method: Method,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Sent as a form where it is not empty.
    pub(crate) form: String,
}

/// An answer, whatever its status.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// The service's date.
    pub(crate) date: Option<SystemTime>,
    pub(crate) body: Bytes,
}

impl Service {
    /// The service at an endpoint that `key` names, over `fallback` where it has no scheme.
    pub(crate) fn new(pool: Arc<Pool>, endpoint: &Endpoint, fallback: Scheme, key: &'static str) -> Result<Self> {
        let scheme = endpoint.scheme().unwrap_or(if endpoint.is_loopback() { Scheme::Http } else { fallback });
        let authority = endpoint.authority(scheme, Style::Path, None).parse().map_err(|error| {
            Error::new(ErrorKind::Config, format!("`{}` cannot be the host of a request: {error}", endpoint.host()))
        })?;
        Ok(Self { pool, scheme, authority, key })
    }

    /// Asks until the answer can be read, or nothing speaks for asking again. `step` says in errors what was tried, as
    /// in "reading the role name from".
    pub(crate) async fn ask<T>(
        &self,
        step: &str,
        path: &str,
        question: impl Fn() -> Result<Question>,
        read: impl Fn(Reply) -> Result<T, Failure>,
    ) -> Result<T> {
        let started = Instant::now();
        let mut course = Course::new(Repeat::Safe, MAX_ATTEMPTS);
        loop {
            let reply = match question() {
                Ok(question) => self.once(path, question).await,
                Err(error) => Err(Failure::permanent(error)),
            };
            let failure = match reply.and_then(&read) {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            match course.after(&failure) {
                Next::After(wait) => {
                    tracing::debug!(step, ?wait, error = %failure.error, "asking again");
                    rest(wait).await;
                }
                Next::WithNewKeys | Next::GiveUp => {
                    let what = format!("{step} `{}://{}{path}` failed", self.scheme, self.authority);
                    let error = Error::io(what, io::Error::other(failure.error));
                    return Err(error.with_attempts(course.failed(), started.elapsed()));
                }
            }
        }
    }

    async fn once(&self, path: &str, question: Question) -> Result<Reply, Failure> {
        let request = self.request(path, question).map_err(Failure::permanent)?;
        match tokio::time::timeout(ATTEMPT_TIMEOUT, self.send(request)).await {
            Ok(reply) => reply,
            Err(_) => {
                let message = format!("`{}` did not answer within {} s", self.authority, ATTEMPT_TIMEOUT.as_secs());
                let error = Error::new(ErrorKind::Timeout, message)
                    .with_advice(format!("check `{}` and the network", self.key));
                Err(Failure::transient(error, Effect::Unknown))
            }
        }
    }

    fn request(&self, path: &str, question: Question) -> Result<Request<RequestBody>> {
        let Question { method, headers, form } = question;
        let unusable = |error: http::Error| {
            Error::new(ErrorKind::InvalidInput, format!("`{path}` is no path of a request: {error}"))
        };
        let path = PathAndQuery::try_from(path).map_err(|error| unusable(error.into()))?;
        let uri = Uri::builder().scheme(self.scheme.as_str()).authority(self.authority.clone()).path_and_query(path);
        let uri = uri.build().map_err(unusable)?;
        let host = HeaderValue::from_str(self.authority.as_str()).map_err(|error| unusable(error.into()))?;
        let mut request = Request::builder().method(method).header(header::HOST, host);
        request = request.header(header::USER_AGENT, USER_AGENT);
        if !form.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            request = request.header(header::CONTENT_LENGTH, form.len());
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let route = self.pool.route(&uri);
        let body = if form.is_empty() { RequestBody::Empty } else { RequestBody::bytes(form.into()).0 };
        let mut request = request.uri(uri).body(body).map_err(unusable)?;
        if let (Some(route), Scheme::Http) = (route, self.scheme) {
            route.authorize(request.headers_mut());
        }
        Ok(request)
    }

    async fn send(&self, request: Request<RequestBody>) -> Result<Reply, Failure> {
        let response = self.pool.request(self.scheme, request).await.map_err(Failure::permanent)?;
        let peer = Peer { host: self.authority.as_str(), key: self.key };
        let response = response.await.map_err(|error| peer.failure(&error))?;
        let (head, body) = response.into_parts();
        if head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            let error = Error::new(ErrorKind::Config, "the proxy wants a user name and a password, or others");
            return Err(Failure::permanent(unauthorized(error)));
        }
        let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(|error| {
            let message = format!("the answer of `{}` broke: {}", self.authority, root_cause(&*error));
            Failure::transient(Error::new(ErrorKind::Unreachable, message), Effect::Unknown)
        })?;
        let date = head.headers.get(header::DATE).and_then(|date| date.to_str().ok());
        Ok(Reply {
            status: head.status,
            date: date.and_then(oss_protocol::time::parse_http_date),
            body: body.to_bytes(),
        })
    }
}

impl Question {
    /// A question without headers or content.
    pub(crate) fn get() -> Self {
        Self { method: Method::GET, headers: Vec::new(), form: String::new() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.headers.push((HeaderName::from_static(name), value));
        self
    }
}
