//! Public access blocks, `?publicAccessBlock` of a bucket and of the account: PutBucketPublicAccessBlock,
//! PutPublicAccessBlock and their like. While one is on, nothing in the bucket, or in any, is open to everybody, whatever
//! access control says, and nobody may open anything.

use oss_protocol::code::Code;
use oss_protocol::xml::PublicAccessBlockConfiguration;

use super::{Context, XML_LIMIT};
use crate::access::{BucketAcl, ObjectAcl};
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{BucketRecord, Moment, PublicAccess};

/// Where the store keeps the block of the account: as a configuration of the bucket without a name, which there cannot be.
const OF_ACCOUNT: (&str, &str) = ("", "publicAccessBlock");

pub(super) fn get(context: &Context<'_>) -> Result<Reply, Failure> {
    Ok(tell(context.require_bucket()?.public_access))
}

pub(super) async fn put(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let public_access = read(context, body).await?;
    context.amend_bucket(move |bucket| bucket.public_access = public_access).await?;
    Ok(Reply::ok())
}

pub(super) async fn delete(context: &Context<'_>) -> Result<Reply, Failure> {
    context.amend_bucket(|bucket| bucket.public_access = PublicAccess::AsGranted).await?;
    Ok(Reply::no_content())
}

pub(super) fn get_of_account(context: &Context<'_>) -> Result<Reply, Failure> {
    Ok(tell(of_account(&*context.shared.store.read()?)?))
}

pub(super) async fn put_of_account(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let public_access = read(context, body).await?;
    set_of_account(context, public_access).await?;
    Ok(Reply::ok())
}

pub(super) async fn delete_of_account(context: &Context<'_>) -> Result<Reply, Failure> {
    set_of_account(context, PublicAccess::AsGranted).await?;
    Ok(Reply::no_content())
}

fn tell(public_access: PublicAccess) -> Reply {
    let block_public_access = public_access == PublicAccess::Blocked;
    Reply::xml(PublicAccessBlockConfiguration { block_public_access }.write())
}

async fn read(context: &Context<'_>, body: RequestBody) -> Result<PublicAccess, Failure> {
    let body = body.limited(XML_LIMIT)?.collect(context.content_md5()?).await?;
    Ok(match PublicAccessBlockConfiguration::read(&body)?.block_public_access {
        true => PublicAccess::Blocked,
        false => PublicAccess::AsGranted,
    })
}

fn of_account(moment: &impl Moment) -> Result<PublicAccess, Failure> {
    let (bucket, kind) = OF_ACCOUNT;
    let document = moment.configuration(bucket, kind)?;
    Ok(if document.is_some() { PublicAccess::Blocked } else { PublicAccess::AsGranted })
}

async fn set_of_account(context: &Context<'_>, public_access: PublicAccess) -> Result<(), Failure> {
    let document = match public_access {
        PublicAccess::Blocked => Some(PublicAccessBlockConfiguration { block_public_access: true }.write()),
        PublicAccess::AsGranted => None,
    };
    let (bucket, kind) = OF_ACCOUNT;
    context.shared.store.commit(move |tables| tables.configure(bucket, kind, document.as_deref())).await
}

/// What access control grants to everybody in a bucket, for it and for one of its objects.
pub(super) fn granted(
    moment: &impl Moment,
    bucket: &BucketRecord,
    object: ObjectAcl,
) -> Result<(BucketAcl, ObjectAcl), Failure> {
    let is_blocked = is_blocked(moment, bucket)?;
    Ok(if is_blocked { (BucketAcl::Private, ObjectAcl::Default) } else { (bucket.acl, object) })
}

fn is_blocked(moment: &impl Moment, bucket: &BucketRecord) -> Result<bool, Failure> {
    let is_blocked = |public_access| public_access == PublicAccess::Blocked;
    Ok(is_blocked(bucket.public_access) || is_blocked(of_account(moment)?))
}

impl Context<'_> {
    /// Refuses to open something to everybody where that is blocked.
    pub(super) fn check_public(&self, acl: ObjectAcl) -> Result<(), Failure> {
        match (acl, &self.bucket) {
            (ObjectAcl::Own(BucketAcl::PublicRead | BucketAcl::PublicReadWrite), Some(bucket)) => {
                self.require_public_access(bucket)
            }
            _ => Ok(()),
        }
    }

    /// Refuses where public access is blocked.
    pub(super) fn require_public_access(&self, bucket: &BucketRecord) -> Result<(), Failure> {
        if is_blocked(&*self.shared.store.read()?, bucket)? {
            return Err(Failure::with_message(Code::AccessDenied, "Public access is blocked for this bucket."));
        }
        Ok(())
    }
}
