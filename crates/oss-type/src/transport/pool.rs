//! Connections, shared by all elements of an app and dropped with it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{fmt, io};

use http::{Request, Uri};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use meta::{Error, ErrorKind, Result};
use oss_protocol::endpoint::Scheme;
use rustls::ClientConfig;
use tokio::sync::OnceCell;

use super::body::RequestBody;
use super::connect::Connector;
use super::proxy::{Proxies, ProxyChoice, Route};
use super::resolver::Resolver;

/// How long an unused connection is kept. OSS closes them after about a minute.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// How many unused connections are kept for each host.
const MAX_IDLE: usize = 64;
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// The connections of an app: one pool for each way to connect that is in use, and what they trust.
#[derive(Debug, Default)]
pub(crate) struct Pools {
    // A handful at most: an app's elements rarely differ in this.
    pools: Mutex<Vec<Arc<Pool>>>,
    trust: Arc<OnceCell<ClientConfig>>,
}

impl Pools {
    /// The pool that connects within that time, and through that proxy.
    pub(crate) fn get(&self, connect_timeout: Duration, proxy: &ProxyChoice) -> Arc<Pool> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.iter().find(|pool| pool.connect_timeout == connect_timeout && pool.proxy == *proxy) {
            return Arc::clone(pool);
        }
        let pool = Arc::new(Pool {
            connect_timeout,
            proxy: proxy.clone(),
            proxies: OnceLock::new(),
            trust: Arc::clone(&self.trust),
            plain: OnceLock::new(),
            encrypted: OnceLock::new(),
        });
        pools.push(Arc::clone(&pool));
        pool
    }
}

/// A pool of HTTP/1.1 connections.
pub(crate) struct Pool {
    connect_timeout: Duration,
    proxy: ProxyChoice,
    /// Read on first use, as the environment is.
    proxies: OnceLock<Arc<Proxies>>,
    /// Read on first use: a machine without CA certificates still reaches `http` endpoints.
    trust: Arc<OnceCell<ClientConfig>>,
    plain: OnceLock<Client<Connector, RequestBody>>,
    encrypted: OnceLock<Client<HttpsConnector<Connector>, RequestBody>>,
}

impl Pool {
    /// How long connecting may take.
    pub(crate) fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// The proxy that a URI is reached through, where there is one.
    pub(super) fn route(&self, uri: &Uri) -> Option<Route> {
        self.proxies().route(uri)
    }

    /// Sends one request. What a proxy wants to see of plain ones must be in it.
    #[expect(clippy::disallowed_methods, reason = "all requests of the crate pass here")]
    pub(super) async fn request(&self, scheme: Scheme, request: Request<RequestBody>) -> Result<ResponseFuture> {
        match scheme {
            Scheme::Http => Ok(self.plain.get_or_init(|| client(self.connector())).request(request)),
            Scheme::Https => Ok(self.encrypted().await?.request(request)),
        }
    }

    async fn encrypted(&self) -> Result<&Client<HttpsConnector<Connector>, RequestBody>> {
        if let Some(client) = self.encrypted.get() {
            return Ok(client);
        }
        let trust = self.trust.get_or_try_init(read_trust).await?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trust.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(self.connector());
        Ok(self.encrypted.get_or_init(|| client(connector)))
    }

    fn connector(&self) -> Connector {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new());
        tcp.set_connect_timeout(Some(self.connect_timeout));
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.enforce_http(false);
        Connector { tcp, proxies: Arc::clone(self.proxies()), timeout: self.connect_timeout }
    }

    fn proxies(&self) -> &Arc<Proxies> {
        self.proxies.get_or_init(|| Arc::new(Proxies::of(&self.proxy)))
    }
}

/// Reads the certificates that this machine trusts, off the async threads.
async fn read_trust() -> Result<ClientConfig> {
    let read = tokio::task::spawn_blocking(|| {
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().map_err(io::Error::other)?;
        Ok(config.with_native_roots()?.with_no_client_auth())
    });
    read.await.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|error| {
        Error::new(ErrorKind::Config, format!("TLS cannot be set up: {error}"))
            .with_source(error)
            .with_advice("install the system's CA certificates (package `ca-certificates`) or set SSL_CERT_FILE")
    })
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
        f.debug_struct("Pool")
            .field("connect_timeout", &self.connect_timeout)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}
