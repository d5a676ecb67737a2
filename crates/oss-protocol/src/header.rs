//! Names of the headers that OSS defines, in lower case, and the figures that go with them.

/// Moment of the request; overrides `Date`. An HTTP date with signature V1, `20231216T162057Z` with V4.
pub const DATE: &str = "x-oss-date";
/// Token of temporary credentials.
pub const SECURITY_TOKEN: &str = "x-oss-security-token";
/// Hash of the payload in signature V4; OSS takes only [`UNSIGNED_PAYLOAD`].
pub const CONTENT_SHA256: &str = "x-oss-content-sha256";
/// The one value of [`CONTENT_SHA256`].
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// Identifier of the request, 24 hexadecimal digits, on every answer.
pub const REQUEST_ID: &str = "x-oss-request-id";
/// Milliseconds that the service needed.
pub const SERVER_TIME: &str = "x-oss-server-time";
/// Number of the error beside its code.
pub const ERROR_NUMBER: &str = "x-oss-ec";
/// The error document in base64, on answers to HEAD.
pub const ERROR_DOCUMENT: &str = "x-oss-err";
/// CRC-64 of the whole object, decimal; see [`crate::crc64`].
pub const CRC64: &str = "x-oss-hash-crc64ecma";
/// Version of an object.
pub const VERSION_ID: &str = "x-oss-version-id";
/// Whether the version is a delete marker.
pub const DELETE_MARKER: &str = "x-oss-delete-marker";
/// `Normal`, `Multipart`, `Appendable` or `Symlink`.
pub const OBJECT_TYPE: &str = "x-oss-object-type";
/// `Standard`, `IA`, `Archive`, `ColdArchive` or `DeepColdArchive`.
pub const STORAGE_CLASS: &str = "x-oss-storage-class";
/// ACL of a bucket: `private`, `public-read` or `public-read-write`.
pub const ACL: &str = "x-oss-acl";
/// ACL of an object: those of a bucket, or `default`.
pub const OBJECT_ACL: &str = "x-oss-object-acl";
/// `true`: an existing object is not replaced.
pub const FORBID_OVERWRITE: &str = "x-oss-forbid-overwrite";
/// Source of a copy, `/{bucket}/{encoded key}`, with `?versionId=…` where one is meant.
pub const COPY_SOURCE: &str = "x-oss-copy-source";
/// Byte range of the source of a part.
pub const COPY_SOURCE_RANGE: &str = "x-oss-copy-source-range";
/// `COPY` or `REPLACE`: whose metadata a copy gets.
pub const METADATA_DIRECTIVE: &str = "x-oss-metadata-directive";
/// `yes`: complete a multipart upload with every part there is.
pub const COMPLETE_ALL: &str = "x-oss-complete-all";
/// Where the next append must start.
pub const NEXT_APPEND_POSITION: &str = "x-oss-next-append-position";
/// `standard`: ranges behave as HTTP says, not as OSS's default does.
pub const RANGE_BEHAVIOR: &str = "x-oss-range-behavior";
/// Tags of an object, form-encoded.
pub const TAGGING: &str = "x-oss-tagging";
/// Number of tags of an object.
pub const TAGGING_COUNT: &str = "x-oss-tagging-count";
/// Target of a symbolic link, percent-encoded.
pub const SYMLINK_TARGET: &str = "x-oss-symlink-target";
/// The resource group of a bucket that is made, or of those that are listed.
pub const RESOURCE_GROUP_ID: &str = "x-oss-resource-group-id";
/// What the names of user metadata start with.
pub const META_PREFIX: &str = "x-oss-meta-";
/// What the names of metadata start with by which clients that encrypt find their keys.
pub const CLIENT_ENCRYPTION_PREFIX: &str = "x-oss-meta-client-side-encryption-";
/// What the names of OSS's own headers start with; all of them are signed.
pub const OSS_PREFIX: &str = "x-oss-";
/// Bytes that all names and values of user metadata may take together.
pub const META_LIMIT: usize = 8 * 1024;
/// Encryption at rest: `AES256`, `KMS` or `SM4`.
pub const ENCRYPTION: &str = "x-oss-server-side-encryption";
/// Key of the key service, with `KMS`.
pub const ENCRYPTION_KEY_ID: &str = "x-oss-server-side-encryption-key-id";
/// Cipher of the data where it is not the default, with `KMS`: `SM4`.
pub const DATA_ENCRYPTION: &str = "x-oss-server-side-data-encryption";
/// What the service calls after an upload: base64 of a JSON document.
pub const CALLBACK: &str = "x-oss-callback";
/// Values for the callback: base64 of a JSON document.
pub const CALLBACK_VAR: &str = "x-oss-callback-var";
/// The most bits per second, decimal.
pub const TRAFFIC_LIMIT: &str = "x-oss-traffic-limit";
/// What the service makes of an object before it sends it; a query parameter.
pub const PROCESS: &str = "x-oss-process";
/// State that the source of a copy must be in.
pub const COPY_SOURCE_IF_MATCH: &str = "x-oss-copy-source-if-match";
/// How the restoring of an archived object stands.
pub const RESTORE: &str = "x-oss-restore";
/// Bounds of [`TRAFFIC_LIMIT`], both included: 30 KiB/s and 100 MiB/s.
pub const TRAFFIC_LIMITS: std::ops::RangeInclusive<u64> = 245_760..=838_860_800;
/// The storage classes.
pub const STORAGE_CLASSES: &[&str] = &["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"];
