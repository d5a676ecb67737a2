//! From the configuration to the provider that it chooses.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use meta::{Config, Error, ExposeSecret, Result, TypeContext};
use oss_protocol::endpoint::Endpoint;

use super::ecs_role::EcsRole;
use super::environment::Environment;
use super::process::Process;
use super::profile::Profile;
use super::role::{AssumedRole, Given, OidcRole};
use super::sts::{Role, SESSION_NAME};
use super::{CredentialProvider, Credentials, DEFAULT_DURATION, Services, Source, is_access_key_id, is_key_text};
use crate::transport::{Pools, ProxyChoice};

/// What `credentials` may be; the first is the default.
pub(crate) const CHOICES: &[&str] =
    &["static", "environment", "profile", "ecsRamRole", "oidc", "assumeRole", "process"];

/// The keys that belong to some choices only.
const KEYS_OF: &[(&str, &[&str])] = &[
    ("accessKeyId", &["static", "assumeRole"]),
    ("accessKeySecret", &["static", "assumeRole"]),
    ("securityToken", &["static", "assumeRole"]),
    ("roleArn", &["assumeRole", "oidc"]),
    ("roleSessionName", &["assumeRole", "oidc"]),
    ("roleDurationSeconds", &["assumeRole", "oidc"]),
    ("externalId", &["assumeRole"]),
    ("oidcProviderArn", &["oidc"]),
    ("oidcTokenFile", &["oidc"]),
    ("ramRoleName", &["ecsRamRole"]),
    ("profile", &["profile"]),
    ("profileFile", &["profile"]),
    ("credentialProcess", &["process"]),
    ("metadataEndPoint", &["ecsRamRole", "profile"]),
    ("stsEndPoint", &["assumeRole", "oidc", "profile"]),
];

impl Source {
    /// The provider that the configuration chooses. Touches nothing outside: the environment, files and services are
    /// read when the first keys are needed.
    pub(crate) fn from_config(context: TypeContext<'_>, pools: &Pools, proxy: &ProxyChoice) -> Result<Self> {
        let config = context.config();
        let choice = config.text("credentials")?;
        refuse_keys_of_others(config, choice)?;
        if choice == "static" {
            return keys(config, choice).map(Self::Fixed);
        }
        let services = Services::from_config(config, pools, proxy)?;
        let text = |key| config.optional_text(key).map(str::to_owned);
        let provider: Arc<dyn CredentialProvider> = match choice {
            "environment" => Arc::new(Environment),
            "profile" => Arc::new(Profile { services, file: path(context, "profileFile"), name: text("profile") }),
            "ecsRamRole" => Arc::new(EcsRole::new(services.metadata()?, text("ramRoleName"))),
            "oidc" => Arc::new(OidcRole {
                sts: services.sts()?,
                role_arn: config.optional_text("roleArn").map(|arn| role_arn(config, arn)).transpose()?,
                session: session_name(config)?,
                duration: duration(config),
                policy: None,
                provider_arn: text("oidcProviderArn"),
                token_file: path(context, "oidcTokenFile"),
            }),
            "assumeRole" => {
                let role = Role {
                    arn: role_arn(config, required(config, choice, "roleArn")?)?,
                    session: session_name(config)?.unwrap_or_else(|| SESSION_NAME.to_owned()),
                    duration: duration(config),
                    external_id: text("externalId"),
                    policy: None,
                };
                Arc::new(AssumedRole::new(services.sts()?, role, Arc::new(Given(keys(config, choice)?))))
            }
            _ => {
                // Arguments may hold secrets.
                let command = config.optional_secret("credentialProcess");
                let command = command.ok_or_else(|| missing(config, choice, "credentialProcess"))?;
                let process =
                    Process::new(command.expose_secret()).map_err(|why| config.error("credentialProcess", why))?;
                Arc::new(process)
            }
        };
        Ok(Self::Provider(provider))
    }

    /// A provider from code, which the configuration may not contradict.
    pub(crate) fn from_code(config: &Config, provider: Arc<dyn CredentialProvider>) -> Result<Self> {
        let contradicting =
            KEYS_OF.iter().map(|(key, _)| *key).chain(["credentials"]).find(|key| is_given(config, key));
        match contradicting {
            Some(key) => Err(config
                .error(key, format!("the Type gets its credentials from {}", provider.name()))
                .with_advice("remove the key")),
            None => Ok(Self::Provider(provider)),
        }
    }
}

impl Services {
    fn from_config(config: &Config, pools: &Pools, proxy: &ProxyChoice) -> Result<Self> {
        let endpoint = |key| {
            let text = config.text(key)?;
            Endpoint::parse(text, None).map_err(|error| config.error(key, error))
        };
        Ok(Self {
            metadata_endpoint: endpoint("metadataEndPoint")?,
            // Instances reach it straight, and nothing but instances does.
            metadata_pool: pools.get(super::METADATA_CONNECT_TIMEOUT, &ProxyChoice::Direct),
            sts_endpoint: endpoint("stsEndPoint")?,
            sts_pool: pools.get(Duration::from_secs(config.integer("connectTimeoutSeconds").unwrap_or(5)), proxy),
        })
    }
}

fn is_given(config: &Config, key: &str) -> bool {
    config.shown().any(|(known, _, _)| known.name() == key)
}

fn refuse_keys_of_others(config: &Config, choice: &str) -> Result<()> {
    for (key, choices) in KEYS_OF {
        if choices.contains(&choice) || !is_given(config, key) {
            continue;
        }
        let listed: Vec<_> = choices.iter().map(|choice| format!("`{choice}`")).collect();
        let error = config.error(
            key,
            format!("it belongs to `credentials` {}, and `credentials` is `{choice}`", listed.join(" and ")),
        );
        return Err(error.with_advice(format!("remove it, or set `\"credentials\": \"{}\"`", choices[0])));
    }
    Ok(())
}

fn required<'a>(config: &'a Config, choice: &str, key: &str) -> Result<&'a str> {
    config.optional_text(key).ok_or_else(|| missing(config, choice, key))
}

fn missing(config: &Config, choice: &str, key: &str) -> Error {
    config.error(key, format!("it is missing, and `credentials` is `{choice}`, which needs it")).with_advice("add it")
}

/// The keys that stand in the configuration.
fn keys(config: &Config, choice: &str) -> Result<Credentials> {
    let (id, secret) = (config.optional_text("accessKeyId"), config.optional_secret("accessKeySecret"));
    let (Some(id), Some(secret)) = (id, secret) else {
        let (key, which) = match (id, secret) {
            (None, None) => ("accessKeyId", "it and `accessKeySecret` are missing, and `credentials` is"),
            (None, Some(_)) => ("accessKeyId", "it is missing, and `credentials` is"),
            (Some(_), _) => ("accessKeySecret", "it is missing, and `credentials` is"),
        };
        return Err(config.error(key, format!("{which} `{choice}`, which needs them")).with_advice(format!(
            "add `accessKeyId` and `accessKeySecret`, or say in `credentials` where keys come from, such as `\"{}\"`",
            CHOICES[1]
        )));
    };
    if !is_access_key_id(id) {
        return Err(config.error("accessKeyId", "it is empty, or holds characters that no access key id has"));
    }
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

fn role_arn(config: &Config, arn: &str) -> Result<String> {
    let named = arn.strip_prefix("acs:ram:").and_then(|rest| rest.split_once(":role/"));
    match named {
        Some((_, name)) if !name.is_empty() => Ok(arn.to_owned()),
        _ => Err(config.error("roleArn", "it is no ARN of a role, such as `acs:ram::1234567890123456:role/reader`")),
    }
}

fn session_name(config: &Config) -> Result<Option<String>> {
    let Some(name) = config.optional_text("roleSessionName") else { return Ok(None) };
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'@' | b'-' | b'_');
    if !(2..=64).contains(&name.len()) || !name.bytes().all(inside) {
        return Err(config.error("roleSessionName", "it has 2 to 64 letters, digits, `.`, `@`, `-` and `_`"));
    }
    Ok(Some(name.to_owned()))
}

fn duration(config: &Config) -> Duration {
    config.integer("roleDurationSeconds").map_or(DEFAULT_DURATION, Duration::from_secs)
}

/// A path of the configuration: relative ones start at the app's root folder, `~/` at the home folder.
fn path(context: TypeContext<'_>, key: &str) -> Option<PathBuf> {
    let text = context.config().optional_text(key)?;
    match (text.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => Some(home.join(rest)),
        _ => Some(context.app_folder().join(Path::new(text))),
    }
}
