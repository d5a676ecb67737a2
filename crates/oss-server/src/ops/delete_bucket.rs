//! DeleteBucket: `DELETE /` on a bucket that holds nothing.

use oss_protocol::code::Code;

use super::Context;
use crate::failure::Failure;
use crate::reply::Reply;

pub(super) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let name = context.bucket_name().to_owned();
    let change = context.shared.store.commit_removal(move |tables| {
        tables.require_bucket(&name)?;
        if !tables.is_bucket_empty(&name)? {
            return Err(Failure::new(Code::BucketNotEmpty).detail("BucketName", name.as_str()));
        }
        tables.remove_bucket(&name)
    });
    change.await?;
    Ok(Reply::no_content())
}
