//! Signing of requests and URLs with the element's credentials: keys are derived once a day, not once a request.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use meta::{Error, ErrorKind, ExposeSecret, Result, SecretString};
use oss_protocol::sign::mismatch::SignedText;
use oss_protocol::sign::{Request, v1, v4};

use crate::config::SignatureVersion;

/// Signs everything that the element sends or hands out.
pub(crate) struct Signer {
    access_key_id: String,
    access_key_secret: SecretString,
    security_token: Option<SecretString>,
    region: String,
    product: &'static str,
    keys: Keys,
}

enum Keys {
    V1(v1::SigningKey),
    /// The key of the day: made on first use, replaced when the day is over.
    V4(RwLock<Option<Arc<v4::SigningKey>>>),
}

impl Signer {
    pub(crate) fn new(
        access_key_id: String,
        access_key_secret: SecretString,
        security_token: Option<SecretString>,
        version: SignatureVersion,
        region: String,
        product: &'static str,
    ) -> Self {
        let keys = match version {
            SignatureVersion::V1 => Keys::V1(v1::SigningKey::new(access_key_secret.expose_secret())),
            SignatureVersion::V4 => Keys::V4(RwLock::default()),
        };
        Self { access_key_id, access_key_secret, security_token, region, product, keys }
    }

    /// Signs a request and hands each header to set to `set`.
    pub(crate) fn sign_headers(&self, request: &Request<'_>, now: SystemTime, mut set: impl FnMut(&'static str, &str)) {
        match &self.keys {
            Keys::V1(key) => {
                let signer = v1::Signer { access_key_id: &self.access_key_id, security_token: self.token(), key };
                signer.sign_headers(request, now).headers().for_each(|(name, value)| set(name, value));
            }
            Keys::V4(kept) => {
                let key = self.key_of_the_day(kept, now);
                let signer = v4::Signer { access_key_id: &self.access_key_id, security_token: self.token(), key: &key };
                signer.sign_headers(request, &[], now).headers().for_each(|(name, value)| set(name, value));
            }
        }
    }

    /// What [`sign_headers`](Self::sign_headers) signs at that moment, to compare with what a refusal prints.
    pub(crate) fn signed_text(&self, request: &Request<'_>, now: SystemTime) -> SignedText {
        match &self.keys {
            Keys::V1(key) => {
                let signer = v1::Signer { access_key_id: &self.access_key_id, security_token: self.token(), key };
                let string_to_sign = signer.sign_headers(request, now).string_to_sign().to_owned();
                SignedText { string_to_sign, canonical_request: None }
            }
            Keys::V4(kept) => {
                let key = self.key_of_the_day(kept, now);
                let signer = v4::Signer { access_key_id: &self.access_key_id, security_token: self.token(), key: &key };
                let signed = signer.sign_headers(request, &[], now);
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
        match &self.keys {
            Keys::V1(key) => {
                let too_long = || invalid("a signed URL cannot be valid for that long".to_owned());
                let expires = now.checked_add(lifetime).ok_or_else(too_long)?;
                let signer = v1::Signer { access_key_id: &self.access_key_id, security_token: self.token(), key };
                Ok(signer.sign_query(request, expires))
            }
            Keys::V4(kept) => {
                let key = self.key_of_the_day(kept, now);
                let signer = v4::Signer { access_key_id: &self.access_key_id, security_token: self.token(), key: &key };
                signer.sign_query(request, &[], now, lifetime).map_err(|error| {
                    invalid(error.to_string())
                        .with_advice("sign a new URL when it is needed, or make the object public")
                })
            }
        }
    }

    fn token(&self) -> Option<&str> {
        self.security_token.as_ref().map(ExposeSecret::expose_secret)
    }

    fn key_of_the_day(&self, kept: &RwLock<Option<Arc<v4::SigningKey>>>, now: SystemTime) -> Arc<v4::SigningKey> {
        if let Some(key) = &*kept.read().unwrap_or_else(PoisonError::into_inner)
            && key.covers(now)
        {
            return Arc::clone(key);
        }
        let secret = self.access_key_secret.expose_secret();
        let key = Arc::new(v4::SigningKey::derive(secret, now, &self.region, self.product));
        *kept.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
        key
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = match self.keys {
            Keys::V1(_) => SignatureVersion::V1,
            Keys::V4(_) => SignatureVersion::V4,
        };
        f.debug_struct("Signer").field("version", &version).field("region", &self.region).finish_non_exhaustive()
    }
}
