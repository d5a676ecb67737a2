//! What an administrator does to the bucket, which storages of the Type do not.

use std::time::SystemTime;

use oss_protocol::sign::{Request, v4};
use oss_server::RunningServer;

use super::embedded::BUCKET;

/// Sends a signed PUT to the bucket, such as `?versioning`.
pub(crate) async fn put_bucket(server: &RunningServer, parameter: &str, document: &str) {
    let now = SystemTime::now();
    let key = v4::SigningKey::derive(server.access_key_secret(), now, server.region(), "oss");
    let signer = v4::Signer { access_key_id: server.access_key_id(), security_token: None, key: &key };
    let request = Request { method: "PUT", bucket: Some(BUCKET), key: None, query: &[(parameter, "")], headers: &[] };
    let signed = signer.sign_headers(&request, &[], now);
    let url = format!("{}/{BUCKET}/?{parameter}", server.endpoint());
    let mut put = reqwest::Client::new().put(url).body(document.to_owned());
    for (name, value) in signed.headers() {
        put = put.header(name, value);
    }
    let answer = put.send().await.unwrap();
    assert!(answer.status().is_success(), "{}: {}", answer.status(), answer.text().await.unwrap());
}

pub(crate) async fn set_versioning(server: &RunningServer, status: &str) {
    let document = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
    put_bucket(server, "versioning", &document).await;
}
