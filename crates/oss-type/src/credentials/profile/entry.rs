//! One profile: keys, or how to get them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use meta::{Error, ErrorKind, ExposeSecret, Result, SecretString};

use crate::credentials::ecs_role::EcsRole;
use crate::credentials::process::Process;
use crate::credentials::role::{AssumedRole, Given, OidcRole};
use crate::credentials::sts::{Role, SESSION_NAME};
use crate::credentials::{CredentialProvider, Credentials, DEFAULT_DURATION, Services};

/// The fields of a profile, by the names of the command line tool.
#[derive(Default)]
pub(super) struct Entry {
    mode: String,
    access_key_id: String,
    access_key_secret: SecretString,
    sts_token: SecretString,
    ram_role_name: String,
    ram_role_arn: String,
    ram_session_name: String,
    expired_seconds: u64,
    source_profile: String,
    external_id: String,
    policy: String,
    oidc_provider_arn: String,
    oidc_token_file: String,
    process_command: SecretString,
}

impl Entry {
    /// Sets a field by its name, of the command line tool or of the SDKs. Others belong to other tools.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let field = match name {
            "mode" | "type" => &mut self.mode,
            "access_key_id" => &mut self.access_key_id,
            "access_key_secret" => return self.access_key_secret = value.into(),
            "sts_token" | "security_token" => return self.sts_token = value.into(),
            "ram_role_name" | "role_name" => &mut self.ram_role_name,
            "ram_role_arn" | "role_arn" => &mut self.ram_role_arn,
            "ram_session_name" | "role_session_name" => &mut self.ram_session_name,
            "expired_seconds" | "role_session_expiration" => {
                return self.expired_seconds = value.parse().unwrap_or_default();
            }
            "source_profile" => &mut self.source_profile,
            "external_id" => &mut self.external_id,
            "policy" => &mut self.policy,
            "oidc_provider_arn" => &mut self.oidc_provider_arn,
            "oidc_token_file" | "oidc_token_file_path" => &mut self.oidc_token_file,
            "process_command" => return self.process_command = value.into(),
            _ => return,
        };
        value.clone_into(field);
    }

    /// The provider that the profile describes; `source` finds the profile that it stands on.
    pub(super) fn provider(
        &self,
        services: &Services,
        source: impl FnOnce(&str) -> Result<Arc<dyn CredentialProvider>>,
    ) -> Result<Arc<dyn CredentialProvider>> {
        let source: Arc<dyn CredentialProvider> = match self.mode.as_str() {
            "" | "AK" | "access_key" | "StsToken" | "sts" => return self.keys(),
            "EcsRamRole" | "ecs_ram_role" => return self.ecs_role(services),
            "External" => {
                let process = Process::new(self.process_command.expose_secret())
                    .map_err(|why| Error::new(ErrorKind::Config, format!("its command: {why}")))?;
                return Ok(Arc::new(process));
            }
            "OIDC" | "oidc_role_arn" => {
                return Ok(Arc::new(OidcRole {
                    sts: services.sts()?,
                    role_arn: filled(&self.ram_role_arn),
                    session: filled(&self.ram_session_name),
                    duration: self.duration(),
                    policy: filled(&self.policy),
                    provider_arn: filled(&self.oidc_provider_arn),
                    token_file: filled(&self.oidc_token_file).map(Into::into),
                }));
            }
            "RamRoleArn" | "ram_role_arn" => self.keys()?,
            "RamRoleArnWithRoleName" => self.ecs_role(services)?,
            "ChainableRamRoleArn" => source(&self.source_profile)?,
            other => {
                let message = format!("mode `{}` is not supported", other.escape_debug());
                return Err(Error::new(ErrorKind::Config, message)
                    .with_advice("use a profile with keys, a RAM role, OIDC or a command"));
            }
        };
        if self.ram_role_arn.is_empty() {
            return Err(Error::new(ErrorKind::Config, "it names no role to assume"));
        }
        let role = Role {
            arn: self.ram_role_arn.clone(),
            session: filled(&self.ram_session_name).unwrap_or_else(|| SESSION_NAME.to_owned()),
            duration: self.duration(),
            external_id: filled(&self.external_id),
            policy: filled(&self.policy),
        };
        Ok(Arc::new(AssumedRole::new(services.sts()?, role, source)))
    }

    fn keys(&self) -> Result<Arc<dyn CredentialProvider>> {
        if self.access_key_id.is_empty() || self.access_key_secret.expose_secret().is_empty() {
            return Err(Error::new(ErrorKind::Config, "it lacks `access_key_id` or `access_key_secret`"));
        }
        let mut credentials = Credentials::new(self.access_key_id.clone(), self.access_key_secret.clone());
        credentials.security_token = Some(self.sts_token.clone()).filter(|token| !token.expose_secret().is_empty());
        Ok(Arc::new(Given(credentials)))
    }

    fn ecs_role(&self, services: &Services) -> Result<Arc<dyn CredentialProvider>> {
        Ok(Arc::new(EcsRole::new(services.metadata()?, filled(&self.ram_role_name))))
    }

    fn duration(&self) -> Duration {
        match self.expired_seconds {
            0 => DEFAULT_DURATION,
            seconds => Duration::from_secs(seconds),
        }
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("mode", &self.mode).finish_non_exhaustive()
    }
}
