//! A request and its answer, as the verbs see them.

use http::header::{HeaderName, HeaderValue};
use http::{Method, Response};
use hyper::body::Incoming;

use super::retry::Repeat;

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
    pub(super) fn texts(&self) -> Vec<(&str, &str)> {
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
