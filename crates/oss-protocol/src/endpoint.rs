//! Endpoints: the host that users configure, the region it implies, and the address of a bucket on it.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The protocol of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP, port 80 by default.
    Http,
    /// HTTP over TLS, port 443 by default.
    Https,
}

impl Scheme {
    /// `http` or `https`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that addresses leave out.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How an address names its bucket. The signature is the same in every style.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// `{bucket}.{endpoint}/{key}`, the default of the public cloud, which refuses path style.
    VirtualHost,
    /// `{endpoint}/{bucket}/{key}`, for IP addresses and private deployments.
    Path,
    /// `{custom domain}/{key}`: the endpoint is a domain bound to the one bucket.
    Cname,
}

/// A host that serves OSS, with port and scheme where they were given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    scheme: Option<Scheme>,
    host: String,
    port: Option<u16>,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Kind {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    /// A host of the public cloud, with the region that its name tells.
    Cloud {
        region: Option<String>,
    },
    /// A cloud box, whose signing region is its own id.
    CloudBox {
        id: String,
    },
    Other,
}

/// Why a text is not an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidEndpoint {
    /// No host at all.
    Empty,
    /// A scheme other than `http` and `https`.
    Scheme(String),
    /// A user name or password before the host.
    UserInfo,
    /// A path after the host.
    Path(String),
    /// A query or fragment after the host.
    Query,
    /// The port is not a number from 1 to 65535.
    Port(String),
    /// The host holds what host names cannot hold.
    Host(String),
    /// The host starts with the name of another bucket than the configured one.
    OtherBucket {
        /// The name in the host.
        found: String,
        /// The configured name.
        expected: String,
        /// The endpoint without a bucket.
        endpoint: String,
    },
}

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the endpoint names no host; write one like `oss-cn-hangzhou.aliyuncs.com`"),
            Self::Scheme(found) => write!(f, "the endpoint's scheme is `http` or `https`, not `{found}`"),
            Self::UserInfo => {
                f.write_str("an endpoint holds no user name or password; credentials are configured apart")
            }
            Self::Path(found) => write!(f, "an endpoint holds no path, remove `{found}`"),
            Self::Query => f.write_str("an endpoint holds no query or fragment, remove what follows the host"),
            Self::Port(found) => write!(f, "the endpoint's port is a number from 1 to 65535, not `{found}`"),
            Self::Host(found) if found.matches(':').count() > 1 => {
                write!(f, "`{found}` is not a host name; an IPv6 address stands in brackets, `[::1]`")
            }
            Self::Host(found) => write!(f, "`{found}` is not a host name"),
            Self::OtherBucket { found, expected, endpoint } => write!(
                f,
                "the endpoint names the bucket `{found}`, the configuration `{expected}`; write the endpoint as `{endpoint}`"
            ),
        }
    }
}

impl std::error::Error for InvalidEndpoint {}

impl Endpoint {
    /// Reads an endpoint: a host with an optional scheme, port and trailing slash, an IPv4 address, or an IPv6 address in
    /// brackets. A host of the public cloud that starts with `bucket` loses that label.
    ///
    /// # Errors
    /// What an endpoint cannot hold: user info, path, query, a foreign scheme, a bad port or host, another bucket's name.
    pub fn parse(text: &str, bucket: Option<&str>) -> Result<Self, InvalidEndpoint> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some(Scheme::Https), rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some(Scheme::Http), rest),
            Some((scheme, _)) => return Err(InvalidEndpoint::Scheme(scheme.to_owned())),
            None => (None, text),
        };
        if rest.contains(['?', '#']) {
            return Err(InvalidEndpoint::Query);
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(InvalidEndpoint::UserInfo);
        }
        if !matches!(path, "" | "/") {
            return Err(InvalidEndpoint::Path(path.to_owned()));
        }
        let (host, port) = split_port(authority)?;
        let (host, kind) = read_host(host, bucket)?;
        Ok(Self { scheme, host, port, kind })
    }

    /// The scheme, where one was given.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// The host in lower case without port or bucket; an IPv6 address stands in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, where one was given.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The region to sign for, where the host tells it: `cn-hangzhou` of `oss-cn-hangzhou-internal.aliyuncs.com`, and the box
    /// id of a cloud box. `None` for acceleration hosts, finance and government clouds, IP addresses and foreign domains.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        match &self.kind {
            Kind::Cloud { region } => region.as_deref(),
            Kind::CloudBox { id } => Some(id),
            Kind::V4(_) | Kind::V6(_) | Kind::Other => None,
        }
    }

    /// The product to sign for, `oss` or `oss-cloudbox`.
    #[must_use]
    pub fn product(&self) -> &'static str {
        match self.kind {
            Kind::CloudBox { .. } => crate::sign::v4::PRODUCT_CLOUDBOX,
            _ => crate::sign::v4::PRODUCT,
        }
    }

    /// The bucket in front of a host of the public cloud or of `localhost`, and the host without it. A name of somebody
    /// else's does not tell whether it begins with a bucket.
    #[must_use]
    pub fn split_bucket(&self) -> (Option<&str>, &str) {
        match self.host.split_once('.') {
            Some((bucket, base)) if read_base(&self.host).is_none() && read_base(base).is_some() => {
                (Some(bucket), base)
            }
            _ => (None, &self.host),
        }
    }

    /// Whether the host belongs to the public cloud (`aliyuncs.com`).
    #[must_use]
    pub fn is_cloud(&self) -> bool {
        matches!(self.kind, Kind::Cloud { .. } | Kind::CloudBox { .. })
    }

    /// Whether the host is this machine: `127.0.0.0/8`, `::1`, `localhost` or a name under it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.kind {
            Kind::V4(address) => address.is_loopback(),
            Kind::V6(address) => address.is_loopback(),
            _ => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }

    /// The style to use where nothing else is configured: path for IP addresses and `localhost`, else virtual host.
    #[must_use]
    pub fn default_style(&self) -> Style {
        match self.kind {
            Kind::V4(_) | Kind::V6(_) => Style::Path,
            _ if self.host == "localhost" => Style::Path,
            _ => Style::VirtualHost,
        }
    }

    /// The value of `Host`: with the bucket in front where the style says so, with the port unless it is the scheme's own.
    #[must_use]
    pub fn authority(&self, scheme: Scheme, style: Style, bucket: Option<&str>) -> String {
        let mut out = String::with_capacity(self.host.len() + 72);
        if let (Style::VirtualHost, Some(bucket)) = (style, bucket) {
            out.push_str(bucket);
            out.push('.');
        }
        out.push_str(&self.host);
        if let Some(port) = self.port.filter(|port| *port != scheme.default_port()) {
            out.push(':');
            out.push_str(&port.to_string());
        }
        out
    }

    /// Appends the path of a bucket or an object, percent-encoded, which always starts with `/`.
    pub fn write_path(style: Style, bucket: Option<&str>, key: Option<&str>, out: &mut String) {
        out.push('/');
        if let (Style::Path, Some(bucket)) = (style, bucket) {
            crate::encode::encode_path(bucket, out);
            out.push('/');
        }
        crate::encode::encode_path(key.unwrap_or_default(), out);
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), InvalidEndpoint> {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.find(']')) {
        Some(end) => {
            let (host, rest) = authority.split_at(end + 2);
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return Err(InvalidEndpoint::Host(authority.to_owned())),
            }
        }
        None => match authority.split_once(':') {
            Some((_, rest)) if rest.contains(':') => {
                return Err(InvalidEndpoint::Host(authority.to_owned()));
            }
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let Some(text) = port else {
        return Ok((host, None));
    };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port > 0 => Ok((host, Some(port))),
        _ => Err(InvalidEndpoint::Port(text.to_owned())),
    }
}

fn read_host(host: &str, bucket: Option<&str>) -> Result<(String, Kind), InvalidEndpoint> {
    let refuse = || InvalidEndpoint::Host(host.to_owned());
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let address: Ipv6Addr = address.parse().map_err(|_| refuse())?;
        return Ok((format!("[{address}]"), Kind::V6(address)));
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Ok((address.to_string(), Kind::V4(address)));
    }
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    if name.is_empty() {
        return Err(InvalidEndpoint::Empty);
    }
    let is_label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(inside)
    };
    let numeric_end = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    if name.len() > 253 || numeric_end || !name.split('.').all(is_label) {
        return Err(refuse());
    }
    read_name(name, bucket)
}

fn read_name(name: String, bucket: Option<&str>) -> Result<(String, Kind), InvalidEndpoint> {
    let inner = name.split_once('.').and_then(|(first, rest)| Some((first, rest, read_base(rest)?)));
    match (inner, bucket) {
        (Some((first, rest, kind)), Some(bucket)) if first == bucket => Ok((rest.to_owned(), kind)),
        (inner, bucket) => {
            if let Some(kind) = read_base(&name) {
                return Ok((name, kind));
            }
            match (inner, bucket) {
                (Some((first, rest, Kind::Cloud { .. } | Kind::CloudBox { .. })), Some(bucket)) => {
                    Err(InvalidEndpoint::OtherBucket {
                        found: first.to_owned(),
                        expected: bucket.to_owned(),
                        endpoint: rest.to_owned(),
                    })
                }
                (Some((_, _, kind)), None) => Ok((name, kind)),
                _ => Ok((name, Kind::Other)),
            }
        }
    }
}

/// Recognises a host that carries no bucket: one of the public cloud, or `localhost`.
fn read_base(host: &str) -> Option<Kind> {
    if host == "localhost" {
        return Some(Kind::Other);
    }
    let labels: Vec<&str> = host.strip_suffix(".aliyuncs.com")?.split('.').collect();
    let region = match labels[..] {
        ["oss-accelerate" | "oss-accelerate-overseas"] => None,
        // The oldest hosts, from when there was one region.
        ["oss" | "oss-internal"] => Some("cn-hangzhou"),
        [label] => {
            let region = label.strip_prefix("oss-")?;
            let region = region.strip_suffix("-internal").unwrap_or(region);
            let special = region.contains("-finance") || region.contains("-gov");
            (!special && !region.is_empty()).then_some(region)
        }
        [region, "oss"] => Some(region),
        [id, _, "oss-cloudbox" | "oss-cloudbox-control"] => {
            return Some(Kind::CloudBox { id: id.to_owned() });
        }
        _ => return None,
    };
    Some(Kind::Cloud { region: region.map(str::to_owned) })
}

/// Reads a region as users write it: `cn-hangzhou`, or the long form `oss-cn-hangzhou` that OSS itself prints in
/// `Location`. `None` when it holds what region ids cannot hold.
#[must_use]
pub fn normalize_region(text: &str) -> Option<&str> {
    let region = text.trim();
    let region = region.strip_prefix("oss-").unwrap_or(region);
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (!region.is_empty() && region.bytes().all(inside)).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(text: &str) -> Option<String> {
        Endpoint::parse(text, None).unwrap().region().map(str::to_owned)
    }

    #[test]
    fn the_region_comes_from_the_host() {
        for (text, expected) in [
            ("oss-cn-hangzhou.aliyuncs.com", Some("cn-hangzhou")),
            ("https://oss-cn-hangzhou-internal.aliyuncs.com/", Some("cn-hangzhou")),
            ("OSS-US-West-1.Aliyuncs.com.", Some("us-west-1")),
            ("docs.oss-ap-southeast-1.aliyuncs.com", Some("ap-southeast-1")),
            ("cn-shanghai.oss.aliyuncs.com", Some("cn-shanghai")),
            ("docs.cn-shanghai.oss.aliyuncs.com", Some("cn-shanghai")),
            ("cb-f8z7yvzgwfkl9q0h.cn-hangzhou.oss-cloudbox.aliyuncs.com", Some("cb-f8z7yvzgwfkl9q0h")),
            ("oss.aliyuncs.com", Some("cn-hangzhou")),
            ("oss-internal.aliyuncs.com", Some("cn-hangzhou")),
            ("oss-.aliyuncs.com", None),
            ("oss--internal.aliyuncs.com", None),
            ("oss-accelerate.aliyuncs.com", None),
            ("oss-accelerate-overseas.aliyuncs.com", None),
            ("oss-cn-hangzhou-finance-1-pub.aliyuncs.com", None),
            ("oss-cn-north-2-gov-1.aliyuncs.com", None),
            ("127.0.0.1:9000", None),
            ("[::1]:9000", None),
            ("localhost", None),
            ("img.example.com", None),
        ] {
            assert_eq!(region(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_bucket_in_front_is_taken_off_or_refused() {
        let host = |text, bucket| Endpoint::parse(text, Some(bucket)).map(|endpoint| endpoint.host().to_owned());
        assert_eq!(host("docs.oss-cn-hangzhou.aliyuncs.com", "docs").unwrap(), "oss-cn-hangzhou.aliyuncs.com");
        assert_eq!(host("docs.cn-shanghai.oss.aliyuncs.com", "docs").unwrap(), "cn-shanghai.oss.aliyuncs.com");
        assert_eq!(host("docs.localhost:80", "docs").unwrap(), "localhost");
        assert_eq!(host("cn-shanghai.oss.aliyuncs.com", "docs").unwrap(), "cn-shanghai.oss.aliyuncs.com");
        assert_eq!(host("oss-cn-hangzhou.aliyuncs.com", "oss-cn-hangzhou").unwrap(), "oss-cn-hangzhou.aliyuncs.com");
        assert_eq!(host("docs.example.com", "docs").unwrap(), "docs.example.com", "may be a custom domain");
        let error = host("docs.oss-cn-hangzhou.aliyuncs.com", "pics").unwrap_err();
        assert!(matches!(&error, InvalidEndpoint::OtherBucket { found, .. } if found == "docs"));
        assert!(error.to_string().contains("write the endpoint as `oss-cn-hangzhou.aliyuncs.com`"), "{error}");
    }

    #[test]
    fn what_is_no_endpoint_is_refused_with_its_reason() {
        let refuse = |text: &str| Endpoint::parse(text, None).unwrap_err();
        assert_eq!(refuse(""), InvalidEndpoint::Empty);
        assert_eq!(refuse("https://"), InvalidEndpoint::Empty);
        assert_eq!(refuse("ftp://host"), InvalidEndpoint::Scheme("ftp".into()));
        assert_eq!(refuse("https://me:pw@host"), InvalidEndpoint::UserInfo);
        assert_eq!(refuse("host/bucket"), InvalidEndpoint::Path("/bucket".into()));
        assert_eq!(refuse("host?x=1"), InvalidEndpoint::Query);
        assert_eq!(refuse("host/#top"), InvalidEndpoint::Query);
        for port in ["0", "65536", "", "+80", "a"] {
            assert_eq!(refuse(&format!("host:{port}")), InvalidEndpoint::Port(port.into()));
        }
        for host in ["ho st", "a..b", "目录.com", "1.2.3", "1.2.3.256", "-_-.c%41m", "::1", "[::1", "[::1]x", "[zz]"]
        {
            assert!(matches!(refuse(host), InvalidEndpoint::Host(_)), "{host}");
        }
    }

    #[test]
    fn addresses_in_every_style() {
        let address = |text, style, bucket, key| {
            let endpoint = Endpoint::parse(text, None).unwrap();
            let scheme = endpoint.scheme().unwrap_or(Scheme::Https);
            let mut url = format!("{scheme}://{}", endpoint.authority(scheme, style, bucket));
            Endpoint::write_path(style, bucket, key, &mut url);
            url
        };
        let cloud = "oss-cn-hangzhou.aliyuncs.com";
        assert_eq!(
            address(cloud, Style::VirtualHost, Some("docs"), Some("目/a b+c")),
            "https://docs.oss-cn-hangzhou.aliyuncs.com/%E7%9B%AE/a%20b%2Bc"
        );
        assert_eq!(address(cloud, Style::VirtualHost, None, None), "https://oss-cn-hangzhou.aliyuncs.com/");
        assert_eq!(address("http://127.0.0.1:9000", Style::Path, Some("docs"), None), "http://127.0.0.1:9000/docs/");
        assert_eq!(address("http://[::1]:80/", Style::Path, Some("docs"), Some("../a")), "http://[::1]/docs/../a");
        assert_eq!(
            address("https://img.example.com:443", Style::Cname, Some("docs"), Some("a")),
            "https://img.example.com/a"
        );
    }

    #[test]
    fn loopback_and_default_style() {
        for text in ["127.0.0.1:1", "127.9.9.9", "[::1]:9000", "localhost:80", "docs.localhost"] {
            assert!(Endpoint::parse(text, None).unwrap().is_loopback(), "{text}");
        }
        for text in ["10.0.0.1", "localhost.example.com", "oss-cn-hangzhou.aliyuncs.com"] {
            assert!(!Endpoint::parse(text, None).unwrap().is_loopback(), "{text}");
        }
        assert_eq!(Endpoint::parse("10.0.0.1", None).unwrap().default_style(), Style::Path);
        assert_eq!(Endpoint::parse("localhost:1", None).unwrap().default_style(), Style::Path);
        assert_eq!(Endpoint::parse("oss.corp", None).unwrap().default_style(), Style::VirtualHost);
    }

    #[test]
    fn regions_in_both_forms() {
        assert_eq!(normalize_region("oss-cn-hangzhou"), Some("cn-hangzhou"));
        assert_eq!(normalize_region(" us-west-1 "), Some("us-west-1"));
        assert_eq!(normalize_region("cn/hangzhou"), None);
        assert_eq!(normalize_region(""), None);
    }

    #[test]
    fn no_text_makes_the_parser_panic() {
        let mut random = fastrand::Rng::with_seed(3);
        let alphabet: Vec<char> = "ab.:/[]@?#-1 目oss.aliyuncs.com".chars().collect();
        for _ in 0..20_000 {
            let text: String = (0..random.usize(..16)).map(|_| alphabet[random.usize(..alphabet.len())]).collect();
            let _ = Endpoint::parse(&text, Some("ab"));
        }
    }
}
