//! RAM roles that STS gives temporary credentials of.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use meta::{Error, ErrorKind, Result, SecretString, async_trait};

use super::environment::variable;
use super::file;
use super::sts::{Role, SESSION_NAME, Sts};
use super::{CredentialProvider, Credentials};

/// A role, assumed with somebody's keys.
#[derive(Debug)]
pub(super) struct AssumedRole {
    sts: Arc<Sts>,
    role: Role,
    source: Arc<dyn CredentialProvider>,
}

impl AssumedRole {
    pub(super) fn new(sts: Arc<Sts>, role: Role, source: Arc<dyn CredentialProvider>) -> Self {
        Self { sts, role, source }
    }
}

#[async_trait]
impl CredentialProvider for AssumedRole {
    fn name(&self) -> &str {
        "AssumeRole"
    }

    async fn credentials(&self) -> Result<Credentials> {
        let source = super::ask(&*self.source).await?;
        self.sts.assume_role(&self.role, &source).await
    }
}

/// Keys that are there already.
#[derive(Debug)]
pub(super) struct Given(pub(super) Credentials);

#[async_trait]
impl CredentialProvider for Given {
    fn name(&self) -> &str {
        "keys"
    }

    async fn credentials(&self) -> Result<Credentials> {
        Ok(self.0.clone())
    }
}

/// A role, assumed with the token that an identity provider has put into a file: RRSA on Kubernetes, which also sets
/// the environment variables that stand in for what is `None`.
#[derive(Debug)]
pub(super) struct OidcRole {
    pub(super) sts: Arc<Sts>,
    pub(super) role_arn: Option<String>,
    pub(super) session: Option<String>,
    pub(super) duration: Duration,
    pub(super) policy: Option<String>,
    pub(super) provider_arn: Option<String>,
    pub(super) token_file: Option<PathBuf>,
}

/// The longest token that STS takes is 20 000 characters.
const MAX_TOKEN: u64 = 64 * 1024;

#[async_trait]
impl CredentialProvider for OidcRole {
    fn name(&self) -> &str {
        "OIDC role"
    }

    async fn credentials(&self) -> Result<Credentials> {
        let role = Role {
            arn: either(&self.role_arn, "ALIBABA_CLOUD_ROLE_ARN", "roleArn")?,
            session: self
                .session
                .clone()
                .or_else(|| variable("ALIBABA_CLOUD_ROLE_SESSION_NAME"))
                .unwrap_or_else(|| SESSION_NAME.to_owned()),
            duration: self.duration,
            external_id: None,
            policy: self.policy.clone(),
        };
        let provider_arn = either(&self.provider_arn, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "oidcProviderArn")?;
        let token_file = match &self.token_file {
            Some(file) => file.clone(),
            None => either(&None, "ALIBABA_CLOUD_OIDC_TOKEN_FILE", "oidcTokenFile")?.into(),
        };
        // Read each time: Kubernetes writes it anew before it expires.
        let token = file::read(&token_file, MAX_TOKEN).await?;
        let token = match std::str::from_utf8(&token).map(str::trim) {
            Ok(token) if !token.is_empty() => SecretString::from(token),
            _ => {
                let message = format!("`{}` holds no token", token_file.display());
                return Err(Error::new(ErrorKind::Config, message));
            }
        };
        self.sts.assume_role_with_oidc(&role, &provider_arn, &token).await
    }
}

fn either(configured: &Option<String>, name: &str, key: &str) -> Result<String> {
    configured.clone().or_else(|| variable(name)).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("neither the key `{key}` nor the environment variable `{name}` is set"))
    })
}
