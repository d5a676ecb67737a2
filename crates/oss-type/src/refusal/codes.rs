//! Every code of OSS: which kind of failure it is, and what to do about it.

use http::StatusCode;
use meta::{Error, ErrorKind};
use oss_protocol::code::Code;
use oss_protocol::xml::ErrorDocument;

use super::signature::{keys_to_check, mismatch};
use super::{Asked, shown};

/// The error of a code that we know. The document is missing where the status alone told the code.
pub(super) fn known(asked: &Asked<'_>, code: Code, document: Option<&ErrorDocument>) -> Error {
    let message = document.map(|document| shown(&document.message, 256)).filter(|message| !message.is_empty());
    let said = || message.clone().unwrap_or_else(|| shown(code.message(), 256));
    let refused = |kind| Error::new(kind, format!("OSS refused: {}", said()));
    let denied = |message: &str| Error::new(ErrorKind::PermissionDenied, message);
    let Asked { bucket, host, .. } = asked;
    match code {
        Code::NoSuchKey => Error::not_found(),
        Code::NoSuchVersion => Error::new(ErrorKind::NotFound, "no such version of the object"),
        Code::NoSuchUpload => Error::new(ErrorKind::NotFound, "no such multipart upload")
            .with_advice("it was completed or aborted; begin a new one"),
        Code::SymlinkTargetNotExist => Error::new(ErrorKind::NotFound, "the symbolic link's target does not exist"),
        Code::NoSuchBucket => Error::new(ErrorKind::NoSuchBucket, "no such bucket")
            .with_advice(format!("create `{bucket}`, or check `bucketName` and `endPoint` (`{host}`)")),
        Code::NoSuchStyle => refused(ErrorKind::InvalidInput)
            .with_advice(format!("define the style in bucket `{bucket}`, or name another")),

        Code::InvalidAccessKeyId => {
            denied("OSS does not know the access key id").with_advice(keys_to_check(asked, "accessKeyId"))
        }
        Code::SignatureDoesNotMatch => mismatch(asked, document),
        Code::InvalidSecurityToken | Code::SecurityTokenExpired | Code::AccessKeyIdAndSecurityTokenNotMatch => {
            denied("the security token is wrong or expired").with_advice(match asked.provider {
                Some(provider) => format!("{provider} provided it; check the clock, and what the provider reads"),
                None => "get new temporary credentials, or let `credentials` name a way to get them".to_owned(),
            })
        }
        Code::SecurityTokenNotSupported => {
            refused(ErrorKind::PermissionDenied).with_advice("use the key pair of a user, without a security token")
        }
        Code::RequestTimeTooSkewed => {
            denied("this machine's clock is more than 15 minutes off").with_advice("set the clock (NTP)")
        }
        Code::AccessDenied => access_denied(asked, &said(), document),

        Code::InvalidBucketName => refused(ErrorKind::Config).with_advice("check `bucketName`"),
        Code::PermanentRedirect => elsewhere(document)
            .unwrap_or_else(|| refused(ErrorKind::Config).with_advice("check the region in `endPoint`")),
        Code::SecondLevelDomainForbidden => refused(ErrorKind::Config)
            .with_advice("use the bucket's own host as `endPoint`, without a path to the bucket, not an IP address"),
        Code::NonStandardHostForbidden | Code::CnameDenied => refused(ErrorKind::Config)
            .with_advice(format!("bind `{host}` to bucket `{bucket}` in the console, or check `endPoint` and `cname`")),
        Code::TransferAccelerationDisabled => refused(ErrorKind::Config).with_advice(format!(
            "switch transfer acceleration on for bucket `{bucket}`, or use a regional `endPoint`"
        )),
        Code::InvalidStorageClass => refused(ErrorKind::InvalidInput).with_advice("check the storage class"),
        Code::InvalidEncryptionAlgorithmError | Code::InvalidEncryptionRequest => {
            refused(ErrorKind::InvalidInput).with_advice("check the server-side encryption that is asked for")
        }
        Code::InvalidArgument if said().to_lowercase().contains("region") => {
            refused(ErrorKind::Config).with_advice("check `region` and `endPoint`")
        }
        Code::InvalidArgument if said().contains("Authorization header is invalid") => refused(ErrorKind::Config)
            .with_advice("where the service is an old private cloud, set `\"signatureVersion\": \"v1\"`"),

        Code::UserDisable | Code::AbnormalBucketOwnerStatus | Code::BucketDisable => {
            let whose = if code == Code::UserDisable { "the account" } else { "the bucket or its owner's account" };
            denied(&format!("{whose} is disabled")).with_advice("check its bills in the console")
        }
        Code::KmsInDebt | Code::KmsServiceNotEnabled => {
            refused(ErrorKind::PermissionDenied).with_advice("check the key management service (KMS) in the console")
        }

        Code::InvalidObjectState => {
            Error::new(ErrorKind::Conflict, "the object is archived").with_advice("restore it first")
        }
        Code::RestoreAlreadyInProgress | Code::ArchiveRestoreNotFinished => {
            refused(ErrorKind::Conflict).with_advice("wait until the object is restored")
        }
        Code::ArchiveRestoreFileStale => refused(ErrorKind::Conflict).with_advice("restore the object anew"),
        Code::FileImmutable => refused(ErrorKind::Conflict)
            .with_advice("the bucket's retention policy keeps the object until its time is over"),
        Code::FileAlreadyExists | Code::ObjectAlreadyExists => {
            Error::new(ErrorKind::AlreadyExists, "the object exists already, and overwriting was forbidden")
        }
        Code::OperationAborted => refused(ErrorKind::Conflict)
            .with_advice("something else is changing the object or bucket; try again when it is done"),
        Code::PositionNotEqualToLength => Error::new(ErrorKind::Conflict, "the object does not end at this position")
            .with_advice("ask `get_object` for its size"),
        Code::ObjectNotAppendable => Error::new(ErrorKind::Conflict, "the object was not made by appending")
            .with_advice("delete it first, or use another name"),
        Code::PreconditionFailed => {
            Error::new(ErrorKind::PreconditionFailed, "a condition does not hold of the object")
        }

        Code::InvalidObjectName => refused(ErrorKind::InvalidName),
        Code::InvalidRange => Error::new(ErrorKind::InvalidInput, "the range holds no byte of the object"),
        Code::EntityTooLarge | Code::InlineDataTooLarge => {
            refused(ErrorKind::InvalidInput).with_advice("one request carries at most 5 GiB; upload in parts")
        }
        Code::EntityTooSmall => {
            refused(ErrorKind::InvalidInput).with_advice("every part but the last has at least 100 KiB")
        }
        Code::TooManyParts => {
            refused(ErrorKind::InvalidInput).with_advice("an upload has at most 10 000 parts; make them larger")
        }
        Code::InvalidPart | Code::InvalidPartOrder | Code::PartNotSequential | Code::FilePartNotExist => {
            refused(ErrorKind::InvalidInput).with_advice("compare with the parts that the service lists")
        }
        Code::InvalidTag | Code::InvalidTaggingKey | Code::TooManyTags => refused(ErrorKind::InvalidInput)
            .with_advice("an object has at most 10 tags, with keys of 1 to 128 and values of up to 256 characters"),
        Code::InvalidDigest | Code::InvalidCRC64 | Code::IncompleteBody => {
            Error::new(ErrorKind::Integrity, format!("what arrived is not what was sent: {}", said()))
        }
        Code::RequestTimeout => Error::new(ErrorKind::Timeout, "OSS waited too long for the content"),

        Code::NotImplemented | Code::HeaderNotImplemented | Code::OperationNotSupported | Code::MethodNotAllowed => {
            refused(ErrorKind::Unsupported)
        }
        Code::CallbackFailed => {
            Error::new(ErrorKind::Service, format!("the object is stored, but its callback failed: {}", said()))
                .with_advice("check the callback's URL and what it answers")
        }
        _ => match code.status() {
            503 => Error::new(ErrorKind::Throttled, format!("OSS asks to slow down: {}", said())),
            500.. => Error::new(ErrorKind::Service, format!("OSS failed: {}", said())),
            status => refused(StatusCode::from_u16(status).map_or(ErrorKind::Service, kind_of_status)),
        },
    }
}

/// The kind of a refusal of which the status alone tells something.
pub(super) fn kind_of_status(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        400 => ErrorKind::InvalidInput,
        401 | 403 => ErrorKind::PermissionDenied,
        408 => ErrorKind::Timeout,
        409 => ErrorKind::Conflict,
        412 => ErrorKind::PreconditionFailed,
        429 | 503 => ErrorKind::Throttled,
        // A 404 of an unknown code need not be about the object.
        _ => ErrorKind::Service,
    }
}

/// `AccessDenied` stands for many things, which only the document tells apart.
fn access_denied(asked: &Asked<'_>, said: &str, document: Option<&ErrorDocument>) -> Error {
    let Asked { action, bucket, .. } = asked;
    if let Some(error) = elsewhere(document) {
        return error;
    }
    // What the service always says is no news.
    let is_usual = document.is_none() || said.contains("no right to access this object");
    let message = if is_usual { "access denied by OSS".to_owned() } else { format!("access denied by OSS: {said}") };
    let advice = if said.contains("valid Date") {
        "something on the way to OSS, such as a proxy, removed or changed the date".to_owned()
    } else if said.contains("does not belong to you") {
        format!("bucket `{bucket}` is of another account; check `bucketName`, or let its owner grant {action}")
    } else if said.contains("public") && said.contains("acl is not allowed") {
        format!("bucket `{bucket}` blocks public access; ask for a private object, or change that in the console")
    } else {
        format!("the key may not do this in bucket `{bucket}`; grant {action}")
    };
    Error::new(ErrorKind::PermissionDenied, message).with_advice(advice)
}

/// The bucket is of another region, and the document tells which endpoint serves it.
fn elsewhere(document: Option<&ErrorDocument>) -> Option<Error> {
    let endpoint = document?.detail("Endpoint")?;
    let error = Error::new(ErrorKind::PermissionDenied, "the bucket is served by another endpoint");
    Some(error.with_advice(format!("set `endPoint` to `{}`", shown(endpoint, 128))))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;
    use crate::refusal::read;
    use crate::transport::{Cause, Clock, Failure};

    fn refuse(code: &str, status: u16, message: &str) -> Failure {
        let asked = Asked {
            action: "oss:PutObject",
            method: &Method::PUT,
            key: "a.txt",
            bucket: "docs",
            host: "oss.example",
            provider: None,
            signed_text: &|| unreachable!("no document here prints what was signed"),
        };
        let date = http::HeaderValue::from_static("Sun, 12 Nov 2023 16:43:40 GMT");
        let headers: HeaderMap = [(http::header::DATE, date)].into_iter().collect();
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message><RequestId>5F00</RequestId></Error>");
        read(&asked, StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), &Clock::default())
    }

    /// Codes of one kind: name, status and a piece of the advice of each.
    type Codes = &'static [(&'static str, u16, &'static str)];

    /// The codes of the documentation by kind and by what follows them, with words of the advice that some need.
    #[rustfmt::skip]
    const TABLE: &[(ErrorKind, Cause, Codes)] = &[
        (
            ErrorKind::NotFound,
            Cause::Permanent,
            &[
                ("NoSuchKey", 404, ""),
                ("NoSuchVersion", 404, ""),
                ("NoSuchUpload", 404, "begin a new one"),
                ("SymlinkTargetNotExist", 404, ""),
            ],
        ),
        (ErrorKind::NoSuchBucket, Cause::Permanent, &[("NoSuchBucket", 404, "create `docs`")]),
        (
            ErrorKind::AlreadyExists,
            Cause::Permanent,
            &[("FileAlreadyExists", 409, ""), ("ObjectAlreadyExists", 409, "")],
        ),
        (
            ErrorKind::PermissionDenied,
            Cause::Permanent,
            &[
                ("AccessDenied", 403, "grant oss:PutObject"),
                ("AccessForbidden", 403, ""),
                ("SignatureDoesNotMatch", 403, "`accessKeySecret`"),
                ("SecurityTokenNotSupported", 403, "without a security token"),
                ("UserDisable", 403, "bills"),
                ("BucketDisable", 403, "bills"),
                ("AbnormalBucketOwnerStatus", 403, "bills"),
                ("KmsInDebt", 403, "KMS"),
                ("KmsServiceNotEnabled", 403, "KMS"),
                ("KmsServiceNotEnabled", 400, "KMS"),
            ],
        ),
        (
            ErrorKind::PermissionDenied,
            Cause::Credentials,
            &[
                ("InvalidAccessKeyId", 403, "`accessKeyId`"),
                ("InvalidSecurityToken", 403, "temporary credentials"),
                ("InvalidSecurityToken", 400, "temporary credentials"),
                ("SecurityTokenExpired", 403, "temporary credentials"),
                ("AccessKeyIdAndSecurityTokenNotMatch", 403, "temporary credentials"),
            ],
        ),
        (ErrorKind::PermissionDenied, Cause::Clock, &[("RequestTimeTooSkewed", 403, "set the clock")]),
        (
            ErrorKind::Config,
            Cause::Permanent,
            &[
                ("InvalidBucketName", 400, "`bucketName`"),
                ("SecondLevelDomainForbidden", 403, "`endPoint`"),
                ("NonStandardHostForbidden", 403, "`cname`"),
                ("CnameDenied", 403, "`cname`"),
                ("PermanentRedirect", 403, "`endPoint`"),
                ("TransferAccelerationDisabled", 403, "acceleration"),
            ],
        ),
        (ErrorKind::InvalidName, Cause::Permanent, &[("InvalidObjectName", 400, "")]),
        (
            ErrorKind::InvalidInput,
            Cause::Permanent,
            &[
                ("InvalidArgument", 400, ""),
                ("MissingArgument", 400, ""),
                ("InvalidRequest", 400, ""),
                ("InvalidParameter", 400, ""),
                ("MalformedXML", 400, ""),
                ("InvalidXMLFormat", 400, ""),
                ("EntityTooLarge", 400, "in parts"),
                ("InlineDataTooLarge", 400, "in parts"),
                ("EntityTooSmall", 400, "100 KiB"),
                ("InvalidPart", 400, "the service lists"),
                ("InvalidPartOrder", 400, "the service lists"),
                ("PartNotSequential", 400, "the service lists"),
                ("FilePartNotExist", 400, "the service lists"),
                ("TooManyParts", 400, "10 000"),
                ("InvalidRange", 400, ""),
                ("InvalidRange", 416, ""),
                ("InvalidTag", 400, "10 tags"),
                ("TooManyTags", 400, "10 tags"),
                ("InvalidTaggingKey", 400, "10 tags"),
                ("NotSymlink", 400, ""),
                ("InvalidTargetType", 400, ""),
                ("TooManyBuckets", 400, ""),
                ("InvalidStorageClass", 400, "storage class"),
                ("InvalidEncryptionAlgorithmError", 400, "encryption"),
                ("InvalidEncryptionRequest", 400, "encryption"),
                ("FieldItemTooLong", 400, ""),
                ("InvalidPolicyDocument", 400, ""),
                ("MalformedPOSTRequest", 400, ""),
                ("IncorrectNumberOfFilesInPOSTRequest", 400, ""),
                ("RequestIsNotMultiPartContent", 400, ""),
                ("MaxPOSTPreDataLengthExceededError", 400, ""),
                ("CORSRuleBeyondLimit", 400, ""),
                ("NoSuchStyle", 404, "define the style"),
            ],
        ),
        // The official SDKs repeat it.
        (ErrorKind::InvalidInput, Cause::Transient, &[("BadRequest", 400, "")]),
        // The official SDKs do not repeat these; what was damaged or too slow on its way may arrive the next time.
        (
            ErrorKind::Integrity,
            Cause::Transient,
            &[("InvalidDigest", 400, ""), ("InvalidCRC64", 400, ""), ("IncompleteBody", 400, "")],
        ),
        (ErrorKind::Timeout, Cause::Transient, &[("RequestTimeout", 400, "")]),
        // The official SDKs repeat the 501; what is not there will not be there a second later.
        (
            ErrorKind::Unsupported,
            Cause::Permanent,
            &[
                ("NotImplemented", 400, ""),
                ("NotImplemented", 501, ""),
                ("OperationNotSupported", 400, ""),
                ("MethodNotAllowed", 405, ""),
            ],
        ),
        (
            ErrorKind::Conflict,
            Cause::Permanent,
            &[
                ("InvalidObjectState", 403, "restore it first"),
                ("FileImmutable", 409, "retention"),
                ("PositionNotEqualToLength", 409, "`get_object`"),
                ("ObjectNotAppendable", 409, "delete it first"),
                ("ObjectNotAppendable", 411, "delete it first"),
                ("RestoreAlreadyInProgress", 409, "wait"),
                ("ArchiveRestoreNotFinished", 409, "wait"),
                ("ArchiveRestoreFileStale", 409, "anew"),
                ("OperationAborted", 409, "try again"),
                ("BucketAlreadyExists", 409, ""),
                ("BucketNotEmpty", 409, ""),
            ],
        ),
        (ErrorKind::PreconditionFailed, Cause::Permanent, &[("PreconditionFailed", 412, "")]),
        (
            ErrorKind::Throttled,
            Cause::Transient,
            &[
                ("ServiceUnavailable", 503, ""),
                ("SlowDown", 503, ""),
                ("TotalQpsLimitExceeded", 503, ""),
                ("MetaOperationQpsLimitExceeded", 503, ""),
                ("DownloadTrafficRateLimitExceeded", 503, ""),
                ("UploadTrafficRateLimitExceeded", 503, ""),
                ("ActiveRequestLimitExceeded", 503, ""),
                ("CpuLimitExceeded", 503, ""),
            ],
        ),
        (ErrorKind::Service, Cause::Transient, &[("InternalError", 500, "")]),
        (
            ErrorKind::Service,
            Cause::Permanent,
            &[
                ("CallbackFailed", 203, "the callback's URL"),
                ("MissingContentLength", 411, ""),
                ("MirrorFailed", 424, ""),
                ("NoSuchCORSConfiguration", 404, ""),
                ("NoSuchLifecycle", 404, ""),
                ("NoSuchBucketPolicy", 404, ""),
                ("NoSuchRegion", 404, ""),
                ("NoSuchUserDefinedLogFieldsConfig", 404, ""),
                ("NoSuchWebsiteConfiguration", 404, ""),
                ("NoSuchServerSideEncryptionRule", 404, ""),
                ("NoSuchWORMConfiguration", 404, ""),
                ("NoSuchInventory", 404, ""),
                ("NoSuchReplicationConfiguration", 404, ""),
                ("NoSuchTransferAccelerationConfiguration", 404, ""),
            ],
        ),
    ];

    #[test]
    fn every_code_has_its_kind_its_retry_and_its_advice() {
        for (kind, cause, codes) in TABLE {
            for (code, status, advice) in *codes {
                let failure = refuse(code, *status, "Said so.");
                assert_eq!((failure.error.kind(), failure.cause), (*kind, *cause), "{code}");
                let is_retryable = matches!(cause, Cause::Transient | Cause::Clock);
                assert_eq!(failure.error.is_retryable(), is_retryable, "{code}");
                assert!(failure.error.advice().unwrap_or_default().contains(advice), "{code}: {}", failure.error);
                assert_eq!(failure.error.service().unwrap().code.as_deref(), Some(*code));
            }
        }
        for code in Code::ALL {
            let mut rows = TABLE.iter().flat_map(|(.., codes)| *codes);
            assert!(rows.any(|(name, status, _)| Code::parse(name, *status) == Some(*code)), "{code} has no row");
        }
    }

    #[test]
    fn access_is_denied_for_many_reasons() {
        for (message, advice) in [
            ("You have no right to access this object because of bucket acl.", "grant oss:PutObject"),
            ("OSS authentication requires a valid Date.", "removed or changed the date"),
            ("The bucket you access does not belong to you.", "of another account; check `bucketName`"),
            ("Put public object acl is not allowed", "blocks public access"),
        ] {
            let error = refuse("AccessDenied", 403, message).error;
            assert!(error.advice().unwrap().contains(advice), "{error}");
            assert!(!error.to_string().contains("Said so"), "{error}");
        }
    }
}
