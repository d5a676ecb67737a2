//! Connections that cannot be made or that break, as failures that say what to check.

use hyper_util::client::legacy;
use meta::{Error, ErrorKind};

use super::connect::{ProxyFailure, ProxyFailureKind};
use super::retry::{Effect, Failure};

/// Whom a connection was for.
pub(super) struct Peer<'a> {
    /// Its host, with port.
    pub(super) host: &'a str,
    /// The configuration key that names it.
    pub(super) key: &'a str,
}

impl Peer<'_> {
    /// Why no answer came.
    pub(super) fn failure(&self, error: &legacy::Error) -> Failure {
        let Self { host, key } = self;
        let cause = root_cause(error);
        if error.is_connect() {
            return self.connect_failure(error, &cause);
        }
        let of_hyper = std::error::Error::source(error).and_then(|source| source.downcast_ref::<hyper::Error>());
        // hyper tells this kind of error by its text alone.
        if of_hyper.is_some_and(hyper::Error::is_parse) && cause.contains("too large") {
            let message = format!("the answer of `{host}` has more headers than can be read, which are 100: {cause}");
            let error = Error::new(ErrorKind::UnexpectedAnswer, message)
                .with_advice("give the object less metadata with another tool");
            return Failure::permanent(error);
        }
        if of_hyper.is_some_and(hyper::Error::is_parse) {
            let error = Error::new(ErrorKind::UnexpectedAnswer, format!("`{host}` does not speak HTTP: {cause}"))
                .with_advice(format!("check `{key}`: scheme, host and port"));
            return Failure::permanent(error);
        }
        let error = Error::new(ErrorKind::Unreachable, format!("the connection to `{host}` broke: {cause}"));
        Failure::transient(error, Effect::Unknown)
    }

    fn connect_failure(&self, error: &legacy::Error, cause: &str) -> Failure {
        let Self { host, key } = self;
        if let Some(proxy) = innermost::<ProxyFailure>(error) {
            return self.proxy_failure(proxy);
        }
        let message = format!("cannot connect to `{host}`: {cause}");
        if innermost::<rustls::Error>(error).is_some() {
            let error = Error::new(ErrorKind::Config, message).with_advice(format!(
                "check the scheme and host of `{key}`, and that this machine trusts the certificate's issuer"
            ));
            return Failure::permanent(error);
        }
        let timed_out =
            innermost::<std::io::Error>(error).is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut);
        let kind = if timed_out { ErrorKind::Timeout } else { ErrorKind::Unreachable };
        let error = Error::new(kind, message).with_advice(format!("check `{key}` and the network"));
        Failure::transient(error, Effect::None)
    }
}

impl Peer<'_> {
    fn proxy_failure(&self, failure: &ProxyFailure) -> Failure {
        let ProxyFailure { proxy, kind } = failure;
        let told = |kind| Error::new(kind, format!("cannot connect to `{}` through `{proxy}`: {failure}", self.host));
        match kind {
            ProxyFailureKind::Unreachable(_) => {
                let error =
                    told(ErrorKind::Unreachable).with_advice(format!("check `proxy`, {ENVIRONMENT}, and the network"));
                Failure::transient(error, Effect::None)
            }
            ProxyFailureKind::TimedOut(_) => {
                let error =
                    told(ErrorKind::Timeout).with_advice(format!("check `proxy`, {ENVIRONMENT}, and the network"));
                Failure::transient(error, Effect::None)
            }
            ProxyFailureKind::Unauthorized => Failure::permanent(unauthorized(told(ErrorKind::Config))),
            ProxyFailureKind::Unknown => {
                Failure::permanent(told(ErrorKind::Config).with_advice("give one of `http` or `socks5` in `proxy`"))
            }
            ProxyFailureKind::Refused { for_now: true, .. } => {
                Failure::transient(told(ErrorKind::Unreachable), Effect::None)
            }
            ProxyFailureKind::Refused { for_now: false, .. } => {
                let error = told(ErrorKind::Unreachable).with_advice("see whether the proxy may connect to that host");
                Failure::permanent(error.with_retryable(false))
            }
        }
    }
}

/// Says what to do for a proxy that wants to know who asks.
pub(super) fn unauthorized(error: Error) -> Error {
    error.with_advice(format!("give them in `proxy`, `http://user:password@host:port`, or in {ENVIRONMENT}"))
}

/// Where a proxy may come from that no configuration names.
const ENVIRONMENT: &str = "the environment's `HTTPS_PROXY` and `HTTP_PROXY`";

/// The innermost cause of a type, also where an I/O error holds it.
fn innermost<'a, E: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a E> {
    let mut found = None;
    let mut next = Some(error);
    while let Some(error) = next {
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        found = inside.and_then(|inside| inside.downcast_ref()).or_else(|| error.downcast_ref()).or(found);
        next = error.source();
    }
    found
}

/// The innermost cause, which names what the outer layers only announce.
pub(super) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
