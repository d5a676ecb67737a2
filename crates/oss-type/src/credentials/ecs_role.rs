//! The RAM role of an ECS instance, from the metadata service.
//!
//! <https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata>

use http::{HeaderValue, Method, StatusCode};
use meta::{Error, ErrorKind, Result, async_trait};

use super::document::Document;
use super::environment::variable;
use super::{CredentialProvider, Credentials};
use crate::transport::{Effect, Failure, Question, Reply, Service, is_transient_status};

/// The address of the metadata service, which only instances reach.
pub(crate) const ENDPOINT: &str = "http://100.100.100.200";

const TOKEN: &str = "/latest/api/token";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
/// How long the token of the metadata service is to last, in seconds (1 to 21600). It is used at once.
const TOKEN_TTL: HeaderValue = HeaderValue::from_static("300");

/// The role of the instance that this process runs on.
#[derive(Debug)]
pub(super) struct EcsRole {
    service: Service,
    /// `None` to ask the service.
    role: Option<String>,
}

impl EcsRole {
    pub(super) fn new(service: Service, role: Option<String>) -> Self {
        Self { service, role }
    }

    /// The token of the hardened mode, or `None` where the service knows the plain mode only.
    async fn token(&self) -> Result<Option<HeaderValue>> {
        let question = || {
            let put = Question { method: Method::PUT, ..Question::get() };
            Ok(put.header("x-aliyun-ecs-metadata-token-ttl-seconds", TOKEN_TTL))
        };
        let read = |reply: Reply| match reply.status {
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::METHOD_NOT_ALLOWED => Ok(None),
            _ => {
                let mut token = HeaderValue::from_bytes(text(&reply)?.as_bytes()).map_err(|_| not_understood())?;
                token.set_sensitive(true);
                Ok(Some(token))
            }
        };
        self.service.ask("getting a token from", TOKEN, question, read).await
    }

    async fn role_name(&self, token: Option<&HeaderValue>) -> Result<String> {
        let read = |reply: Reply| {
            if reply.status == StatusCode::NOT_FOUND {
                let error = Error::new(ErrorKind::Config, "the instance has no RAM role");
                return Err(Failure::permanent(error.with_advice("attach a RAM role to the instance")));
            }
            Ok(text(&reply)?.lines().next().unwrap_or_default().trim().to_owned())
        };
        self.service.ask("reading the role name from", ROLES, || Ok(with_token(token)), read).await
    }
}

#[async_trait]
impl CredentialProvider for EcsRole {
    fn name(&self) -> &str {
        "ECS RAM role"
    }

    async fn credentials(&self) -> Result<Credentials> {
        let token = self.token().await?;
        let role = match self.role.clone().or_else(|| variable("ALIBABA_CLOUD_ECS_METADATA")) {
            Some(role) => role,
            None => self.role_name(token.as_ref()).await?,
        };
        let mut path = ROLES.to_owned();
        oss_protocol::encode::encode_component(&role, &mut path);
        let read = |reply: Reply| {
            if reply.status == StatusCode::NOT_FOUND {
                let error =
                    Error::new(ErrorKind::Config, format!("the instance has no RAM role `{}`", role.escape_debug()));
                return Err(Failure::permanent(error.with_advice("check `ramRoleName`, or leave it out")));
            }
            let document = Document::parse(text(&reply)?.as_bytes()).and_then(Document::credentials);
            document.map_err(Failure::permanent)
        };
        self.service.ask("reading the credentials from", &path, || Ok(with_token(token.as_ref())), read).await
    }
}

fn with_token(token: Option<&HeaderValue>) -> Question {
    match token {
        Some(token) => Question::get().header("x-aliyun-ecs-metadata-token", token.clone()),
        None => Question::get(),
    }
}

/// The text of a success.
fn text(reply: &Reply) -> Result<&str, Failure> {
    if !reply.status.is_success() {
        let error = Error::new(ErrorKind::Service, format!("it answered HTTP {}", reply.status))
            .with_advice("does this process run on an ECS instance with a RAM role?");
        return Err(if is_transient_status(reply.status) {
            Failure::transient(error, Effect::None)
        } else {
            Failure::permanent(error)
        });
    }
    match std::str::from_utf8(&reply.body).map(str::trim) {
        Ok(text) if !text.is_empty() => Ok(text),
        _ => Err(not_understood()),
    }
}

fn not_understood() -> Failure {
    Failure::permanent(Error::new(ErrorKind::UnexpectedAnswer, "it answered nothing that can be understood"))
}
