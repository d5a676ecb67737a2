//! DeleteMultipleObjects: `POST /?delete`, up to 1000 keys in one change.

use oss_protocol::code::Code;
use oss_protocol::xml::{DeleteRequest, DeleteResult, DeletedObject};

use super::{Context, XML_LIMIT};
use crate::access::{Need, check_anonymous};
use crate::auth::Identity;
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;

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
    if let Some(version) = request.objects.iter().find_map(|object| object.version_id.as_deref())
        && version != "null"
    {
        return Err(Failure::new(Code::NoSuchVersion).detail("VersionId", version));
    }
    let bucket = context.bucket_name().to_owned();
    let keys: Vec<String> = request.objects.into_iter().map(|object| object.key).collect();
    if context.identity == Identity::Anonymous {
        for key in &keys {
            let acl = context.shared.store.object(&bucket, key)?.map(|object| object.acl).unwrap_or_default();
            check_anonymous(Need::WriteObject, acl, context.bucket.as_ref().map(|bucket| bucket.acl))?;
        }
    }
    let change = context.shared.store.commit(move |tables| {
        tables.require_bucket(&bucket)?;
        for key in &keys {
            tables.remove_object(&bucket, key)?;
        }
        Ok(keys)
    });
    let deleted = change.await?;
    if request.quiet {
        return Ok(Reply::ok());
    }
    let deleted = deleted.into_iter().map(|key| DeletedObject { key, ..DeletedObject::default() }).collect();
    Ok(Reply::xml(DeleteResult { encoding, deleted }.write()))
}
