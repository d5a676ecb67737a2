//! DeleteObject: gone is gone, whether it was there or not. Where versions are kept, only a version named goes for good.

use oss_protocol::header;

use super::Context;
use super::version::with_version;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::VersionRef;

pub(super) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let (version, now) = (context.version()?, context.now.into());
    let asked = context.request.parameter("versionId").filter(|id| !id.is_empty());
    let keeps_versions = context.bucket.as_ref().is_some_and(|bucket| bucket.versioning.is_some());
    let change = context.shared.store.commit_removal(move |tables| {
        let known = tables.require_bucket(&bucket)?;
        match version {
            VersionRef::Current => tables.delete((&bucket, &known), &key, now),
            version => tables.delete_version(&bucket, &key, &version),
        }
    });
    let deletion = change.await?;
    let reply = if deletion.is_marker {
        Reply::no_content().header(header::DELETE_MARKER, "true")
    } else {
        Reply::no_content()
    };
    // A version that was not there is named all the same.
    Ok(with_version(reply, deletion.version.as_deref().or(asked).filter(|_| keeps_versions)))
}
