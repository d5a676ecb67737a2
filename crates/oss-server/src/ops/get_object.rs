//! GetObject, HeadObject and GetObjectMeta.

use http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED};
use http::{HeaderName, HeaderValue, StatusCode};
use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::time::http_date;

use super::Context;
use super::archive::{RESTORE, restore_info};
use super::condition::{self, Verdict};
use super::put_object::{quoted, with_encryption};
use super::range::{Selection, select};
use super::symlink::{Followed, follow, follow_head};
use super::write_headers::traffic_limit;
use crate::auth::Identity;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::shared::ContentTypeOverride;
use crate::store::{ObjectKind, ObjectRecord};

// Parsed once, not for every answer.
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
const CRC64: HeaderName = HeaderName::from_static(header::CRC64);
const OBJECT_TYPE: HeaderName = HeaderName::from_static(header::OBJECT_TYPE);
const STORAGE_CLASS: HeaderName = HeaderName::from_static(header::STORAGE_CLASS);

/// Query names that replace a header of the answer.
const OVERRIDES: &[(&str, &str)] = &[
    ("response-content-type", "content-type"),
    ("response-content-language", "content-language"),
    ("response-expires", "expires"),
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
];

/// Objects from this size on are compressed for clients that ask for it, if they are one of these.
const COMPRESSED_FROM: u64 = 1024;
const COMPRESSED: &[&str] = &[
    "text/cache-manifest",
    "text/xml",
    "text/plain",
    "text/css",
    "text/html",
    "text/javascript",
    "text/json",
    "application/javascript",
    "application/x-javascript",
    "application/rss+xml",
    "application/json",
    "application/xml",
];

pub(super) async fn get(context: &Context<'_>) -> Result<Reply, Failure> {
    check_overrides(context)?;
    let limit = traffic_limit(context)?;
    let (record, content) = context.open_object()?;
    let Followed { record, content } = follow(context, context.bucket_name(), context.key(), record, content)?;
    if let Verdict::NotModified = condition::check(context.request, condition::READ, &record, context.now)? {
        return Ok(not_modified(&record));
    }
    let selection = select(context.request, record.size);
    let (status, range) = match &selection {
        Selection::Whole => (StatusCode::OK, 0..record.size),
        Selection::Part(range) => (StatusCode::PARTIAL_CONTENT, range.clone()),
        Selection::Unsatisfiable => {
            return Err(Failure::new(Code::InvalidRange)
                .detail("ActualObjectSize", record.size.to_string())
                .detail("RangeRequested", context.request.header("range").unwrap_or_default())
                .header("content-range", format!("bytes */{}", record.size)));
        }
    };
    let mut reply = describe(context, Reply::new(status), &record).header("accept-ranges", "bytes");
    if let Selection::Part(range) = &selection {
        let place = format!("bytes {}-{}/{}", range.start, range.end - 1, record.size);
        reply = reply.header("content-range", place);
    }
    for (name, replaced) in OVERRIDES {
        if let Some(value) = context.request.parameter(name).filter(|value| !value.is_empty()) {
            reply = reply.header(*replaced, value);
        }
    }
    let body = content.body(range).await?;
    Ok(match selection {
        Selection::Whole if is_compressed(context, &record, &reply) => {
            let reply = reply.without("etag").without("accept-ranges").header("content-encoding", "gzip");
            reply.header("vary", "Accept-Encoding").body(body.gzipped().paced(limit))
        }
        _ => reply.body(body.paced(limit)),
    })
}

/// Whether an object is sent compressed: a text of some length that is not compressed yet, to who understands gzip.
fn is_compressed(context: &Context<'_>, record: &ObjectRecord, reply: &Reply) -> bool {
    let accepted = context.request.header("accept-encoding").unwrap_or_default();
    let takes_gzip = accepted.split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    });
    let stored = record.attributes.headers.iter().find(|(name, _)| name == "content-type");
    let media_type = stored.and_then(|(_, value)| value.split(';').next()).unwrap_or_default().trim();
    takes_gzip
        && record.size >= COMPRESSED_FROM
        && COMPRESSED.iter().any(|known| known.eq_ignore_ascii_case(media_type))
        && !reply.has("content-encoding")
}

pub(super) fn head(context: &Context<'_>) -> Result<Reply, Failure> {
    let record = follow_head(context, context.readable_object()?)?;
    Ok(match condition::check(context.request, condition::READ, &record, context.now)? {
        Verdict::NotModified => not_modified(&record),
        Verdict::Proceed => {
            describe(context, Reply::ok(), &record).header("accept-ranges", "bytes").length(record.size)
        }
    })
}

pub(super) fn meta(context: &Context<'_>) -> Result<Reply, Failure> {
    let record = context.readable_object()?;
    Ok(context
        .with_version(Reply::ok(), &record)
        .header("etag", quoted(&record.etag))
        .header("last-modified", http_date(record.modified.time()))
        .header(header::CRC64, record.crc64.to_string())
        .length(record.size))
}

fn describe(context: &Context<'_>, reply: Reply, record: &ObjectRecord) -> Reply {
    let mut reply = reply.header(CONTENT_TYPE, "application/octet-stream");
    for (name, value) in &record.attributes.headers {
        reply = reply.header(name, value);
    }
    reply = reply
        .header(ETAG, quoted(&record.etag))
        .header(LAST_MODIFIED, http_date(record.modified.time()))
        .header(CRC64, record.crc64.to_string())
        .header(OBJECT_TYPE, record.kind.as_str())
        .header(STORAGE_CLASS, &record.attributes.storage_class);
    if let Some(info) = restore_info(record, context.now) {
        reply = reply.header(RESTORE, info);
    }
    if let Some(md5) = &record.md5 {
        reply = reply.header(CONTENT_MD5, md5);
    }
    if !record.attributes.tags.is_empty() {
        reply = reply.header(header::TAGGING_COUNT, record.attributes.tags.len().to_string());
    }
    if record.kind == ObjectKind::Appendable {
        reply = reply.header(header::NEXT_APPEND_POSITION, record.size.to_string());
    }
    with_encryption(context.with_version(reply, record), &record.attributes)
}

fn not_modified(record: &ObjectRecord) -> Reply {
    Reply::new(StatusCode::NOT_MODIFIED)
        .header("etag", quoted(&record.etag))
        .header("last-modified", http_date(record.modified.time()))
}

/// Overrides need a signature. `response-content-type` is refused unless the server was told otherwise: the documentation
/// lists it, but the service is reported to answer 400, and what works here must work there.
fn check_overrides(context: &Context<'_>) -> Result<(), Failure> {
    for (name, _) in OVERRIDES {
        let Some(value) = context.request.parameter(name) else { continue };
        if matches!(context.identity, Identity::Anonymous) {
            return Err(Failure::with_message(
                Code::InvalidRequest,
                "Anonymous requests must not override headers of the response.",
            ));
        }
        if *name == "response-content-type" && context.shared.overrides == ContentTypeOverride::Refuse {
            return Err(Failure::with_message(
                Code::InvalidRequest,
                "The content type of a response cannot be overridden; set it on the object.",
            ));
        }
        if HeaderValue::from_str(value).is_err() && HeaderValue::from_bytes(value.as_bytes()).is_err() {
            return Err(Failure::argument("response-*", value, "The value is not valid in a header."));
        }
    }
    Ok(())
}
