//! ListObjectVersions: `GET /?versions`.

use std::time::SystemTime;

use oss_protocol::xml::{VersionEntry, VersionList, VersionObject};

use super::archive::restore_info;
use super::put_object::quoted;
use super::{Context, version};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::store::{ListedVersion, VersionQuery, VersionRecord, id_text};

pub(super) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let parameter = |name| context.request.parameter(name).unwrap_or_default().to_owned();
    let max = context.page_size("max-keys", 100)?;
    let encoding = context.encoding()?;
    let marker = context.list_text("version-id-marker")?;
    let refuse = |_| Failure::argument("version-id-marker", marker.as_str(), "The marker is not a version id.");
    let query = VersionQuery {
        bucket: context.bucket_name().to_owned(),
        prefix: context.prefix()?,
        delimiter: context.list_text("delimiter")?,
        key_marker: context.list_text("key-marker")?,
        version_marker: version::parse(&marker).map_err(refuse)?,
        max,
    };
    let page = context.shared.store.list_versions(query).await?;
    tracing::trace!(rows = page.scanned, versions = page.versions.len(), "listed");
    let is_truncated = page.next.is_some();
    let (next_key_marker, next_version) = page.next.unzip();
    let list = VersionList {
        name: context.bucket_name().to_owned(),
        prefix: parameter("prefix"),
        delimiter: parameter("delimiter"),
        key_marker: parameter("key-marker"),
        version_id_marker: marker,
        max_keys: max as u64,
        encoding,
        is_truncated,
        next_key_marker,
        next_version_id_marker: next_version.flatten(),
        entries: page.versions.into_iter().map(|version| describe(version, context.now)).collect(),
        common_prefixes: page.common_prefixes,
    };
    Ok(Reply::xml(list.write()))
}

fn describe(version: ListedVersion, now: SystemTime) -> VersionEntry {
    let version_id = id_text(version.record.version()).to_owned();
    let (modified, object) = match version.record {
        VersionRecord::Marker(marker) => (marker.modified, None),
        VersionRecord::Object(record) => {
            let object = VersionObject {
                etag: quoted(&record.etag),
                object_type: record.kind.as_str().to_owned(),
                size: record.size,
                restore_info: restore_info(&record, now),
                storage_class: record.attributes.storage_class,
            };
            (record.modified, Some(object))
        }
    };
    VersionEntry {
        key: version.key,
        version_id,
        is_latest: version.is_latest,
        last_modified: Some(modified.whole_seconds()),
        owner: Some(Shared::owner()),
        object,
    }
}
