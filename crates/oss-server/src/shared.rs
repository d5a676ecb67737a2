//! What every request of a server shares.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use crate::address::Hosts;
use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::fault::Faults;
use crate::ops::KeyLocks;
use crate::store::Store;

pub(crate) struct Shared {
    pub(crate) region: String,
    pub(crate) hosts: Hosts,
    pub(crate) credentials: Credentials,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) appends: KeyLocks,
    pub(crate) overrides: ContentTypeOverride,
    /// `None`: plain HTTP.
    pub(crate) tls: Option<TlsAcceptor>,
    /// Who may use the admin endpoint; `None`: nobody.
    pub(crate) admin_token: Option<String>,
    pub(crate) body_patience: Duration,
    pub(crate) callbacks: CallbackReach,
    /// How long archived objects take to become readable.
    pub(crate) restore_takes: Duration,
    /// The bytes that fields of forms may still take.
    pub(crate) form_fields: Arc<Semaphore>,
    /// How many pictures may be processed at a time.
    #[cfg(feature = "image")]
    pub(crate) pictures: Arc<Semaphore>,
    pub(crate) store: Arc<Store>,
    /// After the store: the folder goes when nothing writes to it any more.
    pub(crate) _temporary: Option<TempDir>,
}

/// What to do with `response-content-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContentTypeOverride {
    Refuse,
    Accept,
}

/// Whom upload callbacks may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallbackReach {
    ThisMachine,
    Anywhere,
}

impl Shared {
    /// What addresses of this server start with.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// The account that owns everything.
    pub(crate) fn owner() -> oss_protocol::xml::Owner {
        oss_protocol::xml::Owner { id: "1234567890123456".to_owned(), display_name: "1234567890123456".to_owned() }
    }
}
