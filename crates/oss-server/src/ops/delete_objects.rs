//! DeleteMultipleObjects: `POST /?delete`, up to 1000 keys in one change.

use oss_protocol::code::Code;
use oss_protocol::key;
use oss_protocol::xml::{DeleteRequest, DeleteResult, DeletedObject, ObjectIdentifier};

use super::{Context, XML_LIMIT};
use crate::access::Need;
use crate::auth::Identity;
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::VersionRef;

const MOST_KEYS: usize = 1000;

pub(super) async fn run(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let encoding = context.encoding()?;
    let Some(md5) = context.content_md5()? else {
        return Err(Failure::new(Code::MissingArgument).detail("ArgumentName", "Content-MD5"));
    };
    if context.request.content_length().is_none() {
        return Err(Failure::new(Code::MissingContentLength));
    }
    let body = body.limited(XML_LIMIT)?.collect(Some(md5)).await?;
    let request = DeleteRequest::read(&body)?;
    if request.objects.is_empty() || request.objects.len() > MOST_KEYS {
        return Err(Failure::new(Code::MalformedXML));
    }
    let bucket = context.bucket_name().to_owned();
    let objects = request.objects.into_iter().map(|object| {
        key::check(&object.key)?;
        let id = object.version_id.as_deref().unwrap_or_default();
        let refuse = || Failure::argument("VersionId", id, "Invalid version id specified.");
        let version = VersionRef::parse(id).ok_or_else(refuse)?;
        Ok((object, version))
    });
    let objects = objects.collect::<Result<Vec<_>, Failure>>()?;
    if !matches!(context.identity, Identity::Owner) {
        for (object, version) in &objects {
            let found = context.shared.store.find(&bucket, &object.key, version)?;
            context.check_access(Need::WriteObject, found.acl())?;
        }
    }
    let now = context.now.into();
    let change = context.shared.store.commit_removal(move |tables| {
        let known = tables.require_bucket(&bucket)?;
        let mut deleted = Vec::with_capacity(objects.len());
        for (ObjectIdentifier { key, version_id }, version) in objects {
            let deletion = match version {
                VersionRef::Current => tables.delete((&bucket, &known), &key, now)?,
                version => tables.delete_version(&bucket, &key, &version)?,
            };
            deleted.push(DeletedObject {
                key,
                version_id,
                delete_marker: deletion.is_marker,
                delete_marker_version_id: deletion.version.filter(|_| deletion.is_marker),
            });
        }
        Ok(deleted)
    });
    let deleted = change.await?;
    if request.quiet {
        return Ok(Reply::ok());
    }
    Ok(Reply::xml(DeleteResult { encoding, deleted }.write()))
}
