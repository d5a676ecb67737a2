//! Names that try to be something else: keys are keys, never paths.

use crate::client::{Signing, builder, call, exchange, get, put, server};

const AWKWARD: &[&str] = &[
    "../../etc/passwd",
    "..",
    ".",
    "a/../b",
    "a/./b",
    "a//b",
    "a/",
    "目录/文件 名.txt",
    "😀",
    "a b+c%20d?e#f&g=h",
    "%2e%2e",
    "\u{1}\u{7f}\n\r\t",
    "nul\u{0}inside",
    "a\\b",
    "~",
    "CON",
    "index.redb",
    "<&>\"'",
];

#[tokio::test]
async fn awkward_keys_are_kept_apart_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inner/data");
    let server = builder().data_dir(&inside).start().await.unwrap();
    let long = "目".repeat(341);
    let keys: Vec<&str> = AWKWARD.iter().copied().chain([long.as_str()]).collect();
    for signing in [Signing::V4, Signing::V1] {
        for (index, key) in keys.iter().enumerate() {
            let put = call(&server, "PUT", "docs", key).body(vec![index as u8; 66_000]).signing(signing.clone());
            put.send().await.expect(200);
        }
        for (index, key) in keys.iter().enumerate() {
            let read = call(&server, "GET", "docs", key).signing(signing.clone()).send().await.expect(200);
            assert!(read.body == vec![index as u8; 66_000], "{key:?}");
        }
    }
    let list = call(&server, "GET", "docs", "").query("encoding-type", "url").query("max-keys", "1000").send().await;
    let list = oss_protocol::xml::ObjectList::read(&list.body).unwrap();
    let mut expected: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    expected.sort();
    let found: Vec<String> = list.objects.into_iter().map(|object| object.key).collect();
    assert_eq!(found, expected);
    server.stop().await;
    let mut outside = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(outside.next().unwrap().unwrap().file_name(), "inner");
    assert!(outside.next().is_none(), "nothing was written outside the data folder");
}

#[tokio::test]
async fn keys_that_are_none_are_refused() {
    let server = server().await;
    for key in ["/a", "\\a", &"a".repeat(1024)] {
        put(&server, key, "1").await.refused(400, "InvalidObjectName");
    }
    put(&server, &"a".repeat(1023), "1").await.expect(200);
}

#[tokio::test]
async fn raw_paths_are_taken_verbatim_and_decoded_once() {
    let server = server().await;
    put(&server, "a/../b", "dots").await.expect(200);
    put(&server, "b", "plain").await.expect(200);
    // The same key in other spellings is signed the same, since the signature covers the decoded key.
    for path in ["/docs/a/../b", "/docs/a/%2e%2e/b", "/docs/a%2F..%2fb", "/docs/%61/../b"] {
        let mut wire = call(&server, "GET", "docs", "a/../b").signed();
        wire.path = path.to_owned();
        assert_eq!(wire.send().await.expect(200).body, b"dots", "{path}");
    }
    let mut wire = call(&server, "GET", "docs", "b").signed();
    wire.path = "/docs/a/../b".to_owned();
    wire.send().await.refused(403, "SignatureDoesNotMatch");
    assert_eq!(get(&server, "b").await.body, b"plain");
}

#[tokio::test]
async fn what_cannot_be_decoded_is_an_error() {
    let server = server().await;
    for path in ["/docs/%c0%ae%c0%ae/a", "/docs/%ff", "/docs/%", "/docs/%g0", "/%ff/a"] {
        let mut wire = call(&server, "GET", "docs", "a").signed();
        wire.path = path.to_owned();
        wire.send().await.refused(400, "InvalidObjectName");
    }
    let raw = format!("GET /docs/a?x=%ff HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", server.port());
    exchange(server.port(), raw.as_bytes(), "GET").await.unwrap().refused(400, "InvalidArgument");
}
