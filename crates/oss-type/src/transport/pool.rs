//! Connections, shared by all elements of an app and dropped with it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::Request;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use meta::{Error, ErrorKind, Result};
use oss_protocol::endpoint::Scheme;

use super::body::RequestBody;
use super::resolver::Resolver;

/// How long an unused connection is kept. OSS closes them after about a minute.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// How many unused connections are kept for each host.
const MAX_IDLE: usize = 64;
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// The connections of an app: one pool for each connect timeout in use.
#[derive(Debug, Default)]
pub(crate) struct Pools(Mutex<HashMap<Duration, Arc<Pool>>>);

impl Pools {
    pub(crate) fn get(&self, connect_timeout: Duration) -> Arc<Pool> {
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pools.entry(connect_timeout).or_insert_with(|| Arc::new(Pool::new(connect_timeout))))
    }
}

/// A pool of HTTP/1.1 connections.
pub(crate) struct Pool {
    connect_timeout: Duration,
    plain: OnceLock<Client<HttpConnector<Resolver>, RequestBody>>,
    /// Made on first use: a machine without CA certificates still reaches `http` endpoints.
    encrypted: OnceLock<Client<HttpsConnector<HttpConnector<Resolver>>, RequestBody>>,
}

impl Pool {
    fn new(connect_timeout: Duration) -> Self {
        Self { connect_timeout, plain: OnceLock::new(), encrypted: OnceLock::new() }
    }

    /// Sends one request.
    pub(crate) fn request(&self, scheme: Scheme, request: Request<RequestBody>) -> Result<ResponseFuture> {
        match scheme {
            Scheme::Http => Ok(self.plain.get_or_init(|| client(self.connector())).request(request)),
            Scheme::Https => Ok(self.encrypted()?.request(request)),
        }
    }

    fn encrypted(&self) -> Result<&Client<HttpsConnector<HttpConnector<Resolver>>, RequestBody>> {
        if let Some(client) = self.encrypted.get() {
            return Ok(client);
        }
        let mut plain = self.connector();
        plain.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(|error| {
                Error::new(ErrorKind::Config, format!("TLS cannot be set up: {error}")).with_source(error).with_advice(
                    "install the system's CA certificates (package `ca-certificates`) or set SSL_CERT_FILE",
                )
            })?
            .https_or_http()
            .enable_http1()
            .wrap_connector(plain);
        Ok(self.encrypted.get_or_init(|| client(connector)))
    }

    fn connector(&self) -> HttpConnector<Resolver> {
        let mut connector = HttpConnector::new_with_resolver(Resolver::new());
        connector.set_connect_timeout(Some(self.connect_timeout));
        connector.set_nodelay(true);
        connector.set_keepalive(Some(KEEP_ALIVE));
        connector
    }
}

fn client<C>(connector: C) -> Client<C, RequestBody>
where
    C: hyper_util::client::legacy::connect::Connect + Clone,
{
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .pool_max_idle_per_host(MAX_IDLE)
        .set_host(false)
        .build(connector)
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("connect_timeout", &self.connect_timeout).finish_non_exhaustive()
    }
}
