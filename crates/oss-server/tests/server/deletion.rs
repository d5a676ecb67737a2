//! DeleteObject and DeleteMultipleObjects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use oss_protocol::xml::DeleteResult;
use oss_server::RunningServer;

use crate::client::{Call, call, get, put, server};

fn delete(server: &RunningServer, body: &str) -> Call {
    let md5 = STANDARD.encode(Md5::digest(body));
    call(server, "POST", "docs", "").query("delete", "").header("Content-MD5", &md5).body(body)
}

#[tokio::test]
async fn deleting_answers_the_same_whether_it_was_there_or_not() {
    let server = server().await;
    put(&server, "a", vec![1; 100_000]).await.expect(200);
    for _ in 0..2 {
        let answer = call(&server, "DELETE", "docs", "a").send().await.expect(204);
        assert!(answer.body.is_empty());
        get(&server, "a").await.refused(404, "NoSuchKey");
    }
    call(&server, "DELETE", "nowhere", "a").send().await.refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn many_keys_go_in_one_request() {
    let server = server().await;
    for key in ["a", "b & c", "目/录", "x\u{1}y"] {
        put(&server, key, "1").await.expect(200);
    }
    let body = "<Delete><Quiet>false</Quiet><Object><Key>a</Key></Object><Object><Key>b &amp; c</Key></Object>\
                <Object><Key>x&#x01;y</Key></Object><Object><Key>never there</Key></Object></Delete>";
    let answer = delete(&server, body).query("encoding-type", "url").send().await.expect(200);
    assert!(answer.text().contains("<Key>b%20%26%20c</Key>"), "{}", answer.text());
    let deleted: Vec<_> =
        DeleteResult::read(&answer.body).unwrap().deleted.into_iter().map(|deleted| deleted.key).collect();
    assert_eq!(deleted, ["a", "b & c", "x\u{1}y", "never there"]);
    get(&server, "a").await.refused(404, "NoSuchKey");
    get(&server, "x\u{1}y").await.refused(404, "NoSuchKey");
    get(&server, "目/录").await.expect(200);
}

#[tokio::test]
async fn a_quiet_request_is_answered_with_nothing() {
    let server = server().await;
    put(&server, "a", "1").await.expect(200);
    let answer = delete(&server, "<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object></Delete>").send().await;
    assert!(answer.expect(200).body.is_empty());
    get(&server, "a").await.refused(404, "NoSuchKey");
}

#[tokio::test]
async fn what_is_no_deletion_deletes_nothing() {
    let server = server().await;
    put(&server, "a", "1").await.expect(200);
    let good = "<Delete><Object><Key>a</Key></Object></Delete>";
    let without_md5 = call(&server, "POST", "docs", "").query("delete", "").body(good);
    without_md5.send().await.refused(400, "MissingArgument");
    let mut wire = delete(&server, good).signed();
    wire.body = good.replace(">a<", ">b<").into_bytes();
    wire.send().await.refused(400, "InvalidDigest");
    let too_many = format!("<Delete>{}</Delete>", "<Object><Key>a</Key></Object>".repeat(1001));
    for body in ["", "<Delete/>", "<Delete><Object></Object></Delete>", "<Delete><Object><Key>a</Key>", &too_many] {
        delete(&server, body).send().await.refused(400, "MalformedXML");
    }
    let huge = format!("<Delete><Object><Key>a</Key></Object>{}</Delete>", " ".repeat(2 * 1024 * 1024));
    delete(&server, &huge).send().await.refused(400, "EntityTooLarge");
    get(&server, "a").await.expect(200);
}

#[tokio::test]
async fn names_that_no_object_can_have_are_refused_among_many() {
    let server = server().await;
    call(&server, "PUT", "docs", "")
        .query("versioning", "")
        .body("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
        .send()
        .await
        .expect(200);
    put(&server, "a", "1").await.expect(200);
    for name in ["/lead", "\\lead", &"a".repeat(1024)] {
        let body = format!("<Delete><Object><Key>a</Key></Object><Object><Key>{name}</Key></Object></Delete>");
        delete(&server, &body).send().await.refused(400, "InvalidObjectName");
    }
    get(&server, "a").await.expect(200);
    let versions = call(&server, "GET", "docs", "").query("versions", "").send().await.expect(200);
    assert!(!versions.text().contains("<DeleteMarker>"), "{}", versions.text());
}
