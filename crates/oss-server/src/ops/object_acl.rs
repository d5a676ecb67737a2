//! PutObjectAcl and GetObjectAcl: `?acl` on an object.

use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::xml::AccessControlPolicy;

use super::Context;
use crate::access::ObjectAcl;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::shared::Shared;

pub(super) fn get(context: &Context<'_>) -> Result<Reply, Failure> {
    let object = context.object()?;
    let policy = AccessControlPolicy { owner: Shared::owner(), grant: object.acl.as_str().to_owned() };
    Ok(context.with_version(Reply::xml(policy.write()), &object))
}

pub(super) async fn put(context: &Context<'_>) -> Result<Reply, Failure> {
    let Some(given) = context.request.header(header::OBJECT_ACL) else {
        return Err(Failure::new(Code::MissingArgument).detail("ArgumentName", header::OBJECT_ACL));
    };
    let acl = ObjectAcl::parse(given)?;
    context.check_public(acl)?;
    let change = context.amend(move |record| {
        record.acl = acl;
        Ok(())
    });
    let (record, ()) = change.await?;
    Ok(context.with_version(Reply::ok(), &record))
}
