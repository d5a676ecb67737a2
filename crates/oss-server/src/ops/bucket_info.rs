//! GetBucketInfo, GetBucketLocation, GetBucketStat and ListLiveChannel and DescribeRegions.

use oss_protocol::code::Code;
use oss_protocol::time::unix_seconds;
use oss_protocol::xml::{BucketInfo, BucketStat, BucketSummary, LocationConstraint, Writer};

use super::{Context, configuration};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::store::{BucketRecord, PublicAccess};

pub(super) fn info(context: &Context<'_>) -> Result<Reply, Failure> {
    let name = context.bucket_name();
    let record = context.require_bucket()?;
    let info = BucketInfo {
        // Only lists tell the short form of the region.
        summary: BucketSummary { region: String::new(), ..summary(context, name, record)? },
        owner: Shared::owner(),
        grant: record.acl.as_str().to_owned(),
        data_redundancy_type: record.redundancy.clone(),
        versioning: record.versioning.map(|versioning| versioning.as_str().to_owned()),
        encryption: configuration::encryption(context)?,
        block_public_access: record.public_access == PublicAccess::Blocked,
        access_monitor: configuration::access_monitor(context)?,
    };
    Ok(Reply::xml(info.write()))
}

pub(super) fn location(context: &Context<'_>) -> Reply {
    Reply::xml(LocationConstraint(format!("oss-{}", context.shared.region)).write())
}

/// GetBucketStat. The service's figures are up to an hour old; these are of now.
pub(super) async fn stat(context: &Context<'_>) -> Result<Reply, Failure> {
    let stat = context.shared.store.stat(context.bucket_name().to_owned()).await?;
    // Of a bucket that has never held anything the service has no figures yet.
    let last_modified_time = if stat == BucketStat::default() { 0 } else { unix_seconds(context.now) };
    Ok(Reply::xml(BucketStat { last_modified_time, ..stat }.write()))
}

/// The regions of the service.
const REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "cn-beijing",
    "cn-chengdu",
    "cn-fuzhou",
    "cn-guangzhou",
    "cn-hangzhou",
    "cn-heyuan",
    "cn-hongkong",
    "cn-huhehaote",
    "cn-nanjing",
    "cn-qingdao",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-wuhan-lr",
    "cn-wulanchabu",
    "cn-zhangjiakou",
    "eu-central-1",
    "eu-west-1",
    "me-central-1",
    "me-east-1",
    "na-south-1",
    "us-east-1",
    "us-southeast-1",
    "us-west-1",
];

/// DescribeRegions: those of the service, and the one that the server is in.
pub(super) fn regions(context: &Context<'_>) -> Result<Reply, Failure> {
    let own = context.shared.region.as_str();
    let own = (!REGIONS.contains(&own)).then_some(own);
    let asked = context.request.parameter("regions").filter(|asked| !asked.is_empty());
    let mut regions: Vec<String> = REGIONS.iter().copied().chain(own).map(|region| format!("oss-{region}")).collect();
    if let Some(asked) = asked {
        regions.retain(|region| region == asked);
        if regions.is_empty() {
            return Err(Failure::new(Code::NoSuchRegion).detail("Region", asked));
        }
    }
    let mut xml = Writer::new();
    xml.open("RegionInfoList");
    for region in regions {
        xml.open("RegionInfo").text("Region", &region);
        xml.text("InternetEndpoint", &format!("{region}.aliyuncs.com"));
        xml.text("InternalEndpoint", &format!("{region}-internal.aliyuncs.com"));
        xml.text("AccelerateEndpoint", "oss-accelerate.aliyuncs.com").close("RegionInfo");
    }
    xml.close("RegionInfoList");
    Ok(Reply::xml(xml.finish()))
}

/// ListLiveChannel. Nothing makes live channels here, so that there are none; who empties a bucket asks all the same.
pub(super) fn live_channels(context: &Context<'_>) -> Result<Reply, Failure> {
    let max = context.page_size("max-keys", 100)?;
    let mut xml = Writer::new();
    xml.open("ListLiveChannelResult").text("Prefix", &context.prefix()?).text("Marker", &context.list_text("marker")?);
    xml.number("MaxKeys", max as u64).flag("IsTruncated", false).close("ListLiveChannelResult");
    Ok(Reply::xml(xml.finish()))
}

/// What lists and GetBucketInfo tell alike. The endpoints are the one by which the client came, since there it finds the
/// bucket; who came by a custom domain is told those of the region.
pub(super) fn summary(context: &Context<'_>, name: &str, record: &BucketRecord) -> Result<BucketSummary, Failure> {
    let region = &context.shared.region;
    let endpoint = context.shared.hosts.endpoint(&context.request.host);
    let or = |usual: String| endpoint.map_or(usual, str::to_owned);
    Ok(BucketSummary {
        name: name.to_owned(),
        creation_date: Some(record.created.whole_seconds()),
        extranet_endpoint: or(format!("oss-{region}.aliyuncs.com")),
        intranet_endpoint: or(format!("oss-{region}-internal.aliyuncs.com")),
        location: format!("oss-{region}"),
        region: region.clone(),
        storage_class: record.storage_class.clone(),
        resource_group_id: configuration::resource_group(context, name)?,
    })
}
