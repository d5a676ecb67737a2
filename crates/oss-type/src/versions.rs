//! Versions of objects.

use http::Method;
use meta::{ListVersions, ListVersionsOptions, ObjectVersion, Result, VersionPage, async_trait};
use oss_protocol::xml::{ObjectEntry, VersionEntry, VersionList, VersionObject};

use crate::attributes::no_oss;
use crate::listing::{self, MAX_KEYS, Place};
use crate::storage::OssStorage;
use crate::transport::Call;

#[async_trait]
impl ListVersions for OssStorage {
    /// ListObjectVersions, up to 1000 entries a page.
    async fn list_versions(&self, options: ListVersionsOptions) -> Result<VersionPage> {
        let ListVersionsOptions { prefix, delimiter, continuation, limit, .. } = &options;
        let place = continuation.as_deref().map(Place::read).transpose()?;
        let max_keys = limit.unwrap_or(MAX_KEYS).min(MAX_KEYS).to_string();
        let mut query = vec![("versions", ""), ("encoding-type", "url"), ("max-keys", max_keys.as_str())];
        for (name, value) in [("prefix", prefix), ("delimiter", delimiter)] {
            if !value.is_empty() {
                query.push((name, value));
            }
        }
        if let Some(Place { key, id }) = &place {
            query.push(("key-marker", key));
            if !id.is_empty() {
                query.push(("version-id-marker", id));
            }
        }
        let call = Call::new(Method::GET, "", "oss:ListObjectVersions").query(&query);
        self.transport()
            .ask(&call, Default::default(), |_, body| {
                let list = VersionList::read(body).map_err(|_| no_oss(self.transport()))?;
                let next = match list.is_truncated {
                    false => None,
                    true => Some(Place {
                        key: list.next_key_marker.ok_or_else(|| no_oss(self.transport()))?,
                        id: list.next_version_id_marker.unwrap_or_default(),
                    }),
                };
                if next.is_some() && next == place {
                    return Err(no_oss(self.transport()));
                }
                let versions = list.entries.into_iter().map(version).collect();
                Ok(VersionPage::new(versions, list.common_prefixes, next.map(|next| next.to_string())))
            })
            .await
    }
}

fn version(entry: VersionEntry) -> ObjectVersion {
    let VersionEntry { key, version_id, is_latest, last_modified, object, .. } = entry;
    let is_marker = object.is_none();
    let VersionObject { etag, object_type, size, storage_class, restore_info } = object.unwrap_or_default();
    let listed = ObjectEntry { key, last_modified, etag, object_type, size, storage_class, owner: None, restore_info };
    let mut info = listing::entry(listed);
    info.version_id = Some(version_id);
    let mut version = ObjectVersion::new(info);
    if is_latest {
        version = version.latest();
    }
    if is_marker { version.delete_marker() } else { version }
}
