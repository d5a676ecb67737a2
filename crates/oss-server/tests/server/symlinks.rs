//! Symbolic links: made, read, followed.

use oss_protocol::xml::{InitiateMultipartUploadResult, ObjectList};
use oss_server::RunningServer;

use crate::client::{Call, Signing, call, get, put, server};

fn link(server: &RunningServer, key: &str, target: &str) -> Call {
    call(server, "PUT", "docs", key).query("symlink", "").header("x-oss-symlink-target", target)
}

#[tokio::test]
async fn reading_follows_a_link() {
    let server = server().await;
    server.shift_clock(-100);
    let target = call(&server, "PUT", "docs", "目/a b.txt").body("text").header("Content-Type", "text/plain");
    let target = target.at(std::time::SystemTime::now()).send().await.expect(200);
    server.shift_clock(0);
    let made = link(&server, "link", "%E7%9B%AE%2Fa%20b.txt")
        .header("Content-Type", "text/html")
        .header("x-oss-meta-a", "link")
        .send()
        .await
        .expect(200);
    assert!(made.header("etag").is_some());
    let read = get(&server, "link").await.expect(200);
    let head = call(&server, "HEAD", "docs", "link").send().await.expect(200);
    assert_eq!(read.body, b"text");
    for answer in [&read, &head] {
        for name in ["etag", "x-oss-hash-crc64ecma", "content-md5"] {
            assert_eq!(answer.header(name), target.header(name), "{name}");
        }
        assert_eq!(answer.header("content-length"), Some("4"));
        assert_eq!(answer.header("content-type"), Some("text/html"), "the rest is the link's");
        assert_eq!(answer.header("x-oss-meta-a"), Some("link"));
        assert_eq!(answer.header("x-oss-object-type"), Some("Symlink"));
    }
    let described = call(&server, "GET", "docs", "link").query("symlink", "").send().await.expect(200);
    assert_eq!(described.header("x-oss-symlink-target"), Some("%E7%9B%AE/a%20b.txt"));
    assert_eq!(described.header("etag"), made.header("etag"));
    assert_eq!(described.header("x-oss-meta-a"), Some("link"));
    assert_eq!(head.header("last-modified"), described.header("last-modified"), "the later of both");
    let meta = call(&server, "HEAD", "docs", "link").query("objectMeta", "").send().await.expect(200);
    assert_eq!(meta.header("content-length"), Some("11"), "the length of the target's key");
    assert_eq!(meta.header("etag"), made.header("etag"));
    let range = call(&server, "GET", "docs", "link").header("Range", "bytes=1-2").send().await.expect(206);
    assert_eq!(range.body, b"ex");
    let list = call(&server, "GET", "docs", "").send().await.expect(200);
    let types = ObjectList::read(&list.body).unwrap().objects;
    assert_eq!(types.iter().map(|object| object.object_type.as_str()).collect::<Vec<_>>(), ["Symlink", "Normal"]);
}

#[tokio::test]
async fn links_are_objects_of_their_own() {
    let server = server().await;
    put(&server, "a", "text").await.expect(200);
    link(&server, "link", "a").send().await.expect(200);
    call(&server, "PUT", "docs", "copy").header("x-oss-copy-source", "/docs/link").send().await.expect(200);
    let copied = call(&server, "GET", "docs", "copy").query("symlink", "").send().await.expect(200);
    assert_eq!(copied.header("x-oss-symlink-target"), Some("a"), "a copy is a link too");
    call(&server, "DELETE", "docs", "link").send().await.expect(204);
    assert_eq!(get(&server, "a").await.expect(200).body, b"text");
    put(&server, "a", "other").await.expect(200);
    assert_eq!(get(&server, "copy").await.expect(200).body, b"other");
    link(&server, "copy", "b").header("x-oss-forbid-overwrite", "true").send().await.refused(409, "FileAlreadyExists");
    put(&server, "copy", "no link").await.expect(200);
    call(&server, "GET", "docs", "copy").query("symlink", "").send().await.refused(400, "NotSymlink");
}

#[tokio::test]
async fn links_that_lead_nowhere() {
    let server = server().await;
    link(&server, "dangling", "none").send().await.expect(200);
    link(&server, "second", "dangling").send().await.expect(200);
    link(&server, "self", "self").send().await.expect(200);
    for method in ["GET", "HEAD"] {
        let read = |key| call(&server, method, "docs", key);
        read("dangling").send().await.refused(404, "SymlinkTargetNotExist");
        read("second").send().await.refused(400, "InvalidTargetType");
        read("self").send().await.refused(400, "InvalidTargetType");
    }
    call(&server, "HEAD", "docs", "dangling").query("objectMeta", "").send().await.expect(200);
    call(&server, "GET", "docs", "none").query("symlink", "").send().await.refused(404, "NoSuchKey");
    call(&server, "PUT", "docs", "x").query("symlink", "").send().await.refused(400, "MissingArgument");
    link(&server, "x", "%zz").send().await.refused(400, "InvalidArgument");
    link(&server, "x", "/a").send().await.refused(400, "InvalidObjectName");
}

#[tokio::test]
async fn a_public_link_opens_no_private_target() {
    let server = server().await;
    put(&server, "secret", "text").await.expect(200);
    link(&server, "link", "secret").header("x-oss-object-acl", "public-read").send().await.expect(200);
    let open = || call(&server, "GET", "docs", "link").signing(Signing::Anonymous);
    open().send().await.refused(403, "AccessDenied");
    let acl = call(&server, "PUT", "docs", "secret").query("acl", "").header("x-oss-object-acl", "public-read");
    acl.send().await.expect(200);
    open().send().await.expect(200);
}

#[tokio::test]
async fn deleting_a_link_leaves_its_target() {
    let server = server().await;
    put(&server, "target", "text").await.expect(200);
    for query in [None, Some("symlink")] {
        link(&server, "link", "target").send().await.expect(200);
        let delete = call(&server, "DELETE", "docs", "link");
        query.into_iter().fold(delete, |call, name| call.query(name, "")).send().await.expect(204);
        get(&server, "link").await.refused(404, "NoSuchKey");
        get(&server, "target").await.expect(200);
    }
}

/// A part that is copied through a link is read with the rights of the bucket that holds the link, not of the one that is written to.
#[tokio::test]
async fn a_copy_through_a_link_opens_no_private_target() {
    let server = server().await;
    put(&server, "secret", "text").await.expect(200);
    link(&server, "link", "secret").header("x-oss-object-acl", "public-read").send().await.expect(200);
    call(&server, "PUT", "open", "").header("x-oss-acl", "public-read-write").send().await.expect(200);
    let anyone = |call: Call| call.signing(Signing::Anonymous);
    let started = anyone(call(&server, "POST", "open", "out").query("uploads", "")).send().await.expect(200);
    let id = InitiateMultipartUploadResult::read(&started.body).unwrap().upload_id;
    let copy = || {
        let part = call(&server, "PUT", "open", "out").query("partNumber", "1").query("uploadId", &id);
        anyone(part.header("x-oss-copy-source", "/docs/link"))
    };
    copy().send().await.refused(403, "AccessDenied");
    let acl = call(&server, "PUT", "docs", "secret").query("acl", "").header("x-oss-object-acl", "public-read");
    acl.send().await.expect(200);
    copy().send().await.expect(200);
}
