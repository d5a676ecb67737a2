//! Which operation a request asks for: its method, what it addresses, and the names in its query. Values play no part.

use http::Method;
use oss_protocol::code::Code;
use oss_protocol::header;

use crate::access::Need;
use crate::failure::Failure;
use crate::ops::ConfigurationKind;
use crate::request::Request;

/// The operations of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    ListBuckets,
    PutBucket,
    DeleteBucket,
    GetBucketInfo,
    GetBucketLocation,
    GetBucketAcl,
    PutBucketAcl,
    ListObjects,
    ListObjectVersions,
    GetConfiguration(ConfigurationKind),
    PutConfiguration(ConfigurationKind),
    DeleteConfiguration(ConfigurationKind),
    GetBucketPolicyStatus,
    GetPublicAccessBlock,
    PutPublicAccessBlock,
    DeletePublicAccessBlock,
    GetAccountPublicAccessBlock,
    PutAccountPublicAccessBlock,
    DeleteAccountPublicAccessBlock,
    DescribeRegions,
    GetBucketStat,
    ListLiveChannels,
    GetBucketVersioning,
    PutBucketVersioning,
    ListMultipartUploads,
    DeleteMultipleObjects,
    PutObject,
    PostObject,
    CopyObject,
    GetObject,
    #[cfg(feature = "image")]
    ProcessObject,
    HeadObject,
    GetObjectMeta,
    DeleteObject,
    AppendObject,
    GetObjectAcl,
    PutObjectAcl,
    GetObjectTagging,
    PutObjectTagging,
    DeleteObjectTagging,
    PutSymlink,
    GetSymlink,
    RestoreObject,
    CleanRestoredObject,
    InitiateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
}

/// Query names that ask for an operation of their own. The first one found decides.
const SUB_RESOURCES: &[&str] = &[
    "acl",
    "append",
    "uploads",
    "uploadId",
    "delete",
    "objectMeta",
    "bucketInfo",
    "location",
    "tagging",
    "cors",
    "lifecycle",
    "policy",
    "policyStatus",
    "logging",
    "versions",
    "versioning",
    "symlink",
    "restore",
    "cleanRestoredObject",
    "stat",
    "live",
    "encryption",
    "requestPayment",
    "referer",
    "publicAccessBlock",
    "regions",
    "userDefinedLogFieldsConfig",
    "accessmonitor",
    "resourceGroup",
    // Not served: each is refused by its name.
    "x-oss-process",
    "x-oss-async-process",
    "seal",
    "website",
    "replication",
    "replicationLocation",
    "replicationProgress",
    "worm",
    "wormId",
    "wormExtend",
    "inventory",
    "inventoryId",
    "transferAcceleration",
    "style",
    "quota",
    "metaQuery",
    "MetaQuery",
    "metadataConfiguration",
    "metadataInventoryTable",
    "metadataJournalTable",
    "dataPipeline",
    "cname",
    "httpsConfig",
    "accessPoint",
    "accessPointPolicy",
    "asyncFetch",
    "comp",
    "qos",
    "qosInfo",
    "redundancyTransition",
    "rtc",
    "udf",
    "vod",
    "img",
    "objectInfo",
    "overwriteConfig",
    "objectWorm",
    "retention",
    "legalHold",
    "bucketArchiveDirectRead",
    "cloudboxes",
    "accessPointConfigForObjectProcess",
    "accessPointForObjectProcess",
    "accessPointPolicyForObjectProcess",
    "qosRequester",
    "requesterQosInfo",
    "resourcePool",
    "resourcePoolBuckets",
    "resourcePoolInfo",
    "styleName",
    "x-oss-write-get-object-response",
];

/// Names that a write may carry without asking for something else, here also without a value.
const PARAMETERS: &[&str] = &[
    "versionId",
    "partNumber",
    "position",
    "callback",
    "callback-var",
    "security-token",
    "OSSAccessKeyId",
    "Signature",
    "Expires",
];

/// What is addressed.
#[derive(Debug, Clone, Copy)]
enum Level {
    Service,
    Bucket,
    Object,
}

impl Operation {
    /// Decides which operation a request asks for.
    pub(crate) fn of(request: &Request) -> Result<Self, Failure> {
        let level = match (&request.bucket, &request.key) {
            (None, _) => Level::Service,
            (Some(_), None) => Level::Bucket,
            (Some(_), Some(_)) => Level::Object,
        };
        let known = SUB_RESOURCES.iter().copied().find(|name| request.has(name));
        let sub_resource = known.or_else(|| unknown_sub_resource(request));
        let copies = request.header(header::COPY_SOURCE).is_some();
        let found = match level {
            Level::Service => of_service(&request.method, sub_resource),
            Level::Bucket => of_bucket(&request.method, sub_resource),
            Level::Object => of_object(&request.method, sub_resource, copies),
        };
        found.ok_or_else(|| refuse(request, level, sub_resource))
    }

    /// What the operation does, as far as rights are concerned.
    pub(crate) fn need(self) -> Need {
        match self {
            Self::GetObject | Self::HeadObject | Self::GetObjectMeta | Self::GetSymlink => Need::ReadObject,
            #[cfg(feature = "image")]
            Self::ProcessObject => Need::ReadObject,
            Self::PostObject => Need::Form,
            Self::PutObject
            | Self::CopyObject
            | Self::DeleteObject
            | Self::AppendObject
            | Self::PutSymlink
            | Self::InitiateMultipartUpload
            | Self::UploadPart
            | Self::UploadPartCopy
            | Self::CompleteMultipartUpload
            | Self::AbortMultipartUpload
            | Self::DeleteMultipleObjects => Need::WriteObject,
            Self::ListBuckets | Self::DescribeRegions => Need::Service,
            Self::GetAccountPublicAccessBlock
            | Self::PutAccountPublicAccessBlock
            | Self::DeleteAccountPublicAccessBlock => Need::Account,
            Self::GetBucketInfo
            | Self::GetBucketLocation
            | Self::GetBucketAcl
            | Self::ListObjects
            | Self::ListObjectVersions
            | Self::GetConfiguration(_)
            | Self::GetBucketPolicyStatus
            | Self::GetPublicAccessBlock
            | Self::GetBucketStat
            | Self::ListLiveChannels
            | Self::GetBucketVersioning
            | Self::ListMultipartUploads
            | Self::GetObjectAcl
            | Self::GetObjectTagging
            | Self::ListParts => Need::ReadBucket,
            Self::PutBucket
            | Self::DeleteBucket
            | Self::PutBucketAcl
            | Self::PutPublicAccessBlock
            | Self::DeletePublicAccessBlock
            | Self::PutConfiguration(_)
            | Self::DeleteConfiguration(_)
            | Self::PutBucketVersioning
            | Self::PutObjectAcl
            | Self::PutObjectTagging
            | Self::DeleteObjectTagging
            | Self::RestoreObject
            | Self::CleanRestoredObject => Need::WriteBucket,
        }
    }
}

/// A bare name in the query of a write that nobody here knows. Whoever sends it means a part of what is addressed, one that
/// is newer than this server, and not to replace or delete the whole.
fn unknown_sub_resource(request: &Request) -> Option<&str> {
    let writes = matches!(request.method, Method::PUT | Method::DELETE);
    let mut bare = request.query.iter().filter(|(_, value)| writes && value.is_empty()).map(|(name, _)| name.as_str());
    bare.find(|name| !name.starts_with(header::OSS_PREFIX) && !PARAMETERS.contains(name))
}

fn of_service(method: &Method, sub_resource: Option<&str>) -> Option<Operation> {
    match (method, sub_resource) {
        (&Method::GET, None) => Some(Operation::ListBuckets),
        (&Method::GET, Some("regions")) => Some(Operation::DescribeRegions),
        (&Method::GET, Some("publicAccessBlock")) => Some(Operation::GetAccountPublicAccessBlock),
        (&Method::PUT, Some("publicAccessBlock")) => Some(Operation::PutAccountPublicAccessBlock),
        (&Method::DELETE, Some("publicAccessBlock")) => Some(Operation::DeleteAccountPublicAccessBlock),
        _ => None,
    }
}

fn of_bucket(method: &Method, sub_resource: Option<&str>) -> Option<Operation> {
    Some(match (method.as_str(), sub_resource) {
        ("GET", None) => Operation::ListObjects,
        ("GET", Some("acl")) => Operation::GetBucketAcl,
        ("PUT", Some("acl")) => Operation::PutBucketAcl,
        ("GET", Some("bucketInfo")) => Operation::GetBucketInfo,
        ("GET", Some("location")) => Operation::GetBucketLocation,
        ("GET", Some("uploads")) => Operation::ListMultipartUploads,
        ("GET", Some("versions")) => Operation::ListObjectVersions,
        ("GET", Some("versioning")) => Operation::GetBucketVersioning,
        ("PUT", Some("versioning")) => Operation::PutBucketVersioning,
        ("GET", Some("publicAccessBlock")) => Operation::GetPublicAccessBlock,
        ("PUT", Some("publicAccessBlock")) => Operation::PutPublicAccessBlock,
        ("DELETE", Some("publicAccessBlock")) => Operation::DeletePublicAccessBlock,
        ("GET", Some("stat")) => Operation::GetBucketStat,
        ("GET", Some("live")) => Operation::ListLiveChannels,
        ("GET", Some("policyStatus")) => Operation::GetBucketPolicyStatus,
        ("GET", Some(name)) => Operation::GetConfiguration(ConfigurationKind::of(name)?),
        ("PUT", Some(name)) => Operation::PutConfiguration(ConfigurationKind::of(name)?),
        ("DELETE", Some(name)) => {
            Operation::DeleteConfiguration(ConfigurationKind::of(name).filter(|kind| kind.is_removable())?)
        }
        ("PUT", None) => Operation::PutBucket,
        ("DELETE", None) => Operation::DeleteBucket,
        ("POST", None) => Operation::PostObject,
        ("POST", Some("delete")) => Operation::DeleteMultipleObjects,
        _ => return None,
    })
}

fn of_object(method: &Method, sub_resource: Option<&str>, copies: bool) -> Option<Operation> {
    Some(match (method.as_str(), sub_resource) {
        ("PUT", None) if copies => Operation::CopyObject,
        ("PUT", None) => Operation::PutObject,
        ("PUT", Some("acl")) => Operation::PutObjectAcl,
        ("PUT", Some("tagging")) => Operation::PutObjectTagging,
        ("PUT", Some("symlink")) => Operation::PutSymlink,
        ("PUT", Some("uploadId")) if copies => Operation::UploadPartCopy,
        ("PUT", Some("uploadId")) => Operation::UploadPart,
        ("GET", None) => Operation::GetObject,
        #[cfg(feature = "image")]
        ("GET", Some("x-oss-process")) => Operation::ProcessObject,
        ("GET", Some("acl")) => Operation::GetObjectAcl,
        ("GET", Some("tagging")) => Operation::GetObjectTagging,
        ("GET", Some("symlink")) => Operation::GetSymlink,
        ("GET", Some("uploadId")) => Operation::ListParts,
        ("HEAD", None) => Operation::HeadObject,
        ("HEAD", Some("objectMeta")) => Operation::GetObjectMeta,
        // A link is deleted as any object; the official Python SDK sends `symlink` along when it asked for the link before.
        ("DELETE", None | Some("symlink")) => Operation::DeleteObject,
        ("DELETE", Some("tagging")) => Operation::DeleteObjectTagging,
        ("DELETE", Some("uploadId")) => Operation::AbortMultipartUpload,
        ("POST", Some("append")) => Operation::AppendObject,
        ("POST", Some("restore")) => Operation::RestoreObject,
        ("POST", Some("cleanRestoredObject")) => Operation::CleanRestoredObject,
        ("POST", Some("uploads")) => Operation::InitiateMultipartUpload,
        ("POST", Some("uploadId")) => Operation::CompleteMultipartUpload,
        _ => return None,
    })
}

fn refuse(request: &Request, level: Level, sub_resource: Option<&str>) -> Failure {
    let method = request.method.as_str();
    let resource = match level {
        Level::Service => "SERVICE",
        Level::Bucket => "BUCKET",
        Level::Object => "OBJECT",
    };
    let is_served = matches!(level, Level::Bucket) && sub_resource.and_then(ConfigurationKind::of).is_some();
    match (method, sub_resource) {
        ("GET" | "PUT" | "POST" | "DELETE" | "HEAD", Some(name)) if !is_served => {
            Failure::not_implemented(format!("{method} ?{name} on this resource"))
        }
        _ => Failure::new(Code::MethodNotAllowed).detail("Method", method).detail("ResourceType", resource),
    }
}
