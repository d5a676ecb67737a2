//! AbortMultipartUpload: `DELETE /{key}?uploadId={id}`.

use std::collections::HashSet;

use super::upload_id;
use crate::failure::Failure;
use crate::ops::Context;
use crate::reply::Reply;

pub(in crate::ops) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let id = upload_id(context).to_owned();
    let change = context.shared.store.commit_removal(move |tables| {
        tables.require_upload(&bucket, &key, &id)?;
        tables.remove_upload(&bucket, &key, &id, &HashSet::new())
    });
    change.await?;
    Ok(Reply::no_content())
}
