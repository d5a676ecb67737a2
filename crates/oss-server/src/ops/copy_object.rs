//! CopyObject: the same bytes under another key, or other metadata on the same key.

use http::StatusCode;
use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::xml::CopyResult;

use super::Context;
use super::condition::Verdict;
use super::copy_source::{CopySource, Links};
use super::put_object::{check_writable, quoted, with_encryption};
use super::version::with_version;
use super::write_headers::WriteHeaders;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{Attributes, Content, ObjectKind, ObjectRecord};

/// The largest source for another bucket, by the page on CopyObject; larger ones are copied by parts.
const OTHER_BUCKET_LIMIT: u64 = 5 * 1024 * 1024 * 1024;
/// The largest source for another storage class or encryption.
const REWRITTEN_LIMIT: u64 = 1024 * 1024 * 1024;

const TAGGING_DIRECTIVE: &str = "x-oss-tagging-directive";

/// Where something of the target comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    /// From the source.
    Copy,
    /// From the request.
    Replace,
}

/// How often a copy of an object onto itself looks again at what others have made of it meanwhile.
const ATTEMPTS: usize = 5;

pub(super) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    for _ in 0..ATTEMPTS {
        if let Some(reply) = copy(context).await? {
            return Ok(reply);
        }
    }
    Err(Failure::new(Code::OperationAborted))
}

/// Copies; `None` if the target is the source and was changed before the copy was made.
async fn copy(context: &Context<'_>) -> Result<Option<Reply>, Failure> {
    let headers = WriteHeaders::read(context)?;
    let source = CopySource::open(context, Links::Keep)?;
    if source.verdict == Verdict::NotModified {
        return Ok(Some(Reply::new(StatusCode::NOT_MODIFIED)));
    }
    let mut attributes = headers.attributes;
    if let Some(limit) = limit(source.is_in(context.bucket_name()), &source.record.attributes, &attributes)
        && source.record.size > limit
    {
        return Err(Failure::new(Code::EntityTooLarge).detail("MaxSizeAllowed", limit.to_string()));
    }
    let of_source = &source.record.attributes.headers;
    match directive(context, header::METADATA_DIRECTIVE)? {
        Directive::Copy => attributes.headers.clone_from(of_source),
        Directive::Replace => keep(of_source, &mut attributes.headers),
    }
    if directive(context, TAGGING_DIRECTIVE)? == Directive::Copy {
        attributes.tags = source.record.attributes.tags.clone();
    }
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let replaced = source.is_current_of(&bucket, &key).then(|| source.record.clone());
    let content = source.content;
    let staged = tokio::task::spawn_blocking(move || content.duplicate()).await??;
    let mut record = ObjectRecord {
        modified: context.now.into(),
        kind: if source.record.kind == ObjectKind::Symlink { ObjectKind::Symlink } else { ObjectKind::Normal },
        // Never copied: the target gets the default unless the request says otherwise.
        acl: headers.acl,
        attributes,
        content: Content::Empty,
        restore: None,
        number: 0,
        version: None,
        ..source.record
    };
    let result = CopyResult { etag: quoted(&record.etag), last_modified: Some(context.now_in_seconds()) };
    let reply = Reply::xml(result.write_object())
        .header("etag", quoted(&record.etag))
        .header(header::CRC64, record.crc64.to_string());
    let reply = source.version.tell(with_encryption(reply, &record.attributes));
    let writer = context.identity.clone();
    let change = context.shared.store.commit(move |tables| {
        let known = check_writable(tables, &writer, &bucket, &key, headers.overwrite)?;
        if let Some(replaced) = replaced
            && tables.current(&bucket, &key)?.is_none_or(|now| now != replaced)
        {
            return Ok(None);
        }
        record.content = tables.adopt(staged)?;
        tables.store((&bucket, &known), &key, record).map(Some)
    });
    let version = change.await?;
    Ok(version.map(|version| with_version(reply, version.as_deref())))
}

/// The most bytes of a source, if there are any.
fn limit(is_in_bucket: bool, source: &Attributes, target: &Attributes) -> Option<u64> {
    let is_rewritten = (&source.storage_class, &source.encryption) != (&target.storage_class, &target.encryption);
    match (is_rewritten, is_in_bucket) {
        (true, _) => Some(REWRITTEN_LIMIT),
        (false, false) => Some(OTHER_BUCKET_LIMIT),
        (false, true) => None,
    }
}

/// Adds to new headers what they do not replace: the type, where they tell none, and what only the client that encrypted
/// the content can make, without which nobody reads it again.
fn keep(of_source: &[(String, String)], headers: &mut Vec<(String, String)>) {
    for (name, value) in of_source {
        let known = headers.iter_mut().find(|(known, _)| known == name);
        let is_bound = name.starts_with(header::CLIENT_ENCRYPTION_PREFIX);
        match known {
            Some((_, given)) if is_bound => given.clone_from(value),
            None if is_bound || name == "content-type" => headers.push((name.clone(), value.clone())),
            _ => {}
        }
    }
}

/// Reads whose metadata or tags the target gets. Storage class and encryption are the request's affair in every case.
fn directive(context: &Context<'_>, name: &'static str) -> Result<Directive, Failure> {
    match context.request.header(name) {
        None => Ok(Directive::Copy),
        Some(given) if given.eq_ignore_ascii_case("copy") => Ok(Directive::Copy),
        Some(given) if given.eq_ignore_ascii_case("replace") => Ok(Directive::Replace),
        Some(given) => Err(Failure::argument(name, given, "The directive is COPY or REPLACE.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_limited_where_bytes_must_move() {
        let plain = Attributes { storage_class: "Standard".into(), ..Attributes::default() };
        let rare = Attributes { storage_class: "IA".into(), ..Attributes::default() };
        let secret = Attributes { encryption: vec![("a".into(), "b".into())], ..plain.clone() };
        let tagged = Attributes { headers: vec![("a".into(), "b".into())], ..plain.clone() };
        assert_eq!(limit(true, &plain, &tagged), None);
        assert_eq!(limit(false, &plain, &tagged), Some(5 << 30));
        for rewritten in [rare, secret] {
            assert_eq!(
                (limit(true, &plain, &rewritten), limit(false, &rewritten, &plain)),
                (Some(1 << 30), Some(1 << 30))
            );
        }
    }
}
