//! Headers that every write takes: encryption, the limit on traffic.

use oss_protocol::xml::InitiateMultipartUploadResult;

use crate::client::{call, get, put, server};

const ENCRYPTION: &str = "x-oss-server-side-encryption";
const KEY: &str = "x-oss-server-side-encryption-key-id";
const DATA: &str = "x-oss-server-side-data-encryption";

#[tokio::test]
async fn encryption_is_told_back_by_every_operation() {
    let server = server().await;
    let asked = [(ENCRYPTION, "KMS"), (KEY, "9468da86-3509-4f8d-a61e-6eab1eac"), (DATA, "SM4")];
    let with = |mut request: crate::client::Call| {
        for (name, value) in asked {
            request = request.header(name, value);
        }
        request
    };
    let check = |answer: crate::client::Answer, what: &str| {
        let answer = answer.expect(200);
        for (name, value) in asked {
            assert_eq!(answer.header(name), Some(value), "{what} {name}");
        }
        answer
    };
    check(with(call(&server, "PUT", "docs", "a").body("text")).send().await, "put");
    for method in ["GET", "HEAD"] {
        check(call(&server, method, "docs", "a").send().await, method);
    }
    check(with(call(&server, "PUT", "docs", "b").header("x-oss-copy-source", "/docs/a")).send().await, "copy");
    call(&server, "PUT", "docs", "c").header("x-oss-copy-source", "/docs/a").send().await.expect(200);
    assert_eq!(get(&server, "c").await.header(ENCRYPTION), None, "a copy is encrypted as its request says");
    let append = call(&server, "POST", "docs", "log").query("append", "").query("position", "0").body("x");
    check(with(append).send().await, "append");
    let start = check(with(call(&server, "POST", "docs", "m").query("uploads", "")).send().await, "initiate");
    let id = InitiateMultipartUploadResult::read(&start.body).unwrap().upload_id;
    let part = |number| call(&server, "PUT", "docs", "m").query("partNumber", number).query("uploadId", &id);
    check(part("1").header("x-oss-copy-source", "/docs/a").send().await, "part copy");
    check(part("1").body("x").send().await, "part");
    let complete = call(&server, "POST", "docs", "m").query("uploadId", &id).header("x-oss-complete-all", "yes");
    check(complete.send().await, "complete");
}

#[tokio::test]
async fn encryption_that_contradicts_itself_is_refused() {
    let server = server().await;
    for (headers, code) in [
        (vec![(ENCRYPTION, "aes256")], "InvalidEncryptionAlgorithmError"),
        (vec![(ENCRYPTION, "AES256"), (KEY, "id")], "InvalidEncryptionRequest"),
        (vec![(ENCRYPTION, "KMS"), (DATA, "AES256")], "InvalidEncryptionAlgorithmError"),
        (vec![(KEY, "id")], "InvalidEncryptionRequest"),
    ] {
        let request = call(&server, "PUT", "docs", "a").body("text");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        request.send().await.refused(400, code);
    }
    get(&server, "a").await.refused(404, "NoSuchKey");
    // What KMS's keys encrypt with says nothing where there are none.
    for (algorithm, told) in [("SM4", Some("SM4")), ("", None)] {
        let request = call(&server, "PUT", "docs", "a").header(ENCRYPTION, algorithm).header(DATA, "SM4").body("text");
        request.send().await.expect(200);
        let read = get(&server, "a").await.expect(200);
        assert_eq!((read.header(ENCRYPTION), read.header(DATA)), (told, None));
    }
    let start =
        call(&server, "POST", "docs", "m").query("uploads", "").header(ENCRYPTION, "SM4").send().await.expect(200);
    let id = InitiateMultipartUploadResult::read(&start.body).unwrap().upload_id;
    let part = call(&server, "PUT", "docs", "m").query("partNumber", "1").query("uploadId", &id).body("x");
    part.clone().header(ENCRYPTION, "SM4").send().await.refused(400, "InvalidArgument");
    part.send().await.expect(200);
    let complete = call(&server, "POST", "docs", "m").query("uploadId", &id).header("x-oss-complete-all", "yes");
    complete.clone().header(ENCRYPTION, "SM4").send().await.refused(400, "InvalidArgument");
    complete.send().await.expect(200);
}

#[tokio::test]
async fn bodies_are_whole_at_any_pace() {
    let server = server().await;
    let body: Vec<u8> = (0..1_000_000).map(|index| (index % 251) as u8).collect();
    let limit = "80000000";
    let write = call(&server, "PUT", "docs", "a").header("x-oss-traffic-limit", limit).body(body.clone());
    write.send().await.expect(200);
    for inline in [false, true] {
        let key = if inline { "small" } else { "a" };
        let body = if inline { &body[..50_000] } else { &body[..] };
        put(&server, key, body).await.expect(200);
        let header = call(&server, "GET", "docs", key).header("x-oss-traffic-limit", limit).send().await.expect(200);
        assert!(header.body == body && header.whole);
        let query = call(&server, "GET", "docs", key).query("x-oss-traffic-limit", limit).send().await.expect(200);
        assert!(query.body == body);
    }
    for wrong in ["245759", "838860801", "x", "-1", ""] {
        for method in ["GET", "PUT"] {
            let request = call(&server, method, "docs", "a").query("x-oss-traffic-limit", wrong);
            request.send().await.refused(400, "InvalidArgument");
        }
    }
}
