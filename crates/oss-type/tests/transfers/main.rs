//! Large transfers of `storages.OssType` over real connections: in parts, resumed, damaged on the way, killed.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[path = "../embedded/content.rs"]
mod content;
mod copies;
mod damage;
mod downloads;
#[path = "../embedded/mod.rs"]
mod embedded;
#[path = "../embedded/proxy.rs"]
mod proxy;
mod resuming;
mod uploads;

use meta::StorageElement;

use self::embedded::server;

/// The least part that OSS takes, so that small contents have many.
const PART: usize = 102_400;

const IN_PARTS: &[(&str, &str)] = &[("partSizeBytes", "102400"), ("parallelParts", "3")];

/// The names of uploads that nobody has finished.
async fn unfinished(oss: &StorageElement) -> Vec<String> {
    let page = oss.list_uploads(Default::default()).await.unwrap();
    assert!(page.next.is_none());
    page.uploads.into_iter().map(|upload| upload.name.to_string()).collect()
}
