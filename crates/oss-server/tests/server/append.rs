//! AppendObject.

use oss_protocol::crc64::checksum;
use oss_server::RunningServer;

use crate::client::{Call, call, get, put, server};

fn append(server: &RunningServer, position: u64, body: impl Into<Vec<u8>>) -> Call {
    call(server, "POST", "docs", "log").query("append", "").query("position", &position.to_string()).body(body)
}

#[tokio::test]
async fn an_object_grows_by_appends() {
    let server = server().await;
    let mut whole = Vec::new();
    let mut etags = Vec::new();
    for (round, len) in [10_usize, 0, 100_000, 1, 600_000].into_iter().enumerate() {
        let piece = vec![round as u8; len];
        let request = append(&server, whole.len() as u64, piece.clone()).header("x-oss-meta-round", &round.to_string());
        let answer = request.send().await.expect(200);
        whole.extend(piece);
        assert_eq!(answer.header("x-oss-next-append-position"), Some(whole.len().to_string().as_str()));
        assert_eq!(answer.header("x-oss-hash-crc64ecma"), Some(checksum(&whole).to_string().as_str()));
        etags.push(answer.header("etag").unwrap().to_owned());
        let read = get(&server, "log").await.expect(200);
        assert!(read.body == whole, "round {round}");
        assert_eq!(read.header("x-oss-object-type"), Some("Appendable"));
        assert_eq!(read.header("x-oss-meta-round"), Some("0"), "metadata counts on the first append only");
        assert_eq!(read.header("content-md5"), None);
    }
    etags.dedup();
    assert!(etags.len() >= 4, "the ETag changes with the content");
}

#[tokio::test]
async fn only_the_first_append_is_asked_what_to_store() {
    let server = server().await;
    let tags = (0..11).map(|number| format!("k{number}=v")).collect::<Vec<_>>().join("&");
    append(&server, 0, "a").header("x-oss-tagging", &tags).send().await.refused(400, "InvalidTag");
    append(&server, 0, "a").send().await.expect(200);
    append(&server, 1, "b").header("x-oss-tagging", &tags).send().await.expect(200);
    let read = get(&server, "log").await.expect(200);
    assert_eq!((read.body.as_slice(), read.header("x-oss-tagging-count")), (b"ab".as_slice(), None));
}

#[tokio::test]
async fn the_position_must_be_the_length() {
    let server = server().await;
    let answer = append(&server, 5, "x").send().await;
    assert_eq!(answer.header("x-oss-next-append-position"), Some("0"));
    answer.refused(409, "PositionNotEqualToLength");
    append(&server, 0, "abc").send().await.expect(200);
    for position in [0, 2, 4] {
        let answer = append(&server, position, "x").send().await;
        assert_eq!(answer.header("x-oss-next-append-position"), Some("3"));
        let error = answer.refused(409, "PositionNotEqualToLength");
        assert_eq!(error.ec.as_deref(), Some("0026-00000016"));
    }
    let request = call(&server, "POST", "docs", "log").query("append", "");
    request.clone().send().await.refused(400, "MissingArgument");
    request.query("position", "end").send().await.refused(400, "InvalidArgument");
    assert_eq!(get(&server, "log").await.body, b"abc");
}

#[tokio::test]
async fn only_appendable_objects_grow() {
    let server = server().await;
    put(&server, "log", "abc").await.expect(200);
    append(&server, 3, "x").send().await.refused(409, "ObjectNotAppendable");
    call(&server, "DELETE", "docs", "log").send().await.expect(204);
    append(&server, 0, "abc").send().await.expect(200);
    append(&server, 3, "x").header("x-oss-forbid-overwrite", "true").send().await.refused(409, "FileAlreadyExists");
    put(&server, "log", "plain").await.expect(200);
    assert_eq!(get(&server, "log").await.header("x-oss-object-type"), Some("Normal"));
}

#[tokio::test]
async fn a_failed_append_leaves_the_object_as_it_was() {
    let server = server().await;
    append(&server, 0, "abc").send().await.expect(200);
    append(&server, 3, "damaged").header("x-oss-hash-crc64ecma", "1").send().await.refused(400, "InvalidCRC64");
    append(&server, 3, "damaged")
        .header("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")
        .send()
        .await
        .refused(400, "InvalidDigest");
    assert_eq!(get(&server, "log").await.body, b"abc");
    let crc64 = checksum(b"abcdef").to_string();
    let answer = append(&server, 3, "def").header("x-oss-hash-crc64ecma", &crc64).send().await.expect(200);
    assert_eq!(answer.header("x-oss-hash-crc64ecma"), Some(crc64.as_str()));
    assert_eq!(get(&server, "log").await.body, b"abcdef");
}

#[tokio::test]
async fn of_racing_appends_one_wins_each_position() {
    let server = server().await;
    append(&server, 0, "").send().await.expect(200);
    let mut tasks = tokio::task::JoinSet::new();
    for worker in 0..8_u8 {
        let request = append(&server, 0, vec![worker; 100]);
        tasks.spawn(async move { request.send().await.status });
    }
    let mut statuses = Vec::new();
    while let Some(status) = tasks.join_next().await {
        statuses.push(status.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    let read = get(&server, "log").await;
    assert!(read.body.len() == 100 && read.body.iter().all(|byte| *byte == read.body[0]));
}

#[tokio::test]
async fn a_copy_does_not_grow_with_its_source() {
    let server = server().await;
    append(&server, 0, "abc").send().await.expect(200);
    call(&server, "PUT", "docs", "copy").header("x-oss-copy-source", "/docs/log").send().await.expect(200);
    append(&server, 3, "def").send().await.expect(200);
    let read = get(&server, "copy").await.expect(200);
    assert_eq!((read.body.as_slice(), read.header("x-oss-object-type")), (b"abc".as_slice(), Some("Normal")));
    assert_eq!(get(&server, "log").await.body, b"abcdef");
}
