//! A server that runs: where it is, how to reach it, what to do to it, how to stop it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::fault::Fault;
use crate::serve::{self, FAREWELL, Limits};
use crate::shared::Shared;

/// A running server. Dropping it shuts the server down at once; [`stop`](Self::stop) lets running requests end first.
pub struct RunningServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    key: (String, String),
    shutdown: watch::Sender<bool>,
    accepting: Option<JoinHandle<()>>,
}

impl RunningServer {
    pub(crate) fn start(
        shared: Arc<Shared>,
        listener: TcpListener,
        address: SocketAddr,
        limits: Limits,
        key: (String, String),
    ) -> Self {
        let (shutdown, signal) = watch::channel(false);
        let accepting = tokio::spawn(serve::accept(listener, Arc::clone(&shared), limits, signal));
        Self { shared, address, key, shutdown, accepting: Some(accepting) }
    }

    /// The address to configure as `endPoint`, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("{}://{}", self.shared.scheme(), self.address)
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The region that signatures V4 must be made for.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.shared.region
    }

    /// Id of the first key pair, or of the random one.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.key.0
    }

    /// Secret of the first key pair, or of the random one.
    #[must_use]
    pub fn access_key_secret(&self) -> &str {
        &self.key.1
    }

    /// Believes one more temporary key pair together with its token, or the same one until another time.
    pub fn add_sts_token(&self, id: &str, secret: &str, token: &str, expires: Option<SystemTime>) {
        self.shared.credentials.add_temporary(id, secret, token, expires);
    }

    /// Lets every temporary key pair expire at once, by the server's clock.
    pub fn expire_sts_tokens(&self) {
        self.shared.credentials.expire_temporary(self.shared.clock.now());
    }

    /// Lets a fault meet the next matching requests. Faults are asked in the order in which they were given.
    pub fn inject(&self, fault: Fault) {
        self.shared.faults.add(fault);
    }

    /// Forgets the faults that have not met their requests.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Sets how far the server's clock is ahead, in seconds; negative: behind, 0: as it should be. Answers carry it in `Date`.
    pub fn shift_clock(&self, seconds: i64) {
        self.shared.clock.set_offset(seconds);
    }

    /// Stops to accept requests, lets the running ones end (for at most five seconds), and closes the data folder, which
    /// another server may use then.
    pub async fn stop(mut self) {
        self.shutdown.send_replace(true);
        if let Some(accepting) = self.accepting.take()
            && let Err(error) = accepting.await
        {
            tracing::error!(%error, "the server did not stop in good order");
        }
        let closed = self.shared.store.closed();
        // Closing the store waits for its writer.
        let closing = tokio::task::spawn_blocking(move || drop(self));
        if let Err(error) = closing.await {
            tracing::error!(%error, "the store did not close in good order");
        }
        // Whatever goes on without its connection, such as an append, ends soon for want of one.
        if tokio::time::timeout(FAREWELL, closed).await.is_err() {
            tracing::warn!("the data folder is still in use");
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
    }
}

impl fmt::Debug for RunningServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningServer")
            .field("endpoint", &self.endpoint())
            .field("region", &self.shared.region)
            .field("access_key_id", &self.key.0)
            .finish_non_exhaustive()
    }
}
