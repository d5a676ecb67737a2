//! Ranges, conditions and overrides of GetObject.

use std::io::Read as _;
use std::time::{Duration, SystemTime};

use oss_protocol::time::http_date;
use oss_server::RunningServer;

use crate::client::{Answer, Call, Signing, builder, call, get, put, server};

async fn with_object(len: usize) -> (RunningServer, Vec<u8>) {
    let server = server().await;
    let body: Vec<u8> = (0..len).map(|index| (index % 253) as u8).collect();
    put(&server, "a", body.clone()).await.expect(200);
    (server, body)
}

async fn range(server: &RunningServer, range: &str, standard: bool) -> Answer {
    let request = call(server, "GET", "docs", "a").header("Range", range);
    let request = if standard { request.header("x-oss-range-behavior", "standard") } else { request };
    request.send().await
}

#[tokio::test]
async fn ranges_of_small_and_large_objects() {
    for len in [1000, 2_000_000] {
        let (server, body) = with_object(len).await;
        for (first, last) in [(0, 0), (10, 99), (500, len - 1), (len - 1, len - 1), (len / 3, len / 3 * 2)] {
            let answer = range(&server, &format!("bytes={first}-{last}"), true).await.expect(206);
            assert_eq!(answer.body, body[first..=last]);
            let place = format!("bytes {first}-{last}/{len}");
            assert_eq!(answer.header("content-range"), Some(place.as_str()));
            let whole = get(&server, "a").await;
            assert_eq!(answer.header("x-oss-hash-crc64ecma"), whole.header("x-oss-hash-crc64ecma"));
        }
    }
}

#[tokio::test]
async fn unreasonable_ranges_give_the_whole_object_or_a_refusal() {
    let (server, body) = with_object(1000).await;
    let answer = range(&server, "bytes=1000-", false).await.expect(200);
    assert_eq!(answer.body, body);
    assert_eq!(answer.header("content-range"), None);
    let error = range(&server, "bytes=1000-", true).await.refused(416, "InvalidRange");
    assert_eq!((error.detail("ActualObjectSize"), error.detail("RangeRequested")), (Some("1000"), Some("bytes=1000-")));
    let answer = range(&server, "bytes=990-2000", true).await.expect(206);
    assert_eq!(answer.body, body[990..]);
    assert_eq!(range(&server, "bytes=990-2000", false).await.expect(200).body, body);
    assert_eq!(range(&server, "rows=1-2", true).await.expect(200).body, body);
}

#[tokio::test]
async fn conditions_on_etag_and_date() {
    let (server, _) = with_object(10).await;
    let etag = get(&server, "a").await.header("etag").unwrap().to_owned();
    let bare = etag.trim_matches('"').to_lowercase();
    let now = SystemTime::now();
    let (past, soon) = (http_date(now - Duration::from_secs(3600)), http_date(now + Duration::from_secs(3600)));
    // A clock may be ahead of the server's by as much as signatures allow.
    let ahead = http_date(now + Duration::from_secs(600));
    let modified = get(&server, "a").await.header("last-modified").unwrap().to_owned();
    for (name, value, status) in [
        ("If-Match", etag.as_str(), 200),
        ("If-Match", &bare, 200),
        ("If-Match", "\"other\"", 412),
        ("If-None-Match", &etag, 304),
        ("If-None-Match", &bare, 304),
        ("If-None-Match", "other", 200),
        ("If-Modified-Since", &past, 200),
        ("If-Modified-Since", &modified, 304),
        ("If-Modified-Since", &ahead, 304),
        ("If-Modified-Since", &soon, 200),
        ("If-Modified-Since", "yesterday", 200),
        ("If-Unmodified-Since", &past, 412),
        ("If-Unmodified-Since", &modified, 200),
        ("If-Unmodified-Since", &soon, 200),
        ("If-Unmodified-Since", "yesterday", 200),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = call(&server, method, "docs", "a").header(name, value).send().await.expect(status);
            match status {
                412 => assert_eq!(answer.refused(412, "PreconditionFailed").detail("Condition"), Some(name)),
                304 => assert!(answer.body.is_empty() && answer.header("x-oss-err").is_none()),
                _ => {}
            }
        }
    }
    let both = call(&server, "GET", "docs", "a").header("If-Match", &etag).header("If-None-Match", &etag);
    both.send().await.expect(304);
}

fn with_override(server: &RunningServer, name: &str, value: &str) -> Call {
    call(server, "GET", "docs", "a").query(name, value)
}

#[tokio::test]
async fn a_signed_request_may_override_headers_of_its_answer() {
    let (server, _) = with_object(10).await;
    for (name, header) in [
        ("response-content-language", "content-language"),
        ("response-expires", "expires"),
        ("response-cache-control", "cache-control"),
        ("response-content-disposition", "content-disposition"),
        ("response-content-encoding", "content-encoding"),
    ] {
        for signing in [
            Signing::V4,
            Signing::V1,
            Signing::V4Query(Duration::from_secs(60)),
            Signing::V1Query(Duration::from_secs(60)),
        ] {
            let answer = with_override(&server, name, "a; b=\"c\"").signing(signing).send().await.expect(200);
            assert_eq!(answer.header(header), Some("a; b=\"c\""), "{name}");
        }
        with_override(&server, name, "a\r\nevil: 1").send().await.refused(400, "InvalidArgument");
    }
}

#[tokio::test]
async fn the_content_type_is_overridden_only_where_the_server_was_told_so() {
    let (server, _) = with_object(10).await;
    with_override(&server, "response-content-type", "text/html").send().await.refused(400, "InvalidRequest");
    let lenient = builder().accept_response_content_type().start().await.unwrap();
    put(&lenient, "a", "1").await.expect(200);
    let answer = with_override(&lenient, "response-content-type", "text/html").send().await.expect(200);
    assert_eq!(answer.header("content-type"), Some("text/html"));
}

#[tokio::test]
async fn anonymous_requests_override_nothing() {
    let (server, _) = with_object(10).await;
    call(&server, "PUT", "docs", "").query("acl", "").header("x-oss-acl", "public-read").send().await.expect(200);
    get(&server, "a").await.expect(200);
    let request = with_override(&server, "response-cache-control", "no-cache").signing(Signing::Anonymous);
    request.send().await.refused(400, "InvalidRequest");
}

#[tokio::test]
async fn archived_objects_cannot_be_read() {
    let server = server().await;
    call(&server, "PUT", "docs", "a").body("1").header("x-oss-storage-class", "Archive").send().await.expect(200);
    get(&server, "a").await.refused(403, "InvalidObjectState");
    call(&server, "HEAD", "docs", "a").send().await.expect(200);
}

#[tokio::test]
async fn there_is_one_version() {
    let (server, _) = with_object(10).await;
    call(&server, "GET", "docs", "a").query("versionId", "null").send().await.expect(200);
    call(&server, "GET", "docs", "a").query("versionId", "CAEQ").send().await.refused(404, "NoSuchVersion");
    call(&server, "DELETE", "docs", "a").query("versionId", "CAEQ").send().await.refused(404, "NoSuchVersion");
    get(&server, "a").await.expect(200);
}

#[tokio::test]
async fn a_slow_reader_finishes_what_was_overwritten_meanwhile() {
    use tokio::io::AsyncReadExt as _;
    use tokio::io::AsyncWriteExt as _;
    let (server, body) = with_object(12_000_000).await;
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    stream.write_all(call(&server, "GET", "docs", "a").signed().head().as_bytes()).await.unwrap();
    let mut start = vec![0; 1000];
    stream.read_exact(&mut start).await.unwrap();
    put(&server, "a", "short").await.expect(200);
    call(&server, "DELETE", "docs", "a").send().await.expect(204);
    let mut all = start;
    while !all.ends_with(&body[body.len() - 1000..]) {
        assert_ne!(stream.read_buf(&mut all).await.unwrap(), 0, "the body broke off after {} bytes", all.len());
    }
    let head = all.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    assert!(all[head + 4..] == body);
    get(&server, "a").await.refused(404, "NoSuchKey");
}

#[tokio::test]
async fn texts_are_compressed_for_who_asks() {
    let server = server().await;
    let text: Vec<u8> = (0..1_500_000).map(|index| b"lorem ipsum "[index % 12]).collect();
    let store = async |key: &str, kind: &str, len: usize| {
        let put = call(&server, "PUT", "docs", key).header("Content-Type", kind).body(text[..len].to_vec());
        put.send().await.expect(200);
    };
    store("text", "text/plain; charset=utf-8", text.len()).await;
    store("small", "text/plain", 1023).await;
    store("picture", "image/png", 5000).await;
    let asking = |key: &str, coding: &str| call(&server, "GET", "docs", key).header("Accept-Encoding", coding);

    let whole = get(&server, "text").await.expect(200);
    assert_eq!((whole.header("content-encoding"), whole.body.len()), (None, text.len()));
    let packed = asking("text", "deflate, gzip;q=0.5").send().await.expect(200);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!((packed.header("content-length"), packed.header("etag")), (None, None));
    assert!(packed.whole && packed.body.len() < text.len() / 10);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == text);

    let kept = call(&server, "PUT", "docs", "packed").header("Content-Type", "text/plain");
    kept.header("Content-Encoding", "gzip").body(packed.body).send().await.expect(200);
    for (key, coding) in [("text", "identity"), ("text", "gzip;q=0"), ("small", "gzip"), ("picture", "gzip")] {
        assert_eq!(asking(key, coding).send().await.expect(200).header("content-encoding"), None, "{key} {coding}");
    }
    let once = asking("packed", "gzip").send().await.expect(200);
    assert!(once.header("content-length").is_some(), "what is compressed already stays as it is");
    let part = asking("text", "gzip").header("Range", "bytes=0-9").header("x-oss-range-behavior", "standard");
    assert_eq!(part.send().await.expect(206).body, text[..10]);
}
