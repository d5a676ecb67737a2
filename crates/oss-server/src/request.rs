//! A request as OSS sees it: method, bucket, key, decoded query, headers that are text.

use http::{HeaderMap, Method};
use oss_protocol::code::Code;
use oss_protocol::encode::decode_query;
use oss_protocol::sign;

use crate::address::{Hosts, Target};
use crate::failure::Failure;

/// A request, parsed but not yet believed.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// `Host` as sent.
    pub(crate) host: String,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    /// Whether the path names a bucket and ends with it, without a slash.
    pub(crate) is_bare: bool,
    pub(crate) query: Vec<(String, String)>,
    headers: HeaderMap,
}

impl Request {
    pub(crate) fn parse(parts: http::request::Parts, hosts: &Hosts) -> Result<Self, Failure> {
        let http::request::Parts { method, uri, headers, .. } = parts;
        if headers.values().any(|value| std::str::from_utf8(value.as_bytes()).is_err()) {
            return Err(Failure::with_message(Code::InvalidArgument, "A header is not valid UTF-8."));
        }
        let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        let host = host.or_else(|| uri.authority().map(|authority| authority.as_str())).unwrap_or_default().to_owned();
        let Target { bucket, key } = hosts.target(&host, uri.path())?;
        let is_bare = bucket.is_some() && !uri.path().ends_with('/') && key.is_none();
        let query = decode_query(uri.query().unwrap_or_default()).map_err(|error| {
            Failure::with_message(Code::InvalidArgument, format!("The query is not valid: {error}."))
        })?;
        let query = query.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Ok(Self { method, host, bucket, key, is_bare, query, headers })
    }

    /// A request to put an object, made up from another one.
    pub(crate) fn put(host: String, bucket: Option<String>, key: String, headers: HeaderMap) -> Self {
        Self { method: Method::PUT, host, bucket, key: Some(key), is_bare: false, query: Vec::new(), headers }
    }

    /// The first header of that name, trimmed.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok()).map(str::trim)
    }

    /// Every header, in order of arrival for equal names.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_str(), std::str::from_utf8(value.as_bytes()).unwrap_or_default()))
    }

    /// The first query parameter of that name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Whether the query has that name, with whatever value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.parameter(name).is_some()
    }

    /// `Content-Length`, where it was sent.
    pub(crate) fn content_length(&self) -> Option<u64> {
        self.header("content-length").and_then(|value| value.parse().ok())
    }

    pub(crate) fn is_chunked(&self) -> bool {
        self.headers.contains_key(http::header::TRANSFER_ENCODING)
    }

    /// Lets `read` see the request in the form that signatures cover.
    pub(crate) fn signed<T>(&self, read: impl FnOnce(&sign::Request<'_>) -> T) -> T {
        let query: Vec<_> = self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let headers: Vec<_> = self.headers().collect();
        read(&sign::Request {
            method: self.method.as_str(),
            bucket: self.bucket.as_deref(),
            key: self.key.as_deref(),
            query: &query,
            headers: &headers,
        })
    }
}
