//! Every promise of JitAi's page on Alibaba Cloud OSS storage, on the repository's own app.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::path::Path;

use jit_storages::{App, Error, ErrorKind};
use oss_server::{OssServer, RunningServer};
use serde_json::Value;

async fn open() -> (RunningServer, App) {
    let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let app = App::builder()
        .variable("OSS_ACCESS_KEY_ID", server.access_key_id())
        .variable("OSS_ACCESS_KEY_SECRET", server.access_key_secret())
        .variable("OSS_ENDPOINT", server.endpoint())
        .variable("OSS_BUCKET", "my-bucket")
        .load(env!("CARGO_MANIFEST_DIR"))
        .unwrap();
    (server, app)
}

#[test]
fn the_instance_holds_exactly_the_documented_fields() {
    let keys = |file: &str| -> Vec<String> {
        let text = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("storages/MyOss").join(file)).unwrap();
        let Value::Object(fields) = serde_json::from_slice(&text).unwrap() else { panic!("{file} is no object") };
        fields.into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(keys("e.json"), ["title", "type", "backendBundleEntry", "variables"]);
    assert_eq!(keys("MyOss.json"), ["accessKeyId", "accessKeySecret", "endPoint", "bucketName"]);
}

#[tokio::test]
async fn upload_by_file_returns_the_url_and_takes_the_documented_default_type() {
    let (server, app) = open().await;
    let oss = app.get_element("storages.MyOss").unwrap();
    let result = oss.upload_by_file("users/头像 1.jpg", b"jpeg", "image/jpeg").await.unwrap();
    let url = serde_json::to_value(&result).unwrap()["url"].as_str().unwrap().to_owned();
    assert_eq!(url, format!("{}/my-bucket/users/%E5%A4%B4%E5%83%8F%201.jpg", server.endpoint()));
    oss.upload_by_file("no-type", b"x", None).await.unwrap();
    assert_eq!(oss.get_object("no-type").await.unwrap().content_type.as_deref(), Some("application/octet-stream"));
}

#[tokio::test]
async fn a_signed_url_opens_in_any_client_and_ends_after_the_documented_300_seconds() {
    let (_server, app) = open().await;
    let oss = app.get_element("storages.MyOss").unwrap();
    oss.upload_by_file("docs/document.pdf", "%PDF", "application/pdf").await.unwrap();
    let temporary = oss.get_sign_url("docs/document.pdf", "application/pdf", None).await.unwrap();
    assert!(temporary.contains("x-oss-expires=300"), "{temporary}");
    // A browser sends no type when it reads.
    let response = reqwest_get(&temporary).await;
    assert_eq!(response, (200, "application/pdf".to_owned(), "%PDF".to_owned()));
    let longer = oss.get_sign_url("docs/document.pdf", "application/pdf", 600).await.unwrap();
    assert!(longer.contains("x-oss-expires=600"), "{longer}");
}

async fn reqwest_get(url: &str) -> (u16, String, String) {
    let response = reqwest::get(url).await.unwrap();
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (response.status().as_u16(), content_type, response.text().await.unwrap())
}

#[tokio::test]
async fn download_get_object_and_delete_do_what_the_page_says() {
    let (_server, app) = open().await;
    let oss = app.default_storage().unwrap();
    assert_eq!(oss.full_name().as_str(), "storages.MyOss");
    oss.upload_by_file("users/avatar.jpg", b"jpeg", "image/jpeg").await.unwrap();
    assert_eq!(&oss.download("users/avatar.jpg").await.unwrap()[..], b"jpeg");
    let info = oss.get_object("users/avatar.jpg").await.unwrap();
    assert_eq!((info.size, info.content_type.as_deref()), (4, Some("image/jpeg")));
    oss.delete("users/avatar.jpg").await.unwrap();
    oss.delete("users/avatar.jpg").await.unwrap();
    assert!(!oss.exists("users/avatar.jpg").await.unwrap());
}

#[tokio::test]
async fn exceptions_name_the_storage_type_and_the_element() {
    let (_server, app) = open().await;
    let oss = app.get_element("storages.MyOss").unwrap();
    let error: Error = oss.download("test.txt").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.to_string();
    assert!(
        text.starts_with("storages.MyOss (storages.OssType): download of `test.txt` from bucket `my-bucket` failed"),
        "{text}"
    );
}
