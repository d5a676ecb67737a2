//! From an answer that is no success to an error: the one place that reads OSS's refusals.

mod codes;
mod signature;

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method, StatusCode};
use meta::{Error, ErrorKind, ServiceFailure};
use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::sign::mismatch::SignedText;
use oss_protocol::xml::ErrorDocument;

use self::codes::{kind_of_status, known};
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
        (Some(Code::MethodNotAllowed), _) if text(header::DELETE_MARKER) == Some("true") => {
            Error::new(ErrorKind::NotFound, "this version is a delete marker, which has no content")
        }
        (Some(code), document) => known(asked, code, document.as_ref()),
        (None, Some(document)) => {
            Error::new(kind_of_status(status), format!("OSS refused: {}", shown(&document.message, 256)))
        }
        (None, None) => unknown_answer(asked, status, body, is_oss),
    };
    // A document of OSS that cannot be read came to harm on its way; asking again tells the reason.
    let is_damaged = document.is_none() && is_oss && !body.is_empty() && is_xml(headers);
    let transient = is_damaged || is_transient(status, code);
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
        405 if is_oss => Some(Code::MethodNotAllowed),
        412 => Some(Code::PreconditionFailed),
        416 => Some(Code::InvalidRange),
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

/// Whether the body is announced as OSS announces its documents. A page that something else has put in its place is none.
fn is_xml(headers: &HeaderMap) -> bool {
    let kind = headers.get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/xml") || kind.eq_ignore_ascii_case("text/xml")
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
        let usual = Code::AccessDenied.message();
        let failure = refuse(403, &[], &document("AccessDenied", "<EC>0003-00000001</EC>").replace("Said so.", usual));
        assert_eq!(
            failure.error.to_string(),
            "access denied by OSS (AccessDenied, EC 0003-00000001, request 5F00): the key may not do this in bucket \
             `docs`; grant oss:PutObject"
        );
        assert_eq!(failure.cause, Cause::Permanent);
        let failure = refuse(403, &[], &document("AccessDenied", ""));
        assert!(failure.error.to_string().starts_with("access denied by OSS: Said so (AccessDenied, "), "{failure:?}");
        let elsewhere = document("AccessDenied", "<Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint>");
        let failure = refuse(403, &[], &elsewhere);
        assert!(failure.error.to_string().contains("set `endPoint` to `oss-cn-beijing.aliyuncs.com`"));
    }

    #[test]
    fn unknown_codes_follow_their_status() {
        for (status, kind, cause) in [
            (400, ErrorKind::InvalidInput, Cause::Permanent),
            (401, ErrorKind::PermissionDenied, Cause::Transient),
            (403, ErrorKind::PermissionDenied, Cause::Permanent),
            (404, ErrorKind::Service, Cause::Permanent),
            (408, ErrorKind::Timeout, Cause::Transient),
            (409, ErrorKind::Conflict, Cause::Permanent),
            (412, ErrorKind::PreconditionFailed, Cause::Permanent),
            (418, ErrorKind::Service, Cause::Permanent),
            (429, ErrorKind::Throttled, Cause::Transient),
            (500, ErrorKind::Service, Cause::Transient),
            (502, ErrorKind::Service, Cause::Transient),
            (503, ErrorKind::Throttled, Cause::Transient),
        ] {
            let failure = refuse(status, &[], &document("NeverHeardOf", ""));
            assert_eq!((failure.error.kind(), failure.cause), (kind, cause), "{status}");
            assert_eq!(failure.error.is_retryable(), cause == Cause::Transient, "{status}");
            assert_eq!(failure.error.service().unwrap().code.as_deref(), Some("NeverHeardOf"));
        }
    }

    #[test]
    fn answers_without_a_document_are_told_by_their_status() {
        let oss = [("x-oss-request-id", "5F")];
        for (status, kind) in [
            (304, ErrorKind::NotModified),
            (403, ErrorKind::PermissionDenied),
            (405, ErrorKind::Unsupported),
            (412, ErrorKind::PreconditionFailed),
            (416, ErrorKind::InvalidInput),
            (503, ErrorKind::Throttled),
        ] {
            assert_eq!(refuse(status, &oss, "").error.kind(), kind, "{status}");
        }
        let marker = refuse(405, &[oss[0], ("x-oss-delete-marker", "true")], "").error;
        assert_eq!(marker.kind(), ErrorKind::NotFound);
        assert!(marker.to_string().contains("is a delete marker"), "{marker}");
    }

    #[test]
    fn a_bare_404_of_something_else_is_no_missing_object() {
        assert_eq!(refuse(404, &[("x-oss-request-id", "5F")], "").error.kind(), ErrorKind::NotFound);
        let error = refuse(404, &[], "<html>nginx\n404</html>").error;
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
        assert!(error.to_string().contains("not as OSS does (`<html>nginx 404</html>`)"), "{error}");
    }

    #[test]
    fn a_damaged_document_is_asked_for_again() {
        let damaged = document("RequestTimeTooSkewed", "").replace("</Error>", "</Erro2>");
        let xml = [("x-oss-request-id", "5F"), ("content-type", "application/xml; charset=utf-8")];
        for status in [400, 403, 404, 409] {
            let failure = refuse(status, &xml, &damaged);
            assert_eq!((failure.cause, failure.effect), (Cause::Transient, Effect::None), "{status}");
            assert!(failure.error.is_retryable(), "{status}");
        }
        let page = [("x-oss-request-id", "5F"), ("content-type", "text/html")];
        assert_eq!(refuse(403, &page, "<html>403").cause, Cause::Permanent, "a page is what it is");
        assert_eq!(refuse(403, &xml, &document("AccessDenied", "")).cause, Cause::Permanent);
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
