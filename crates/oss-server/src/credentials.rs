//! Key pairs and tokens that the server believes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use oss_protocol::code::Code;
use oss_protocol::sign::{v1, v4};

use crate::auth::Identity;
use crate::failure::Failure;
use crate::rights::Rights;

/// How many days' keys of signature V4 are kept: a signed URL lives up to seven.
const KEPT_DAYS: usize = 9;

/// One key pair, permanent or temporary.
pub(crate) struct Credential {
    secret: String,
    token: Option<Token>,
    /// `None`: all.
    rights: Option<Arc<Rights>>,
    v1: v1::SigningKey,
    v4: Mutex<Vec<Arc<v4::SigningKey>>>,
}

struct Token {
    value: String,
    expires: Option<SystemTime>,
}

impl Credential {
    fn new(secret: &str, token: Option<Token>) -> Self {
        Self { secret: secret.to_owned(), token, rights: None, v1: v1::SigningKey::new(secret), v4: Mutex::default() }
    }

    /// Who holds the key pair.
    pub(crate) fn identity(&self) -> Identity {
        self.rights.as_ref().map_or(Identity::Owner, |rights| Identity::Limited(Arc::clone(rights)))
    }

    pub(crate) fn v1_key(&self) -> &v1::SigningKey {
        &self.v1
    }

    /// The key of a day; the last few are kept.
    pub(crate) fn v4_key(&self, day: SystemTime, region: &str, product: &str) -> Arc<v4::SigningKey> {
        let mut keys = self.v4.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.iter().find(|key| key.covers(day)) {
            return Arc::clone(key);
        }
        let key = Arc::new(v4::SigningKey::derive(&self.secret, day, region, product));
        if keys.len() == KEPT_DAYS {
            keys.remove(0);
        }
        keys.push(Arc::clone(&key));
        key
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("temporary", &self.token.is_some()).finish_non_exhaustive()
    }
}

/// All key pairs, by id.
#[derive(Debug, Default)]
pub(crate) struct Credentials(RwLock<HashMap<String, Arc<Credential>>>);

impl Credentials {
    pub(crate) fn add(&self, id: &str, secret: &str) {
        self.insert(id, Credential::new(secret, None));
    }

    pub(crate) fn add_limited(&self, id: &str, secret: &str, rights: Rights) {
        self.insert(id, Credential { rights: Some(Arc::new(rights)), ..Credential::new(secret, None) });
    }

    /// Lets every temporary key pair be expired from now on.
    pub(crate) fn expire_temporary(&self, now: SystemTime) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for credential in known.values_mut() {
            let Some(token) = &credential.token else { continue };
            let token = Token { value: token.value.clone(), expires: Some(now) };
            let rights = credential.rights.clone();
            *credential = Arc::new(Credential { rights, ..Credential::new(&credential.secret, Some(token)) });
        }
    }

    pub(crate) fn add_temporary(&self, id: &str, secret: &str, token: &str, expires: Option<SystemTime>) {
        self.insert(id, Credential::new(secret, Some(Token { value: token.to_owned(), expires })));
    }

    /// Looks a claim up: the id must be known, and the token must be the one that belongs to it.
    pub(crate) fn find(&self, id: &str, token: Option<&str>, now: SystemTime) -> Result<Arc<Credential>, Failure> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let unknown = || Failure::new(Code::InvalidAccessKeyId).detail("OSSAccessKeyId", id);
        let credential = known.get(id).ok_or_else(unknown)?;
        match (&credential.token, token) {
            (None, None) => Ok(Arc::clone(credential)),
            // A temporary key without its token is as good as unknown.
            (Some(_), None) => Err(unknown()),
            (Some(expected), Some(token)) if expected.value == token => match expected.expires {
                Some(expires) if now >= expires => Err(Failure::new(Code::SecurityTokenExpired)),
                _ => Ok(Arc::clone(credential)),
            },
            (_, Some(token)) => {
                let other = known.values().any(|other| other.token.as_ref().is_some_and(|known| known.value == token));
                Err(Failure::new(if other {
                    Code::AccessKeyIdAndSecurityTokenNotMatch
                } else {
                    Code::InvalidSecurityToken
                }))
            }
        }
    }

    fn insert(&self, id: &str, credential: Credential) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(id.to_owned(), Arc::new(credential));
    }
}

/// A key pair of random letters, for a server that was given none.
pub(crate) fn random_pair() -> Result<(String, String), getrandom::Error> {
    Ok((format!("LTAI{}", random_text(20)?), random_text(30)?))
}

fn random_text(len: usize) -> Result<String, getrandom::Error> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = vec![0; len];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn tokens_belong_to_their_key_and_expire() {
        let known = Credentials::default();
        let noon = UNIX_EPOCH + Duration::from_secs(43_200);
        known.add("ak", "sk");
        known.add_temporary("STS.a", "sk", "token-a", Some(noon));
        known.add_temporary("STS.b", "sk", "token-b", None);
        let find = |id, token, now| known.find(id, token, now).map(|_| ()).map_err(|failure| failure.code());
        assert_eq!(find("ak", None, noon), Ok(()));
        assert_eq!(find("STS.b", Some("token-b"), noon), Ok(()));
        assert_eq!(find("STS.a", Some("token-a"), noon - Duration::from_secs(1)), Ok(()));
        assert_eq!(find("STS.a", Some("token-a"), noon), Err(Code::SecurityTokenExpired));
        assert_eq!(find("STS.a", None, UNIX_EPOCH), Err(Code::InvalidAccessKeyId));
        assert_eq!(find("STS.a", Some("token-b"), UNIX_EPOCH), Err(Code::AccessKeyIdAndSecurityTokenNotMatch));
        assert_eq!(find("ak", Some("nonsense"), UNIX_EPOCH), Err(Code::InvalidSecurityToken));
        assert_eq!(find("nobody", None, UNIX_EPOCH), Err(Code::InvalidAccessKeyId));
    }

    #[test]
    fn only_a_few_days_keys_are_kept() {
        let credential = Credential::new("sk", None);
        for day in 0..100 {
            credential.v4_key(UNIX_EPOCH + Duration::from_secs(day * 86_400), "cn-hangzhou", "oss");
        }
        assert_eq!(credential.v4.lock().unwrap().len(), KEPT_DAYS);
    }

    #[test]
    fn random_pairs_differ_and_stay_out_of_debug_output() {
        let ((id, secret), (other, _)) = (random_pair().unwrap(), random_pair().unwrap());
        assert_ne!(id, other);
        let known = Credentials::default();
        known.add(&id, &secret);
        assert!(!format!("{known:?}").contains(&secret));
    }
}
