//! Storage classes, and restoring what is archived.

use std::time::{Duration, SystemTime};

use oss_protocol::time::parse_http_date;
use oss_protocol::xml::{ObjectList, RestoreRequest};
use oss_server::RunningServer;

use crate::client::{Answer, Call, builder, call, get, put, server};

const DAY: i64 = 86_400;

async fn archived(server: &RunningServer, key: &str, class: &str) {
    call(server, "PUT", "docs", key).body("text").header("x-oss-storage-class", class).send().await.expect(200);
}

/// A call at the server's shifted time.
fn later(call: Call, seconds: i64) -> Call {
    call.at(SystemTime::now() + Duration::from_secs(seconds.unsigned_abs()))
}

async fn restore(server: &RunningServer, key: &str, days: u32, at: i64) -> Answer {
    let body = RestoreRequest { days: Some(days), tier: None }.write();
    later(call(server, "POST", "docs", key).query("restore", "").body(body), at).send().await
}

async fn head(server: &RunningServer, at: i64) -> Answer {
    later(call(server, "HEAD", "docs", "a"), at).send().await.expect(200)
}

#[tokio::test]
async fn an_archived_object_is_read_only_while_it_is_restored() {
    let server = builder().restore_takes(Duration::from_secs(3600)).start().await.unwrap();
    let started = SystemTime::now();
    archived(&server, "a", "Archive").await;
    let read = |at| later(call(&server, "GET", "docs", "a"), at);
    let copy = |at| later(call(&server, "PUT", "docs", "b").header("x-oss-copy-source", "/docs/a"), at);
    read(0).send().await.refused(403, "InvalidObjectState");
    copy(0).send().await.refused(403, "InvalidObjectState");
    assert_eq!(head(&server, 0).await.header("x-oss-restore"), None);
    restore(&server, "a", 2, 0).await.expect(202);
    restore(&server, "a", 2, 0).await.refused(409, "RestoreAlreadyInProgress");
    read(0).send().await.refused(403, "InvalidObjectState");
    assert_eq!(head(&server, 0).await.header("x-oss-restore"), Some("ongoing-request=\"true\""));
    let clean = |at| later(call(&server, "POST", "docs", "a").query("cleanRestoredObject", ""), at);
    clean(0).send().await.refused(409, "ArchiveRestoreNotFinished");

    server.shift_clock(3700);
    assert_eq!(read(3700).send().await.expect(200).body, b"text");
    copy(3700).send().await.expect(200);
    let info = head(&server, 3700).await.header("x-oss-restore").unwrap().to_owned();
    let date = info.strip_prefix("ongoing-request=\"false\", expiry-date=\"").unwrap().strip_suffix('"').unwrap();
    let expires = parse_http_date(date).unwrap();
    let span = Duration::from_secs(3600 + 2 * 86_400);
    // Dates have whole seconds.
    let earliest = started + span - Duration::from_secs(1);
    assert!((earliest..SystemTime::now() + span).contains(&expires), "{info}");
    let list = later(call(&server, "GET", "docs", "").query("prefix", "a"), 3700).send().await.expect(200);
    assert_eq!(ObjectList::read(&list.body).unwrap().objects[0].restore_info.as_deref(), Some(info.as_str()));
    restore(&server, "a", 7, 3700).await.expect(200);

    server.shift_clock(6 * DAY);
    read(6 * DAY).send().await.expect(200);
    server.shift_clock(8 * DAY);
    read(8 * DAY).send().await.refused(403, "InvalidObjectState");
    clean(8 * DAY).send().await.refused(409, "ArchiveRestoreFileStale");
    restore(&server, "a", 1, 8 * DAY).await.expect(202);
    server.shift_clock(8 * DAY + 3700);
    clean(8 * DAY + 3700).send().await.expect(200);
    read(8 * DAY + 3700).send().await.refused(403, "InvalidObjectState");
}

#[tokio::test]
async fn what_can_be_restored_and_for_how_long() {
    let server = server().await;
    put(&server, "plain", "text").await.expect(200);
    restore(&server, "plain", 1, 0).await.refused(400, "OperationNotSupported");
    restore(&server, "none", 1, 0).await.refused(404, "NoSuchKey");
    let clean = call(&server, "POST", "docs", "plain").query("cleanRestoredObject", "");
    clean.send().await.refused(400, "OperationNotSupported");
    archived(&server, "a", "Archive").await;
    for days in [0, 8] {
        restore(&server, "a", days, 0).await.refused(400, "InvalidArgument");
    }
    call(&server, "POST", "docs", "a").query("restore", "").send().await.expect(202);
    archived(&server, "cold", "DeepColdArchive").await;
    restore(&server, "cold", 366, 0).await.refused(400, "InvalidArgument");
    let request = |tier: &str| RestoreRequest { days: Some(365), tier: Some(tier.to_owned()) }.write();
    let cold = |tier: &str| call(&server, "POST", "docs", "cold").query("restore", "").body(request(tier));
    cold("Soon").send().await.refused(400, "InvalidArgument");
    let answer = cold("Bulk").send().await.expect(202);
    assert_eq!(answer.header("x-oss-object-restore-priority"), Some("Bulk"));
    let broken = call(&server, "POST", "docs", "a").query("restore", "").body("<RestoreRequest>");
    broken.send().await.refused(400, "MalformedXML");
}

#[tokio::test]
async fn every_write_takes_a_class() {
    let server = server().await;
    let class = |key: &'static str| {
        let request = call(&server, "HEAD", "docs", key);
        async move { request.send().await.expect(200).header("x-oss-storage-class").unwrap().to_owned() }
    };
    for (name, value) in [("IA", "a"), ("ColdArchive", "b")] {
        archived(&server, value, name).await;
    }
    assert_eq!((class("a").await, class("b").await), ("IA".to_owned(), "ColdArchive".to_owned()));
    let onto_itself = |name: &str| {
        call(&server, "PUT", "docs", "a").header("x-oss-copy-source", "/docs/a").header("x-oss-storage-class", name)
    };
    onto_itself("Tape").send().await.refused(400, "InvalidStorageClass");
    onto_itself("Archive").send().await.expect(200);
    assert_eq!(class("a").await, "Archive");
    get(&server, "a").await.refused(403, "InvalidObjectState");
    onto_itself("Standard").send().await.refused(403, "InvalidObjectState");
    let initiate = call(&server, "POST", "docs", "m").query("uploads", "");
    initiate.clone().header("x-oss-storage-class", "Tape").send().await.refused(400, "InvalidStorageClass");
    let append = call(&server, "POST", "docs", "log").query("append", "").query("position", "0").body("x");
    append.clone().header("x-oss-storage-class", "Archive").send().await.refused(400, "OperationNotSupported");
    append.header("x-oss-storage-class", "IA").send().await.expect(200);
    assert_eq!(class("log").await, "IA");
}

#[tokio::test]
async fn only_cold_archives_know_tiers() {
    let server = server().await;
    let body = RestoreRequest { days: Some(2), tier: Some("Bulk".into()) }.write();
    for (class, status) in [("Archive", 400), ("ColdArchive", 202), ("DeepColdArchive", 202)] {
        archived(&server, class, class).await;
        let answer = call(&server, "POST", "docs", class).query("restore", "").body(body.as_str()).send().await;
        let answer = answer.expect(status);
        match status {
            400 => drop(answer.refused(400, "MalformedXML")),
            _ => assert_eq!(answer.header("x-oss-object-restore-priority"), Some("Bulk")),
        }
    }
}
