//! Conditions on reading an object, and on the source of a copy.

use std::time::{Duration, SystemTime};

use oss_protocol::code::Code;
use oss_protocol::time::{parse_http_date, unix_seconds};

use crate::failure::Failure;
use crate::request::Request;
use crate::store::ObjectRecord;

/// What conditions say about an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Proceed,
    NotModified,
}

/// The headers that carry conditions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub(super) if_match: &'static str,
    pub(super) if_none_match: &'static str,
    pub(super) if_modified_since: &'static str,
    pub(super) if_unmodified_since: &'static str,
}

/// Conditions on the object that is read.
pub(super) const READ: Names = Names {
    if_match: "if-match",
    if_none_match: "if-none-match",
    if_modified_since: "if-modified-since",
    if_unmodified_since: "if-unmodified-since",
};

/// Conditions on the source of a copy.
pub(super) const SOURCE: Names = Names {
    if_match: "x-oss-copy-source-if-match",
    if_none_match: "x-oss-copy-source-if-none-match",
    if_modified_since: "x-oss-copy-source-if-modified-since",
    if_unmodified_since: "x-oss-copy-source-if-unmodified-since",
};

/// How far ahead of ours a client's clock may be, as for signatures.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// Checks every condition that was sent: all must hold. Dates compare by whole seconds; one that cannot be read does not
/// count, nor does an `If-Modified-Since` in the future, by more than clocks may differ.
pub(super) fn check(
    request: &Request,
    names: Names,
    record: &ObjectRecord,
    now: SystemTime,
) -> Result<Verdict, Failure> {
    let modified = unix_seconds(record.modified.time());
    let date = |name| request.header(name).and_then(parse_http_date).map(unix_seconds);
    let failed = |name: &'static str| Err(Failure::new(Code::PreconditionFailed).detail("Condition", name));
    if request.header(names.if_match).is_some_and(|etag| !same_etag(etag, &record.etag)) {
        return failed("If-Match");
    }
    if date(names.if_unmodified_since).is_some_and(|since| modified > since) {
        return failed("If-Unmodified-Since");
    }
    let now = unix_seconds(now + SKEW);
    let unchanged = request.header(names.if_none_match).is_some_and(|etag| same_etag(etag, &record.etag))
        || date(names.if_modified_since).is_some_and(|since| since <= now && modified <= since);
    Ok(if unchanged { Verdict::NotModified } else { Verdict::Proceed })
}

/// ETags compare with or without quotes, in any case.
pub(super) fn same_etag(given: &str, etag: &str) -> bool {
    given.trim().trim_matches('"').eq_ignore_ascii_case(etag)
}
