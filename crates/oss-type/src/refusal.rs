//! From an answer that is no success to an error: the one place that reads OSS's refusals.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method, StatusCode};
use meta::{Error, ErrorKind, ServiceFailure};
use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::sign::mismatch::{Difference, Part, SignedText};
use oss_protocol::xml::ErrorDocument;

use crate::transport::{Cause, Clock, Effect, Failure, is_transient_status};

/// What was asked, as far as advice needs it.
pub(crate) struct Asked<'a> {
    /// The RAM action, such as `oss:PutObject`.
    pub(crate) action: &'static str,
    pub(crate) method: &'a Method,
    pub(crate) key: &'a str,
    pub(crate) bucket: &'a str,
    pub(crate) host: &'a str,
    /// Who provided the keys; `None` where they stand in the configuration.
    pub(crate) provider: Option<&'a str>,
    /// What was signed. Asked for only where the service says that it is not what it saw.
    pub(crate) signed_text: &'a (dyn Fn() -> SignedText + Sync),
}

/// Reads a refusal. A clock that the service finds too far off is set right on the way.
pub(crate) fn read(asked: &Asked<'_>, status: StatusCode, headers: &HeaderMap, body: &[u8], clock: &Clock) -> Failure {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let document = match text(header::ERROR_DOCUMENT) {
        Some(value) if body.is_empty() => ErrorDocument::read_header(value).ok(),
        _ => ErrorDocument::read(body).ok(),
    };
    let mut service = ServiceFailure::new(status.as_u16());
    let request_id = document.as_ref().map(|document| document.request_id.as_str()).filter(|id| !id.is_empty());
    if let Some(id) = request_id.or_else(|| text(header::REQUEST_ID)) {
        service = service.with_request_id(shown(id, 64));
    }
    if let Some(ec) =
        document.as_ref().and_then(|document| document.ec.as_deref()).or_else(|| text(header::ERROR_NUMBER))
    {
        service = service.with_ec(shown(ec, 64));
    }
    // Only OSS's own answers carry a request id; a bare status may come from anything on the way.
    let is_oss = document.is_some() || text(header::REQUEST_ID).is_some();
    let code = match &document {
        Some(document) => {
            service = service.with_code(shown(&document.code, 64));
            Code::parse(&document.code, status.as_u16())
        }
        None => bare_code(status, is_oss, asked),
    };
    let error = match (code, &document) {
        (Some(code), document) => known(asked, code, document.as_ref()),
        (None, Some(document)) => {
            Error::new(kind_of_status(status), format!("OSS refused: {}", shown(&document.message, 256)))
        }
        (None, None) => unknown_answer(asked, status, body, is_oss),
    };
    let transient = is_transient(status, code);
    let cause = match code {
        Some(Code::RequestTimeTooSkewed) => match server_time(headers, document.as_ref()) {
            Some(time) => {
                clock.learn(time);
                Cause::Clock
            }
            None => Cause::Permanent,
        },
        Some(
            Code::InvalidAccessKeyId
            | Code::InvalidSecurityToken
            | Code::SecurityTokenExpired
            | Code::AccessKeyIdAndSecurityTokenNotMatch,
        ) => Cause::Credentials,
        _ if transient => Cause::Transient,
        _ => Cause::Permanent,
    };
    // A gateway's 5xx does not tell whether the service behind it got the request; OSS's own 503 does.
    let turned_away = is_oss && status == StatusCode::SERVICE_UNAVAILABLE;
    let effect = if status.is_server_error() && !turned_away { Effect::Unknown } else { Effect::None };
    Failure {
        error: error.with_service(service).with_retryable(transient),
        cause,
        effect,
        retry_after: text("retry-after").and_then(|value| retry_after(value, SystemTime::now())),
    }
}

/// The code of a refusal without a document, as answers to HEAD can be.
fn bare_code(status: StatusCode, is_oss: bool, asked: &Asked<'_>) -> Option<Code> {
    match status.as_u16() {
        // Other methods have a body, which would say whether it is the object or the bucket that is missing.
        404 if is_oss && *asked.method == Method::HEAD && !asked.key.is_empty() => Some(Code::NoSuchKey),
        403 if is_oss => Some(Code::AccessDenied),
        412 => Some(Code::PreconditionFailed),
        503 => Some(Code::ServiceUnavailable),
        _ => None,
    }
}

/// Whether the same request may succeed a moment later (the official SDKs' table, and `RequestTimeout`, where the
/// service waited in vain for the body).
fn is_transient(status: StatusCode, code: Option<Code>) -> bool {
    match code {
        Some(Code::RequestTimeTooSkewed | Code::RequestTimeout | Code::BadRequest) => true,
        // What was damaged on its way can be sent again.
        Some(Code::InvalidCRC64 | Code::InvalidDigest | Code::IncompleteBody) => true,
        Some(Code::NotImplemented) => false,
        _ => is_transient_status(status),
    }
}

fn known(asked: &Asked<'_>, code: Code, document: Option<&ErrorDocument>) -> Error {
    let message = document.map(|document| shown(&document.message, 256)).filter(|message| !message.is_empty());
    let said = || message.clone().unwrap_or_else(|| code.message().to_owned());
    let refused = |kind| Error::new(kind, format!("OSS refused: {}", said()));
    let denied = |message: &str| Error::new(ErrorKind::PermissionDenied, message);
    let Asked { action, bucket, host, .. } = asked;
    match code {
        Code::NoSuchKey => Error::not_found(),
        Code::NoSuchVersion => Error::new(ErrorKind::NotFound, "no such version of the object"),
        Code::NoSuchUpload => Error::new(ErrorKind::NotFound, "no such multipart upload")
            .with_advice("it was completed or aborted; begin a new one"),
        Code::SymlinkTargetNotExist => Error::new(ErrorKind::NotFound, "the symbolic link's target does not exist"),
        Code::NoSuchBucket => Error::new(ErrorKind::NoSuchBucket, "no such bucket")
            .with_advice(format!("create `{bucket}`, or check `bucketName` and `endPoint` (`{host}`)")),
        Code::FileAlreadyExists | Code::ObjectAlreadyExists => {
            Error::new(ErrorKind::AlreadyExists, "the object exists already, and overwriting was forbidden")
        }
        Code::InvalidAccessKeyId => {
            denied("OSS does not know the access key id").with_advice(keys_to_check(asked, "accessKeyId"))
        }
        Code::SignatureDoesNotMatch => mismatch(asked, document),
        Code::InvalidSecurityToken | Code::SecurityTokenExpired | Code::AccessKeyIdAndSecurityTokenNotMatch => {
            denied("the security token is wrong or expired").with_advice(match asked.provider {
                Some(provider) => format!("{provider} provided it; check the clock, and what the provider reads"),
                None => "get new temporary credentials, or let `credentials` name a way to get them".to_owned(),
            })
        }
        Code::RequestTimeTooSkewed => {
            denied("this machine's clock is more than 15 minutes off").with_advice("set the clock (NTP)")
        }
        Code::AccessDenied => match document.and_then(|document| document.detail("Endpoint")) {
            Some(endpoint) => denied("the bucket is served by another endpoint")
                .with_advice(format!("set `endPoint` to `{}`", shown(endpoint, 128))),
            None => denied("access denied by OSS")
                .with_advice(format!("the key may not do this in bucket `{bucket}`; grant {action}")),
        },
        Code::SecondLevelDomainForbidden => {
            refused(ErrorKind::PermissionDenied).with_advice("use the bucket's own host, without a path to the bucket")
        }
        Code::UserDisable => denied("the account is disabled").with_advice("check its bills in the console"),
        Code::InvalidObjectState => {
            Error::new(ErrorKind::Conflict, "the object is archived").with_advice("restore it first")
        }
        Code::InvalidObjectName => refused(ErrorKind::InvalidName),
        Code::InvalidDigest | Code::InvalidCRC64 | Code::IncompleteBody => {
            Error::new(ErrorKind::Integrity, format!("what arrived is not what was sent: {}", said()))
        }
        Code::PreconditionFailed => {
            Error::new(ErrorKind::PreconditionFailed, "a condition does not hold of the object")
        }
        Code::PositionNotEqualToLength => Error::new(ErrorKind::Conflict, "the object does not end at this position")
            .with_advice("ask `get_object` for its size"),
        Code::ObjectNotAppendable => Error::new(ErrorKind::Conflict, "the object was not made by appending")
            .with_advice("delete it first, or use another name"),
        Code::InvalidRange => Error::new(ErrorKind::InvalidInput, "the range holds no byte of the object"),
        Code::InvalidArgument if said().to_lowercase().contains("region") => {
            refused(ErrorKind::Config).with_advice("check `region` and `endPoint`")
        }
        Code::InvalidArgument if said().contains("Authorization header is invalid") => refused(ErrorKind::Config)
            .with_advice("where the service is an old private cloud, set `\"signatureVersion\": \"v1\"`"),
        Code::RequestTimeout => Error::new(ErrorKind::Timeout, "OSS waited too long for the content"),
        Code::NotImplemented | Code::HeaderNotImplemented | Code::OperationNotSupported => {
            refused(ErrorKind::Unsupported)
        }
        Code::OperationAborted | Code::FileImmutable => refused(ErrorKind::Conflict),
        _ => match code.status() {
            503 => Error::new(ErrorKind::Throttled, format!("OSS asks to slow down: {}", said())),
            500.. => Error::new(ErrorKind::Service, format!("OSS failed: {}", said())),
            403 => refused(ErrorKind::PermissionDenied),
            409 => refused(ErrorKind::Conflict),
            404 => refused(ErrorKind::NotFound),
            400 => refused(ErrorKind::InvalidInput),
            _ => refused(ErrorKind::Service),
        },
    }
}

/// Why a signature does not match: the secret, or what was changed between signing and checking.
fn mismatch(asked: &Asked<'_>, document: Option<&ErrorDocument>) -> Error {
    const MESSAGE: &str = "the signature does not match";
    let denied = |message: &str| Error::new(ErrorKind::PermissionDenied, message);
    let Some(seen) = document.and_then(SignedText::of_document) else {
        return denied(MESSAGE).with_advice(keys_to_check(asked, "accessKeySecret"));
    };
    let Some(difference) = (asked.signed_text)().difference(&seen) else {
        return denied(MESSAGE).with_advice(format!(
            "OSS saw what was signed, so the secret is not that of the access key id; {}",
            keys_to_check(asked, "accessKeySecret")
        ));
    };
    denied(&format!("{MESSAGE}: {difference}")).with_advice(advice_on(&difference, asked))
}

/// Where to look for the key that is wrong.
fn keys_to_check(asked: &Asked<'_>, key: &str) -> String {
    match asked.provider {
        Some(provider) => format!("the keys came from {provider}; check them there"),
        None => format!("check `{key}`"),
    }
}

fn advice_on(difference: &Difference, asked: &Asked<'_>) -> String {
    let Asked { bucket, host, .. } = asked;
    let part = &difference.part;
    match part {
        Part::Bucket => match &difference.seen {
            Some(seen) => {
                format!("`{host}` serves the bucket `{seen}`, not `{bucket}`; check `bucketName` and `endPoint`")
            }
            None => "check `bucketName` and `endPoint`".to_owned(),
        },
        Part::Scope => "check `region` and `endPoint`".to_owned(),
        Part::Algorithm => "check `signatureVersion`".to_owned(),
        Part::Key => "something on the way to OSS, such as a proxy, rewrites or encodes paths".to_owned(),
        part => match (&difference.signed, &difference.seen) {
            (Some(_), None) => format!("something on the way to OSS, such as a proxy, removed {part}"),
            (None, Some(_)) => format!("something on the way to OSS, such as a proxy, added {part}"),
            _ => format!("something on the way to OSS, such as a proxy, changed {part}"),
        },
    }
}

fn kind_of_status(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        401 | 403 => ErrorKind::PermissionDenied,
        408 => ErrorKind::Timeout,
        429 | 503 => ErrorKind::Throttled,
        _ => ErrorKind::Service,
    }
}

/// An answer that no OSS gives, or a bare status.
fn unknown_answer(asked: &Asked<'_>, status: StatusCode, body: &[u8], is_oss: bool) -> Error {
    if status == StatusCode::NOT_MODIFIED {
        return Error::new(ErrorKind::NotModified, "the object was not modified");
    }
    if is_oss || matches!(status.as_u16(), 408 | 429) || status.is_server_error() {
        return Error::new(kind_of_status(status), format!("`{}` answered HTTP {status}", asked.host));
    }
    let excerpt = shown(&String::from_utf8_lossy(&body[..body.len().min(400)]), 80);
    let excerpt = if excerpt.is_empty() { String::new() } else { format!(" (`{excerpt}`)") };
    Error::new(
        ErrorKind::UnexpectedAnswer,
        format!("`{}` answered HTTP {status}, not as OSS does{excerpt}", asked.host),
    )
    .with_advice("check `endPoint`: it must be the host of an OSS service")
}

fn server_time(headers: &HeaderMap, document: Option<&ErrorDocument>) -> Option<SystemTime> {
    let date = headers.get(http::header::DATE).and_then(|value| value.to_str().ok());
    date.and_then(oss_protocol::time::parse_http_date)
        .or_else(|| oss_protocol::time::parse_iso8601(document?.detail("ServerTime")?))
}

/// `Retry-After`: seconds, or a date.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    match value.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            oss_protocol::time::parse_http_date(value.trim()).map(|date| date.duration_since(now).unwrap_or_default())
        }
    }
}

/// Foreign text, fit for one line of ours.
fn shown(text: &str, longest: usize) -> String {
    let mut shown: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(longest).collect();
    if shown.ends_with('.') {
        shown.pop();
    }
    shown
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const ASKED: Asked<'static> = Asked {
        action: "oss:PutObject",
        method: &Method::HEAD,
        key: "a.txt",
        bucket: "docs",
        host: "oss.example",
        provider: None,
        signed_text: &signed_text,
    };

    fn signed_text() -> SignedText {
        SignedText { string_to_sign: "HEAD\n\n\n1\n/docs/a.txt".to_owned(), canonical_request: None }
    }

    fn refuse(status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
        let headers = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
        read(&ASKED, StatusCode::from_u16(status).unwrap(), &headers.collect(), body.as_bytes(), &Clock::default())
    }

    fn document(code: &str, extra: &str) -> String {
        format!("<Error><Code>{code}</Code><Message>Said so.</Message><RequestId>5F00</RequestId>{extra}</Error>")
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let failure = refuse(403, &[], &document("AccessDenied", "<EC>0003-00000001</EC>"));
        assert_eq!(
            failure.error.to_string(),
            "access denied by OSS (AccessDenied, EC 0003-00000001, request 5F00): the key may not do this in bucket \
             `docs`; grant oss:PutObject"
        );
        assert_eq!(failure.cause, Cause::Permanent);
        let elsewhere = document("AccessDenied", "<Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint>");
        let failure = refuse(403, &[], &elsewhere);
        assert!(failure.error.to_string().contains("set `endPoint` to `oss-cn-beijing.aliyuncs.com`"));
    }

    #[test]
    fn kinds_and_retries_follow_code_and_status() {
        for (status, code, kind, cause) in [
            (404, "NoSuchKey", ErrorKind::NotFound, Cause::Permanent),
            (404, "NoSuchBucket", ErrorKind::NoSuchBucket, Cause::Permanent),
            (409, "FileAlreadyExists", ErrorKind::AlreadyExists, Cause::Permanent),
            (403, "SignatureDoesNotMatch", ErrorKind::PermissionDenied, Cause::Permanent),
            (503, "SlowDown", ErrorKind::Throttled, Cause::Transient),
            (503, "NeverHeardOf", ErrorKind::Throttled, Cause::Transient),
            (500, "InternalError", ErrorKind::Service, Cause::Transient),
            (501, "NotImplemented", ErrorKind::Unsupported, Cause::Permanent),
            (400, "RequestTimeout", ErrorKind::Timeout, Cause::Transient),
            (412, "PreconditionFailed", ErrorKind::PreconditionFailed, Cause::Permanent),
            (418, "Teapot", ErrorKind::Service, Cause::Permanent),
        ] {
            let failure = refuse(status, &[], &document(code, ""));
            assert_eq!((failure.error.kind(), failure.cause), (kind, cause), "{code}");
            assert_eq!(failure.error.is_retryable(), cause == Cause::Transient, "{code}");
            assert_eq!(failure.error.service().unwrap().code.as_deref(), Some(code));
        }
    }

    #[test]
    fn a_bare_404_of_something_else_is_no_missing_object() {
        assert_eq!(refuse(404, &[("x-oss-request-id", "5F")], "").error.kind(), ErrorKind::NotFound);
        let error = refuse(404, &[], "<html>nginx\n404</html>").error;
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
        assert!(error.to_string().contains("not as OSS does (`<html>nginx 404</html>`)"), "{error}");
    }

    #[test]
    fn a_skewed_clock_is_set_by_the_services_date() {
        let date = "Sun, 12 Nov 2023 16:43:40 GMT";
        let clock = Clock::default();
        let headers = [(http::header::DATE, HeaderValue::from_static(date))].into_iter().collect();
        let body = document("RequestTimeTooSkewed", "");
        let failure = read(&ASKED, StatusCode::FORBIDDEN, &headers, body.as_bytes(), &clock);
        assert_eq!(failure.cause, Cause::Clock);
        let learned = clock.now().duration_since(oss_protocol::time::parse_http_date(date).unwrap()).unwrap();
        assert!(learned < Duration::from_secs(60));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = oss_protocol::time::parse_http_date("Sun, 12 Nov 2023 16:43:40 GMT").unwrap();
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 12 Nov 2023 16:44:00 GMT", now), Some(Duration::from_secs(20)));
        assert_eq!(retry_after("Sun, 12 Nov 2023 16:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
