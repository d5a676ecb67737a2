//! The error codes of OSS: HTTP status, number (`EC`) where one is known, and the message that goes with them.
//!
//! One table, read both ways: a server answers from it, a client recognises what it is told.

use std::fmt;

macro_rules! codes {
    ($($variant:ident = $name:literal, $status:literal, $ec:expr, $message:literal;)*) => {
        /// An error code of OSS. A service may send codes that are not listed; those keep their text on the client's side.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "the names are OSS's own; `message` says what each means")]
        pub enum Code {
            $($variant,)*
        }

        impl Code {
            /// Every code of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            fn row(self) -> (&'static str, u16, Option<&'static str>, &'static str) {
                match self {
                    $(Self::$variant => ($name, $status, $ec, $message),)*
                }
            }
        }
    };
}

codes! {
    CallbackFailed = "CallbackFailed", 203, None, "The object was stored, but its callback did not succeed.";
    BadRequest = "BadRequest", 400, None, "The request is not well formed.";
    InvalidArgument = "InvalidArgument", 400, None, "An argument of the request is not valid.";
    MissingArgument = "MissingArgument", 400, None, "An argument that the request needs is missing.";
    InvalidRequest = "InvalidRequest", 400, None, "The request is not valid.";
    InvalidParameter = "InvalidParameter", 400, None, "A parameter of the request is not valid.";
    InvalidBucketName = "InvalidBucketName", 400, None, "The specified bucket is not valid.";
    InvalidObjectName = "InvalidObjectName", 400, None, "The specified object is not valid.";
    InvalidDigest = "InvalidDigest", 400, None, "The Content-MD5 you specified was invalid.";
    InvalidCRC64 = "InvalidCRC64", 400, None, "The CRC64 checksum you specified does not match the content.";
    IncompleteBody = "IncompleteBody", 400, None, "You did not provide the number of bytes specified by the Content-Length header.";
    MalformedXML = "MalformedXML", 400, None, "The XML you provided was not well-formed or did not validate against our published schema.";
    InvalidXMLFormat = "InvalidXMLFormat", 400, None, "The XML you provided has a wrong format.";
    EntityTooLarge = "EntityTooLarge", 400, None, "Your proposed upload exceeds the maximum allowed object size.";
    EntityTooSmall = "EntityTooSmall", 400, None, "Your proposed upload smaller than the minimum allowed size.";
    InlineDataTooLarge = "InlineDataTooLarge", 400, None, "The inline data exceeds the maximum allowed size.";
    InvalidPart = "InvalidPart", 400, None, "One or more of the specified parts could not be found or the specified entity tag might not have matched the part's entity tag.";
    InvalidPartOrder = "InvalidPartOrder", 400, None, "The list of parts was not in ascending order. Parts list must be specified in order by part number.";
    PartNotSequential = "PartNotSequential", 400, None, "The part does not follow the one before it.";
    FilePartNotExist = "FilePartNotExist", 400, None, "A part of the file does not exist.";
    InvalidCopyRange = "InvalidRange", 400, None, "The range to copy does not lie within the source.";
    TooManyParts = "TooManyParts", 400, None, "The upload has too many parts.";
    InvalidTag = "InvalidTag", 400, None, "The tag you specified is not valid.";
    TooManyTags = "TooManyTags", 400, None, "There are more tags than allowed.";
    InvalidTaggingKey = "InvalidTaggingKey", 400, None, "The key of a tag is not valid.";
    NotSymlink = "NotSymlink", 400, None, "The object is not a symbolic link.";
    InvalidTargetType = "InvalidTargetType", 400, None, "The target of a symbolic link is itself a symbolic link.";
    OperationNotSupported = "OperationNotSupported", 400, None, "The operation is not supported for this resource.";
    RequestTimeout = "RequestTimeout", 400, None, "Your socket connection to the server was not read from or written to within the timeout period.";
    TooManyBuckets = "TooManyBuckets", 400, None, "You have attempted to create more buckets than allowed.";
    InvalidStorageClass = "InvalidStorageClass", 400, None, "The storage class you specified is not valid.";
    InvalidEncryptionAlgorithmError = "InvalidEncryptionAlgorithmError", 400, None, "The encryption algorithm you specified is not supported.";
    InvalidEncryptionRequest = "InvalidEncryptionRequest", 400, None, "The encryption you asked for is not valid.";
    KmsServiceNotEnabled = "KmsServiceNotEnabled", 403, None, "The key management service is not enabled.";
    HeaderNotImplemented = "NotImplemented", 400, None, "A header you provided implies functionality that is not implemented.";
    FieldItemTooLong = "FieldItemTooLong", 400, None, "A field of the form is too long.";
    InvalidPolicyDocument = "InvalidPolicyDocument", 400, None, "The content of the form does not meet the conditions specified in the policy document.";
    MalformedPOSTRequest = "MalformedPOSTRequest", 400, None, "The body of your POST request is not well-formed multipart/form-data.";
    IncorrectNumberOfFilesInPOSTRequest = "IncorrectNumberOfFilesInPOSTRequest", 400, None, "POST requires exactly one file upload per request.";
    RequestIsNotMultiPartContent = "RequestIsNotMultiPartContent", 400, None, "The request is not multipart/form-data.";
    MaxPOSTPreDataLengthExceededError = "MaxPOSTPreDataLengthExceededError", 400, None, "Your POST request fields preceding the upload file were too large.";
    CORSRuleBeyondLimit = "CORSRuleBeyondLimit", 400, None, "There are more CORS rules than allowed.";
    AccessDenied = "AccessDenied", 403, None, "You have no right to access this object because of bucket acl.";
    InvalidAccessKeyId = "InvalidAccessKeyId", 403, Some("0002-00000902"), "The OSS Access Key Id you provided does not exist in our records.";
    SignatureDoesNotMatch = "SignatureDoesNotMatch", 403, None, "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    RequestTimeTooSkewed = "RequestTimeTooSkewed", 403, Some("0002-00000504"), "The difference between the request time and the current time is too large.";
    InvalidSecurityToken = "InvalidSecurityToken", 403, None, "The security token you provided is invalid.";
    SecurityTokenExpired = "SecurityTokenExpired", 403, None, "The security token you provided has expired.";
    SecurityTokenNotSupported = "SecurityTokenNotSupported", 403, None, "A security token is not supported here.";
    AccessKeyIdAndSecurityTokenNotMatch = "AccessKeyIdAndSecurityTokenNotMatch", 403, None, "The access key id and the security token do not belong together.";
    AccessForbidden = "AccessForbidden", 403, None, "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers are not whitelisted by the resource's CORS spec.";
    InvalidObjectState = "InvalidObjectState", 403, None, "The operation is not valid for the object's state.";
    SecondLevelDomainForbidden = "SecondLevelDomainForbidden", 403, None, "The bucket you are attempting to access must be addressed using OSS third level domain.";
    NonStandardHostForbidden = "NonStandardHostForbidden", 403, None, "The host of the request is not allowed.";
    PermanentRedirect = "PermanentRedirect", 403, None, "The bucket you are attempting to access must be addressed using the specified endpoint.";
    TransferAccelerationDisabled = "TransferAccelerationDisabled", 403, None, "Transfer acceleration is not enabled for the bucket.";
    CnameDenied = "CnameDenied", 403, None, "The domain is not bound to the bucket.";
    UserDisable = "UserDisable", 403, Some("0003-00000801"), "The account is disabled, usually because of an unpaid bill.";
    BucketDisable = "BucketDisable", 403, None, "The bucket is disabled.";
    AbnormalBucketOwnerStatus = "AbnormalBucketOwnerStatus", 403, None, "The account that owns the bucket is not in a normal state.";
    KmsInDebt = "KmsInDebt", 403, None, "The key management service is stopped for an unpaid bill.";
    NoSuchBucket = "NoSuchBucket", 404, Some("0015-00000101"), "The specified bucket does not exist.";
    NoSuchKey = "NoSuchKey", 404, Some("0026-00000001"), "The specified key does not exist.";
    NoSuchVersion = "NoSuchVersion", 404, None, "The specified version does not exist.";
    NoSuchUpload = "NoSuchUpload", 404, None, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    SymlinkTargetNotExist = "SymlinkTargetNotExist", 404, None, "The target of the symbolic link does not exist.";
    NoSuchCORSConfiguration = "NoSuchCORSConfiguration", 404, None, "The CORS configuration does not exist.";
    NoSuchLifecycle = "NoSuchLifecycle", 404, None, "No Row found in Lifecycle Table.";
    NoSuchRegion = "NoSuchRegion", 404, None, "The specified region does not exist.";
    NoSuchUserDefinedLogFieldsConfig = "NoSuchUserDefinedLogFieldsConfig", 404, None, "The user-defined log fields are not configured.";
    NoSuchBucketPolicy = "NoSuchBucketPolicy", 404, None, "The bucket policy does not exist.";
    NoSuchWebsiteConfiguration = "NoSuchWebsiteConfiguration", 404, None, "The specified bucket does not have a website configuration.";
    NoSuchServerSideEncryptionRule = "NoSuchServerSideEncryptionRule", 404, None, "The server side encryption configuration does not exist.";
    NoSuchWORMConfiguration = "NoSuchWORMConfiguration", 404, None, "The WORM configuration does not exist.";
    NoSuchInventory = "NoSuchInventory", 404, None, "The inventory does not exist.";
    NoSuchReplicationConfiguration = "NoSuchReplicationConfiguration", 404, None, "The bucket has no replication configuration.";
    NoSuchTransferAccelerationConfiguration = "NoSuchTransferAccelerationConfiguration", 404, None, "The bucket has no transfer acceleration configuration.";
    NoSuchStyle = "NoSuchStyle", 404, None, "The style does not exist.";
    MethodNotAllowed = "MethodNotAllowed", 405, None, "The specified method is not allowed against this resource.";
    BucketAlreadyExists = "BucketAlreadyExists", 409, Some("0015-00000104"), "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
    BucketNotEmpty = "BucketNotEmpty", 409, Some("0015-00000301"), "The bucket has objects. Please delete them first.";
    FileAlreadyExists = "FileAlreadyExists", 409, None, "The object you specified already exists and can not be overwritten.";
    FileImmutable = "FileImmutable", 409, None, "The file is immutable.";
    ObjectAlreadyExists = "ObjectAlreadyExists", 409, None, "The object already exists.";
    PositionNotEqualToLength = "PositionNotEqualToLength", 409, Some("0026-00000016"), "Position is not equal to file length.";
    ObjectNotAppendable = "ObjectNotAppendable", 409, None, "The object is not appendable.";
    RestoreAlreadyInProgress = "RestoreAlreadyInProgress", 409, None, "The restore operation is in progress.";
    ArchiveRestoreNotFinished = "ArchiveRestoreNotFinished", 409, None, "The restore operation has not finished.";
    ArchiveRestoreFileStale = "ArchiveRestoreFileStale", 409, None, "The restored object is stale.";
    OperationAborted = "OperationAborted", 409, None, "A conflicting conditional operation is currently in progress against this resource. Please try again.";
    MissingContentLength = "MissingContentLength", 411, None, "You must provide the Content-Length HTTP header.";
    PreconditionFailed = "PreconditionFailed", 412, None, "At least one of the pre-conditions you specified did not hold.";
    InvalidRange = "InvalidRange", 416, None, "The requested range cannot be satisfied.";
    MirrorFailed = "MirrorFailed", 424, None, "The object could not be fetched from its origin.";
    InternalError = "InternalError", 500, None, "We encountered an internal error. Please try again.";
    NotImplemented = "NotImplemented", 501, None, "The operation is not implemented.";
    ServiceUnavailable = "ServiceUnavailable", 503, None, "Please reduce your request rate.";
    SlowDown = "SlowDown", 503, None, "Please reduce your request rate.";
    TotalQpsLimitExceeded = "TotalQpsLimitExceeded", 503, None, "The requests per second exceed the limit.";
    MetaOperationQpsLimitExceeded = "MetaOperationQpsLimitExceeded", 503, None, "The metadata requests per second exceed the limit.";
    DownloadTrafficRateLimitExceeded = "DownloadTrafficRateLimitExceeded", 503, None, "The download traffic exceeds the limit.";
    UploadTrafficRateLimitExceeded = "UploadTrafficRateLimitExceeded", 503, None, "The upload traffic exceeds the limit.";
    ActiveRequestLimitExceeded = "ActiveRequestLimitExceeded", 503, None, "The number of active requests exceeds the limit.";
    CpuLimitExceeded = "CpuLimitExceeded", 503, None, "The computing power exceeds the limit.";
}

impl Code {
    /// The text of the code, as in `<Code>`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status that goes with the code.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().1
    }

    /// The number of the error, `EC`, where the code has a single known one.
    #[must_use]
    pub fn ec(self) -> Option<&'static str> {
        self.row().2
    }

    /// The message of the service, or ours where its text is not known.
    #[must_use]
    pub fn message(self) -> &'static str {
        self.row().3
    }

    /// Recognises the text of a code; where two share it, the one with the given status.
    #[must_use]
    pub fn parse(name: &str, status: u16) -> Option<Self> {
        let named = || Self::ALL.iter().copied().filter(|code| code.as_str() == name);
        named().find(|code| code.status() == status).or_else(|| named().next())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_both_ways() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str(), code.status()), Some(*code));
            assert!((203..=503).contains(&code.status()), "{code}");
            assert!(!code.message().is_empty(), "{code}");
        }
        assert_eq!(Code::parse("NotImplemented", 501), Some(Code::NotImplemented));
        assert_eq!(Code::parse("NotImplemented", 400), Some(Code::HeaderNotImplemented));
        assert_eq!(Code::parse("NoSuchKey", 200), Some(Code::NoSuchKey));
        assert_eq!(Code::parse("Nonsense", 400), None);
    }
}
