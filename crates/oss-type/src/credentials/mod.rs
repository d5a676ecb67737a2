//! Whose keys requests are signed with: the trait of providers, and what they provide.

mod config;
mod document;
mod ecs_role;
mod environment;
mod file;
mod process;
mod profile;
mod renewal;
mod role;
mod sts;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use meta::{Error, ErrorKind, ExposeSecret, Result, SecretString, async_trait};
use oss_protocol::endpoint::{Endpoint, Scheme};

pub(crate) use self::config::CHOICES;
pub(crate) use self::ecs_role::ENDPOINT as METADATA_ENDPOINT;
pub(crate) use self::renewal::Renewal;
pub(crate) use self::sts::ENDPOINT as STS_ENDPOINT;
use self::sts::Sts;
use crate::transport::{Pool, Service};

/// How long the credentials of a role last where nobody says so.
const DEFAULT_DURATION: Duration = Duration::from_secs(3600);
/// The metadata service is on the same machine, so to speak.
const METADATA_CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Where credentials come from: a vault, a service of your own, anything that the configuration key `credentials` does
/// not name. A Type hands it to [`OssStorage::with_credentials`](crate::OssStorage::with_credentials).
///
/// It is asked when the first request needs keys, then before they expire and when the service refuses them; by one task
/// at a time, in the background as long as the old keys last, and given up after a minute. So it need neither keep what
/// it got nor guard against being called twice.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use oss_type::{CredentialProvider, Credentials};
///
/// #[derive(Debug)]
/// struct Vault;
///
/// #[meta::async_trait]
/// impl CredentialProvider for Vault {
///     fn name(&self) -> &str {
///         "our vault"
///     }
///
///     async fn credentials(&self) -> meta::Result<Credentials> {
///         let (id, secret, token) = ("STS.id", "secret", "token"); // from wherever they are kept
///         let hour = Duration::from_secs(3600);
///         Ok(Credentials::new(id, secret).with_security_token(token).with_expiration(SystemTime::now() + hour))
///     }
/// }
/// ```
#[async_trait]
pub trait CredentialProvider: fmt::Debug + Send + Sync {
    /// What errors call it, such as `ECS RAM role`.
    fn name(&self) -> &str;

    /// Gets credentials.
    ///
    /// # Errors
    /// What went wrong, in a line that says which step it was and holds no secret; the provider's name is put in front
    /// of it. What is [retryable](Error::is_retryable) and names no [attempts](Error::attempts) is tried again.
    async fn credentials(&self) -> Result<Credentials>;
}

/// Where the keys of an element come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The configuration; they stay.
    Fixed(Credentials),
    /// A provider; they come and go.
    Provider(Arc<dyn CredentialProvider>),
}

/// The services that providers ask, and the way to them.
#[derive(Debug, Clone)]
struct Services {
    metadata_endpoint: Endpoint,
    metadata_pool: Arc<Pool>,
    sts_endpoint: Endpoint,
    sts_pool: Arc<Pool>,
}

impl Services {
    fn metadata(&self) -> Result<Service> {
        Service::new(Arc::clone(&self.metadata_pool), &self.metadata_endpoint, Scheme::Http, "metadataEndPoint")
    }

    fn sts(&self) -> Result<Arc<Sts>> {
        let service = Service::new(Arc::clone(&self.sts_pool), &self.sts_endpoint, Scheme::Https, "stsEndPoint")?;
        Ok(Arc::new(Sts::new(service)))
    }
}

/// Asks a provider. Its name stands in front of its errors.
async fn ask(provider: &dyn CredentialProvider) -> Result<Credentials> {
    let named = |error: Error| Error::io(provider.name(), std::io::Error::other(error));
    let credentials = provider.credentials().await.map_err(named)?;
    credentials.check().map_err(named)?;
    Ok(credentials)
}

/// A key pair, permanent or temporary. `Debug` shows none of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Credentials {
    /// Id of the access key.
    pub access_key_id: String,
    /// Secret of the access key.
    pub access_key_secret: SecretString,
    /// Token of temporary credentials.
    pub security_token: Option<SecretString>,
    /// When they end; `None` for never, or for nobody knows.
    pub expiration: Option<SystemTime>,
}

impl Credentials {
    /// Permanent credentials.
    pub fn new(access_key_id: impl Into<String>, access_key_secret: impl Into<SecretString>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            access_key_secret: access_key_secret.into(),
            security_token: None,
            expiration: None,
        }
    }

    /// With the token of temporary credentials.
    #[must_use]
    pub fn with_security_token(mut self, token: impl Into<SecretString>) -> Self {
        self.security_token = Some(token.into());
        self
    }

    /// With the moment when they end.
    #[must_use]
    pub fn with_expiration(mut self, expiration: SystemTime) -> Self {
        self.expiration = Some(expiration);
        self
    }

    /// Whether these are the same keys, however long they last.
    pub(crate) fn are(&self, other: &Self) -> bool {
        let token = |of: &Self| of.security_token.as_ref().map(|token| token.expose_secret().to_owned());
        self.access_key_id == other.access_key_id
            && self.access_key_secret.expose_secret() == other.access_key_secret.expose_secret()
            && token(self) == token(other)
    }

    /// Refuses what no request could carry.
    pub(crate) fn check(&self) -> Result<()> {
        let unfit = |what: &str| {
            let message = format!("the {what} is empty, or holds white space or characters that none has");
            Err(Error::new(ErrorKind::PermissionDenied, message).with_retryable(false))
        };
        if !is_access_key_id(&self.access_key_id) {
            return unfit("access key id");
        }
        if !is_key_text(&self.access_key_secret) {
            return unfit("access key secret");
        }
        match &self.security_token {
            Some(token) if !is_key_text(token) => unfit("security token"),
            _ => Ok(()),
        }
    }
}

/// Whether an access key id can stand in the headers and URLs of both signatures.
pub(crate) fn is_access_key_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b',')
}

/// Whether a secret or a token is what a header can hold.
pub(crate) fn is_key_text(secret: &SecretString) -> bool {
    let secret = secret.expose_secret();
    !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_graphic())
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("temporary", &self.security_token.is_some())
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_key() {
        let credentials = Credentials::new("the-id", "the-secret").with_security_token("the-token");
        let shown = format!("{credentials:?} {credentials:#?}");
        assert!(["the-id", "the-secret", "the-token"].iter().all(|hidden| !shown.contains(hidden)), "{shown}");
    }

    #[test]
    fn what_no_request_can_carry_is_refused() {
        let good = Credentials::new("id", "secret").with_security_token("token");
        good.check().unwrap();
        for (bad, what) in [
            (Credentials::new("", "secret"), "access key id"),
            (Credentials::new("a/b", "secret"), "access key id"),
            (Credentials::new("id", "line\nbreak"), "access key secret"),
            (Credentials::new("id", "secret").with_security_token(" "), "security token"),
        ] {
            assert!(bad.check().unwrap_err().to_string().contains(what));
        }
    }
}
