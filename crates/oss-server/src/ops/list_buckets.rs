//! ListBuckets: `GET /` on the endpoint.

use oss_protocol::header;
use oss_protocol::xml::BucketList;

use super::bucket_info::summary;
use super::{Context, configuration};
use crate::auth::Identity;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::shared::Shared;

pub(super) fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let request = context.request;
    let prefix = request.parameter("prefix").unwrap_or_default();
    let marker = request.parameter("marker").unwrap_or_default();
    let max = context.page_size("max-keys", 100)?;
    // An account has few buckets: those that a caller may not see are left out of the whole list.
    let mut buckets = context.shared.store.buckets(prefix, marker, usize::MAX)?;
    if let Identity::Limited(rights) = &context.identity {
        buckets.retain(|(name, _)| rights.show(name));
    }
    let mut asked_for = Vec::new();
    for (name, record) in buckets {
        if has_tag(context, &name)? && is_in_group(context, &name)? {
            asked_for.push((name, record));
        }
    }
    let mut buckets = asked_for;
    let is_truncated = buckets.len() > max;
    buckets.truncate(max);
    let paged = is_truncated || ["prefix", "marker", "max-keys"].iter().any(|name| request.has(name));
    let list = BucketList {
        owner: Shared::owner(),
        prefix: Some(prefix.to_owned()),
        marker: Some(marker.to_owned()),
        max_keys: paged.then_some(max as u64),
        is_truncated,
        next_marker: buckets.last().filter(|_| is_truncated).map(|(name, _)| name.clone()),
        buckets: buckets.iter().map(|(name, record)| summary(context, name, record)).collect::<Result<_, _>>()?,
    };
    Ok(Reply::xml(list.write()))
}

fn has_tag(context: &Context<'_>, bucket: &str) -> Result<bool, Failure> {
    let Some(key) = context.request.parameter("tag-key") else {
        return Ok(true);
    };
    let value = context.request.parameter("tag-value");
    let tags = configuration::tags(context, bucket)?;
    Ok(tags.iter().any(|(given, text)| given == key && value.is_none_or(|value| value == text)))
}

fn is_in_group(context: &Context<'_>, bucket: &str) -> Result<bool, Failure> {
    match context.request.header(header::RESOURCE_GROUP_ID) {
        None | Some("") => Ok(true),
        Some(group) => Ok(configuration::resource_group(context, bucket)? == group),
    }
}
