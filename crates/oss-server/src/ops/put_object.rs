//! PutObject: the bytes first, then one change that makes them the object.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oss_protocol::code::Code;
use oss_protocol::header;

use super::callback::{self, Callback};
use super::version::with_version;
use super::write_headers::{Overwrite, WriteHeaders};
use super::{Context, check_writing};
use crate::auth::Identity;
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{Attributes, BucketRecord, ObjectKind, ObjectRecord, Staged, Tables};

pub(super) async fn run(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let callback = Callback::of_request(context)?;
    let headers = WriteHeaders::read(context)?;
    check_before(context, &headers)?;
    let staged = context.receive(body).await?;
    let (record, reply) = store(context, headers, staged).await?;
    Ok(callback::answer(context, callback, "PutObject", &record, reply).await)
}

/// Spares a client an upload that would be refused in the end.
pub(super) fn check_before(context: &Context<'_>, headers: &WriteHeaders) -> Result<(), Failure> {
    let (bucket, key) = (context.bucket_name(), context.key());
    let replaces = context.bucket.as_ref().is_some_and(|bucket| bucket.versioning.is_none());
    if headers.overwrite == Overwrite::Forbid && replaces && context.shared.store.object(bucket, key)?.is_some() {
        return Err(already_exists(key));
    }
    Ok(())
}

/// Makes a received content the object that is addressed.
pub(super) async fn store(
    context: &Context<'_>,
    headers: WriteHeaders,
    staged: Staged,
) -> Result<(ObjectRecord, Reply), Failure> {
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let sums = staged.sums;
    let md5 = STANDARD.encode(sums.md5);
    let mut record = ObjectRecord {
        size: sums.size,
        etag: sums.etag(),
        crc64: sums.crc64,
        md5: Some(md5.clone()),
        ..ObjectRecord::new(ObjectKind::Normal, context.now, headers.acl, headers.attributes)
    };
    let writer = context.identity.clone();
    let change = context.shared.store.commit(move |tables| {
        let known = check_writable(tables, &writer, &bucket, &key, headers.overwrite)?;
        record.content = tables.adopt(staged.content)?;
        let version = tables.store((&bucket, &known), &key, record.clone())?;
        Ok((record, version))
    });
    let (record, version) = change.await?;
    let reply = Reply::ok()
        .header("etag", quoted(&record.etag))
        .header(header::CRC64, record.crc64.to_string())
        .header("content-md5", md5);
    let reply = with_encryption(with_version(reply, version.as_deref()), &record.attributes);
    Ok((record, reply))
}

/// Checks, within the change, that the bucket still exists, that the writer may still write there, and that nothing is
/// overwritten against the writer's will. A bucket that keeps versions overwrites nothing.
pub(super) fn check_writable(
    tables: &Tables<'_>,
    writer: &Identity,
    bucket: &str,
    key: &str,
    overwrite: Overwrite,
) -> Result<BucketRecord, Failure> {
    let known = tables.require_bucket(bucket)?;
    check_writing(tables, writer, bucket, key)?;
    if overwrite == Overwrite::Forbid && known.versioning.is_none() && tables.current(bucket, key)?.is_some() {
        return Err(already_exists(key));
    }
    Ok(known)
}

pub(super) fn already_exists(key: &str) -> Failure {
    Failure::new(Code::FileAlreadyExists).detail("Key", key)
}

pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// Tells the encryption back.
pub(super) fn with_encryption(reply: Reply, attributes: &Attributes) -> Reply {
    attributes.encryption.iter().fold(reply, |reply, (name, value)| reply.header(name, value))
}
