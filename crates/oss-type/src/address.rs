//! Where a bucket is reached: scheme, authority and the path in front of the object's name.

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme as UriScheme, Uri};
use meta::{Error, ErrorKind, Result};
use oss_protocol::encode::{encode_path, encode_query};
use oss_protocol::endpoint::{Endpoint, Scheme, Style};

/// The address of one bucket, with everything that all its requests share computed once.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    scheme: Scheme,
    authority: String,
    /// `/` or `/{bucket}/`.
    prefix: String,
}

impl Address {
    /// The address of a bucket under an endpoint.
    pub(crate) fn new(endpoint: &Endpoint, cname: bool, bucket: &str) -> Self {
        // This machine's own ports speak plain HTTP unless told otherwise; everything else is encrypted.
        let fallback = if endpoint.is_loopback() { Scheme::Http } else { Scheme::Https };
        Self::of_bucket(endpoint, endpoint.scheme().unwrap_or(fallback), cname, bucket)
    }

    pub(crate) fn of_bucket(endpoint: &Endpoint, scheme: Scheme, cname: bool, bucket: &str) -> Self {
        let style = if cname { Style::Cname } else { endpoint.default_style() };
        let mut prefix = String::new();
        Endpoint::write_path(style, Some(bucket), None, &mut prefix);
        Self { scheme, authority: endpoint.authority(scheme, style, Some(bucket)), prefix }
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The value of `Host`.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Path and query of an object (of the bucket where `key` is empty), percent-encoded and never normalised: `.`,
    /// `..` and `//` in names reach the service as they are.
    fn write_target(&self, key: &str, query: &[(&str, &str)], out: &mut String) {
        out.push_str(&self.prefix);
        encode_path(key, out);
        if !query.is_empty() {
            out.push('?');
            encode_query(query.iter().copied(), out);
        }
    }

    /// The URI of a request.
    pub(crate) fn uri(&self, authority: &Authority, key: &str, query: &[(&str, &str)]) -> Result<Uri> {
        let mut target = String::with_capacity(self.prefix.len() + key.len() * 2 + query.len() * 64);
        self.write_target(key, query, &mut target);
        let target = PathAndQuery::from_maybe_shared(Bytes::from(target)).map_err(unusable)?;
        let scheme = match self.scheme {
            Scheme::Http => UriScheme::HTTP,
            Scheme::Https => UriScheme::HTTPS,
        };
        Uri::builder().scheme(scheme).authority(authority.clone()).path_and_query(target).build().map_err(unusable)
    }

    /// The URL of an object, for somebody else.
    pub(crate) fn url(&self, key: &str, query: &[(&str, &str)]) -> String {
        let mut url = String::with_capacity(64 + self.authority.len() + key.len() * 2 + query.len() * 64);
        url.push_str(self.scheme.as_str());
        url.push_str("://");
        url.push_str(&self.authority);
        self.write_target(key, query, &mut url);
        url
    }
}

fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the name makes no request target: {error}")).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(endpoint: &str, cname: bool, key: &str) -> String {
        let endpoint = Endpoint::parse(endpoint, Some("docs")).unwrap();
        Address::of_bucket(&endpoint, Scheme::Https, cname, "docs").url(key, &[])
    }

    #[test]
    fn addresses_follow_the_style_of_the_endpoint() {
        assert_eq!(
            url("oss-cn-hangzhou.aliyuncs.com", false, "a/b c.txt"),
            "https://docs.oss-cn-hangzhou.aliyuncs.com/a/b%20c.txt"
        );
        assert_eq!(url("docs.oss-cn-hangzhou.aliyuncs.com", false, "a"), "https://docs.oss-cn-hangzhou.aliyuncs.com/a");
        assert_eq!(url("127.0.0.1:9000", false, "目"), "https://127.0.0.1:9000/docs/%E7%9B%AE");
        assert_eq!(url("img.example.com", true, "a+b"), "https://img.example.com/a%2Bb");
    }

    #[test]
    fn dot_segments_and_double_slashes_stay() {
        let endpoint = Endpoint::parse("127.0.0.1:9000", Some("docs")).unwrap();
        let address = Address::of_bucket(&endpoint, Scheme::Http, false, "docs");
        let authority = Authority::from_static("127.0.0.1:9000");
        for key in ["a/../b", "../x", "./a", "a//b", "..", "dir/"] {
            let uri = address.uri(&authority, key, &[("acl", "")]).unwrap();
            assert_eq!(uri.to_string(), format!("http://127.0.0.1:9000/docs/{key}?acl"));
        }
    }
}
