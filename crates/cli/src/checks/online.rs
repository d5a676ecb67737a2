//! What only the service can tell: whether it is reached, believes the key, has the bucket, and lets objects be written.

use std::time::{Duration, SystemTime};

use jit_storages::meta::ExposeSecret;
use jit_storages::{Ability, App, Error, ErrorKind, FullName, ListOptions, StorageElement};
use oss_protocol::endpoint::{Endpoint, Scheme};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::finding::{Finding, Findings, Severity};
use crate::local_server;

/// OSS refuses what is signed 15 minutes off.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(120);

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// What lies between this machine and an object, in the order in which it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Name,
    Connection,
    Tls,
    Clock,
    Credentials,
    Bucket,
    Probe,
}

/// An object that is deleted also where nobody waits for it any more.
struct Probe<'a> {
    element: &'a StorageElement,
    name: String,
    is_there: bool,
}

/// Writes, reads and deletes a small object of each storage of which nothing is known to be wrong. Tells each that is right
/// to `right`. Where it is dropped, the object is still deleted.
pub(crate) async fn check_online(
    app: &App,
    names: &[FullName],
    findings: &mut Findings,
    mut right: impl FnMut(&FullName),
) {
    for name in names {
        if findings.has_error_of(name.as_str()) {
            continue;
        }
        let Ok(element) = app.get_element(name.as_str()) else { continue };
        let listens = match listening(app, name).await {
            Ok(listens) => listens,
            Err(finding) => {
                findings.add((*finding).of_element(name.as_str()));
                continue;
            }
        };
        match probe(&element, findings).await {
            Ok(()) => right(name),
            Err((step, error)) => {
                let layer = Layer::of(&error, listens);
                let mut finding = Finding::from_error(&error).of_element(name.as_str());
                finding.message = format!("{} (while {step}): {}", layer.name(), finding.message);
                if layer == Layer::Tls {
                    finding = finding.with_remedy(
                        "look whether the host speaks TLS on that port (write `http://` in `endPoint` where it does not), \
                         and whether this machine trusts the issuer of its certificate",
                    );
                }
                if layer == Layer::Bucket && is_local(app, name) {
                    finding =
                        finding.with_remedy("start `storages serve` anew: it makes the buckets of the app's elements");
                }
                findings.add(finding);
            }
        }
    }
}

/// Whether the endpoint is on this machine.
fn is_local(app: &App, name: &FullName) -> bool {
    let config = app.inspect(name.as_str()).and_then(|inspection| inspection.configuration());
    config.is_ok_and(|config| local_server::port(&config).is_some())
}

impl Layer {
    /// Where it has failed, as the error of a request tells it, and whether the host is known to listen.
    fn of(error: &Error, listens: Option<Scheme>) -> Self {
        let code = error.service().and_then(|service| service.code.as_deref());
        match (error.kind(), code) {
            (_, Some("RequestTimeTooSkewed")) => Self::Clock,
            (_, Some(code)) if CREDENTIALS.contains(&code) => Self::Credentials,
            (ErrorKind::NoSuchBucket, _) => Self::Bucket,
            _ if error.service().is_some() => Self::Probe,
            // What lies between a connection and an answer.
            (ErrorKind::Config | ErrorKind::Unreachable, _) if listens == Some(Scheme::Https) => Self::Tls,
            (ErrorKind::Config | ErrorKind::Unreachable | ErrorKind::Timeout, _) => Self::Connection,
            _ => Self::Probe,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Name => "DNS",
            Self::Connection => "connection",
            Self::Tls => "TLS",
            Self::Clock => "clock",
            Self::Credentials => "credentials",
            Self::Bucket => "bucket",
            Self::Probe => "probe",
        }
    }
}

/// Codes of OSS for keys that it does not know or believe.
const CREDENTIALS: &[&str] = &[
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSecurityToken",
    "SecurityTokenExpired",
    "AccessKeyIdAndSecurityTokenNotMatch",
    "SecurityTokenNotSupported",
];

/// Whether the host of the configured endpoint listens, and for which protocol; `None` where it is not for this machine to
/// know. Fails with what is in the way.
async fn listening(app: &App, name: &FullName) -> Result<Option<Scheme>, Box<Finding>> {
    let config = app.inspect(name.as_str()).and_then(|inspection| inspection.configuration());
    let Ok(config) = config else { return Ok(None) };
    let Some(text) = config.optional_text("endPoint") else { return Ok(None) };
    let Ok(endpoint) = Endpoint::parse(text, config.optional_text("bucketName")) else { return Ok(None) };
    let is_proxied = match config.optional_secret("proxy") {
        Some(proxy) => proxy.expose_secret() != "none",
        None => !endpoint.is_loopback() && has_proxy(),
    };
    if is_proxied {
        return Ok(None);
    }
    let scheme = endpoint.scheme().unwrap_or(if endpoint.is_loopback() { Scheme::Http } else { Scheme::Https });
    let (host, port) = (endpoint.host(), endpoint.port().unwrap_or(scheme.default_port()));
    let failed = |layer: Layer, message: String, remedy: &str| {
        let error = config.error("endPoint", format!("{}: {message}", layer.name()));
        Err(Box::new(Finding::from_error(&error).with_remedy(remedy)))
    };
    let found = lookup_host((host.trim_matches(['[', ']']), port)).await;
    let addresses: Vec<_> = found.map(Iterator::collect).unwrap_or_default();
    if addresses.is_empty() {
        return failed(
            Layer::Name,
            format!("the host `{host}` has no address"),
            "look for a slip of the pen, or whether this machine reaches a name server; `-internal` hosts exist within \
             Alibaba Cloud only",
        );
    }
    let refused = match timeout(CONNECT, TcpStream::connect(&*addresses)).await {
        Ok(Ok(_)) => return Ok(Some(scheme)),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", CONNECT.as_secs()),
    };
    let remedy = match endpoint.is_loopback() {
        true => "start the server: `storages serve`; or look at the port",
        false => {
            "look at the port, at firewalls on the way, and whether a proxy is needed (`HTTPS_PROXY`); `-internal` hosts \
             answer within Alibaba Cloud only"
        }
    };
    failed(Layer::Connection, format!("cannot connect to `{host}:{port}`: {refused}"), remedy)
}

/// Whether the environment names a proxy. Which hosts it is for, the storage itself knows.
fn has_proxy() -> bool {
    std::env::vars_os().any(|(name, value)| {
        let name = name.to_string_lossy().to_ascii_uppercase();
        matches!(name.as_str(), "HTTPS_PROXY" | "HTTP_PROXY" | "ALL_PROXY") && !value.is_empty()
    })
}

impl<'a> Probe<'a> {
    fn of(element: &'a StorageElement) -> Self {
        let mut random = [0; 8];
        // Only another check at the same time could use the same name.
        let _ = getrandom::fill(&mut random);
        let name = format!(".storages-check/{:016x}", u64::from_le_bytes(random));
        Self { element, name, is_there: false }
    }
}

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        if self.is_there {
            let (element, name) = (self.element.clone(), std::mem::take(&mut self.name));
            // The command waits for its tasks.
            tokio::spawn(async move { element.delete(&name).await });
        }
    }
}

/// The step that failed, and why.
async fn probe(element: &StorageElement, findings: &mut Findings) -> Result<(), (&'static str, Error)> {
    if element.can(Ability::List) {
        element.list(ListOptions::default().with_limit(1)).await.map_err(|error| ("listing", error))?;
    }
    let mut probe = Probe::of(element);
    let content = b"a check writes, reads and deletes this".as_slice();
    // It may have arrived though nobody has heard of it.
    probe.is_there = true;
    element.upload_by_file(&probe.name, content.to_vec(), "text/plain").await.map_err(|error| ("writing", error))?;
    let told = element.get_object(&probe.name).await;
    let read = element.download(&probe.name).await;
    let deleted = element.delete(&probe.name).await;
    probe.is_there = false;
    let told = told.map_err(|error| ("inspecting", error))?;
    let read = read.map_err(|error| ("reading", error))?;
    deleted.map_err(|error| ("deleting", error))?;
    if read != content {
        findings.add(
            Finding::new(Severity::Error, "what is read is not what was written")
                .of_element(element.full_name().as_str())
                .with_remedy("look whether a proxy, a CDN or an image style changes what the store sends"),
        );
    }
    if let Some(off) = told.last_modified.and_then(difference).filter(|off| *off > CLOCK_TOLERANCE) {
        findings.add(
            Finding::new(
                Severity::Warning,
                format!("the clocks of this machine and of the service differ by {} s", off.as_secs()),
            )
            .of_element(element.full_name().as_str())
            .with_remedy("set this machine's clock by NTP: from 15 minutes on, signed URLs are refused"),
        );
    }
    Ok(())
}

fn difference(theirs: SystemTime) -> Option<Duration> {
    let ours = SystemTime::now();
    ours.duration_since(theirs).or_else(|error| Ok::<_, std::convert::Infallible>(error.duration())).ok()
}

#[cfg(test)]
mod tests {
    use jit_storages::meta::ServiceFailure;

    use super::*;

    #[test]
    fn errors_tell_the_layer_that_failed() {
        let refused = |kind, code: &str| {
            let mut failure = ServiceFailure::new(403);
            failure.code = Some(code.to_owned());
            Error::new(kind, "x").with_service(failure)
        };
        let broken = Error::new(ErrorKind::Unreachable, "x");
        assert_eq!(Layer::of(&broken, Some(Scheme::Http)), Layer::Connection);
        assert_eq!(Layer::of(&broken, None), Layer::Connection);
        for (error, layer) in [
            (broken, Layer::Tls),
            (Error::new(ErrorKind::Config, "x"), Layer::Tls),
            (Error::new(ErrorKind::Timeout, "x"), Layer::Connection),
            (Error::new(ErrorKind::Integrity, "x"), Layer::Probe),
            (refused(ErrorKind::PermissionDenied, "RequestTimeTooSkewed"), Layer::Clock),
            (refused(ErrorKind::PermissionDenied, "InvalidAccessKeyId"), Layer::Credentials),
            (refused(ErrorKind::NoSuchBucket, "NoSuchBucket"), Layer::Bucket),
            (refused(ErrorKind::PermissionDenied, "AccessDenied"), Layer::Probe),
            (refused(ErrorKind::Config, "PermanentRedirect"), Layer::Probe),
        ] {
            assert_eq!(Layer::of(&error, Some(Scheme::Https)), layer, "{error}");
        }
    }
}
