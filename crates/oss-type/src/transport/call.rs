//! A request and its answer, as the verbs see them.

use std::time::Duration;

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

    /// How long what the network holds may take to drain where the service takes only so much of it at a time: the kernel
    /// takes some MiB at once, which no longer shows as progress.
    pub(super) fn draining(&self) -> Duration {
        const HELD_BITS: u64 = 8 * (8 << 20);
        let limit = self.headers.iter().find(|(name, _)| *name == oss_protocol::header::TRAFFIC_LIMIT);
        let limit = limit.and_then(|(_, value)| value.to_str().ok()?.parse::<u64>().ok()).filter(|limit| *limit > 0);
        limit.map_or(Duration::ZERO, |limit| Duration::from_secs(HELD_BITS.div_ceil(limit)))
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
