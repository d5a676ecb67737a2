//! PutBucketPublicAccessBlock, GetBucketPublicAccessBlock, DeleteBucketPublicAccessBlock: `?publicAccessBlock`. While it is
//! on, nothing in the bucket is open to everybody, whatever access control says, and nobody may open anything.

use oss_protocol::code::Code;
use oss_protocol::xml::PublicAccessBlockConfiguration;

use super::{Context, XML_LIMIT};
use crate::access::{BucketAcl, ObjectAcl};
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::PublicAccess;

pub(super) fn get(context: &Context<'_>) -> Result<Reply, Failure> {
    let block_public_access = context.require_bucket()?.public_access == PublicAccess::Blocked;
    Ok(Reply::xml(PublicAccessBlockConfiguration { block_public_access }.write()))
}

pub(super) async fn put(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let body = body.limited(XML_LIMIT)?.collect(context.content_md5()?).await?;
    let public_access = match PublicAccessBlockConfiguration::read(&body)?.block_public_access {
        true => PublicAccess::Blocked,
        false => PublicAccess::AsGranted,
    };
    context.amend_bucket(move |bucket| bucket.public_access = public_access).await?;
    Ok(Reply::ok())
}

pub(super) async fn delete(context: &Context<'_>) -> Result<Reply, Failure> {
    context.amend_bucket(|bucket| bucket.public_access = PublicAccess::AsGranted).await?;
    Ok(Reply::no_content())
}

impl Context<'_> {
    /// Refuses to open something to everybody where that is blocked.
    pub(super) fn check_public(&self, acl: ObjectAcl) -> Result<(), Failure> {
        match acl {
            ObjectAcl::Own(BucketAcl::PublicRead | BucketAcl::PublicReadWrite) => self.require_public_access(),
            _ => Ok(()),
        }
    }

    /// Refuses where public access is blocked.
    pub(super) fn require_public_access(&self) -> Result<(), Failure> {
        match &self.bucket {
            Some(bucket) if bucket.public_access == PublicAccess::Blocked => {
                Err(Failure::with_message(Code::AccessDenied, "Public access is blocked for this bucket."))
            }
            _ => Ok(()),
        }
    }
}
