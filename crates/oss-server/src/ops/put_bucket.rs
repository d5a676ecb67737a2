//! PutBucket: `PUT /` on a bucket. One that exists, which here is always the account's own, keeps what it holds and takes
//! over the ACL and the other properties that the request names; its storage class and redundancy can't be changed (the
//! notes of PutBucket, and what OSS documents of status 409).

use oss_protocol::bucket;
use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::xml::CreateBucketConfiguration;

use super::write_headers::check_storage_class;
use super::{ConfigurationKind, Context, XML_LIMIT, configuration};
use crate::access::BucketAcl;
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::BucketRecord;

/// How many buckets an account may have in a region.
const MOST_BUCKETS: u64 = 100;

pub(super) async fn run(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let name = context.bucket_name().to_owned();
    bucket::check(&name).map_err(|error| {
        let message = format!("The specified bucket is not valid: {error}.");
        Failure::with_message(Code::InvalidBucketName, message).detail("BucketName", name.as_str())
    })?;
    let acl = context.request.header(header::ACL).map(BucketAcl::parse).transpose()?;
    let body = body.limited(XML_LIMIT)?.collect(context.content_md5()?).await?;
    let configuration = match body.trim_ascii() {
        [] => CreateBucketConfiguration::default(),
        _ => CreateBucketConfiguration::read(&body)?,
    };
    let CreateBucketConfiguration { storage_class, data_redundancy_type: redundancy } = configuration;
    if let Some(class) = &storage_class {
        check_storage_class(class)?;
    }
    if let Some(redundancy) = redundancy.as_deref().filter(|given| !matches!(*given, "LRS" | "ZRS")) {
        return Err(Failure::argument("DataRedundancyType", redundancy, "The redundancy type is not valid."));
    }
    let encryption = configuration::encryption_of_headers(context.request)?.map(|rule| rule.write());
    let group = configuration::resource_group_of_headers(context.request).map(|group| group.write());
    let new = BucketRecord::new(context.now);
    if acl.is_some_and(|acl| acl != BucketAcl::Private) {
        context.require_public_access(context.shared.store.bucket(&name)?.as_deref().unwrap_or(&new))?;
    }
    let location = format!("/{name}");
    let change = context.shared.store.commit(move |tables| {
        let known = tables.bucket(&name)?;
        if known.is_none() && tables.bucket_count()? >= MOST_BUCKETS {
            return Err(Failure::new(Code::TooManyBuckets));
        }
        let is_new = known.is_none();
        let mut record = known.unwrap_or(new);
        for (property, given, told) in [
            (&mut record.storage_class, storage_class, "Cannot modify existing bucket's storage class."),
            (&mut record.redundancy, redundancy, "Bucket already exists can't modify data redundancy type."),
        ] {
            match given {
                Some(given) if is_new => *property = given,
                Some(given) if given != *property => {
                    let failure = Failure::with_message(Code::BucketAlreadyExists, told);
                    return Err(failure.detail("BucketName", name.as_str()));
                }
                _ => {}
            }
        }
        record.acl = acl.unwrap_or(record.acl);
        tables.put_bucket(&name, &record)?;
        for (kind, document) in [(ConfigurationKind::Encryption, encryption), (ConfigurationKind::ResourceGroup, group)]
        {
            if let Some(document) = document {
                tables.configure(&name, kind.name(), Some(&document))?;
            }
        }
        Ok(())
    });
    change.await?;
    Ok(Reply::ok().header("location", location))
}
