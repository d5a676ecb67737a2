//! Symbolic links: `?symlink` makes and reads them, reading an object follows them.

use md5::{Digest as _, Md5};
use oss_protocol::code::Code;
use oss_protocol::crc64;
use oss_protocol::encode::{decode, encode_path};
use oss_protocol::header;
use oss_protocol::key;
use oss_protocol::time::http_date;

use super::Context;
use super::archive::check_readable;
use super::put_object::{check_writable, quoted};
use super::version::{self, with_version};
use super::write_headers::WriteHeaders;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{ContentReader, ObjectKind, ObjectRecord, VersionRef, upper_hex};

/// PutSymlink. The target need not exist.
pub(super) async fn put(context: &Context<'_>) -> Result<Reply, Failure> {
    let Some(given) = context.request.header(header::SYMLINK_TARGET).filter(|given| !given.is_empty()) else {
        return Err(Failure::new(Code::MissingArgument).detail("ArgumentName", header::SYMLINK_TARGET));
    };
    let refuse = |_| Failure::argument(header::SYMLINK_TARGET, given, "The target is not a percent-encoded key.");
    let target = decode(given).map_err(refuse)?.into_owned();
    key::check(&target)?;
    let headers = WriteHeaders::read(context)?;
    let record = ObjectRecord {
        size: target.len() as u64,
        etag: upper_hex(&Md5::digest(&target)),
        crc64: crc64::checksum(target.as_bytes()),
        target: Some(target),
        ..ObjectRecord::new(ObjectKind::Symlink, context.now, headers.acl, headers.attributes)
    };
    let etag = quoted(&record.etag);
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let writer = context.identity.clone();
    let change = context.shared.store.commit(move |tables| {
        let known = check_writable(tables, &writer, &bucket, &key, headers.overwrite)?;
        tables.store((&bucket, &known), &key, record)
    });
    let version = change.await?;
    Ok(with_version(Reply::ok().header("etag", etag), version.as_deref()))
}

/// GetSymlink.
pub(super) fn get(context: &Context<'_>) -> Result<Reply, Failure> {
    let record = context.readable_object()?;
    let Some(target) = &record.target else {
        return Err(Failure::new(Code::NotSymlink).detail("Key", context.key()));
    };
    let mut encoded = String::new();
    encode_path(target, &mut encoded);
    let mut reply = Reply::ok();
    for (name, value) in &record.attributes.headers {
        reply = reply.header(name, value);
    }
    Ok(context
        .with_version(reply, &record)
        .header(header::SYMLINK_TARGET, encoded)
        .header("etag", quoted(&record.etag))
        .header("last-modified", http_date(record.modified.time())))
}

/// An object to be read: of a link, what it points to.
pub(super) struct Followed {
    /// Of a link: the link's, with size, ETag and sums of its target, changed when the later of both was.
    pub(super) record: ObjectRecord,
    pub(super) content: ContentReader,
}

/// Goes to the target of a link, which may be read by who may read it without the link, and checks that what is found can
/// be read now.
pub(super) fn follow(
    context: &Context<'_>,
    bucket: &str,
    key: &str,
    record: ObjectRecord,
    content: ContentReader,
) -> Result<Followed, Failure> {
    let Some(target) = &record.target else {
        check_readable(&record, key, context.now)?;
        return Ok(Followed { record, content });
    };
    let opened = version::open(context, bucket, target, &VersionRef::Current);
    let (found, content) = opened.map_err(|failure| no_target(failure, target))?;
    check_readable(&found, target, context.now)?;
    Ok(Followed { record: merge(context, record, found)?, content })
}

/// As [`follow`], without the content, which need not be readable now.
pub(super) fn follow_head(context: &Context<'_>, record: ObjectRecord) -> Result<ObjectRecord, Failure> {
    let Some(target) = &record.target else {
        return Ok(record);
    };
    let found = version::find(context, context.bucket_name(), target, &VersionRef::Current);
    let found = found.map_err(|failure| no_target(failure, target))?;
    merge(context, record, found)
}

fn merge(context: &Context<'_>, link: ObjectRecord, found: ObjectRecord) -> Result<ObjectRecord, Failure> {
    if found.kind == ObjectKind::Symlink {
        return Err(Failure::new(Code::InvalidTargetType).detail("Key", context.key()));
    }
    Ok(ObjectRecord {
        size: found.size,
        etag: found.etag,
        crc64: found.crc64,
        md5: found.md5,
        modified: link.modified.max(found.modified),
        content: found.content,
        ..link
    })
}

/// Tells a missing target from a missing link.
fn no_target(failure: Failure, target: &str) -> Failure {
    match failure.code() {
        Code::NoSuchKey => Failure::new(Code::SymlinkTargetNotExist).detail("Key", target),
        _ => failure,
    }
}
