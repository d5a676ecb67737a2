//! PutBucket: `PUT /` on a bucket that does not exist yet.

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
    let acl = context.request.header(header::ACL).map_or(Ok(BucketAcl::Private), BucketAcl::parse)?;
    let body = body.limited(XML_LIMIT)?.collect(context.content_md5()?).await?;
    let configuration = match body.trim_ascii() {
        [] => CreateBucketConfiguration::default(),
        _ => CreateBucketConfiguration::read(&body)?,
    };
    let storage_class = configuration.storage_class.unwrap_or_else(|| "Standard".to_owned());
    check_storage_class(&storage_class)?;
    let redundancy = configuration.data_redundancy_type.unwrap_or_else(|| "LRS".to_owned());
    if !matches!(redundancy.as_str(), "LRS" | "ZRS") {
        return Err(Failure::argument("DataRedundancyType", redundancy, "The redundancy type is not valid."));
    }
    let encryption = configuration::encryption_of_headers(context.request)?;
    let record = BucketRecord { acl, storage_class, redundancy, ..BucketRecord::new(context.now) };
    let location = format!("/{name}");
    let change = context.shared.store.commit(move |tables| {
        if tables.bucket(&name)?.is_some() {
            return Err(Failure::new(Code::BucketAlreadyExists).detail("BucketName", name.as_str()));
        }
        if tables.bucket_count()? >= MOST_BUCKETS {
            return Err(Failure::new(Code::TooManyBuckets));
        }
        tables.put_bucket(&name, &record)?;
        let encryption = encryption.map(|rule| rule.write());
        tables.configure(&name, ConfigurationKind::Encryption.name(), encryption.as_deref())
    });
    change.await?;
    Ok(Reply::ok().header("location", location))
}
