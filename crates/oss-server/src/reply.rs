//! Answers in the form of OSS: headers that are always there, XML, and refusals.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE, SERVER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use oss_protocol::header;
use oss_protocol::time::http_date;
use oss_protocol::xml::ErrorDocument;

use crate::body::Body;
use crate::failure::Failure;

/// Headers that most answers have room for.
const USUAL_HEADERS: usize = 16;
// Parsed once, not for every answer.
const REQUEST_ID: HeaderName = HeaderName::from_static(header::REQUEST_ID);
const SERVER_TIME: HeaderName = HeaderName::from_static(header::SERVER_TIME);

/// The most bytes of a text in the document of a refusal: fields of forms may be longer than what a head may hold, and
/// nobody who sends them has to read what is said of them.
const TEXT_LIMIT: usize = 16 * 1024;

fn cut(text: &str) -> &str {
    let mut end = text.len().min(TEXT_LIMIT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// An answer in the making.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
    /// Of an answer to HEAD, whose body is not sent.
    length: Option<u64>,
}

impl Reply {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::with_capacity(USUAL_HEADERS), body: Body::empty(), length: None }
    }

    pub(crate) fn ok() -> Self {
        Self::new(StatusCode::OK)
    }

    pub(crate) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT)
    }

    pub(crate) fn xml(document: String) -> Self {
        Self::ok().document(document)
    }

    /// Answers with an XML document.
    pub(crate) fn document(self, document: String) -> Self {
        self.header("content-type", "application/xml").body(Body::full(Bytes::from(document)))
    }

    /// Sets a header. Values come from requests or records, which hold header text; what is none is left out.
    pub(crate) fn header(mut self, name: impl TryInto<HeaderName>, value: impl AsRef<[u8]>) -> Self {
        if let (Ok(name), Ok(value)) = (name.try_into(), HeaderValue::from_bytes(value.as_ref())) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Whether a header is set.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    pub(crate) fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// The length that HEAD tells without a body.
    pub(crate) fn length(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }

    /// Says what another answer says, with the headers of both.
    pub(crate) fn replaced_by(self, other: Self) -> Self {
        let mut reply = Self { status: other.status, body: other.body, length: other.length, headers: self.headers };
        reply.headers.extend(other.headers);
        reply
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Bytes of the body, where that is known.
    pub(crate) fn len(&self) -> Option<u64> {
        self.body.len()
    }

    pub(crate) fn map_body(mut self, change: impl FnOnce(Body) -> Body) -> Self {
        self.body = change(self.body);
        self
    }

    /// The answer to a refused request. HEAD carries the document in a header instead of a body.
    pub(crate) fn refusal(failure: &Failure, method: &Method, host: &str, request_id: &str) -> Self {
        Self::refusal_as(failure, failure.code().as_str(), failure.code().status(), method, host, request_id)
    }

    /// As [`refusal`](Self::refusal), under a code and status that the table may not know.
    pub(crate) fn refusal_as(
        failure: &Failure,
        code: &str,
        status: u16,
        method: &Method,
        host: &str,
        request_id: &str,
    ) -> Self {
        let document = ErrorDocument {
            code: code.to_owned(),
            message: cut(failure.message()).to_owned(),
            request_id: request_id.to_owned(),
            host_id: host.to_owned(),
            ec: failure.ec().map(str::to_owned),
            details: failure.details().iter().map(|(name, text)| ((*name).to_owned(), cut(text).to_owned())).collect(),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = Self::new(status);
        for (name, value) in failure.headers() {
            reply = reply.header(*name, value);
        }
        if let Some(ec) = failure.ec() {
            reply = reply.header(header::ERROR_NUMBER, ec);
        }
        if method == Method::HEAD {
            return reply.header(header::ERROR_DOCUMENT, document.write_header());
        }
        reply.header("content-type", "application/xml").body(Body::full(document.write().into()))
    }

    /// Adds the headers of every answer.
    pub(crate) fn finish(self, request_id: &str, now: SystemTime, took: Duration) -> Response<Body> {
        let length = self.length.or(self.body.len());
        let mut reply = self
            .header(SERVER, "AliyunOSS")
            .header(DATE, http_date(now))
            .header(REQUEST_ID, request_id)
            .header(SERVER_TIME, took.as_millis().to_string());
        let has_length = reply.status != StatusCode::NO_CONTENT && reply.status != StatusCode::NOT_MODIFIED;
        if let Some(length) = length.filter(|_| has_length) {
            reply = reply.header(CONTENT_LENGTH, length.to_string());
        }
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        response
    }
}
