//! STS: temporary credentials of a RAM role, for permanent ones or for the token of an identity provider.
//!
//! <https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-overview>

use std::time::{Duration, SystemTime};

use http::Method;
use meta::{Error, ErrorKind, ExposeSecret, Result, SecretString, ServiceFailure};
use oss_protocol::rpc;
use serde::Deserialize;

use super::Credentials;
use super::document::{Document, malformed};
use crate::transport::{Cause, Clock, Effect, Failure, Question, Reply, Service, is_transient_status};

/// The central endpoint; regions have their own, `sts.cn-hangzhou.aliyuncs.com`, and inside of a VPC
/// `sts-vpc.cn-hangzhou.aliyuncs.com`.
pub(crate) const ENDPOINT: &str = "sts.aliyuncs.com";
/// What sessions are called where nobody names them.
pub(super) const SESSION_NAME: &str = "jit-storages";

/// The service, and its clock as far as it is known.
#[derive(Debug)]
pub(super) struct Sts {
    service: Service,
    clock: Clock,
}

/// A role to assume.
#[derive(Debug, Clone)]
pub(super) struct Role {
    /// `acs:ram::{account}:role/{name}`
    pub(super) arn: String,
    /// What audits call the session.
    pub(super) session: String,
    /// How long the credentials are to last: from 15 minutes to what the role allows.
    pub(super) duration: Duration,
    /// What the role's owner has agreed upon with whom may assume it.
    pub(super) external_id: Option<String>,
    /// A policy that narrows what the role may do.
    pub(super) policy: Option<String>,
}

#[derive(Deserialize)]
struct Assumed {
    #[serde(rename = "Credentials")]
    credentials: Document,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Refusal {
    code: String,
    message: String,
    request_id: String,
}

impl Sts {
    pub(super) fn new(service: Service) -> Self {
        Self { service, clock: Clock::default() }
    }

    /// `AssumeRole`, signed with the keys of somebody who may.
    pub(super) async fn assume_role(&self, role: &Role, source: &Credentials) -> Result<Credentials> {
        let duration = role.duration.as_secs().to_string();
        let question = || {
            let (now, nonce) = (timestamp(self.clock.now()), nonce());
            let mut parameters = role.parameters("AssumeRole", &now, &duration);
            parameters.extend([
                ("AccessKeyId", source.access_key_id.as_str()),
                ("SignatureMethod", "HMAC-SHA1"),
                ("SignatureVersion", "1.0"),
                ("SignatureNonce", &nonce),
            ]);
            parameters.extend(source.security_token.as_ref().map(|token| ("SecurityToken", token.expose_secret())));
            let signature = rpc::sign("POST", &parameters, source.access_key_secret.expose_secret());
            parameters.push(("Signature", &signature));
            Ok(post(&parameters))
        };
        let token = source.security_token.as_ref();
        self.service.ask("AssumeRole at", "/", question, |reply| self.read(reply, token)).await
    }

    /// `AssumeRoleWithOIDC`, for whom an identity provider has given a token. Not signed.
    pub(super) async fn assume_role_with_oidc(
        &self,
        role: &Role,
        provider_arn: &str,
        token: &SecretString,
    ) -> Result<Credentials> {
        let duration = role.duration.as_secs().to_string();
        let question = || {
            let (now, nonce) = (timestamp(self.clock.now()), nonce());
            let mut parameters = role.parameters("AssumeRoleWithOIDC", &now, &duration);
            parameters.extend([
                ("SignatureNonce", nonce.as_str()),
                ("OIDCProviderArn", provider_arn),
                ("OIDCToken", token.expose_secret()),
            ]);
            Ok(post(&parameters))
        };
        self.service.ask("AssumeRoleWithOIDC at", "/", question, |reply| self.read(reply, Some(token))).await
    }

    fn read(&self, reply: Reply, sent: Option<&SecretString>) -> Result<Credentials, Failure> {
        if !reply.status.is_success() {
            return Err(self.refusal(&reply, sent));
        }
        let assumed: Result<Assumed, _> = serde_json::from_slice(&reply.body);
        let assumed = assumed.map_err(|error| Failure::permanent(malformed(&error)))?;
        assumed.credentials.credentials().map_err(Failure::permanent)
    }

    fn refusal(&self, reply: &Reply, sent: Option<&SecretString>) -> Failure {
        let Refusal { code, message, request_id } = serde_json::from_slice(&reply.body).unwrap_or_default();
        let mut service = ServiceFailure::new(reply.status.as_u16());
        if !code.is_empty() {
            service = service.with_code(line(&code, 64));
        }
        if !request_id.is_empty() {
            service = service.with_request_id(line(&request_id, 64));
        }
        let is_denied = matches!(reply.status.as_u16(), 401 | 403 | 404) || code.contains("AuthenticationFail");
        let is_throttled = reply.status.as_u16() == 429 || code.starts_with("Throttling");
        let kind = match reply.status.as_u16() {
            _ if is_throttled => ErrorKind::Throttled,
            _ if is_denied => ErrorKind::PermissionDenied,
            400..500 => ErrorKind::Config,
            _ => ErrorKind::Service,
        };
        let said = match said(&message, sent) {
            said if said.is_empty() => format!("it answered HTTP {}", reply.status),
            said => format!("STS refused: {said}"),
        };
        let error = Error::new(kind, said).with_service(service);
        let (cause, error) = match (code.as_str(), reply.date) {
            ("InvalidTimeStamp.Expired" | "InvalidTimeStamp.Format", Some(date)) => {
                self.clock.learn(date);
                (Cause::Clock, error.with_advice("set the clock of this machine (NTP)"))
            }
            _ if is_throttled || is_transient_status(reply.status) && kind != ErrorKind::PermissionDenied => {
                (Cause::Transient, error.with_retryable(true))
            }
            _ => (Cause::Permanent, with_advice(error, &code)),
        };
        Failure { error, cause, effect: Effect::None, retry_after: None }
    }
}

impl Role {
    /// What both calls send.
    fn parameters<'a>(&'a self, action: &'a str, now: &'a str, duration: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut parameters = vec![
            ("Action", action),
            ("Version", "2015-04-01"),
            ("Format", "JSON"),
            ("Timestamp", now),
            ("RoleArn", &self.arn),
            ("RoleSessionName", &self.session),
            ("DurationSeconds", duration),
        ];
        parameters.extend(self.external_id.as_deref().map(|id| ("ExternalId", id)));
        parameters.extend(self.policy.as_deref().map(|policy| ("Policy", policy)));
        parameters
    }
}

fn with_advice(error: Error, code: &str) -> Error {
    match code {
        "NoPermission" => error.with_advice("allow the key `sts:AssumeRole`, and name it in the role's trust policy"),
        "EntityNotExist.Role" => error.with_advice("check `roleArn`"),
        "InvalidAccessKeyId.NotFound" | "InvalidAccessKeyId.Inactive" => error.with_advice("check `accessKeyId`"),
        "SignatureDoesNotMatch" | "IncompleteSignature" => error.with_advice("check `accessKeySecret`"),
        "InvalidParameter.DurationSeconds" => {
            error.with_advice("ask for less in `roleDurationSeconds`, or let the role's sessions last longer")
        }
        code if code.starts_with("AuthenticationFail") => error.with_advice(
            "check `oidcProviderArn`, the role's trust policy, and that `oidcTokenFile` holds a token that lasts",
        ),
        _ => error,
    }
}

/// What STS says, as far as it may be shown: it prints the string to sign, and with it the token that was sent.
fn said(message: &str, sent: Option<&SecretString>) -> String {
    let told = message.split("server string to sign").next().unwrap_or_default();
    match sent.map(ExposeSecret::expose_secret) {
        Some(secret) if told.contains(secret) => String::new(),
        _ => line(told, 200),
    }
}

/// Foreign text, fit for one line of ours.
fn line(text: &str, longest: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect();
    text.trim().trim_end_matches('.').to_owned()
}

fn post(parameters: &[(&str, &str)]) -> Question {
    Question { method: Method::POST, headers: Vec::new(), form: rpc::form(parameters) }
}

/// `2016-02-23T12:46:24Z`
fn timestamp(now: SystemTime) -> String {
    let text = oss_protocol::time::iso8601(now);
    let (whole, _) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}Z")
}

/// What makes each request another one.
fn nonce() -> String {
    format!("{:032x}", fastrand::u128(..))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn times_have_whole_seconds() {
        assert_eq!(timestamp(UNIX_EPOCH + Duration::from_millis(1_456_231_584_042)), "2016-02-23T12:46:24Z");
    }

    #[test]
    fn what_sts_prints_of_secrets_is_not_shown() {
        let token = SecretString::from("the-token");
        let message =
            "Specified signature is not matched with our calculation. server string to sign is:POST&%2F&the-token";
        assert_eq!(said(message, Some(&token)), "Specified signature is not matched with our calculation");
        assert_eq!(said("your token the-token is bad", Some(&token)), "");
        assert_eq!(said("the role\ndoes not exist.", Some(&token)), "the role does not exist");
    }
}
