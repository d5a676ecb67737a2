//! The operations, one file each: each reads what it needs from the request and makes one change or one answer.

mod append_object;
mod archive;
mod bucket_acl;
mod bucket_info;
mod bucket_versioning;
mod callback;
mod condition;
mod configuration;
mod copy_object;
mod copy_source;
mod delete_bucket;
mod delete_object;
mod delete_objects;
mod get_object;
mod key_locks;
mod list_buckets;
mod list_objects;
mod list_versions;
mod multipart;
mod object_acl;
mod object_tagging;
mod post_object;
#[cfg(feature = "image")]
mod process;
mod public_access_block;
mod put_bucket;
mod put_object;
mod range;
mod symlink;
mod tags;
mod version;
mod write_headers;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oss_protocol::code::Code;
use oss_protocol::encode::encode_path;
use oss_protocol::header;
use oss_protocol::key;
use oss_protocol::xml::Encoding;

pub(crate) use self::configuration::Kind as ConfigurationKind;
pub(crate) use self::configuration::cors;
pub(crate) use self::key_locks::KeyLocks;
use self::write_headers::traffic_limit;
use crate::access::{self, Need, ObjectAcl};
use crate::auth::Identity;
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Request;
use crate::route::Operation;
use crate::shared::Shared;
use crate::store::{BucketRecord, Found, Millis, Moment, Staged, Sums, Tables, VersionRef, View};

/// The most bytes of an XML request.
const XML_LIMIT: u64 = 2 * 1024 * 1024;
/// The most bytes of an object that is uploaded in one piece, and of a part.
const OBJECT_LIMIT: u64 = 5 * 1024 * 1024 * 1024;

/// The most bytes of a marker or a delimiter of a list.
const LIST_TEXT_LIMIT: usize = 1024;

/// A request whose sender is known.
pub(crate) struct Context<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) request: &'a Request,
    pub(crate) identity: Identity,
    /// The bucket as it was when the request arrived; none for operations on the service and for PutBucket.
    pub(crate) bucket: Option<Arc<BucketRecord>>,
    pub(crate) now: SystemTime,
    pub(crate) request_id: &'a str,
    /// Where the request comes from.
    pub(crate) peer: IpAddr,
}

impl Context<'_> {
    fn bucket_name(&self) -> &str {
        self.request.bucket.as_deref().unwrap_or_default()
    }

    /// The key, which is checked before any operation on an object runs.
    fn key(&self) -> &str {
        self.request.key.as_deref().unwrap_or_default()
    }

    /// The address of the object, in the style that the client used.
    fn location(&self) -> String {
        let mut location = format!("{}://{}/", self.shared.scheme(), self.request.host);
        if self.shared.hosts.is_path_style(&self.request.host) {
            location.push_str(self.bucket_name());
            location.push('/');
        }
        encode_path(self.key(), &mut location);
        location
    }

    /// The moment as documents print it: the service knows no fractions of a second.
    fn now_in_seconds(&self) -> SystemTime {
        Millis::from(self.now).whole_seconds()
    }

    /// How the client wants keys to be written.
    fn encoding(&self) -> Result<Encoding, Failure> {
        match self.request.parameter("encoding-type") {
            None | Some("") => Ok(Encoding::Plain),
            Some("url") => Ok(Encoding::Url),
            Some(other) => {
                Err(Failure::argument("encoding-type", other, "Invalid Encoding Method specified in Request."))
            }
        }
    }

    /// The prefix of a list.
    fn prefix(&self) -> Result<String, Failure> {
        let prefix = self.request.parameter("prefix").unwrap_or_default();
        if prefix.len() > key::MAX_BYTES {
            return Err(Failure::argument("prefix", prefix, "The prefix is longer than 1023 bytes."));
        }
        Ok(prefix.to_owned())
    }

    /// A text of a list that is compared with keys, such as a marker.
    fn list_text(&self, name: &'static str) -> Result<String, Failure> {
        let text = self.request.parameter(name).unwrap_or_default();
        if text.len() > LIST_TEXT_LIMIT {
            return Err(Failure::argument(name, text, "The value is longer than 1024 bytes."));
        }
        Ok(text.to_owned())
    }

    /// Decides whether the caller may do something in the bucket that is addressed.
    fn check_access(&self, need: Need, object: ObjectAcl) -> Result<(), Failure> {
        self.check_access_of(&self.identity, need, object)
    }

    /// As [`check_access`](Self::check_access), for a sender whom only the body names.
    fn check_access_of(&self, identity: &Identity, need: Need, object: ObjectAcl) -> Result<(), Failure> {
        // Whom everything belongs to needs no grant.
        if *identity == Identity::Owner {
            return Ok(());
        }
        let view = self.shared.store.read()?;
        judge(&*view, identity, need, (self.bucket_name(), self.bucket.as_deref()), object)
    }

    /// Decides whether the caller may read what was found in any bucket, by what holds at the same moment: what is private
    /// now may take the place of what everybody could read when the request came.
    fn check_reading(&self, view: &View, bucket: &str, found: &Found) -> Result<(), Failure> {
        if self.identity == Identity::Owner {
            return Ok(());
        }
        let record = view.bucket(bucket)?;
        judge(view, &self.identity, Need::ReadObject, (bucket, record.as_deref()), found.acl())
    }

    /// The bucket that is addressed.
    fn require_bucket(&self) -> Result<&BucketRecord, Failure> {
        self.bucket.as_deref().ok_or_else(|| Failure::no_such_bucket(self.bucket_name()))
    }

    /// Changes what is known of the bucket that is addressed.
    async fn amend_bucket(&self, change: impl FnOnce(&mut BucketRecord) + Send + 'static) -> Result<(), Failure> {
        let name = self.bucket_name().to_owned();
        let change = self.shared.store.commit(move |tables| {
            let mut record = tables.require_bucket(&name)?;
            change(&mut record);
            tables.put_bucket(&name, &record)
        });
        change.await
    }

    /// A page size from the query, 1 to 1000.
    fn page_size(&self, name: &'static str, default: usize) -> Result<usize, Failure> {
        let Some(given) = self.request.parameter(name).filter(|given| !given.is_empty()) else {
            return Ok(default);
        };
        let size = given.parse().ok().filter(|size| (1..=1000).contains(size));
        size.ok_or_else(|| Failure::argument(name, given, "The page size must be between 1 and 1000."))
    }

    /// The digest of `Content-MD5`.
    fn content_md5(&self) -> Result<Option<[u8; 16]>, Failure> {
        let Some(given) = self.request.header("content-md5") else {
            return Ok(None);
        };
        let digest = STANDARD.decode(given).ok().and_then(|digest| <[u8; 16]>::try_from(digest).ok());
        let refuse = || Failure::new(Code::InvalidDigest).detail("Content-MD5", given);
        digest.map(Some).ok_or_else(refuse)
    }

    /// The checksum that the client announces in `x-oss-hash-crc64ecma`.
    fn announced_crc64(&self) -> Result<Option<u64>, Failure> {
        let Some(given) = self.request.header(header::CRC64) else {
            return Ok(None);
        };
        let parsed = given.parse().map(Some);
        parsed.map_err(|_| Failure::argument(header::CRC64, given, "The checksum is not a decimal number."))
    }

    /// Checks that an upload says how long it is, and lets it be as long as an object may be.
    fn upload_body(&self, body: RequestBody) -> Result<RequestBody, Failure> {
        if self.request.content_length().is_none() && !self.request.is_chunked() {
            return Err(Failure::new(Code::MissingContentLength));
        }
        Ok(body.limited(OBJECT_LIMIT)?.paced(traffic_limit(self)?))
    }

    /// Compares what was received with what was announced.
    fn check_sums(&self, sums: &Sums, md5: Option<[u8; 16]>, crc64: Option<u64>) -> Result<(), Failure> {
        if md5.is_some_and(|md5| md5 != sums.md5) {
            return Err(Failure::new(Code::InvalidDigest));
        }
        if crc64.is_some_and(|crc64| crc64 != sums.crc64) {
            return Err(Failure::new(Code::InvalidCRC64));
        }
        Ok(())
    }

    /// Receives an object or a part, and checks what the client announced about it.
    async fn receive(&self, body: RequestBody) -> Result<Staged, Failure> {
        let (md5, crc64) = (self.content_md5()?, self.announced_crc64()?);
        let staged = self.shared.store.receive(self.upload_body(body)?).await?;
        self.check_sums(&staged.sums, md5, crc64)?;
        Ok(staged)
    }
}

/// Decides, within a change, whether a writer may still write there: bucket or object may have been closed to everybody
/// since the request came, which may take as long to end as its sender likes.
fn check_writing(tables: &Tables<'_>, identity: &Identity, bucket: &str, key: &str) -> Result<(), Failure> {
    if *identity == Identity::Owner {
        return Ok(());
    }
    let record = tables.require_bucket(bucket)?;
    let acl = tables.current(bucket, key)?.map(|object| object.acl).unwrap_or_default();
    judge(tables, identity, Need::WriteObject, (bucket, Some(&record)), acl)
}

/// Decides what access control leaves of what a caller wants to do.
fn judge(
    moment: &impl Moment,
    identity: &Identity,
    need: Need,
    (bucket, record): (&str, Option<&BucketRecord>),
    object: ObjectAcl,
) -> Result<(), Failure> {
    let granted = record.map(|record| public_access_block::granted(moment, record, object)).transpose()?;
    let (acl, object) = granted.map_or((None, object), |(acl, object)| (Some(acl), object));
    access::check(identity, need, (bucket, acl), object)
}

/// Serves a request.
pub(crate) async fn serve(context: &Context<'_>, operation: Operation, body: RequestBody) -> Result<Reply, Failure> {
    authorize(context, operation)?;
    match operation {
        Operation::ListBuckets => list_buckets::run(context),
        Operation::PutBucket => put_bucket::run(context, body).await,
        Operation::DeleteBucket => delete_bucket::run(context).await,
        Operation::GetBucketInfo => bucket_info::info(context),
        Operation::GetBucketLocation => Ok(bucket_info::location(context)),
        Operation::GetBucketAcl => bucket_acl::get(context),
        Operation::PutBucketAcl => bucket_acl::put(context).await,
        Operation::ListObjects => list_objects::run(context).await,
        Operation::ListMultipartUploads => multipart::list_uploads::run(context).await,
        Operation::ListObjectVersions => list_versions::run(context).await,
        Operation::GetBucketVersioning => bucket_versioning::get(context),
        Operation::PutBucketVersioning => bucket_versioning::put(context, body).await,
        Operation::GetConfiguration(kind) => configuration::get(context, kind),
        Operation::PutConfiguration(kind) => configuration::put(context, kind, body).await,
        Operation::DeleteConfiguration(kind) => configuration::delete(context, kind).await,
        Operation::GetPublicAccessBlock => public_access_block::get(context),
        Operation::PutPublicAccessBlock => public_access_block::put(context, body).await,
        Operation::DeletePublicAccessBlock => public_access_block::delete(context).await,
        Operation::GetAccountPublicAccessBlock => public_access_block::get_of_account(context),
        Operation::PutAccountPublicAccessBlock => public_access_block::put_of_account(context, body).await,
        Operation::DeleteAccountPublicAccessBlock => public_access_block::delete_of_account(context).await,
        Operation::DescribeRegions => bucket_info::regions(context),
        Operation::GetBucketStat => bucket_info::stat(context).await,
        Operation::ListLiveChannels => bucket_info::live_channels(context),
        Operation::GetBucketPolicyStatus => configuration::policy_status(context),
        Operation::DeleteMultipleObjects => delete_objects::run(context, body).await,
        Operation::PutObject => put_object::run(context, body).await,
        Operation::PostObject => post_object::run(context, body).await,
        Operation::CopyObject => copy_object::run(context).await,
        Operation::GetObject => get_object::get(context).await,
        #[cfg(feature = "image")]
        Operation::ProcessObject => process::run(context).await,
        Operation::HeadObject => get_object::head(context),
        Operation::GetObjectMeta => get_object::meta(context),
        Operation::DeleteObject => delete_object::run(context).await,
        Operation::AppendObject => append_object::run(context, body).await,
        Operation::GetObjectAcl => object_acl::get(context),
        Operation::PutObjectAcl => object_acl::put(context).await,
        Operation::GetObjectTagging => object_tagging::get(context),
        Operation::PutObjectTagging => object_tagging::put(context, body).await,
        Operation::DeleteObjectTagging => object_tagging::delete(context).await,
        Operation::PutSymlink => symlink::put(context).await,
        Operation::GetSymlink => symlink::get(context),
        Operation::RestoreObject => archive::restore(context, body).await,
        Operation::CleanRestoredObject => archive::clean(context).await,
        Operation::InitiateMultipartUpload => multipart::initiate::run(context).await,
        Operation::UploadPart => multipart::upload_part::run(context, body).await,
        Operation::UploadPartCopy => multipart::upload_part_copy::run(context).await,
        Operation::CompleteMultipartUpload => multipart::complete::run(context, body).await,
        Operation::AbortMultipartUpload => multipart::abort::run(context).await,
        Operation::ListParts => multipart::list_parts::run(context),
    }
}

/// Checks the key, the version, and whether the caller may do this.
fn authorize(context: &Context<'_>, operation: Operation) -> Result<(), Failure> {
    let request = context.request;
    if let Some(name) = &request.key {
        key::check(name)?;
    }
    if context.identity != Identity::Owner {
        let need = operation.need();
        // Writes go to the current version, whatever version their query names.
        let version = match operation {
            _ if need == Need::ReadObject => context.version()?,
            Operation::DeleteObject => context.version()?,
            _ => VersionRef::Current,
        };
        let acl = match (&request.bucket, &request.key) {
            (Some(bucket), Some(key)) if matches!(need, Need::ReadObject | Need::WriteObject) => {
                context.shared.store.find(bucket, key, &version)?.acl()
            }
            _ => ObjectAcl::Default,
        };
        context.check_access(need, acl)?;
    }
    Ok(())
}
