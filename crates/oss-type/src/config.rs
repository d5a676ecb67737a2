//! The configuration of `storages.OssType`: its table of keys, and what the values mean together.

use std::time::Duration;

use meta::{Config, ConfigKey, Result};
use oss_protocol::endpoint::{Endpoint, normalize_region};

use crate::address::Address;
use crate::credentials;
use crate::public_address::PublicAddress;
use crate::sign::Scope;
use crate::transfers::Transfers;
use crate::transport::{Limits, ProxyChoice};

/// The keys of `storages.OssType`. The first four are JitAi's documented ones; all others have sound defaults.
pub const KEYS: &[ConfigKey] = &[
    ConfigKey::text("accessKeyId", "Id of the access key; required unless `credentials` says otherwise."),
    ConfigKey::secret("accessKeySecret", "Secret of the access key; required with `accessKeyId`."),
    ConfigKey::text("endPoint", "Host of the OSS service, such as `oss-cn-hangzhou.aliyuncs.com`. Without a scheme it means `https://`, on a loopback address `http://`.").required(),
    ConfigKey::text("bucketName", "Name of the bucket.").required(),
    ConfigKey::secret("securityToken", "Token of temporary (STS) credentials."),
    ConfigKey::choice("credentials", credentials::CHOICES, "Where keys come from: `static` from `accessKeyId` and `accessKeySecret`, `environment` from `OSS_ACCESS_KEY_ID` and its like, `profile` from a file of Alibaba Cloud's tools, `ecsRamRole` from the ECS instance, `oidc` from the token of an identity provider (RRSA), `assumeRole` from STS for the two keys, `process` from a program. What ends is renewed in time.").default_text(credentials::CHOICES[0]),
    ConfigKey::text("roleArn", "Role to assume, `acs:ram::{account}:role/{name}`, with `assumeRole` and `oidc`; with `oidc`, the environment's `ALIBABA_CLOUD_ROLE_ARN` by default."),
    ConfigKey::text("roleSessionName", "What audits call the session of a role, in 2 to 64 letters, digits, `.`, `@`, `-` and `_`; `jit-storages` by default, with `oidc` the environment's `ALIBABA_CLOUD_ROLE_SESSION_NAME`."),
    ConfigKey::integer("roleDurationSeconds", 900, 43_200, "How long the credentials of a role last, in seconds; the role must allow it.").default_integer(3600),
    ConfigKey::text("externalId", "What the owner of the role has agreed upon with whom may assume it, with `assumeRole`."),
    ConfigKey::text("oidcProviderArn", "Identity provider, `acs:ram::{account}:oidc-provider/{name}`, with `oidc`; the environment's `ALIBABA_CLOUD_OIDC_PROVIDER_ARN` by default."),
    ConfigKey::text("oidcTokenFile", "File of the identity provider's token, with `oidc`, read whenever credentials are renewed; the environment's `ALIBABA_CLOUD_OIDC_TOKEN_FILE` by default."),
    ConfigKey::text("ramRoleName", "Role of the ECS instance, with `ecsRamRole`; by default the environment's `ALIBABA_CLOUD_ECS_METADATA`, else the one that the metadata service names."),
    ConfigKey::text("profile", "Name of the profile, with `profile`; by default the environment's `ALIBABA_CLOUD_PROFILE`, else the one that the file says is in use, else `default`."),
    ConfigKey::text("profileFile", "File of the profiles, with `profile`: JSON of the command line tool, or INI of the SDKs; by default the environment's `ALIBABA_CLOUD_CREDENTIALS_FILE`, else `~/.aliyun/config.json`, else `~/.alibabacloud/credentials`."),
    ConfigKey::secret("credentialProcess", "Program with arguments that writes credentials as JSON, with `process`. No shell reads it: white space separates words, `'…'` and `\"…\"` keep it inside of them, no other character means anything."),
    ConfigKey::text("metadataEndPoint", "Endpoint of the metadata service of ECS.").default_text(credentials::METADATA_ENDPOINT),
    ConfigKey::text("stsEndPoint", "Endpoint of STS; regions have their own, such as `sts.cn-hangzhou.aliyuncs.com`.").default_text(credentials::STS_ENDPOINT),
    ConfigKey::text("region", "Region that requests are signed for, such as `cn-hangzhou`; read from `endPoint` where that tells it."),
    ConfigKey::choice("signatureVersion", &["v4", "v1"], "Signature of requests and URLs; `v1` for old private clouds.").default_text("v4"),
    ConfigKey::boolean("cname", "Whether `endPoint` is a custom domain that is bound to the bucket.").default_bool(false),
    ConfigKey::text("publicEndPoint", "Endpoint, CDN or custom domain that stands in the URLs handed out, where it is not `endPoint`."),
    ConfigKey::integer("connectTimeoutSeconds", 1, 300, "How long connecting may take, in seconds.").default_integer(5),
    ConfigKey::integer("timeoutSeconds", 1, 3600, "How long a transfer may stand still before the attempt fails, in seconds.").default_integer(20),
    ConfigKey::integer("callTimeoutSeconds", 1, 86_400, "How long a call may take with all its attempts, and a download until its last byte (of one in parts, each part), in seconds; without it, as long as something moves."),
    ConfigKey::integer("maxAttempts", 1, 20, "How often a call is tried in all.").default_integer(3),
    ConfigKey::secret("proxy", "Proxy to reach OSS through: `http://host:port` or `socks5://host:port`, with `user:password@` where it wants them; `none` for no proxy. Without it, the environment's `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` count, except for this machine itself."),
    ConfigKey::integer("partSizeBytes", 102_400, 5 << 30, "Size of the parts that larger objects are uploaded and downloaded in, in bytes. What is not larger goes in one request.").default_integer(8 << 20),
    ConfigKey::integer("parallelParts", 1, 64, "How many parts of an object are on their way at a time. A stream keeps that many in memory.").default_integer(4),
    ConfigKey::choice("storageClass", oss_protocol::header::STORAGE_CLASSES, "Storage class of what is written; without it, the bucket's."),
    ConfigKey::choice("acl", &["default", "private", "public-read", "public-read-write"], "Who may use what is written without credentials; without it, as the bucket says."),
    ConfigKey::choice("serverSideEncryption", &["AES256", "KMS", "SM4"], "How OSS encrypts what is written; without it, as the bucket says."),
    ConfigKey::text("encryptionKeyId", "Key of the key service, with `KMS`; without it, the account's default key."),
    ConfigKey::boolean("crc64", "Whether CRC-64 checksums are compared with the service's, both ways.").default_bool(true),
];

/// The signature that requests carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignatureVersion {
    V1,
    V4,
}

/// What the values mean, checked against each other.
pub(crate) struct Settings {
    /// Its region is empty with V1 where nothing tells it.
    pub(crate) scope: Scope,
    pub(crate) bucket: String,
    /// Where requests go.
    pub(crate) address: Address,
    /// What URLs handed out name.
    pub(crate) public_address: PublicAddress,
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: ProxyChoice,
    pub(crate) limits: Limits,
    pub(crate) transfers: Transfers,
}

/// The region that a loopback endpoint means, which the embedded server takes by default.
const LOOPBACK_REGION: &str = "cn-hangzhou";

impl Settings {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let bucket = config.text("bucketName")?;
        oss_protocol::bucket::check(bucket).map_err(|error| config.error("bucketName", error))?;
        let text = config.text("endPoint")?;
        let endpoint = Endpoint::parse(text, Some(bucket)).map_err(|error| config.error("endPoint", error))?;
        let cname = config.boolean("cname").unwrap_or_default();
        if cname && endpoint.is_cloud() {
            return Err(config
                .error("cname", format!("`endPoint` (`{text}`) is a host of Alibaba Cloud, not a custom domain"))
                .with_advice("remove `cname`, or give the custom domain"));
        }
        let signature_version = match config.text("signatureVersion")? {
            "v1" => SignatureVersion::V1,
            _ => SignatureVersion::V4,
        };
        let region = region(config, &endpoint, signature_version)?;
        let public = config.optional_text("publicEndPoint");
        let public_address = PublicAddress::new(endpoint.clone(), public, cname, bucket, &region)
            .map_err(|error| config.error("publicEndPoint", error))?;
        Ok(Self {
            scope: Scope { version: signature_version, region, product: endpoint.product() },
            bucket: bucket.to_owned(),
            address: Address::new(&endpoint, cname, bucket),
            public_address,
            connect_timeout: seconds(config, "connectTimeoutSeconds", 5),
            proxy: match config.optional_secret("proxy") {
                Some(text) => ProxyChoice::parse(text).map_err(|why| {
                    config.error("proxy", why).with_advice(
                        "write `http://host:port`, `http://user:password@host:port`, `socks5://host:port`, or `none`",
                    )
                })?,
                None => ProxyChoice::Environment,
            },
            limits: Limits {
                timeout: seconds(config, "timeoutSeconds", 20),
                call_timeout: config.integer("callTimeoutSeconds").map(Duration::from_secs),
                max_attempts: config.integer("maxAttempts").and_then(|count| u32::try_from(count).ok()).unwrap_or(3),
            },
            transfers: Transfers::from_config(config)?,
        })
    }
}

fn region(config: &Config, endpoint: &Endpoint, version: SignatureVersion) -> Result<String> {
    let derived = endpoint.region();
    if let Some(text) = config.optional_text("region") {
        let region = normalize_region(text).ok_or_else(|| {
            config.error("region", "a region is lower-case letters, digits and `-`, such as `cn-hangzhou`")
        })?;
        return match derived {
            Some(derived) if derived != region => Err(config
                .error("region", format!("`{region}` contradicts `endPoint`, which is in `{derived}`"))
                .with_advice("remove `region`, or correct one of them")),
            _ => Ok(region.to_owned()),
        };
    }
    match (derived, version) {
        (Some(region), _) => Ok(region.to_owned()),
        (None, _) if endpoint.is_loopback() => Ok(LOOPBACK_REGION.to_owned()),
        (None, SignatureVersion::V1) => Ok(String::new()),
        (None, SignatureVersion::V4) => Err(config
            .error("region", format!("it is missing, and `endPoint` (`{}`) does not tell it", endpoint.host()))
            .with_advice("signature V4 needs it: add `\"region\": \"cn-hangzhou\"` with your bucket's region")),
    }
}

fn seconds(config: &Config, key: &str, default: u64) -> Duration {
    Duration::from_secs(config.integer(key).unwrap_or(default))
}
