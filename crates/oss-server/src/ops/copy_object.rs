//! CopyObject: the same bytes under another key, or other metadata on the same key.

use http::StatusCode;
use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::xml::CopyResult;

use super::Context;
use super::condition::Verdict;
use super::copy_source::CopySource;
use super::put_object::{check_writable, quoted, with_encryption};
use super::write_headers::WriteHeaders;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{Attributes, Content, ObjectKind, ObjectRecord};

/// The largest source, by the documentation; larger ones are copied by parts.
const SOURCE_LIMIT: u64 = 1024 * 1024 * 1024;

pub(super) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let headers = WriteHeaders::read(context)?;
    let source = CopySource::open(context)?;
    if source.verdict == Verdict::NotModified {
        return Ok(Reply::new(StatusCode::NOT_MODIFIED));
    }
    if source.record.size > SOURCE_LIMIT {
        return Err(Failure::new(Code::EntityTooLarge).detail("MaxSizeAllowed", SOURCE_LIMIT.to_string()));
    }
    let directive = context.request.header(header::METADATA_DIRECTIVE).unwrap_or("COPY");
    let attributes = match directive.to_ascii_uppercase().as_str() {
        "COPY" => inherit(context, headers.attributes, &source.record.attributes),
        "REPLACE" => headers.attributes,
        _ => return Err(Failure::argument(header::METADATA_DIRECTIVE, directive, "The directive is COPY or REPLACE.")),
    };
    let content = source.content;
    let staged = tokio::task::spawn_blocking(move || content.duplicate()).await??;
    let mut record = ObjectRecord {
        modified: context.now.into(),
        kind: ObjectKind::Normal,
        // Never copied: the target gets the default unless the request says otherwise.
        acl: headers.acl,
        attributes,
        content: Content::Empty,
        ..source.record
    };
    let result = CopyResult { etag: quoted(&record.etag), last_modified: Some(context.now_in_seconds()) };
    let reply = Reply::xml(result.write_object())
        .header("etag", quoted(&record.etag))
        .header(header::CRC64, record.crc64.to_string());
    let reply = with_encryption(reply, &record);
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let change = context.shared.store.commit(move |tables| {
        check_writable(tables, &bucket, &key, headers.overwrite)?;
        record.content = tables.adopt(staged)?;
        tables.put_object(&bucket, &key, &record)
    });
    change.await?;
    Ok(reply)
}

/// The source's headers; storage class and encryption are the request's affair in every case.
fn inherit(context: &Context<'_>, asked: Attributes, source: &Attributes) -> Attributes {
    let storage_class = match context.request.header(header::STORAGE_CLASS) {
        Some(_) => asked.storage_class,
        None => source.storage_class.clone(),
    };
    Attributes { headers: source.headers.clone(), storage_class, encryption: asked.encryption }
}
