//! PutObjectTagging, GetObjectTagging and DeleteObjectTagging: `?tagging` on an object.

use oss_protocol::xml::Tagging;

use super::tags::{self, MOST_ON_OBJECT};
use super::{Context, XML_LIMIT};
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::Tag;

pub(super) fn get(context: &Context<'_>) -> Result<Reply, Failure> {
    let key = context.key();
    let object = context.shared.store.object(context.bucket_name(), key)?;
    let object = object.ok_or_else(|| Failure::no_such_key(key))?;
    Ok(Reply::xml(Tagging { tags: object.attributes.tags }.write()))
}

pub(super) async fn put(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let body = body.limited(XML_LIMIT)?.collect(context.content_md5()?).await?;
    let tagging = Tagging::read(&body)?;
    tags::check(&tagging.tags, MOST_ON_OBJECT)?;
    set(context, tagging.tags).await?;
    Ok(Reply::ok())
}

pub(super) async fn delete(context: &Context<'_>) -> Result<Reply, Failure> {
    set(context, Vec::new()).await?;
    Ok(Reply::no_content())
}

/// Neither the ETag nor the time of the last change is touched.
async fn set(context: &Context<'_>, tags: Vec<Tag>) -> Result<(), Failure> {
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let change = context.shared.store.commit(move |tables| {
        let mut record = tables.object(&bucket, &key)?.ok_or_else(|| Failure::no_such_key(&key))?;
        record.attributes.tags = tags;
        tables.put_object(&bucket, &key, &record)
    });
    change.await
}
