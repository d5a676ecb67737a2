//! DeleteObject: gone is gone, whether it was there or not.

use super::Context;
use crate::failure::Failure;
use crate::reply::Reply;

pub(super) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let change = context.shared.store.commit(move |tables| {
        tables.require_bucket(&bucket)?;
        tables.remove_object(&bucket, &key)
    });
    change.await?;
    Ok(Reply::no_content())
}
