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
    let key = context.key();
    let object = context.shared.store.object(context.bucket_name(), key)?;
    let object = object.ok_or_else(|| Failure::no_such_key(key))?;
    let policy = AccessControlPolicy { owner: Shared::owner(), grant: object.acl.as_str().to_owned() };
    Ok(Reply::xml(policy.write()))
}

pub(super) async fn put(context: &Context<'_>) -> Result<Reply, Failure> {
    let Some(given) = context.request.header(header::OBJECT_ACL) else {
        return Err(Failure::new(Code::MissingArgument).detail("ArgumentName", header::OBJECT_ACL));
    };
    let acl = ObjectAcl::parse(given)?;
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let change = context.shared.store.commit(move |tables| {
        let mut record = tables.object(&bucket, &key)?.ok_or_else(|| Failure::no_such_key(&key))?;
        record.acl = acl;
        tables.put_object(&bucket, &key, &record)
    });
    change.await?;
    Ok(Reply::ok())
}
