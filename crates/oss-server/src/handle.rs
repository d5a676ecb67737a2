//! One request: parse, believe or not, serve, answer, tell the log.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use http::{Method, Request as HttpRequest, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use oss_protocol::bucket;
use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::time::unix_seconds;

use crate::admin;
use crate::auth::{Identity, authenticate};
use crate::body::{Body, RequestBody};
use crate::failure::Failure;
use crate::fault::Effect;
use crate::ops::{self, Context, cors};
use crate::reply::Reply;
use crate::request::Request;
use crate::route::Operation;
use crate::shared::Shared;

/// The connection is to break instead of an answer.
#[derive(Debug)]
pub(crate) struct Disconnect;

impl fmt::Display for Disconnect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is broken by a scripted fault")
    }
}

impl std::error::Error for Disconnect {}

/// Answers a request, unless a scripted fault breaks the connection instead.
pub(crate) async fn handle(
    shared: Arc<Shared>,
    peer: IpAddr,
    request: HttpRequest<Incoming>,
) -> Result<Response<Body>, Disconnect> {
    let started = Instant::now();
    let now = shared.clock.now();
    let request_id = next_request_id(now);
    let (parts, incoming) = request.into_parts();
    let method = parts.method.clone();
    let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
    let has_stray_body = matches!(method, Method::GET | Method::HEAD) && !incoming.is_end_stream();
    let body = RequestBody::new(incoming, &parts.headers, shared.body_patience);
    let mut extras = Extras::default();
    let outcome = answer(&shared, parts, body, Arrival { peer, now, request_id: &request_id }, &mut extras).await;
    let Extras { effect, cors, what } = extras;
    if matches!(effect, Some(Effect::Disconnect | Effect::LoseAnswer)) {
        return Err(Disconnect);
    }
    let reply = match outcome {
        Ok(reply) => reply,
        Err(failure) => {
            if failure.is_of_storage() {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move { shared.store.recover().await });
            }
            if failure.is_internal() {
                tracing::error!(request_id, cause = failure.cause().map(ToString::to_string), "a request failed");
            }
            tracing::debug!(request_id, code = %failure.code(), "refused");
            Reply::refusal(&failure, &method, &host, &request_id)
        }
    };
    let reply = cors.into_iter().fold(reply, |reply, (name, value)| reply.header(name, value));
    let reply = match effect {
        Some(Effect::Damage(damage)) => reply.map_body(|body| body.damaged(damage)),
        Some(Effect::WrongCrc) => reply.header(header::CRC64, "1"),
        Some(Effect::Answer { status, code, retry_after }) => {
            scripted(status, &code, retry_after, &method, &host, &request_id)
        }
        Some(Effect::Raw { status, content_type, body }) => {
            Reply::new(StatusCode::from_u16(status).unwrap_or(StatusCode::OK))
                .header("content-type", content_type)
                .body(Body::full(body.into()))
        }
        _ => reply,
    };
    // Neither query nor headers: both may hold signatures and tokens.
    tracing::info!(
        target: "oss_server::access",
        request_id,
        peer = %peer,
        method = %method,
        bucket = what.bucket,
        key = what.key,
        operation = what.operation.map(tracing::field::debug),
        status = reply.status().as_u16(),
        bytes = reply.len().unwrap_or_default(),
        millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    // Of a body that no one reads nobody knows whether it comes at all: the next request would be taken for it.
    let reply = if has_stray_body { reply.header("connection", "close") } else { reply };
    Ok(reply.finish(&request_id, now, started.elapsed()))
}

/// When and whence a request came, and how it is called.
struct Arrival<'a> {
    peer: IpAddr,
    now: SystemTime,
    request_id: &'a str,
}

/// What is known of a request whether it succeeds or not.
#[derive(Default)]
struct Extras {
    effect: Option<Effect>,
    cors: cors::Headers,
    what: What,
}

/// What the log tells of a request.
#[derive(Default)]
struct What {
    bucket: Option<String>,
    key: Option<String>,
    operation: Option<Operation>,
}

/// Serves a request, up to the effect of a fault that meets it.
async fn answer(
    shared: &Arc<Shared>,
    parts: http::request::Parts,
    body: RequestBody,
    arrival: Arrival<'_>,
    extras: &mut Extras,
) -> Result<Reply, Failure> {
    let request = Request::parse(parts, &shared.hosts)?;
    if let Some(path) = admin::path(shared, &request) {
        return admin::serve(shared, &request, path, body).await;
    }
    extras.what = What { bucket: request.bucket.clone(), key: request.key.clone(), operation: None };
    extras.effect = shared.faults.meet(&request);
    match &extras.effect {
        Some(Effect::Answer { .. } | Effect::Raw { .. } | Effect::Disconnect) => return Ok(Reply::ok()),
        Some(Effect::Delay(by)) => tokio::time::sleep(*by).await,
        _ => {}
    }
    extras.cors = cors::headers(&shared.store, &request)?;
    let operation = Operation::of(&request);
    extras.what.operation = operation.as_ref().ok().copied();
    // The bucket before the key pair: a missing one is 404 even to strangers, but for who wants to make or open it.
    let bucket = match &request.bucket {
        Some(name) if !matches!(operation, Ok(Operation::PutBucket)) => {
            bucket::check(name).map_err(|error| {
                let message = format!("The specified bucket is not valid: {error}.");
                Failure::with_message(Code::InvalidBucketName, message).detail("BucketName", name.as_str())
            })?;
            let found = shared.store.bucket(name)?;
            if found.is_none() && !matches!(operation, Ok(Operation::PutBucketAcl)) {
                return Err(Failure::no_such_bucket(name));
            }
            found
        }
        _ => None,
    };
    if request.method == Method::OPTIONS {
        // A preflight is never signed.
        return cors::preflight(&shared.store, &request);
    }
    let identity = match operation {
        // Its signature stands in the form; others do not count.
        Ok(Operation::PostObject) => Identity::Anonymous,
        _ => authenticate(shared, &request)?,
    };
    let Arrival { peer, now, request_id } = arrival;
    let context = Context { shared, request: &request, identity, bucket, now, request_id, peer };
    ops::serve(&context, operation?, body).await
}

fn scripted(status: u16, code: &str, retry_after: Option<u64>, method: &Method, host: &str, request_id: &str) -> Reply {
    let known = Code::parse(code, status);
    let message = known.map_or("A scripted fault.", Code::message);
    let failure = Failure::with_message(known.unwrap_or(Code::InternalError), message);
    let reply = Reply::refusal_as(&failure, code, status, method, host, request_id);
    match retry_after {
        Some(seconds) => reply.header("retry-after", seconds.to_string()),
        None => reply,
    }
}

/// 24 hexadecimal digits: the time, and a number that does not repeat within the process.
fn next_request_id(now: SystemTime) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // Spread over all digits by an odd multiplier, which maps no two numbers to one.
    format!(
        "{:08X}{:016X}",
        unix_seconds(now) & 0xFFFF_FFFF,
        number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    )
}
