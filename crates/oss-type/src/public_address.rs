//! Where the URLs point that are handed out.

use meta::{Error, ErrorKind, Result};
use oss_protocol::endpoint::Endpoint;

use crate::address::Address;

/// The hosts that URLs handed out may name, beside the one that requests go to.
#[derive(Debug, Clone)]
pub(crate) struct PublicAddress {
    /// What they name unless told otherwise.
    usual: Address,
    own: Endpoint,
    cname: bool,
    bucket: String,
    /// What signatures are for; empty where nobody knows.
    region: String,
}

impl PublicAddress {
    /// The configured one: `text`, or the endpoint of the requests.
    ///
    /// # Errors
    /// What is no host, or contradicts the region.
    pub(crate) fn new(own: Endpoint, text: Option<&str>, cname: bool, bucket: &str, region: &str) -> Result<Self> {
        let usual = Address::new(&own, cname, bucket);
        let mut public = Self { usual, own, cname, bucket: bucket.to_owned(), region: region.to_owned() };
        if let Some(text) = text {
            public.usual = public.of(text)?;
        }
        Ok(public)
    }

    /// A name under which many buckets are served stands for the bucket in front of it, or behind it for addresses;
    /// every other name is a custom domain or CDN that is bound to the one bucket.
    fn of(&self, text: &str) -> Result<Address> {
        let Self { own, cname, bucket, region, .. } = self;
        let invalid = |message: String| Error::new(ErrorKind::InvalidInput, message);
        let endpoint = Endpoint::parse(text, Some(bucket)).map_err(|error| invalid(error.to_string()))?;
        if let Some(other) = endpoint.region().filter(|other| !region.is_empty() && other != region) {
            return Err(invalid(format!("`{text}` is in `{other}`, and the bucket in `{region}`"))
                .with_advice(format!("use a host in `{region}`, or a custom domain")));
        }
        if endpoint.host() == own.host() {
            return Ok(Address::new(&endpoint, *cname, bucket));
        }
        let bound = !endpoint.is_cloud()
            && !endpoint.is_loopback()
            && endpoint.host().bytes().any(|byte| byte.is_ascii_alphabetic());
        Ok(Address::new(&endpoint, bound, bucket))
    }

    /// The URL of an object.
    pub(crate) fn url(&self, key: &str, query: &[(&str, &str)]) -> String {
        self.usual.url(key, query)
    }

    /// The URL of an object, or of the bucket where `key` is empty, on another host.
    ///
    /// # Errors
    /// What is no host, or contradicts the region.
    pub(crate) fn url_on(&self, host: Option<&str>, key: &str, query: &[(&str, &str)]) -> Result<String> {
        match host {
            Some(host) => Ok(self.of(host)?.url(key, query)),
            None => Ok(self.url(key, query)),
        }
    }
}
