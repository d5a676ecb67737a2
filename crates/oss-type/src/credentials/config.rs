//! From the configuration to the provider that it chooses.

use meta::{Config, Result};

use super::{Credentials, Source, is_access_key_id, is_key_text};

impl Source {
    pub(crate) fn from_config(config: &Config) -> Result<Self> {
        keys(config).map(Self::Fixed)
    }
}

/// The keys that stand in the configuration.
fn keys(config: &Config) -> Result<Credentials> {
    let id = config.text("accessKeyId")?;
    if !is_access_key_id(id) {
        return Err(config.error("accessKeyId", "it is empty, or holds characters that no access key id has"));
    }
    let secret = config.secret("accessKeySecret")?;
    let token = config.optional_secret("securityToken");
    for (key, secret) in [("accessKeySecret", Some(secret)), ("securityToken", token)] {
        if secret.is_some_and(|secret| !is_key_text(secret)) {
            return Err(config
                .error(key, "it is empty, or holds white space or characters that no key has")
                .with_advice("was a line break copied along?"));
        }
    }
    let credentials = Credentials::new(id, secret.clone());
    Ok(match token {
        Some(token) => credentials.with_security_token(token.clone()),
        None => credentials,
    })
}
