//! GetBucketInfo and GetBucketLocation.

use oss_protocol::xml::{BucketInfo, BucketSummary, LocationConstraint};

use super::Context;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::store::BucketRecord;

pub(super) fn info(context: &Context<'_>) -> Result<Reply, Failure> {
    let name = context.bucket_name();
    let record = context.require_bucket()?;
    let info = BucketInfo {
        // Only lists tell the short form of the region.
        summary: BucketSummary { region: String::new(), ..summary(&context.shared.region, name, record) },
        owner: Shared::owner(),
        grant: record.acl.as_str().to_owned(),
        data_redundancy_type: record.redundancy.clone(),
        versioning: record.versioning.map(|versioning| versioning.as_str().to_owned()),
    };
    Ok(Reply::xml(info.write()))
}

pub(super) fn location(context: &Context<'_>) -> Reply {
    Reply::xml(LocationConstraint(format!("oss-{}", context.shared.region)).write())
}

/// What lists and GetBucketInfo tell alike. The endpoints are those of the region, as the service prints them.
pub(super) fn summary(region: &str, name: &str, record: &BucketRecord) -> BucketSummary {
    BucketSummary {
        name: name.to_owned(),
        creation_date: Some(record.created.whole_seconds()),
        extranet_endpoint: format!("oss-{region}.aliyuncs.com"),
        intranet_endpoint: format!("oss-{region}-internal.aliyuncs.com"),
        location: format!("oss-{region}"),
        region: region.to_owned(),
        storage_class: record.storage_class.clone(),
        resource_group_id: String::new(),
    }
}
