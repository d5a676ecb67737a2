//! Tags of objects, by header and by `?tagging`.

use oss_protocol::xml::Tagging;
use oss_server::RunningServer;

use crate::client::{Call, call, get, put, server};

fn tagging(server: &RunningServer, method: &str, key: &str) -> Call {
    call(server, method, "docs", key).query("tagging", "")
}

async fn tags(server: &RunningServer, key: &str) -> Vec<(String, String)> {
    Tagging::read(&tagging(server, "GET", key).send().await.expect(200).body).unwrap().tags
}

fn pairs(tags: &[(&str, &str)]) -> Vec<(String, String)> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn tags_come_with_the_object_or_later() {
    let server = server().await;
    call(&server, "PUT", "docs", "a").header("x-oss-tagging", "colour=dark%20blue&n").send().await.expect(200);
    assert_eq!(tags(&server, "a").await, pairs(&[("colour", "dark blue"), ("n", "")]));
    let before = get(&server, "a").await.expect(200);
    assert_eq!(before.header("x-oss-tagging-count"), Some("2"));
    let set = Tagging { tags: pairs(&[("目", "1")]) }.write();
    server.shift_clock(100);
    tagging(&server, "PUT", "a").body(set).send().await.expect(200);
    assert_eq!(tags(&server, "a").await, pairs(&[("目", "1")]));
    let after = call(&server, "HEAD", "docs", "a").send().await.expect(200);
    assert_eq!(after.header("x-oss-tagging-count"), Some("1"));
    assert_eq!(after.header("last-modified"), before.header("last-modified"), "tags change no content");
    tagging(&server, "DELETE", "a").send().await.expect(204);
    assert_eq!(tags(&server, "a").await, []);
    assert_eq!(get(&server, "a").await.header("x-oss-tagging-count"), None);
    put(&server, "a", "again").await.expect(200);
    assert_eq!(tags(&server, "a").await, []);
}

#[tokio::test]
async fn copies_keep_the_tags_or_replace_them() {
    let server = server().await;
    call(&server, "PUT", "docs", "a").header("x-oss-tagging", "a=1").send().await.expect(200);
    let copy = |key| call(&server, "PUT", "docs", key).header("x-oss-copy-source", "/docs/a");
    copy("b").header("x-oss-tagging", "b=2").send().await.expect(200);
    assert_eq!(tags(&server, "b").await, pairs(&[("a", "1")]), "by default the request's tags do not count");
    copy("c").header("x-oss-tagging", "b=2").header("x-oss-tagging-directive", "Replace").send().await.expect(200);
    assert_eq!(tags(&server, "c").await, pairs(&[("b", "2")]));
    copy("d").header("x-oss-tagging-directive", "Replace").send().await.expect(200);
    assert_eq!(tags(&server, "d").await, []);
    copy("e").header("x-oss-tagging-directive", "Merge").send().await.refused(400, "InvalidArgument");
}

#[tokio::test]
async fn multipart_uploads_are_tagged_at_the_start() {
    let server = server().await;
    let initiate = call(&server, "POST", "docs", "m").query("uploads", "").header("x-oss-tagging", "a=1");
    let answer = initiate.send().await.expect(200);
    let id = oss_protocol::xml::InitiateMultipartUploadResult::read(&answer.body).unwrap().upload_id;
    call(&server, "PUT", "docs", "m")
        .query("partNumber", "1")
        .query("uploadId", &id)
        .body("x")
        .send()
        .await
        .expect(200);
    let complete = call(&server, "POST", "docs", "m").query("uploadId", &id).header("x-oss-complete-all", "yes");
    complete.send().await.expect(200);
    assert_eq!(tags(&server, "m").await, pairs(&[("a", "1")]));
}

#[tokio::test]
async fn wrong_tags_are_refused_and_change_nothing() {
    let server = server().await;
    call(&server, "PUT", "docs", "a").header("x-oss-tagging", "a=1").send().await.expect(200);
    for wrong in [
        pairs(&[("a", "1"), ("a", "2")]),
        pairs(&[("", "1")]),
        pairs(&[("a", "<")]),
        (0..11).map(|n| (format!("k{n}"), String::new())).collect(),
    ] {
        let body = Tagging { tags: wrong }.write();
        tagging(&server, "PUT", "a").body(body).send().await.refused(400, "InvalidTag");
    }
    tagging(&server, "PUT", "a").body("<Tagging>").send().await.refused(400, "MalformedXML");
    assert_eq!(tags(&server, "a").await, pairs(&[("a", "1")]));
    for method in ["GET", "DELETE"] {
        tagging(&server, method, "none").send().await.refused(404, "NoSuchKey");
    }
    tagging(&server, "PUT", "none").body(Tagging::default().write()).send().await.refused(404, "NoSuchKey");
}
