//! Signing of requests and URLs with the element's credentials: keys are derived once a day, not once a request.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use meta::{Error, ErrorKind, ExposeSecret, Result};
use oss_protocol::sign::mismatch::SignedText;
use oss_protocol::sign::policy::{Fields, Form};
use oss_protocol::sign::{Request, v1, v4};

use crate::config::SignatureVersion;
use crate::credentials::{Credentials, Renewal, Source};

/// Holds the keys that everything is signed with that the element sends or hands out.
#[derive(Debug)]
pub(crate) enum Signer {
    /// Keys that stay.
    Fixed(Arc<Keys>),
    /// Keys that come from a provider.
    Renewed(Renewal),
}

/// What signatures are made for, whatever the keys.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) version: SignatureVersion,
    pub(crate) region: String,
    pub(crate) product: &'static str,
}

/// Credentials, ready to sign.
pub(crate) struct Keys {
    credentials: Credentials,
    scope: Arc<Scope>,
    derived: Derived,
}

enum Derived {
    V1(v1::SigningKey),
    /// The key of the day: made on first use, replaced when the day is over.
    V4(RwLock<Option<Arc<v4::SigningKey>>>),
}

impl Signer {
    pub(crate) fn new(source: Source, scope: Scope) -> Self {
        let scope = Arc::new(scope);
        match source {
            Source::Fixed(credentials) => Self::Fixed(Arc::new(Keys::new(credentials, scope))),
            Source::Provider(provider) => Self::Renewed(Renewal::new(provider, scope)),
        }
    }

    /// The keys to sign with at that moment; asks a provider only where there are none that last.
    ///
    /// # Errors
    /// Those of the provider.
    pub(crate) async fn current(&self, now: SystemTime) -> Result<Arc<Keys>> {
        match self {
            Self::Fixed(keys) => Ok(Arc::clone(keys)),
            Self::Renewed(renewal) => renewal.current(now).await,
        }
    }

    /// Other keys than those that the service refused, or `None` where there are no others.
    ///
    /// # Errors
    /// Those of the provider.
    pub(crate) async fn renewed(&self, refused: &Arc<Keys>, now: SystemTime) -> Result<Option<Arc<Keys>>> {
        match self {
            Self::Fixed(_) => Ok(None),
            // Boxed, as rare as it is: it would make every call's future larger.
            Self::Renewed(renewal) => Box::pin(renewal.renewed(refused, now)).await,
        }
    }

    /// What errors call the provider of the keys; `None` where they stand in the configuration.
    pub(crate) fn provider(&self) -> Option<&str> {
        match self {
            Self::Fixed(_) => None,
            Self::Renewed(renewal) => Some(renewal.provider()),
        }
    }
}

impl Keys {
    pub(crate) fn new(credentials: Credentials, scope: Arc<Scope>) -> Self {
        let derived = match scope.version {
            SignatureVersion::V1 => Derived::V1(v1::SigningKey::new(credentials.access_key_secret.expose_secret())),
            SignatureVersion::V4 => Derived::V4(RwLock::default()),
        };
        Self { credentials, scope, derived }
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// When they end, where that is known.
    pub(crate) fn expiration(&self) -> Option<SystemTime> {
        self.credentials.expiration
    }

    /// Whether they are known to end by then.
    pub(crate) fn ends_before(&self, moment: SystemTime) -> bool {
        self.expiration().is_some_and(|end| end <= moment)
    }

    /// Signs a request and hands each header to set to `set`.
    pub(crate) fn sign_headers(&self, request: &Request<'_>, now: SystemTime, mut set: impl FnMut(&'static str, &str)) {
        match &self.derived {
            Derived::V1(key) => {
                self.v1(key).sign_headers(request, now).headers().for_each(|(name, value)| set(name, value));
            }
            Derived::V4(kept) => {
                let key = self.key_of_the_day(kept, now);
                self.v4(&key).sign_headers(request, &[], now).headers().for_each(|(name, value)| set(name, value));
            }
        }
    }

    /// What [`sign_headers`](Self::sign_headers) signs at that moment, to compare with what a refusal prints.
    pub(crate) fn signed_text(&self, request: &Request<'_>, now: SystemTime) -> SignedText {
        match &self.derived {
            Derived::V1(key) => {
                let string_to_sign = self.v1(key).sign_headers(request, now).string_to_sign().to_owned();
                SignedText { string_to_sign, canonical_request: None }
            }
            Derived::V4(kept) => {
                let key = self.key_of_the_day(kept, now);
                let signed = self.v4(&key).sign_headers(request, &[], now);
                let canonical_request = Some(signed.canonical_request().to_owned());
                SignedText { string_to_sign: signed.string_to_sign(), canonical_request }
            }
        }
    }

    /// Signs a request for its URL and returns the parameters to append.
    pub(crate) fn sign_query(
        &self,
        request: &Request<'_>,
        now: SystemTime,
        lifetime: Duration,
    ) -> Result<Vec<(&'static str, String)>> {
        match &self.derived {
            Derived::V1(key) => {
                let too_long = || invalid("a signed URL cannot be valid for that long".to_owned());
                let expires = now.checked_add(lifetime).ok_or_else(too_long)?;
                Ok(self.v1(key).sign_query(request, expires))
            }
            Derived::V4(kept) => {
                let key = self.key_of_the_day(kept, now);
                self.v4(&key).sign_query(request, &[], now, lifetime).map_err(|error| {
                    invalid(error.to_string())
                        .with_advice("sign a new URL when it is needed, or make the object public")
                })
            }
        }
    }

    /// Signs a form and returns its fields.
    pub(crate) fn sign_form(&self, form: &Form, now: SystemTime) -> Result<Fields> {
        let signed = match &self.derived {
            Derived::V1(key) => form.sign_v1(&self.v1(key), now),
            Derived::V4(kept) => form.sign_v4(&self.v4(&self.key_of_the_day(kept, now)), now),
        };
        signed.map_err(|error| invalid(error.to_string()))
    }

    fn v1<'a>(&'a self, key: &'a v1::SigningKey) -> v1::Signer<'a> {
        v1::Signer { access_key_id: &self.credentials.access_key_id, security_token: self.token(), key }
    }

    fn v4<'a>(&'a self, key: &'a v4::SigningKey) -> v4::Signer<'a> {
        v4::Signer { access_key_id: &self.credentials.access_key_id, security_token: self.token(), key }
    }

    fn token(&self) -> Option<&str> {
        self.credentials.security_token.as_ref().map(ExposeSecret::expose_secret)
    }

    fn key_of_the_day(&self, kept: &RwLock<Option<Arc<v4::SigningKey>>>, now: SystemTime) -> Arc<v4::SigningKey> {
        if let Some(key) = &*kept.read().unwrap_or_else(PoisonError::into_inner)
            && key.covers(now)
        {
            return Arc::clone(key);
        }
        let secret = self.credentials.access_key_secret.expose_secret();
        let key = Arc::new(v4::SigningKey::derive(secret, now, &self.scope.region, self.scope.product));
        *kept.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
        key
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("credentials", &self.credentials).field("scope", &self.scope).finish()
    }
}
