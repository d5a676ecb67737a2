//! Proxies: which one a connection takes.

use std::fmt;
use std::str::FromStr;

use http::uri::{Authority, Uri};
use http::{HeaderMap, HeaderValue, header};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use meta::{ExposeSecret, SecretString};
use oss_protocol::endpoint::Endpoint;

/// Which proxy an element was configured to take.
#[derive(Debug, Clone, Default)]
pub(crate) enum ProxyChoice {
    /// The one that the environment names for the host, as curl reads it: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    /// `NO_PROXY`, in capitals or not. Never for this machine itself.
    #[default]
    Environment,
    /// None at all.
    Direct,
    /// This one, for every host. Holds its URL with user name and password.
    Given(SecretString),
}

impl ProxyChoice {
    /// Reads a configured proxy: `none`, or a URL.
    ///
    /// # Errors
    /// What is wrong with it, without any of its text, which may hold a password.
    pub(crate) fn parse(text: &SecretString) -> Result<Self, &'static str> {
        let text = text.expose_secret().trim();
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::Direct);
        }
        let uri = Uri::from_str(text).map_err(|_| "it is no URL")?;
        match uri.scheme_str() {
            Some("http" | "socks5" | "socks5h") | None => {}
            Some("https") => return Err("a proxy that is itself reached over TLS is not supported"),
            Some(_) => return Err("its scheme is neither `http` nor `socks5`"),
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err("it names no host");
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err("a proxy's URL ends with its host and port");
        }
        match Route::of(&given(text), &destination()) {
            Some(_) => Ok(Self::Given(SecretString::from(text))),
            None => Err("it is no URL of a proxy"),
        }
    }
}

impl PartialEq for ProxyChoice {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Environment, Self::Environment) | (Self::Direct, Self::Direct) => true,
            (Self::Given(one), Self::Given(other)) => one.expose_secret() == other.expose_secret(),
            _ => false,
        }
    }
}

/// The proxies of a pool.
pub(super) struct Proxies {
    matcher: Option<Matcher>,
    /// Whether this machine is never reached through one of them.
    spares_loopback: bool,
}

impl Proxies {
    /// Reads the environment where the choice says so.
    pub(super) fn of(choice: &ProxyChoice) -> Self {
        match choice {
            ProxyChoice::Environment => Self { matcher: Some(Matcher::from_env()), spares_loopback: true },
            ProxyChoice::Direct => Self { matcher: None, spares_loopback: true },
            ProxyChoice::Given(url) => Self { matcher: Some(given(url.expose_secret())), spares_loopback: false },
        }
    }

    /// The proxy to reach a host through, where there is one.
    pub(super) fn route(&self, destination: &Uri) -> Option<Route> {
        let matcher = self.matcher.as_ref()?;
        let route = Route::of(matcher, destination)?;
        let host = destination.host().unwrap_or_default();
        let is_here = || Endpoint::parse(host, None).is_ok_and(|endpoint| endpoint.is_loopback());
        (!self.spares_loopback || !is_here()).then_some(route)
    }
}

/// The way through one proxy.
#[derive(Clone)]
pub(super) struct Route {
    /// Where the proxy listens.
    pub(super) proxy: Uri,
    pub(super) protocol: Protocol,
}

/// What a proxy speaks.
#[derive(Clone)]
pub(super) enum Protocol {
    /// HTTP: plain requests in absolute form, encrypted ones through `CONNECT`.
    Http { authorization: Option<HeaderValue> },
    /// SOCKS5; the proxy resolves names.
    Socks5 { login: Option<(String, String)> },
    /// One that we do not speak, which only the environment can name.
    Unknown,
}

impl Route {
    fn of(matcher: &Matcher, destination: &Uri) -> Option<Self> {
        let intercept = matcher.intercept(destination)?;
        let authority = intercept.uri().authority()?;
        let (protocol, port) = match intercept.uri().scheme_str() {
            Some("http") => (Protocol::Http { authorization: intercept.basic_auth().cloned() }, 80),
            Some("socks5" | "socks5h") => (Protocol::Socks5 { login: login(&intercept) }, 1080),
            _ => (Protocol::Unknown, 443),
        };
        let authority = match authority.port() {
            Some(_) => authority.clone(),
            None => Authority::from_str(&format!("{authority}:{port}")).ok()?,
        };
        // To connect to it is all that is done with this URI.
        let proxy = Uri::builder().scheme("http").authority(authority).path_and_query("/").build().ok()?;
        Some(Self { proxy, protocol })
    }

    /// Adds what the proxy wants to see of a plain request.
    pub(super) fn authorize(&self, headers: &mut HeaderMap) {
        if let Protocol::Http { authorization: Some(authorization) } = &self.protocol {
            headers.insert(header::PROXY_AUTHORIZATION, authorization.clone());
        }
    }
}

fn login(intercept: &Intercept) -> Option<(String, String)> {
    intercept.raw_auth().map(|(user, password)| (user.to_owned(), password.to_owned()))
}

fn given(url: &str) -> Matcher {
    Matcher::builder().all(url.to_owned()).build()
}

/// Any destination, to see whether a proxy can be used at all.
fn destination() -> Uri {
    Uri::from_static("https://oss.aliyuncs.com/")
}

/// The proxy's address, without user name and password.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.protocol {
            Protocol::Http { .. } => "http",
            Protocol::Socks5 { .. } => "socks5",
            Protocol::Unknown => "https",
        };
        write!(f, "{scheme}://{}", self.proxy.authority().map_or("", Authority::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(proxy: &str) -> Option<Route> {
        let choice = ProxyChoice::parse(&SecretString::from(proxy)).ok()?;
        Proxies::of(&choice).route(&destination())
    }

    #[test]
    fn proxies_are_read_with_their_default_ports_and_shown_without_passwords() {
        for (text, shown) in [
            ("http://proxy:3128", "http://proxy:3128"),
            ("http://proxy", "http://proxy:80"),
            ("proxy:8080", "http://proxy:8080"),
            ("http://me:s%40cret@proxy:3128/", "http://proxy:3128"),
            ("socks5://proxy", "socks5://proxy:1080"),
            ("socks5h://me:secret@[::1]:99", "socks5://[::1]:99"),
        ] {
            assert_eq!(route(text).unwrap().to_string(), shown, "{text}");
        }
        let Protocol::Http { authorization: Some(header) } = route("http://me:s%40cret@proxy").unwrap().protocol else {
            panic!("the password is for the proxy");
        };
        assert_eq!(header, "Basic bWU6c0BjcmV0", "of `me:s@cret`");
        let Protocol::Socks5 { login } = route("socks5://me:s%40cret@proxy").unwrap().protocol else {
            panic!("it is one of SOCKS5");
        };
        assert_eq!(login, Some(("me".to_owned(), "s@cret".to_owned())));
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_showing_it() {
        for text in [
            "",
            "https://proxy:443",
            "ftp://proxy",
            "http://",
            "http://proxy:99999",
            "http://me:pass word@proxy",
            "http://proxy/path",
            "/proxy",
        ] {
            let why = ProxyChoice::parse(&SecretString::from(text)).expect_err(text);
            assert!(!why.contains("proxy:") && !why.contains("pass"), "{why}");
        }
        assert_eq!(ProxyChoice::parse(&SecretString::from("None")), Ok(ProxyChoice::Direct));
    }

    #[test]
    fn a_given_proxy_is_for_every_host_and_the_environments_never_for_this_machine() {
        let given = Proxies::of(&ProxyChoice::parse(&SecretString::from("http://proxy:3128")).unwrap());
        let here = ["http://127.0.0.1:9000/", "http://localhost/", "http://docs.localhost/", "http://[::1]:9000/"];
        let environment = Proxies { matcher: Some(super::given("http://proxy:3128")), spares_loopback: true };
        for uri in here {
            assert!(given.route(&Uri::from_static(uri)).is_some(), "{uri}");
            assert!(environment.route(&Uri::from_static(uri)).is_none(), "{uri}");
        }
        assert!(environment.route(&Uri::from_static("http://10.0.0.1/")).is_some());
    }
}
