//! Storages whose endpoint is a server on this machine.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jit_storages::App;
use jit_storages::meta::Config;
use oss_protocol::endpoint::{Endpoint, Scheme};

/// How long a server that was started a moment ago may take to listen.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);
const CONNECT: Duration = Duration::from_secs(1);

/// The ports that this process has waited for. A server that has not begun to listen by then is not going to.
static AWAITED: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// The port of an endpoint on this machine. The embedded server speaks no TLS.
pub(crate) fn port(config: &Config) -> Option<u16> {
    let endpoint = Endpoint::parse(config.optional_text("endPoint")?, config.optional_text("bucketName")).ok()?;
    let is_plain = endpoint.scheme() != Some(Scheme::Https);
    (is_plain && endpoint.is_loopback()).then(|| endpoint.port().unwrap_or(Scheme::Http.default_port()))
}

/// Whether only this machine reaches what listens there.
pub(crate) fn is_loopback(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => Endpoint::parse(host, None).is_ok_and(|endpoint| endpoint.is_loopback()),
    }
}

/// Waits until the server of a storage listens, where it is on this machine: `storages serve &` may have been the command
/// before. What is wrong otherwise, the storage itself tells. Each server is waited for once.
pub(crate) fn wait_for(app: &App, full_name: &str) {
    let config = app.inspect(full_name).and_then(|inspection| inspection.configuration());
    let Some(port) = config.ok().as_ref().and_then(port) else { return };
    if !AWAITED.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
        return;
    }
    let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
    let listens = || addresses.iter().any(|ip| TcpStream::connect_timeout(&(*ip, port).into(), CONNECT).is_ok());
    let begun = Instant::now();
    while !listens() && begun.elapsed() < PATIENCE {
        thread::sleep(PAUSE);
    }
}
