//! PutBucketAcl and GetBucketAcl: `?acl` on a bucket.

use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::xml::AccessControlPolicy;

use super::Context;
use crate::access::{BucketAcl, ObjectAcl};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::shared::Shared;

pub(super) fn get(context: &Context<'_>) -> Result<Reply, Failure> {
    let record = context.require_bucket()?;
    let policy = AccessControlPolicy { owner: Shared::owner(), grant: record.acl.as_str().to_owned() };
    Ok(Reply::xml(policy.write()))
}

pub(super) async fn put(context: &Context<'_>) -> Result<Reply, Failure> {
    let Some(given) = context.request.header(header::ACL) else {
        return Err(Failure::new(Code::MissingArgument).detail("ArgumentName", header::ACL));
    };
    context.require_bucket()?;
    let acl = BucketAcl::parse(given)?;
    context.check_public(ObjectAcl::Own(acl))?;
    context.amend_bucket(move |bucket| bucket.acl = acl).await?;
    Ok(Reply::ok())
}
