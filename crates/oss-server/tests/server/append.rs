//! AppendObject.

use std::time::Duration;

use oss_protocol::crc64::checksum;
use oss_protocol::xml::Tagging;
use oss_server::RunningServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{Call, Signing, builder, call, get, put, read_answer, server};

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

/// Starts an append of so many bytes at position 3, and comes back when the server waits for them.
async fn begin(server: &RunningServer, len: usize) -> TcpStream {
    let request = append(server, 3, "").unannounced().header("Content-Length", &len.to_string());
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    stream.write_all(request.header("Expect", "100-continue").signed().head().as_bytes()).await.unwrap();
    let mut word = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    stream.read_exact(&mut word).await.unwrap();
    assert!(word.starts_with(b"HTTP/1.1 100"));
    stream
}

#[tokio::test]
async fn what_is_said_of_an_object_during_an_append_stays_said() {
    let server = server().await;
    append(&server, 0, "abc").header("x-oss-object-acl", "public-read").send().await.expect(200);
    let mut stream = begin(&server, 6).await;
    call(&server, "PUT", "docs", "log").query("acl", "").header("x-oss-object-acl", "private").send().await.expect(200);
    let tags = Tagging { tags: vec![("k".into(), "v".into())] }.write();
    call(&server, "PUT", "docs", "log").query("tagging", "").body(tags).send().await.expect(200);
    stream.write_all(b"defghi").await.unwrap();
    let answer = read_answer(&mut stream, "POST").await.unwrap().expect(200);
    assert_eq!(answer.header("x-oss-next-append-position"), Some("9"));
    call(&server, "GET", "docs", "log").signing(Signing::Anonymous).send().await.refused(403, "AccessDenied");
    let read = get(&server, "log").await.expect(200);
    assert_eq!((read.body.as_slice(), read.header("x-oss-tagging-count")), (b"abcdefghi".as_slice(), Some("1")));
}

#[tokio::test]
async fn an_append_of_nothing_changes_nothing() {
    let server = server().await;
    let first = append(&server, 0, "abc").send().await.expect(200);
    let before = get(&server, "log").await.expect(200);
    let nothing = append(&server, 3, "").send().await.expect(200);
    assert_eq!(nothing.header("etag"), first.header("etag"));
    assert_eq!(nothing.header("x-oss-next-append-position"), Some("3"));
    let after = get(&server, "log").await.expect(200);
    assert_eq!(after.header("etag"), before.header("etag"));
    append(&server, 2, "").send().await.refused(409, "PositionNotEqualToLength");
}

#[tokio::test]
async fn nobody_waits_for_a_slow_append_for_ever() {
    let server = builder().client_timeout(Duration::from_millis(300)).start().await.unwrap();
    append(&server, 0, "abc").send().await.expect(200);
    let mut stream = begin(&server, 1000).await;
    let trickle = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        while stream.write_all(b"x").await.is_ok() {
            ticks.tick().await;
        }
    });
    append(&server, 3, "y").send().await.refused(409, "OperationAborted");
    trickle.abort();
}
