//! What stands under `/-/`, which no bucket can be called: the state of health, and scripted faults for other processes.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use oss_protocol::code::Code;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::body::{Body, Damage, RequestBody};
use crate::failure::Failure;
use crate::fault::{Effect, Fault};
use crate::reply::Reply;
use crate::request::Request;
use crate::shared::Shared;

/// The most bytes of what is sent here.
const LIMIT: u64 = 64 * 1024;

/// A fault as it is sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Script {
    effect: Name,
    status: Option<u16>,
    code: Option<String>,
    retry_after_seconds: Option<u64>,
    millis: Option<u64>,
    at: Option<u64>,
    method: Option<String>,
    key: Option<String>,
    parameter: Option<String>,
    skip: Option<u64>,
    times: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Name {
    Answer,
    Delay,
    Cut,
    Flip,
    WrongCrc,
    Disconnect,
    LoseAnswer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClockSetting {
    offset_seconds: i64,
}

/// The path behind `/-/`, if the request is for us.
pub(crate) fn path<'r>(shared: &Shared, request: &'r Request) -> Option<&'r str> {
    let is_ours = request.bucket.as_deref() == Some("-") && shared.hosts.is_path_style(&request.host);
    is_ours.then_some(request.key.as_deref()).flatten()
}

pub(crate) async fn serve(
    shared: &Arc<Shared>,
    request: &Request,
    path: &str,
    body: RequestBody,
) -> Result<Reply, Failure> {
    if path == "health" && matches!(request.method, Method::GET | Method::HEAD) {
        // Fails where the database does.
        shared.store.bucket("-")?;
        return Ok(Reply::ok().header("content-type", "text/plain").body(Body::full("ok\n".into())));
    }
    check_token(shared, request)?;
    match (request.method.as_str(), path) {
        ("POST", "faults") => shared.faults.add(read::<Script>(body).await?.fault()?),
        ("DELETE", "faults") => shared.faults.clear(),
        ("PUT", "clock") => shared.clock.set_offset(read::<ClockSetting>(body).await?.offset_seconds),
        ("DELETE", "tokens") => shared.credentials.expire_temporary(shared.clock.now()),
        (method, _) => return Err(Failure::new(Code::MethodNotAllowed).detail("Method", method)),
    }
    Ok(Reply::no_content())
}

fn check_token(shared: &Shared, request: &Request) -> Result<(), Failure> {
    let Some(token) = &shared.admin_token else {
        // As if nothing were here: `-` is no name of a bucket.
        return Err(Failure::new(Code::InvalidBucketName).detail("BucketName", "-"));
    };
    let given = request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let differs =
        token.bytes().zip(given.bytes()).fold(token.len() ^ given.len(), |all, (a, b)| all | usize::from(a ^ b));
    if differs == 0 { Ok(()) } else { Err(Failure::new(Code::AccessDenied)) }
}

async fn read<T: DeserializeOwned>(body: RequestBody) -> Result<T, Failure> {
    let body = body.limited(LIMIT)?.collect(None).await?;
    serde_json::from_slice(&body)
        .map_err(|error| Failure::with_message(Code::InvalidArgument, format!("This cannot be read: {error}.")))
}

impl Script {
    fn fault(self) -> Result<Fault, Failure> {
        let missing = |name: &'static str| Failure::new(Code::MissingArgument).detail("ArgumentName", name);
        let at = || self.at.ok_or_else(|| missing("at"));
        let effect = match self.effect {
            Name::Answer => Effect::Answer {
                status: self.status.filter(|status| (200..600).contains(status)).ok_or_else(|| missing("status"))?,
                code: self.code.clone().ok_or_else(|| missing("code"))?,
                retry_after: self.retry_after_seconds,
            },
            Name::Delay => Effect::Delay(Duration::from_millis(self.millis.ok_or_else(|| missing("millis"))?)),
            Name::Cut => Effect::Damage(Damage::Cut(at()?)),
            Name::Flip => Effect::Damage(Damage::Flip(at()?)),
            Name::WrongCrc => Effect::WrongCrc,
            Name::Disconnect => Effect::Disconnect,
            Name::LoseAnswer => Effect::LoseAnswer,
        };
        let mut fault = Fault::new(effect).after(self.skip.unwrap_or(0)).times(self.times.unwrap_or(1));
        if let Some(method) = self.method {
            fault = fault.on_method(&method);
        }
        if let Some(key) = self.key {
            fault = fault.on_key(&key);
        }
        if let Some(parameter) = self.parameter {
            fault = fault.on_parameter(&parameter);
        }
        Ok(fault)
    }
}
