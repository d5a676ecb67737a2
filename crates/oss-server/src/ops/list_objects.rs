//! ListObjects and ListObjectsV2: `GET /`, the second with `list-type=2`.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oss_protocol::xml::{ObjectEntry, ObjectList};

use super::Context;
use super::archive::restore_info;
use super::put_object::quoted;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::store::{ListEntry, ListQuery, ObjectRecord};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owners {
    Tell,
    Omit,
}

pub(super) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let request = context.request;
    let version = match request.parameter("list-type") {
        None | Some("") => Version::One,
        Some("2") => Version::Two,
        Some(other) => return Err(Failure::argument("list-type", other, "The list type is not supported.")),
    };
    let parameter = |name| request.parameter(name).unwrap_or_default().to_owned();
    let (prefix, delimiter) = (context.prefix()?, context.list_text("delimiter")?);
    let max = context.page_size("max-keys", 100)?;
    let encoding = context.encoding()?;
    let token = request.parameter("continuation-token").filter(|token| !token.is_empty());
    let after = match (version, token) {
        (Version::One, _) => context.list_text("marker")?,
        (Version::Two, Some(token)) => read_token(token)?,
        (Version::Two, None) => context.list_text("start-after")?,
    };
    let owners = match (version, request.parameter("fetch-owner")) {
        (Version::One, _) | (Version::Two, Some("true")) => Owners::Tell,
        (Version::Two, _) => Owners::Omit,
    };
    let query = ListQuery {
        bucket: context.bucket_name().to_owned(),
        prefix: prefix.clone(),
        delimiter: delimiter.clone(),
        after,
        max,
    };
    let page = context.shared.store.list(query).await?;
    tracing::trace!(rows = page.scanned, entries = page.entries.len(), "listed");
    let mut list = ObjectList {
        name: context.bucket_name().to_owned(),
        prefix,
        delimiter,
        max_keys: max as u64,
        encoding,
        is_truncated: page.next.is_some(),
        ..ObjectList::default()
    };
    match version {
        Version::One => {
            list.marker = Some(parameter("marker"));
            list.next_marker = page.next;
        }
        Version::Two => {
            list.key_count = Some(page.entries.len() as u64);
            list.start_after = request.has("start-after").then(|| parameter("start-after"));
            list.continuation_token = token.map(str::to_owned);
            list.next_continuation_token = page.next.as_deref().map(write_token);
        }
    }
    for entry in page.entries {
        match entry {
            ListEntry::Object(key, record) => list.objects.push(describe(key, &record, owners, context.now)),
            ListEntry::CommonPrefix(prefix) => list.common_prefixes.push(prefix),
        }
    }
    Ok(Reply::xml(list.write()))
}

fn describe(key: String, record: &ObjectRecord, owners: Owners, now: SystemTime) -> ObjectEntry {
    ObjectEntry {
        key,
        last_modified: Some(record.modified.whole_seconds()),
        etag: quoted(&record.etag),
        object_type: record.kind.as_str().to_owned(),
        size: record.size,
        storage_class: record.attributes.storage_class.clone(),
        owner: (owners == Owners::Tell).then(Shared::owner),
        restore_info: restore_info(record, now),
    }
}

/// A token is the last entry of the page, in letters that no decoder changes.
fn write_token(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(last)
}

fn read_token(token: &str) -> Result<String, Failure> {
    let last = URL_SAFE_NO_PAD.decode(token).ok().and_then(|last| String::from_utf8(last).ok());
    let refuse = || Failure::argument("continuation-token", token, "The continuation token is not valid.");
    last.filter(|last| !last.is_empty()).ok_or_else(refuse)
}
