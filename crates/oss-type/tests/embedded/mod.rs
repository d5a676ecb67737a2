//! Elements over the embedded server, for every test program of the Type.

use meta::StorageElement;
use oss_server::{OssServer, RunningServer};
use oss_type as _;

pub(crate) const BUCKET: &str = "docs";

pub(crate) async fn server() -> RunningServer {
    OssServer::builder().bucket(BUCKET).start().await.unwrap()
}

/// An element with the four keys, changed or extended by `more`.
pub(crate) fn configured(server: &RunningServer, more: &[(&str, &str)]) -> meta::Result<StorageElement> {
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

pub(crate) fn element(server: &RunningServer, more: &[(&str, &str)]) -> StorageElement {
    configured(server, more).unwrap()
}
