//! `x-oss-copy-source`: `/{bucket}/{encoded key}`, with `?versionId=…` where one is meant.

use oss_protocol::code::Code;
use oss_protocol::encode::decode;
use oss_protocol::header;
use oss_protocol::key;

use super::Context;
use super::archive::check_readable;
use super::condition::{self, Verdict};
use super::symlink::follow;
use crate::access::{Need, check_anonymous};
use crate::auth::Identity;
use crate::failure::Failure;
use crate::store::{ContentReader, ObjectRecord};

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
        if let Some(version) = version.strip_prefix("versionId=").filter(|version| !matches!(*version, "" | "null")) {
            return Err(Failure::new(Code::NoSuchVersion).detail("VersionId", version));
        }
        let store = &context.shared.store;
        let source = store.bucket(bucket)?.ok_or_else(|| Failure::no_such_bucket(bucket))?;
        let (record, content) = store.open_object(bucket, key)?.ok_or_else(|| Failure::no_such_key(key))?;
        if context.identity == Identity::Anonymous {
            check_anonymous(Need::ReadObject, record.acl, Some(source.acl))?;
        }
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
        Ok(Self { record, content, verdict })
    }
}
