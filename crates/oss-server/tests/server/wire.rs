//! Connections as they come: broken, slow, rude, or many.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{Signing, builder, call, exchange, get, put, read_answer, server};

#[tokio::test]
async fn a_body_that_breaks_off_stores_nothing() {
    let server = server().await;
    put(&server, "a", "old").await.expect(200);
    for len in [100, 1_000_000] {
        let request = call(&server, "PUT", "docs", "a").unannounced().header("Content-Length", &(len * 2).to_string());
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
        stream.write_all(request.signed().head().as_bytes()).await.unwrap();
        stream.write_all(&vec![1; len]).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(!rest.starts_with(b"HTTP/1.1 200"));
        assert_eq!(get(&server, "a").await.body, b"old");
    }
}

#[tokio::test]
async fn a_client_that_is_still_sending_sees_its_refusal() {
    let server = server().await;
    let large = vec![1; 4_000_000];
    call(&server, "PUT", "docs", "a")
        .credentials("nobody", "x")
        .body(large.clone())
        .send()
        .await
        .refused(403, "InvalidAccessKeyId");
    call(&server, "PUT", "nowhere", "a").body(large.clone()).send().await.refused(404, "NoSuchBucket");
    call(&server, "PUT", "docs", "a")
        .header("x-oss-storage-class", "x")
        .body(large)
        .send()
        .await
        .refused(400, "InvalidStorageClass");
}

#[tokio::test]
async fn a_client_that_asks_first_is_told_to_go_on_or_not() {
    let server = server().await;
    for (secret, expected) in [("test-secret", "HTTP/1.1 100 "), ("wrong", "HTTP/1.1 403 ")] {
        let request = call(&server, "PUT", "docs", "a")
            .credentials("test-id", secret)
            .header("Expect", "100-continue")
            .body("text");
        let signed = request.signed();
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
        stream.write_all(signed.head().as_bytes()).await.unwrap();
        let mut start = vec![0; expected.len()];
        stream.read_exact(&mut start).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&start), expected);
        if expected.contains("100") {
            stream.write_all(&signed.body).await.unwrap();
            let mut rest = Vec::new();
            while !rest.windows(15).any(|window| window == b"HTTP/1.1 200 OK") {
                assert_ne!(stream.read_buf(&mut rest).await.unwrap(), 0);
            }
        }
    }
}

#[tokio::test]
async fn a_get_that_announces_a_body_and_sends_none_does_not_swallow_the_next_request() {
    let server = server().await;
    put(&server, "a", "text").await.expect(200);
    let request = call(&server, "GET", "docs", "a").unannounced().header("Content-Length", "9").signed();
    let answer = exchange(server.port(), request.head().as_bytes(), "GET").await.unwrap().expect(200);
    assert_eq!((answer.body.as_slice(), answer.header("connection")), (b"text".as_slice(), Some("close")));
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let server = server().await;
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    for round in 0..20 {
        let key = format!("a{round}");
        for (method, body, status) in
            [("PUT", "text", 200), ("GET", "", 200), ("HEAD", "", 200), ("DELETE", "", 204), ("GET", "", 404)]
        {
            let signed = call(&server, method, "docs", &key).body(body).signed();
            stream.write_all(signed.head().as_bytes()).await.unwrap();
            stream.write_all(&signed.body).await.unwrap();
            let answer = read_answer(&mut stream, method).await.unwrap();
            assert_eq!(answer.status, status, "{method} {round}");
        }
    }
}

#[tokio::test]
async fn a_get_that_announces_a_body_is_answered_at_once() {
    let server = server().await;
    put(&server, "a", "text").await.expect(200);
    let wire = call(&server, "GET", "docs", "a").unannounced().header("Content-Length", "10").signed();
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    stream.write_all(wire.head().as_bytes()).await.unwrap();
    let answer = read_answer(&mut stream, "GET").await.unwrap();
    assert_eq!(answer.body, b"text");
}

#[tokio::test]
async fn what_is_no_request_is_an_error() {
    let server = server().await;
    let huge = format!("GET / HTTP/1.1\r\nHost: a\r\nx-big: {}\r\n\r\n", "v".repeat(200_000));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "x: y\r\n".repeat(1000));
    for raw in ["nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", &huge, &many] {
        let answer = exchange(server.port(), raw.as_bytes(), "GET").await.unwrap();
        assert!((400..=505).contains(&answer.status), "{}", answer.status);
    }
    exchange(server.port(), b"GET /docs/ HTTP/1.1\r\nHost: a\r\nx-oss-meta-a: \xff\r\n\r\n", "GET")
        .await
        .unwrap()
        .refused(400, "InvalidArgument");
    exchange(server.port(), b"PUT /docs/a HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "PUT")
        .await
        .unwrap()
        .expect(400);
    get(&server, "a").await.refused(404, "NoSuchKey");
}

/// Whatever comes, the server answers or hangs up, never fails itself, and goes on serving.
#[tokio::test]
async fn no_request_makes_the_server_fall() {
    let server = builder().client_timeout(Duration::from_secs(1)).start().await.unwrap();
    put(&server, "a", "text").await.expect(200);
    let names = [
        "acl",
        "append",
        "uploads",
        "uploadId",
        "partNumber",
        "position",
        "delete",
        "objectMeta",
        "list-type",
        "marker",
        "continuation-token",
        "max-keys",
        "prefix",
        "delimiter",
        "encoding-type",
        "versionId",
        "key-marker",
        "max-parts",
        "upload-id-marker",
        "part-number-marker",
        "response-expires",
        "x-oss-process",
        "start-after",
        "versions",
        "versioning",
        "version-id-marker",
        "tagging",
        "symlink",
        "restore",
        "cleanRestoredObject",
        "sequential",
        "cors",
        "lifecycle",
        "policy",
        "policyStatus",
        "logging",
        "callback",
        "callback-var",
    ];
    let headers = [
        "Range",
        "If-Match",
        "If-Modified-Since",
        "Content-MD5",
        "x-oss-hash-crc64ecma",
        "x-oss-copy-source",
        "x-oss-acl",
        "x-oss-copy-source-range",
        "x-oss-object-acl",
        "x-oss-meta-a",
        "x-oss-metadata-directive",
        "x-oss-complete-all",
        "x-oss-forbid-overwrite",
        "x-oss-storage-class",
        "x-oss-range-behavior",
        "x-oss-traffic-limit",
        "Content-Type",
        "x-oss-tagging",
        "x-oss-tagging-directive",
        "x-oss-symlink-target",
        "x-oss-callback",
        "x-oss-callback-var",
        "x-oss-server-side-encryption",
        "Origin",
        "Access-Control-Request-Method",
        "Access-Control-Request-Headers",
    ];
    let values = [
        "",
        "0",
        "1",
        "-1",
        "18446744073709551616",
        "2",
        "a",
        "/",
        "/docs/a",
        "/docs/",
        "docs/a?versionId=x",
        "url",
        "yes",
        "bytes=0-1",
        "bytes=9-",
        "bytes=18446744073709551615-",
        "bytes=5-1",
        "standard",
        "REPLACE",
        "%zz",
        "public-read",
        "1B2M2Y8AsgTpgAmY7PhCfg==",
        "Fri, 28 Feb 2012 05:38:42 GMT",
        "目",
        "\u{10FFFF}",
        "true",
        "IA",
        "null",
        "Archive",
        "a=1&b=%zz",
        "e30=",
        "GET",
        "multipart/form-data; boundary=x",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ];
    let bodies = [
        "",
        "text",
        "<Delete><Object><Key>a</Key></Object></Delete>",
        "<CompleteMultipartUpload/>",
        "<",
        "\u{0}\u{1}",
        "--x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n--x--",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
        "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
        "<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
        "<RestoreRequest><Days>1</Days></RestoreRequest>",
        "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
        "<Delete><Object><Key>a</Key><VersionId>null</VersionId></Object></Delete>",
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>",
    ];
    let mut random = fastrand::Rng::with_seed(97);
    for _ in 0..2500 {
        let method = ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH"][random.usize(..7)];
        let bucket = [None, Some("docs"), Some("docs"), Some("docs"), Some("other")][random.usize(..5)];
        let key = ["", "a", "b", "a/../b", "目"][random.usize(..5)];
        let mut request = call(&server, method, bucket, key).body(bodies[random.usize(..bodies.len())]);
        for _ in 0..random.usize(..4) {
            request = request.query(names[random.usize(..names.len())], values[random.usize(..values.len())]);
        }
        for _ in 0..random.usize(..4) {
            request = request.header(headers[random.usize(..headers.len())], values[random.usize(..values.len())]);
        }
        let mut wire = request.signed();
        if random.u8(..4) == 0 {
            wire = wire.set_header("Authorization", values[random.usize(..values.len())]);
        }
        let answer = wire.send().await;
        assert_ne!(
            answer.status,
            500,
            "{} {:?} {}",
            wire.head(),
            answer.headers,
            String::from_utf8_lossy(&answer.body)
        );
        if answer.status >= 400 {
            answer.error();
        }
    }
    put(&server, "still", "alive").await;
    call(&server, "GET", None, "").send().await.expect(200);
}

#[tokio::test]
async fn clients_that_send_or_take_nothing_are_let_go() {
    let server = builder().client_timeout(Duration::from_millis(200)).start().await.unwrap();
    // Half a head.
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    // Half a body.
    let request = call(&server, "PUT", "docs", "a").unannounced().header("Content-Length", "100");
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    stream.write_all(request.signed().head().as_bytes()).await.unwrap();
    stream.write_all(b"half").await.unwrap();
    let answer = read_answer(&mut stream, "PUT").await.unwrap();
    answer.refused(400, "RequestTimeout");
    // An answer larger than the buffers on the way, which nobody takes.
    put(&server, "big", vec![1; 30_000_000]).await.expect(200);
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    stream.write_all(call(&server, "GET", "docs", "big").signed().head().as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(800)).await;
    let mut taken = Vec::new();
    let _ = stream.read_to_end(&mut taken).await;
    assert!(taken.len() < 30_000_000, "the server gave up, {} bytes were on the way", taken.len());
}

#[tokio::test]
async fn more_connections_than_places_wait_for_one() {
    let server = builder().max_connections(2).start().await.unwrap();
    let idle: Vec<_> = [1, 2].map(|_| TcpStream::connect(("127.0.0.1", server.port()))).into_iter().collect();
    let mut held = Vec::new();
    for connection in idle {
        held.push(connection.await.unwrap());
    }
    let waiting = tokio::spawn({
        let request = call(&server, "GET", "docs", "");
        async move { request.send().await.status }
    });
    tokio::task::yield_now().await;
    drop(held);
    assert_eq!(waiting.await.unwrap(), 200);
}

#[tokio::test]
async fn a_dropped_server_is_gone_and_a_stopped_one_ends_what_runs() {
    let server = server().await;
    let port = server.port();
    drop(server);
    let gone = tokio::time::timeout(Duration::from_secs(10), async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    });
    gone.await.unwrap();

    let server = builder().start().await.unwrap();
    put(&server, "big", vec![7; 8_000_000]).await.expect(200);
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    stream.write_all(call(&server, "GET", "docs", "big").signed().head().as_bytes()).await.unwrap();
    let mut start = vec![0; 100];
    stream.read_exact(&mut start).await.unwrap();
    let stopping = tokio::spawn(server.stop());
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.len() > 7_999_900, "{}", rest.len());
    stopping.await.unwrap();
}

#[tokio::test]
async fn custom_domains_and_further_domains() {
    let server = builder().domain("oss.corp").cname("img.example.com", "docs").start().await.unwrap();
    put(&server, "a", "text").await.expect(200);
    for host in ["img.example.com", "IMG.example.com:8080", "docs.oss.corp"] {
        for signing in [Signing::V4, Signing::V1] {
            let read = call(&server, "GET", "docs", "a").host(host).signing(signing).send().await.expect(200);
            assert_eq!(read.body, b"text", "{host}");
        }
    }
    call(&server, "GET", "other", "a").host("other.oss.corp").send().await.refused(404, "NoSuchBucket");
}
