//! Which bucket and object a request means: from `Host` and the raw path, decoded once and never normalised.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::IpAddr;

use oss_protocol::code::Code;
use oss_protocol::encode::{DecodeError, decode};

use crate::failure::Failure;

/// The hosts that the server answers for.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    /// Hosts under which `{bucket}.{host}` is a bucket, in lower case.
    domains: Vec<String>,
    /// Custom domains, each bound to one bucket.
    cnames: HashMap<String, String>,
}

/// What a request addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
}

impl Hosts {
    pub(crate) fn new(region: &str, domains: Vec<String>, cnames: HashMap<String, String>) -> Self {
        let mut all = vec![
            "localhost".to_owned(),
            // What ali-oss sends even to an address, and what the service itself is called.
            format!("oss-{region}.aliyuncs.com"),
            format!("oss-{region}-internal.aliyuncs.com"),
            format!("{region}.oss.aliyuncs.com"),
        ];
        all.extend(domains.iter().map(|domain| domain.to_ascii_lowercase()));
        // Of domains within each other the narrower one is meant: `docs.oss.localhost` is no bucket `docs.oss`.
        all.sort_by_key(|domain| std::cmp::Reverse(domain.len()));
        let cnames = cnames.into_iter().map(|(domain, bucket)| (domain.to_ascii_lowercase(), bucket)).collect();
        Self { domains: all, cnames }
    }

    /// Reads a request's target. A host that is no address, no domain and no custom domain counts as path style: the
    /// server may have any name in its network.
    pub(crate) fn target(&self, host: &str, raw_path: &str) -> Result<Target, Failure> {
        let name = host_name(host);
        let path = raw_path.strip_prefix('/').ok_or_else(|| Failure::new(Code::BadRequest))?;
        if let Some(bucket) = self.bucket_of(&name) {
            return Ok(Target { bucket: Some(bucket.to_owned()), key: key(path)? });
        }
        let (bucket, rest) = path.split_once('/').unwrap_or((path, ""));
        let bucket = decoded(bucket)?.into_owned();
        if bucket.is_empty() {
            // `//key`: an empty bucket name is none, and the service has no keys.
            let key = key(rest)?;
            return match key {
                None => Ok(Target { bucket: None, key: None }),
                Some(_) => Err(Failure::new(Code::InvalidBucketName).detail("BucketName", "")),
            };
        }
        Ok(Target { bucket: Some(bucket), key: key(rest)? })
    }

    /// Whether addresses on this host name the bucket in their path.
    pub(crate) fn is_path_style(&self, host: &str) -> bool {
        self.bucket_of(&host_name(host)).is_none()
    }

    /// The endpoint by which a client came, port included: the host without the bucket in front. A custom domain is none.
    pub(crate) fn endpoint<'a>(&self, host: &'a str) -> Option<&'a str> {
        let name = host_name(host);
        if self.cnames.contains_key(&name) {
            return None;
        }
        match self.bucket_of(&name) {
            Some(bucket) => host.get(bucket.len() + 1..),
            None => Some(host.trim_start_matches('.')).filter(|host| !host.is_empty()),
        }
    }

    /// The bucket that a host stands for.
    fn bucket_of<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        if let Some(bucket) = self.cnames.get(name) {
            return Some(bucket);
        }
        if name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            return None;
        }
        let suffixed = self.domains.iter().find_map(|domain| name.strip_suffix(domain.as_str())?.strip_suffix('.'));
        // ali-oss sends a lone dot in front where it means the service.
        suffixed.filter(|bucket| !bucket.is_empty())
    }
}

/// The host without its port, in lower case, without a trailing dot.
fn host_name(host: &str) -> String {
    let name = match host.rfind(']') {
        Some(end) => &host[..=end],
        None => host.split(':').next().unwrap_or_default(),
    };
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn key(raw: &str) -> Result<Option<String>, Failure> {
    let key = decoded(raw)?.into_owned();
    Ok(Some(key).filter(|key| !key.is_empty()))
}

fn decoded(raw: &str) -> Result<Cow<'_, str>, Failure> {
    decode(raw).map_err(|error: DecodeError| {
        Failure::with_message(Code::InvalidObjectName, format!("The specified object is not valid: {error}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(host: &str, path: &str) -> (Option<String>, Option<String>) {
        let cnames = HashMap::from([("img.example.com".to_owned(), "pics".to_owned())]);
        let hosts = Hosts::new("cn-hangzhou", vec!["oss.corp".to_owned()], cnames);
        let target = hosts.target(host, path).unwrap();
        (target.bucket, target.key)
    }

    fn named(bucket: &str, key: &str) -> (Option<String>, Option<String>) {
        (Some(bucket.to_owned()), Some(key.to_owned()))
    }

    #[test]
    fn all_address_styles() {
        assert_eq!(target("127.0.0.1:9000", "/docs/a/b"), named("docs", "a/b"));
        assert_eq!(target("[::1]:9000", "/docs/a"), named("docs", "a"));
        assert_eq!(target("localhost:9000", "/docs/a"), named("docs", "a"));
        assert_eq!(target("server", "/docs/a"), named("docs", "a"));
        assert_eq!(target("docs.localhost:9000", "/a"), named("docs", "a"));
        assert_eq!(target("DOCS.oss-cn-hangzhou.aliyuncs.com.", "/a"), named("docs", "a"));
        assert_eq!(target("docs.oss-cn-hangzhou-internal.aliyuncs.com", "/a"), named("docs", "a"));
        assert_eq!(target("docs.oss.corp", "/a"), named("docs", "a"));
        assert_eq!(target("img.example.com", "/a"), named("pics", "a"));
        assert_eq!(target("127.0.0.1", "/"), (None, None));
        assert_eq!(target(".oss-cn-hangzhou.aliyuncs.com", "/"), (None, None));
        assert_eq!(target("127.0.0.1", "/docs"), (Some("docs".to_owned()), None));
        assert_eq!(target("127.0.0.1", "/docs/"), (Some("docs".to_owned()), None));
        assert_eq!(target("docs.localhost", "/"), (Some("docs".to_owned()), None));
    }

    #[test]
    fn a_client_is_told_the_endpoint_that_it_came_by() {
        let cnames = HashMap::from([("img.example.com".to_owned(), "pics".to_owned())]);
        let hosts = Hosts::new("cn-hangzhou", Vec::new(), cnames);
        for (host, endpoint) in [
            ("127.0.0.1:9000", Some("127.0.0.1:9000")),
            ("docs.localhost:9000", Some("localhost:9000")),
            ("Docs.oss-cn-hangzhou.aliyuncs.com", Some("oss-cn-hangzhou.aliyuncs.com")),
            (".oss-cn-hangzhou.aliyuncs.com", Some("oss-cn-hangzhou.aliyuncs.com")),
            ("img.example.com", None),
            ("", None),
        ] {
            assert_eq!(hosts.endpoint(host), endpoint, "{host}");
        }
    }

    #[test]
    fn paths_are_decoded_once_and_never_normalised() {
        assert_eq!(target("127.0.0.1", "/docs/a/../b"), named("docs", "a/../b"));
        assert_eq!(target("127.0.0.1", "/docs/%2e%2e/b"), named("docs", "../b"));
        assert_eq!(target("127.0.0.1", "/docs/a//b"), named("docs", "a//b"));
        assert_eq!(target("127.0.0.1", "/docs/a%2Fb"), named("docs", "a/b"));
        assert_eq!(target("127.0.0.1", "/docs/a%252Fb+c"), named("docs", "a%2Fb+c"));
        assert_eq!(target("docs.localhost", "//a"), named("docs", "/a"));
    }

    #[test]
    fn what_cannot_be_decoded_is_refused() {
        let hosts = Hosts::new("cn-hangzhou", Vec::new(), HashMap::new());
        for path in ["/docs/%", "/docs/%zz", "/docs/%ff", "/docs/%c0%af", "/%ff/a"] {
            assert_eq!(hosts.target("127.0.0.1", path).unwrap_err().code(), Code::InvalidObjectName, "{path}");
        }
        assert_eq!(hosts.target("127.0.0.1", "//a").unwrap_err().code(), Code::InvalidBucketName);
        assert_eq!(hosts.target("127.0.0.1", "*").unwrap_err().code(), Code::BadRequest);
    }
}
