//! CopyObject.

use oss_protocol::xml::CopyResult;
use oss_server::RunningServer;

use crate::client::{Call, call, get, put, server};

fn copy(server: &RunningServer, source: &str, target: &str) -> Call {
    call(server, "PUT", "docs", target).header("x-oss-copy-source", source)
}

#[tokio::test]
async fn a_copy_is_an_object_of_its_own() {
    let server = server().await;
    for len in [0, 100, 200_000] {
        let body: Vec<u8> = (0..len).map(|index| (index % 7) as u8).collect();
        let source = call(&server, "PUT", "docs", "目录/源 +.txt")
            .header("Content-Type", "text/plain")
            .header("x-oss-meta-a", "1")
            .header("x-oss-object-acl", "public-read")
            .body(body.clone());
        let written = source.send().await.expect(200);
        let answer = copy(&server, "/docs/%E7%9B%AE%E5%BD%95/%E6%BA%90%20%2B.txt", "copy").send().await.expect(200);
        let result = CopyResult::read(&answer.body).unwrap();
        assert_eq!(Some(result.etag.as_str()), written.header("etag"));
        assert_eq!(answer.header("x-oss-hash-crc64ecma"), written.header("x-oss-hash-crc64ecma"));
        call(&server, "DELETE", "docs", "目录/源 +.txt").send().await.expect(204);
        let read = get(&server, "copy").await.expect(200);
        assert!(read.body == body);
        assert_eq!((read.header("content-type"), read.header("x-oss-meta-a")), (Some("text/plain"), Some("1")));
        assert_eq!(read.header("etag"), written.header("etag"));
        assert_eq!(read.header("content-md5"), written.header("content-md5"));
        let acl = call(&server, "GET", "docs", "copy").query("acl", "").send().await;
        assert!(acl.text().contains("<Grant>default</Grant>"), "an ACL is never copied");
    }
}

#[tokio::test]
async fn metadata_is_copied_or_replaced() {
    let server = server().await;
    call(&server, "PUT", "docs", "a").header("x-oss-meta-a", "1").body("text").send().await.expect(200);
    copy(&server, "/docs/a", "b").header("x-oss-meta-b", "2").send().await.expect(200);
    let read = get(&server, "b").await;
    assert_eq!((read.header("x-oss-meta-a"), read.header("x-oss-meta-b")), (Some("1"), None));
    let replace =
        copy(&server, "/docs/a", "a").header("x-oss-metadata-directive", "REPLACE").header("x-oss-meta-b", "2");
    replace.header("x-oss-storage-class", "IA").send().await.expect(200);
    let read = get(&server, "a").await.expect(200);
    assert_eq!((read.header("x-oss-meta-a"), read.header("x-oss-meta-b")), (None, Some("2")));
    assert_eq!((read.header("x-oss-storage-class"), read.body.as_slice()), (Some("IA"), b"text".as_slice()));
    copy(&server, "/docs/a", "c")
        .header("x-oss-metadata-directive", "MERGE")
        .send()
        .await
        .refused(400, "InvalidArgument");
}

#[tokio::test]
async fn what_nobody_replaces_stays() {
    let server = server().await;
    let key = "x-oss-meta-client-side-encryption-key";
    let source = call(&server, "PUT", "docs", "a").header("content-type", "text/plain").header(key, "mine");
    source.header("cache-control", "no-cache").header("x-oss-meta-a", "1").body("text").send().await.expect(200);
    let replace = |target| copy(&server, "/docs/a", target).header("x-oss-metadata-directive", "REPLACE");
    replace("b").send().await.expect(200);
    let read = get(&server, "b").await.expect(200);
    let told = ["content-type", key, "cache-control", "x-oss-meta-a"].map(|name| read.header(name));
    assert_eq!(told, [Some("text/plain"), Some("mine"), None, None]);
    let other = replace("c").header("content-type", "text/html").header(key, "another").header("x-oss-meta-a", "2");
    other.send().await.expect(200);
    let read = get(&server, "c").await.expect(200);
    let told = ["content-type", key, "x-oss-meta-a"].map(|name| read.header(name));
    assert_eq!(told, [Some("text/html"), Some("mine"), Some("2")], "nobody reads it with another key");
}

#[tokio::test]
async fn conditions_on_the_source() {
    let server = server().await;
    let etag = put(&server, "a", "1").await.header("etag").unwrap().to_owned();
    for (name, value, status) in [
        ("x-oss-copy-source-if-match", etag.as_str(), 200),
        ("x-oss-copy-source-if-match", "other", 412),
        ("x-oss-copy-source-if-none-match", "other", 200),
        ("x-oss-copy-source-if-none-match", &etag, 304),
        ("x-oss-copy-source-if-unmodified-since", "Fri, 28 Feb 2012 05:38:42 GMT", 412),
        ("x-oss-copy-source-if-modified-since", "Fri, 28 Feb 2012 05:38:42 GMT", 200),
    ] {
        copy(&server, "/docs/a", "b").header(name, value).send().await.expect(status);
        // As `ali-oss` sends them; on the target they say nothing.
        let plain = name.strip_prefix("x-oss-copy-source-").unwrap();
        copy(&server, "/docs/a", "b").header(name, value).header(plain, value).send().await.expect(status);
        copy(&server, "/docs/a", "b").header(plain, "other").send().await.expect(200);
    }
}

#[tokio::test]
async fn sources_that_cannot_be_copied_are_refused() {
    let server = server().await;
    put(&server, "a", "1").await.expect(200);
    copy(&server, "/docs/a?versionId=", "b").send().await.refused(400, "InvalidArgument");
    put(&server, "a", "1").await.expect(200);
    for (source, status, code) in [
        ("/docs/missing", 404, "NoSuchKey"),
        ("/nowhere/a", 404, "NoSuchBucket"),
        ("docs", 400, "InvalidArgument"),
        ("/docs/", 400, "InvalidObjectName"),
        ("/docs/%ff", 400, "InvalidArgument"),
        ("/docs/a?versionId=CAEQ", 404, "NoSuchVersion"),
    ] {
        copy(&server, source, "b").send().await.refused(status, code);
    }
    copy(&server, "docs/a?versionId=null", "b").send().await.expect(200);
    copy(&server, "/docs/a", "b")
        .header("x-oss-forbid-overwrite", "true")
        .send()
        .await
        .refused(409, "FileAlreadyExists");
}
