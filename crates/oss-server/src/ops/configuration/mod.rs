//! What a bucket is configured with: CORS, lifecycle, policy, logging, fields of the log, tags, encryption, referers, who
//! pays, access tracking and resource group, each stored, returned and, where OSS does so, removed whole.
//!
//! Of these CORS and encryption have an effect here, and lists of buckets choose by tags. The others are kept for clients
//! that set and compare them.

pub(crate) mod cors;
mod encryption;
mod lifecycle;
mod log_fields;
mod policy;

use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::xml::{
    AccessMonitorConfiguration, BucketLoggingStatus, BucketResourceGroupConfiguration, CorsConfiguration,
    LifecycleConfiguration, MalformedXml, RefererConfiguration, RequestPaymentConfiguration, ServerSideEncryptionRule,
    Tagging, UserDefinedLogFieldsConfiguration,
};

pub(super) use self::encryption::{of_headers as encryption_of_headers, rule as encryption};
use super::{Context, XML_LIMIT, tags};
use crate::body::{Body, RequestBody};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::{Moment as _, Tag};

/// The most bytes of CORS rules.
const CORS_LIMIT: u64 = 16 * 1024;

/// The resource group of buckets that are in no other.
const DEFAULT_RESOURCE_GROUP: &str = "rg-default";

/// The kinds of configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Cors,
    Lifecycle,
    Policy,
    Logging,
    Tags,
    Encryption,
    Referers,
    RequestPayment,
    LogFields,
    AccessMonitor,
    ResourceGroup,
}

impl Kind {
    /// The name that the kind has in the query, and in the store.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cors => "cors",
            Self::Lifecycle => "lifecycle",
            Self::Policy => "policy",
            Self::Logging => "logging",
            Self::Tags => "tagging",
            Self::Encryption => "encryption",
            Self::Referers => "referer",
            Self::RequestPayment => "requestPayment",
            Self::LogFields => "userDefinedLogFieldsConfig",
            Self::AccessMonitor => "accessmonitor",
            Self::ResourceGroup => "resourceGroup",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        let all = [
            Self::Cors,
            Self::Lifecycle,
            Self::Policy,
            Self::Logging,
            Self::Tags,
            Self::Encryption,
            Self::Referers,
            Self::RequestPayment,
            Self::LogFields,
            Self::AccessMonitor,
            Self::ResourceGroup,
        ];
        all.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it can be removed; the others can only be set to something else.
    pub(crate) fn is_removable(self) -> bool {
        !matches!(self, Self::Referers | Self::RequestPayment | Self::AccessMonitor | Self::ResourceGroup)
    }

    fn limit(self) -> u64 {
        match self {
            Self::Cors => CORS_LIMIT,
            _ => XML_LIMIT,
        }
    }

    /// Checks a document, and returns it as it will be told.
    fn check(self, context: &Context<'_>, document: &[u8]) -> Result<String, Failure> {
        Ok(match self {
            Self::Cors => cors::check(CorsConfiguration::read(document)?)?.write(),
            Self::Lifecycle => {
                let overlap = context.request.header("x-oss-allow-same-action-overlap");
                let may_overlap = overlap.is_some_and(|value| value.eq_ignore_ascii_case("true"));
                let overlap = if may_overlap { lifecycle::Overlap::Allow } else { lifecycle::Overlap::Forbid };
                lifecycle::check(LifecycleConfiguration::read(document)?, overlap)?.write()
            }
            Self::Policy => {
                let policy = policy::check(document)?;
                if policy::is_public(&policy) {
                    context.require_public_access(context.require_bucket()?)?;
                }
                policy
            }
            Self::Logging => {
                let status = BucketLoggingStatus::read(document)?;
                if status.target_bucket.is_none() && status.target_prefix.is_some() {
                    return Err(Failure::with_message(Code::MalformedXML, "A log with a prefix needs a TargetBucket."));
                }
                if let Some(target) = &status.target_bucket {
                    let known = context.shared.store.bucket(target)?;
                    known.ok_or_else(|| {
                        Failure::argument("TargetBucket", target.as_str(), "The bucket for the log does not exist.")
                    })?;
                }
                status.write()
            }
            Self::Tags => {
                let tagging = Tagging::read(document)?;
                tags::check_of_bucket(&tagging.tags)?;
                tagging.write()
            }
            Self::Encryption => encryption::check(ServerSideEncryptionRule::read(document)?)?.write(),
            Self::Referers => RefererConfiguration::read(document)?.write(),
            Self::RequestPayment => {
                let configuration = RequestPaymentConfiguration::read(document)?;
                if !matches!(configuration.payer.as_str(), "BucketOwner" | "Requester") {
                    return Err(Failure::with_message(Code::MalformedXML, "The payer is BucketOwner or Requester."));
                }
                configuration.write()
            }
            Self::LogFields => log_fields::check(UserDefinedLogFieldsConfiguration::read(document)?)?.write(),
            Self::AccessMonitor => AccessMonitorConfiguration::read(document)?.write(),
            Self::ResourceGroup => or_default_group(BucketResourceGroupConfiguration::read(document)?).write(),
        })
    }

    /// What is told where nothing is stored.
    fn absent(self) -> Result<String, Failure> {
        match self {
            Self::Cors => Err(Failure::new(Code::NoSuchCORSConfiguration)),
            Self::Lifecycle => Err(Failure::new(Code::NoSuchLifecycle)),
            Self::Policy => Err(Failure::new(Code::NoSuchBucketPolicy)),
            Self::Logging => Ok(BucketLoggingStatus::default().write()),
            Self::Tags => Ok(Tagging::default().write()),
            Self::Encryption => Err(Failure::new(Code::NoSuchServerSideEncryptionRule)),
            Self::Referers => Ok(RefererConfiguration::default().write()),
            Self::RequestPayment => Ok(RequestPaymentConfiguration::default().write()),
            Self::LogFields => Err(Failure::new(Code::NoSuchUserDefinedLogFieldsConfig)),
            Self::AccessMonitor => Ok(AccessMonitorConfiguration::default().write()),
            Self::ResourceGroup => Ok(or_default_group(BucketResourceGroupConfiguration::default()).write()),
        }
    }
}

pub(super) fn get(context: &Context<'_>, kind: Kind) -> Result<Reply, Failure> {
    let document = match context.shared.store.configuration(context.bucket_name(), kind.name())? {
        Some(document) => document,
        None => kind.absent()?,
    };
    Ok(match kind {
        Kind::Policy => Reply::ok().header("content-type", "application/json").body(Body::full(document.into())),
        _ => Reply::xml(document),
    })
}

pub(super) async fn put(context: &Context<'_>, kind: Kind, body: RequestBody) -> Result<Reply, Failure> {
    let body = body.limited(kind.limit())?.collect(context.content_md5()?).await?;
    let document = kind.check(context, &body)?;
    set(context, kind, Some(document)).await?;
    Ok(Reply::ok())
}

pub(super) async fn delete(context: &Context<'_>, kind: Kind) -> Result<Reply, Failure> {
    // `?tagging=k1,k2` removes some of the tags.
    let named = context.request.parameter(kind.name()).filter(|names| kind == Kind::Tags && !names.is_empty());
    let Some(names) = named.map(str::to_owned) else {
        set(context, kind, None).await?;
        return Ok(Reply::no_content());
    };
    let bucket = context.bucket_name().to_owned();
    let change = context.shared.store.commit_removal(move |tables| {
        tables.require_bucket(&bucket)?;
        let Some(document) = tables.configuration(&bucket, kind.name())? else {
            return Ok(());
        };
        let mut tagging = Tagging::read(document.as_bytes())?;
        tagging.tags.retain(|(key, _)| names.split(',').all(|name| name.trim() != key));
        tables.configure(&bucket, kind.name(), Some(&tagging.write()))
    });
    change.await?;
    Ok(Reply::no_content())
}

/// The tags of a bucket.
pub(super) fn tags(context: &Context<'_>, bucket: &str) -> Result<Vec<Tag>, Failure> {
    Ok(stored(context, bucket, Kind::Tags, Tagging::read)?.tags)
}

/// The resource group that PutBucket names.
pub(super) fn resource_group_of_headers(request: &Request) -> Option<BucketResourceGroupConfiguration> {
    let group = request.header(header::RESOURCE_GROUP_ID).filter(|group| !group.is_empty())?;
    Some(BucketResourceGroupConfiguration { resource_group_id: group.to_owned() })
}

/// The resource group of a bucket.
pub(super) fn resource_group(context: &Context<'_>, bucket: &str) -> Result<String, Failure> {
    let configuration = stored(context, bucket, Kind::ResourceGroup, BucketResourceGroupConfiguration::read)?;
    Ok(or_default_group(configuration).resource_group_id)
}

/// Whether the bucket notes when its objects were last read.
pub(super) fn access_monitor(context: &Context<'_>) -> Result<bool, Failure> {
    Ok(stored(context, context.bucket_name(), Kind::AccessMonitor, AccessMonitorConfiguration::read)?.enabled)
}

/// What a bucket is configured with, which is the default where nothing is stored.
fn stored<T: Default>(
    context: &Context<'_>,
    bucket: &str,
    kind: Kind,
    read: fn(&[u8]) -> Result<T, MalformedXml>,
) -> Result<T, Failure> {
    match context.shared.store.configuration(bucket, kind.name())? {
        Some(document) => Ok(read(document.as_bytes())?),
        None => Ok(T::default()),
    }
}

/// A bucket that is in no group that somebody named is in the account's own.
fn or_default_group(configuration: BucketResourceGroupConfiguration) -> BucketResourceGroupConfiguration {
    match configuration.resource_group_id.as_str() {
        "" => BucketResourceGroupConfiguration { resource_group_id: DEFAULT_RESOURCE_GROUP.to_owned() },
        _ => configuration,
    }
}

/// GetBucketPolicyStatus. Without a policy nothing is public by it.
pub(super) fn policy_status(context: &Context<'_>) -> Result<Reply, Failure> {
    let document = context.shared.store.configuration(context.bucket_name(), Kind::Policy.name())?;
    Ok(Reply::xml(policy::status(document.is_some_and(|document| policy::is_public(&document)))))
}

async fn set(context: &Context<'_>, kind: Kind, document: Option<String>) -> Result<(), Failure> {
    let bucket = context.bucket_name().to_owned();
    let change = context.shared.store.commit(move |tables| {
        tables.require_bucket(&bucket)?;
        tables.configure(&bucket, kind.name(), document.as_deref())
    });
    change.await
}
