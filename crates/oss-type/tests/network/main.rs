//! `storages.OssType` against refusals, faults and answers of things that are no OSS, over real connections.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod configuration;
mod explain;
mod faults;
mod foreign_answers;
mod proxy;
mod refusals;
mod scripted;

use meta::StorageElement;
use oss_server::{OssServer, RunningServer};
use oss_type as _;

const BUCKET: &str = "docs";

async fn server() -> RunningServer {
    OssServer::builder().bucket(BUCKET).start().await.unwrap()
}

/// An element with the four keys, changed or extended by `more`.
fn configured(server: &RunningServer, more: &[(&str, &str)]) -> meta::Result<StorageElement> {
    let endpoint = server.endpoint();
    let mut entries = vec![
        ("accessKeyId", server.access_key_id()),
        ("accessKeySecret", server.access_key_secret()),
        ("endPoint", &endpoint),
        ("bucketName", BUCKET),
    ];
    for (key, value) in more {
        entries.retain(|(known, _)| known != key);
        entries.push((key, value));
    }
    conformance::element("storages.OssType", entries)
}

fn element(server: &RunningServer, more: &[(&str, &str)]) -> StorageElement {
    configured(server, more).unwrap()
}

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
