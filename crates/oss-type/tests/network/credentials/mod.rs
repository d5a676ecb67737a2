//! Where keys come from: every provider against a service that keeps each request as it came, and its keys against the
//! embedded server, which knows their tokens.

mod choice;
mod custom;
mod ecs_role;
mod local;
mod profile;
mod sts;

use std::time::{Duration, SystemTime};

use meta::StorageElement;
use oss_server::RunningServer;

use super::BUCKET;

/// What temporary credentials are made of here; none of it may show anywhere.
const TEMPORARY: [&str; 3] = ["STS.temporary", "the-temporary-secret", "the-temporary-token"];

/// A server that takes the temporary credentials.
async fn server() -> RunningServer {
    let server = super::server().await;
    let [id, secret, token] = TEMPORARY;
    server.add_sts_token(id, secret, token, None);
    server
}

/// An element of the server whose configuration holds no keys but these.
fn element(server: &RunningServer, more: &[(&str, &str)]) -> StorageElement {
    element_at(&server.endpoint(), more).unwrap()
}

fn element_at(endpoint: &str, more: &[(&str, &str)]) -> meta::Result<StorageElement> {
    let mut entries = vec![("endPoint", endpoint), ("bucketName", BUCKET)];
    entries.extend(more);
    conformance::element("storages.OssType", entries)
}

/// The temporary credentials as JSON, as ECS and STS spell them, with an hour to go.
fn document() -> String {
    let [id, secret, token] = TEMPORARY;
    let end = in_an_hour();
    format!(
        r#""AccessKeyId": "{id}", "AccessKeySecret": "{secret}", "SecurityToken": "{token}", "Expiration": "{end}""#
    )
}

fn in_an_hour() -> String {
    // As the services write it, by the calendar of another library than ours.
    let seconds = (SystemTime::now() + Duration::from_secs(3600)).duration_since(SystemTime::UNIX_EPOCH).unwrap();
    jiff::Timestamp::from_second(seconds.as_secs().try_into().unwrap()).unwrap().to_string()
}

/// The verbs, once each, with keys that the server knows.
async fn use_them(oss: &StorageElement) {
    oss.upload_by_file("a.txt", "content", None).await.unwrap();
    assert_eq!(&oss.download("a.txt").await.unwrap()[..], b"content");
    let url = oss.get_sign_url("a.txt", None, None).await.unwrap();
    assert_eq!(reqwest::get(&url).await.unwrap().status(), 200);
    oss.delete("a.txt").await.unwrap();
}

/// Refuses texts that show what is secret.
fn assert_hidden(texts: &str) {
    let [_, secret, token] = TEMPORARY;
    for hidden in [secret, token] {
        assert!(!texts.contains(hidden), "{texts}");
    }
}
