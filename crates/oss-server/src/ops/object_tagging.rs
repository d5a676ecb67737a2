//! PutObjectTagging, GetObjectTagging and DeleteObjectTagging: `?tagging` on an object.

use oss_protocol::xml::Tagging;

use super::tags;
use super::{Context, XML_LIMIT};
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{ObjectRecord, Tag};

pub(super) fn get(context: &Context<'_>) -> Result<Reply, Failure> {
    let object = context.object()?;
    let reply = context.with_version(Reply::ok(), &object);
    Ok(reply.document(Tagging { tags: object.attributes.tags }.write()))
}

pub(super) async fn put(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let body = body.limited(XML_LIMIT)?.collect(context.content_md5()?).await?;
    let tagging = Tagging::read(&body)?;
    tags::check(&tagging.tags)?;
    let object = set(context, tagging.tags).await?;
    Ok(context.with_version(Reply::ok(), &object))
}

pub(super) async fn delete(context: &Context<'_>) -> Result<Reply, Failure> {
    let object = set(context, Vec::new()).await?;
    Ok(context.with_version(Reply::no_content(), &object))
}

/// Neither the ETag nor the time of the last change is touched.
async fn set(context: &Context<'_>, tags: Vec<Tag>) -> Result<ObjectRecord, Failure> {
    let change = context.amend(move |record| {
        record.attributes.tags = tags;
        Ok(())
    });
    change.await.map(|(record, ())| record)
}
