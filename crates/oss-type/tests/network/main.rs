//! `storages.OssType` against refusals, faults and answers of things that are no OSS, over real connections.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod child;
mod configuration;
mod credentials;
mod deadlines;
#[path = "../embedded/mod.rs"]
mod embedded;
mod explain;
mod faults;
mod foreign_answers;
mod processed;
mod proxy;
mod refusals;
mod scripted;

use meta::StorageElement;

use self::embedded::{BUCKET, configured, element, server};

/// An element of which only the endpoint matters.
fn element_at(endpoint: &str, more: &[(&str, &str)]) -> meta::Result<StorageElement> {
    let mut entries = vec![
        ("accessKeyId", "id"),
        ("accessKeySecret", "hidden-secret"),
        ("endPoint", endpoint),
        ("bucketName", BUCKET),
    ];
    entries.extend(more);
    conformance::element("storages.OssType", entries)
}
