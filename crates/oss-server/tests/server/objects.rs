//! PutObject and what GET and HEAD give back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use oss_protocol::crc64::checksum;

use crate::client::{builder, call, get, put, server};

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index * 31 % 251) as u8).collect()
}

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let server = server().await;
    // Around the sizes where contents move from the database into files, and past one piece.
    for len in [0, 1, 1000, 65_535, 65_536, 65_537, 524_288, 524_289, 3_000_000] {
        let body = pattern(len);
        let digest = Md5::digest(&body);
        let etag: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        let crc64 = checksum(&body).to_string();
        let written = put(&server, "a/b.bin", body.clone()).await.expect(200);
        assert_eq!(written.header("etag"), Some(format!("\"{etag}\"").as_str()), "{len}");
        assert_eq!(written.header("x-oss-hash-crc64ecma"), Some(crc64.as_str()), "{len}");
        assert_eq!(written.header("content-md5"), Some(STANDARD.encode(digest).as_str()), "{len}");
        assert_eq!(written.header("content-length"), Some("0"));

        let read = get(&server, "a/b.bin").await.expect(200);
        assert!(read.whole && read.body == body, "{len}");
        assert_eq!(read.header("etag"), written.header("etag"));
        assert_eq!(read.header("x-oss-hash-crc64ecma"), Some(crc64.as_str()));
        assert_eq!(read.header("content-type"), Some("application/octet-stream"));
        assert_eq!(read.header("x-oss-object-type"), Some("Normal"));
        assert_eq!(read.header("x-oss-storage-class"), Some("Standard"));
        assert_eq!(read.header("accept-ranges"), Some("bytes"));

        let head = call(&server, "HEAD", "docs", "a/b.bin").send().await.expect(200);
        assert_eq!(head.header("content-length"), Some(len.to_string().as_str()));
        for name in ["etag", "x-oss-hash-crc64ecma", "content-md5", "last-modified", "x-oss-object-type"] {
            assert_eq!(head.header(name), read.header(name), "{name}");
        }
        let meta = call(&server, "HEAD", "docs", "a/b.bin").query("objectMeta", "").send().await.expect(200);
        assert_eq!(meta.header("content-length"), Some(len.to_string().as_str()));
        assert_eq!(meta.header("etag"), read.header("etag"));
        assert_eq!(meta.header("content-type"), None);
    }
}

#[tokio::test]
async fn every_answer_has_what_clients_rely_on() {
    let server = server().await;
    for answer in [
        put(&server, "a", "1").await,
        get(&server, "a").await,
        get(&server, "missing").await,
        call(&server, "HEAD", "docs", "missing").send().await,
        call(&server, "DELETE", "docs", "a").send().await,
        call(&server, "GET", None, "").send().await,
    ] {
        let id = answer.header("x-oss-request-id").unwrap();
        assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert_eq!(answer.header("server"), Some("AliyunOSS"));
        assert!(answer.header("date").unwrap().ends_with(" GMT"));
        assert!(answer.header("x-oss-server-time").unwrap().parse::<u64>().is_ok());
    }
}

#[tokio::test]
async fn stored_headers_and_metadata_come_back() {
    let server = server().await;
    let stored = [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-encoding", "identity"),
        ("content-disposition", "attachment; filename=\"目录.txt\""),
        ("content-language", "zh-CN"),
        ("cache-control", "no-cache"),
        ("expires", "Fri, 28 Feb 2012 05:38:42 GMT"),
        ("x-oss-meta-author", "alice"),
        ("x-oss-storage-class", "IA"),
        ("x-oss-server-side-encryption", "AES256"),
    ];
    let mut request = call(&server, "PUT", "docs", "a").body("text").header("X-Oss-Meta-Mixed-Case", "1");
    for (name, value) in stored {
        request = request.header(name, value);
    }
    let written = request.send().await.expect(200);
    assert_eq!(written.header("x-oss-server-side-encryption"), Some("AES256"));
    for method in ["GET", "HEAD"] {
        let read = call(&server, method, "docs", "a").send().await.expect(200);
        for (name, value) in stored {
            assert_eq!(read.header(name), Some(value), "{method} {name}");
        }
        assert_eq!(read.header("x-oss-meta-mixed-case"), Some("1"));
    }
    put(&server, "a", "plain").await.expect(200);
    let read = get(&server, "a").await;
    assert_eq!(read.header("x-oss-meta-author"), None, "an overwrite leaves nothing behind");
    assert_eq!(read.header("content-type"), Some("application/octet-stream"));
}

#[tokio::test]
async fn announced_checksums_are_verified_and_a_wrong_one_stores_nothing() {
    let server = server().await;
    let right = STANDARD.encode(Md5::digest("text"));
    let wrong = STANDARD.encode(Md5::digest("other"));
    let request = || call(&server, "PUT", "docs", "a").body("text");
    request().header("Content-MD5", &wrong).send().await.refused(400, "InvalidDigest");
    request().header("Content-MD5", "nonsense").send().await.refused(400, "InvalidDigest");
    request().header("x-oss-hash-crc64ecma", "1").send().await.refused(400, "InvalidCRC64");
    request().header("x-oss-hash-crc64ecma", "x").send().await.refused(400, "InvalidArgument");
    get(&server, "a").await.refused(404, "NoSuchKey");
    let crc64 = checksum(b"text").to_string();
    request().header("Content-MD5", &right).header("x-oss-hash-crc64ecma", &crc64).send().await.expect(200);
    assert_eq!(get(&server, "a").await.body, b"text");
}

#[tokio::test]
async fn overwriting_can_be_forbidden() {
    let server = server().await;
    let request = |value: &str| call(&server, "PUT", "docs", "a").body("2").header("x-oss-forbid-overwrite", value);
    request("true").send().await.expect(200);
    request("true").send().await.refused(409, "FileAlreadyExists");
    request("false").send().await.expect(200);
    request("maybe").send().await.refused(400, "InvalidArgument");
}

#[tokio::test]
async fn headers_that_make_no_sense_are_refused() {
    let server = server().await;
    for (name, value, status, code) in [
        ("x-oss-object-acl", "everybody", 400, "InvalidArgument"),
        ("x-oss-storage-class", "Floppy", 400, "InvalidStorageClass"),
        ("x-oss-server-side-encryption", "ROT13", 400, "InvalidEncryptionAlgorithmError"),
        ("x-oss-server-side-encryption-key-id", "key", 400, "InvalidEncryptionRequest"),
        ("x-oss-traffic-limit", "1", 400, "InvalidArgument"),
        ("If-Match", "x", 400, "NotImplemented"),
        ("x-oss-callback", "e30=", 400, "InvalidArgument"),
        ("x-oss-tagging", "a=1&a=2", 400, "InvalidTag"),
    ] {
        let answer = call(&server, "PUT", "docs", "a").body("1").header(name, value).send().await;
        answer.refused(status, code);
    }
    let large = "v".repeat(8200);
    call(&server, "PUT", "docs", "a").header("x-oss-meta-a", &large).send().await.refused(400, "InvalidArgument");
    get(&server, "a").await.refused(404, "NoSuchKey");
}

#[tokio::test]
async fn an_upload_says_how_long_it_is() {
    let server = server().await;
    call(&server, "PUT", "docs", "a").unannounced().send().await.refused(411, "MissingContentLength");
    let too_long = call(&server, "PUT", "docs", "a").unannounced().header("Content-Length", "5368709121");
    too_long.send().await.refused(400, "EntityTooLarge");
    let mut wire = call(&server, "PUT", "docs", "a").unannounced().header("Transfer-Encoding", "chunked").signed();
    wire.body = b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n".to_vec();
    wire.send().await.expect(200);
    assert_eq!(get(&server, "a").await.body, b"abcde");
}

#[tokio::test]
async fn objects_live_in_existing_buckets() {
    let server = server().await;
    let error = call(&server, "PUT", "nowhere", "a").body("1").send().await.refused(404, "NoSuchBucket");
    assert_eq!(error.detail("BucketName"), Some("nowhere"));
    assert_eq!(error.ec.as_deref(), Some("0015-00000101"));
    let error = get(&server, "missing").await.refused(404, "NoSuchKey");
    assert_eq!((error.detail("Key"), error.ec.as_deref()), (Some("missing"), Some("0026-00000001")));
    let head = call(&server, "HEAD", "docs", "missing").send().await;
    assert!(head.body.is_empty());
    head.refused(404, "NoSuchKey");
}

#[tokio::test]
async fn racing_writers_leave_one_whole_object() {
    let server = builder().start().await.unwrap();
    let bodies: Vec<Vec<u8>> = (0..16_u8).map(|n| vec![n; 70_000 + usize::from(n)]).collect();
    let writes = bodies.iter().map(|body| call(&server, "PUT", "docs", "same").body(body.clone()));
    let mut tasks = tokio::task::JoinSet::new();
    for write in writes {
        tasks.spawn(async move { write.send().await.expect(200) });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let read = get(&server, "same").await.expect(200);
    assert!(bodies.contains(&read.body));
    assert_eq!(read.header("x-oss-hash-crc64ecma"), Some(checksum(&read.body).to_string().as_str()));
}
