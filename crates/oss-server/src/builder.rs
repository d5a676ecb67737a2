//! What a server is started with.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use oss_protocol::bucket::{self, InvalidBucketName};
use oss_protocol::endpoint::normalize_region;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::address::Hosts;
use crate::clock::{Clock, Source};
use crate::credentials::{Credentials, random_pair};
use crate::failure::Failure;
use crate::fault::Faults;
use crate::form::ALL_FIELDS_LIMIT;
use crate::ops::KeyLocks;
use crate::rights::Rights;
use crate::running::RunningServer;
use crate::serve::Limits;
use crate::shared::{CallbackReach, ContentTypeOverride, Shared};
use crate::store::{BucketRecord, Store, Sync, temporary_folder};
use crate::tls;

/// The embedded server; see [`OssServer::builder`].
#[derive(Debug)]
#[non_exhaustive]
pub struct OssServer;

impl OssServer {
    /// Starts to describe a server. By default it listens on a free port of `127.0.0.1`, is in region `cn-hangzhou`, has one
    /// random key pair and no bucket, and keeps its data in a temporary folder that goes when it stops.
    pub fn builder() -> Builder {
        Builder {
            data_dir: None,
            host: "127.0.0.1".to_owned(),
            port: 0,
            region: "cn-hangzhou".to_owned(),
            keys: Vec::new(),
            limited: Vec::new(),
            tls: None,
            admin_token: None,
            tokens: Vec::new(),
            buckets: Vec::new(),
            domains: Vec::new(),
            cnames: HashMap::new(),
            clock: Arc::new(SystemTime::now),
            overrides: ContentTypeOverride::Refuse,
            cache_bytes: 64 * 1024 * 1024,
            restore_takes: Duration::from_secs(60),
            callbacks: CallbackReach::ThisMachine,
            limits: Limits { connections: 1024, patience: Duration::from_secs(60) },
        }
    }
}

/// A server that is not started yet.
#[must_use = "a server does nothing until it is started"]
pub struct Builder {
    data_dir: Option<PathBuf>,
    host: String,
    port: u16,
    region: String,
    keys: Vec<(String, String)>,
    limited: Vec<(String, String, Rights)>,
    tls: Option<(Vec<u8>, Vec<u8>)>,
    admin_token: Option<String>,
    tokens: Vec<TemporaryKey>,
    buckets: Vec<String>,
    domains: Vec<String>,
    cnames: HashMap<String, String>,
    clock: Source,
    overrides: ContentTypeOverride,
    cache_bytes: usize,
    restore_takes: Duration,
    callbacks: CallbackReach,
    limits: Limits,
}

struct TemporaryKey {
    id: String,
    secret: String,
    token: String,
    expires: Option<SystemTime>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is taken, or not one of this machine.
    #[error("cannot listen on `{host}` port {port}: {source}")]
    Listen {
        /// The host asked for.
        host: String,
        /// The port asked for; 0 is any free one.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The data folder cannot be used.
    #[error("cannot use the data folder `{}`: {reason}", path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// What is in the way.
        reason: String,
    },
    /// A bucket to be made has a name that OSS does not allow.
    #[error("`{name}` is not a bucket name: {source}")]
    BucketName {
        /// The name.
        name: String,
        /// The rule.
        source: InvalidBucketName,
    },
    /// The region is not one.
    #[error("`{0}` is not a region; write one like `cn-hangzhou`")]
    Region(String),
    /// The certificate or its key cannot be used.
    #[error("cannot use the certificate: {0}")]
    Tls(String),
    /// The system gives no random numbers for a key pair.
    #[error("the system gives no random numbers for a key pair: {0}")]
    Random(String),
}

impl Builder {
    /// Keeps data in this folder, which is made if need be, and finds there what an earlier run left. Everything acknowledged
    /// is on the disk. Without a folder, data is temporary.
    pub fn data_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.data_dir = Some(path.into());
        self
    }

    /// Listens on this host, `127.0.0.1` by default. `0.0.0.0` opens the server to the network.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Listens on this port; 0, the default, is any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Is in this region, `cn-hangzhou` by default: what signatures V4 must be made for.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Believes this key pair. May be called for several; without any, the server makes a random one.
    pub fn access_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.keys.push((id.into(), secret.into()));
        self
    }

    /// Believes this key pair for what these rights say: `AccessDenied` for everything else, and lists of buckets show only
    /// those that it may use. The owner's key pair stays beside it: that of [`access_key`](Self::access_key), or a random one.
    pub fn limited_access_key(mut self, id: impl Into<String>, secret: impl Into<String>, rights: Rights) -> Self {
        self.limited.push((id.into(), secret.into(), rights));
        self
    }

    /// Believes this temporary key pair together with its token, until it expires if it does.
    pub fn sts_token(
        mut self,
        id: impl Into<String>,
        secret: impl Into<String>,
        token: impl Into<String>,
        expires: Option<SystemTime>,
    ) -> Self {
        self.tokens.push(TemporaryKey { id: id.into(), secret: secret.into(), token: token.into(), expires });
        self
    }

    /// Makes this bucket, private, unless it exists already. May be called for several.
    pub fn bucket(mut self, name: impl Into<String>) -> Self {
        self.buckets.push(name.into());
        self
    }

    /// Answers for `{bucket}.{domain}` too, as for `{bucket}.localhost`.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domains.push(domain.into());
        self
    }

    /// Answers for this custom domain with this bucket.
    pub fn cname(mut self, domain: impl Into<String>, bucket: impl Into<String>) -> Self {
        self.cnames.insert(domain.into(), bucket.into());
        self
    }

    /// Takes the time from here instead of the system's clock.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + std::marker::Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Accepts the query parameter `response-content-type`, which the service documents, but is reported to refuse.
    pub fn accept_response_content_type(mut self) -> Self {
        self.overrides = ContentTypeOverride::Accept;
        self
    }

    /// Serves at most this many connections at a time, 1024 by default; more wait to be accepted.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.limits.connections = connections.max(1);
        self
    }

    /// Waits at most this long, 60 seconds by default, for a client to send the next piece or to take one. The fields of a
    /// form, which anybody may send, come at a least rate besides: each KiB has a second more.
    pub fn client_timeout(mut self, patience: Duration) -> Self {
        self.limits.patience = patience;
        self
    }

    /// Lets the database keep at most this many bytes of its pages in memory, 64 MiB by default.
    pub fn cache_bytes(mut self, bytes: usize) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// Lets the restore of an archived object take this long on the server's clock, one minute by default, as the service
    /// needs for the class `Archive`. [`RunningServer::shift_clock`] makes it pass.
    pub fn restore_takes(mut self, span: Duration) -> Self {
        self.restore_takes = span;
        self
    }

    /// Speaks HTTPS with this certificate chain and private key, both in PEM.
    pub fn tls(mut self, certificates_pem: impl Into<Vec<u8>>, key_pem: impl Into<Vec<u8>>) -> Self {
        self.tls = Some((certificates_pem.into(), key_pem.into()));
        self
    }

    /// Opens an endpoint under `/-/` by which other processes script faults, for those who send this token as
    /// `Authorization: Bearer {token}`. It is closed by default.
    ///
    /// - `POST /-/faults` adds a fault: `{"effect": "answer", "status": 503, "code": "SlowDown"}`, with `method`, `key`,
    ///   `parameter`, `skip` and `times` as [`Fault`](crate::Fault) has them. Other effects are `delay` (`millis`), `cut` and
    ///   `flip` (`at`), `wrongCrc`, `disconnect`, `loseAnswer`. `DELETE /-/faults` forgets them all.
    /// - `PUT /-/clock` shifts the clock: `{"offsetSeconds": 1200}`.
    /// - `DELETE /-/tokens` lets every temporary key pair expire.
    pub fn admin_token(mut self, token: impl Into<String>) -> Self {
        self.admin_token = Some(token.into());
        self
    }

    /// Lets upload callbacks go to any host. By default they go to this machine only: clients name the address, and a
    /// server that calls wherever its clients like opens the network around it.
    pub fn allow_remote_callbacks(mut self) -> Self {
        self.callbacks = CallbackReach::Anywhere;
        self
    }

    /// Starts the server on the current Tokio runtime.
    ///
    /// # Errors
    /// An address, a data folder, a bucket name or a region that cannot be used.
    pub async fn start(self) -> Result<RunningServer, StartError> {
        let region = normalize_region(&self.region).ok_or_else(|| StartError::Region(self.region.clone()))?.to_owned();
        for name in &self.buckets {
            bucket::check(name).map_err(|source| StartError::BucketName { name: name.clone(), source })?;
        }
        let mut keys = self.keys;
        if keys.is_empty() {
            keys.push(random_pair().map_err(|error| StartError::Random(error.to_string()))?);
        }
        let credentials = Credentials::default();
        for (id, secret) in &keys {
            credentials.add(id, secret);
        }
        for (id, secret, rights) in self.limited {
            credentials.add_limited(&id, &secret, rights);
        }
        for key in &self.tokens {
            credentials.add_temporary(&key.id, &key.secret, &key.token, key.expires);
        }
        let tls = match &self.tls {
            Some((certificates, key)) => Some(tls::acceptor(certificates, key).map_err(StartError::Tls)?),
            None => None,
        };
        let (host, port) = (self.host, self.port);
        let listen = |source| StartError::Listen { host: host.clone(), port, source };
        let listener = TcpListener::bind((host.as_str(), port)).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        warn_if_open(address, tls.is_some());
        let (store, temporary) = open(self.data_dir.clone(), self.cache_bytes).await?;
        let shared = Shared {
            hosts: Hosts::new(&region, self.domains, self.cnames),
            region,
            credentials,
            clock: Clock::new(self.clock),
            faults: Faults::default(),
            appends: KeyLocks::default(),
            overrides: self.overrides,
            tls,
            admin_token: self.admin_token,
            body_patience: self.limits.patience,
            callbacks: self.callbacks,
            restore_takes: self.restore_takes,
            form_fields: Arc::new(Semaphore::new(ALL_FIELDS_LIMIT)),
            #[cfg(feature = "image")]
            pictures: Arc::new(Semaphore::new(2)),
            store: Arc::new(store),
            _temporary: temporary,
        };
        make_buckets(&shared, self.buckets).await.map_err(|failure| StartError::DataDir {
            path: self.data_dir.clone().unwrap_or_default(),
            reason: describe(&failure),
        })?;
        Ok(RunningServer::start(Arc::new(shared), listener, reachable(address), self.limits, keys.swap_remove(0)))
    }
}

async fn open(data_dir: Option<PathBuf>, cache_bytes: usize) -> Result<(Store, Option<tempfile::TempDir>), StartError> {
    let failed = |path: &Path, reason: String| StartError::DataDir { path: path.to_owned(), reason };
    let task = tokio::task::spawn_blocking(move || {
        let temporary = match data_dir {
            Some(_) => None,
            None => Some(temporary_folder().map_err(|error| failed(&std::env::temp_dir(), error.to_string()))?),
        };
        let sync = if temporary.is_some() { Sync::Never } else { Sync::Disk };
        let folder = temporary.as_ref().map(|folder| folder.path().to_owned()).or(data_dir).unwrap_or_default();
        let store = Store::open(&folder, sync, cache_bytes).map_err(|error| failed(&folder, chain(&error)))?;
        Ok((store, temporary))
    });
    task.await.map_err(|error| StartError::DataDir { path: PathBuf::new(), reason: error.to_string() })?
}

async fn make_buckets(shared: &Shared, names: Vec<String>) -> Result<(), Failure> {
    let record = BucketRecord::new(shared.clock.now());
    let change = shared.store.commit(move |tables| {
        for name in &names {
            if tables.bucket(name)?.is_none() {
                tables.put_bucket(name, &record)?;
            }
        }
        Ok(())
    });
    change.await
}

/// What others can reach, others can attack: keys and data that were meant for tests are often guessable.
fn warn_if_open(address: SocketAddr, is_encrypted: bool) {
    if address.ip().is_loopback() {
        return;
    }
    let advice = if is_encrypted { "" } else { "; without a certificate everything goes over it in plain text" };
    tracing::warn!(%address, "the embedded OSS server can be reached from the network{advice}");
}

/// The address under which this machine reaches a server that listens on every one.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => ([127, 0, 0, 1], v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, v6.port()).into(),
        address => address,
    }
}

fn describe(failure: &Failure) -> String {
    failure.cause().map_or_else(|| failure.message().to_owned(), ToString::to_string)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("data_dir", &self.data_dir)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("region", &self.region)
            .field("buckets", &self.buckets)
            .finish_non_exhaustive()
    }
}
