//! `x-oss-copy-source`: `/{bucket}/{encoded key}`, with `?versionId=…` where one is meant.

use oss_protocol::code::Code;
use oss_protocol::encode::decode;
use oss_protocol::header;
use oss_protocol::key;

use super::Context;
use super::archive::check_readable;
use super::condition::{self, Verdict};
use super::symlink::follow;
use super::version;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{ContentReader, ObjectKind, ObjectRecord, VersionRef, id_text};

/// What a symbolic link stands for when it is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    /// For itself.
    Keep,
    /// For its target.
    Follow,
}

/// The object to copy from.
pub(super) struct CopySource {
    pub(super) record: ObjectRecord,
    pub(super) content: ContentReader,
    pub(super) verdict: Verdict,
    pub(super) version: SourceVersion,
    /// Bucket, key and version as the request names them.
    named: (String, String, VersionRef),
}

/// The version that is copied, where the source's bucket keeps any.
pub(super) struct SourceVersion(Option<String>);

impl SourceVersion {
    pub(super) fn tell(&self, reply: Reply) -> Reply {
        match &self.0 {
            Some(version) => reply.header("x-oss-copy-source-version-id", version),
            None => reply,
        }
    }
}

impl CopySource {
    /// Reads the header, opens the object and checks the conditions on it.
    pub(super) fn open(context: &Context<'_>, links: Links) -> Result<Self, Failure> {
        let given = context.request.header(header::COPY_SOURCE).unwrap_or_default();
        let refuse = || Failure::argument(header::COPY_SOURCE, given, "The copy source is not /{bucket}/{key}.");
        let (path, version) = given.split_once('?').unwrap_or((given, ""));
        let path = decode(path).map_err(|_| refuse())?;
        let (bucket, key) = path.trim_start_matches('/').split_once('/').ok_or_else(refuse)?;
        key::check(key)?;
        let version = match version.strip_prefix("versionId=") {
            Some("") => return Err(Failure::argument(header::COPY_SOURCE, given, "The version id is empty.")),
            Some(id) => version::parse(&decode(id).map_err(|_| refuse())?)?,
            None => VersionRef::Current,
        };
        let store = &context.shared.store;
        let source = store.bucket(bucket)?.ok_or_else(|| Failure::no_such_bucket(bucket))?;
        let (record, content) = version::open(context, bucket, key, &version)?;
        if source.versioning.is_some() && record.kind == ObjectKind::Appendable {
            return Err(Failure::with_message(
                Code::OperationNotSupported,
                "Appendable objects of buckets with versioning cannot be copied.",
            ));
        }
        let copied = source.versioning.map(|_| id_text(record.version.as_ref()).to_owned());
        let (record, content) = match links {
            Links::Keep => {
                check_readable(&record, key, context.now)?;
                (record, content)
            }
            Links::Follow => {
                let followed = follow(context, bucket, key, record, content)?;
                (followed.record, followed.content)
            }
        };
        let verdict = condition::check(context.request, condition::SOURCE, &record, context.now)?;
        let named = (bucket.to_owned(), key.to_owned(), version);
        Ok(Self { record, content, verdict, version: SourceVersion(copied), named })
    }

    /// Whether it stands in that bucket.
    pub(super) fn is_in(&self, bucket: &str) -> bool {
        self.named.0 == bucket
    }

    /// Whether this is what everybody reads under that key.
    pub(super) fn is_current_of(&self, bucket: &str, key: &str) -> bool {
        let (_, named_key, version) = &self.named;
        self.is_in(bucket) && named_key == key && *version == VersionRef::Current
    }
}
