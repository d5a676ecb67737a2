//! Requests that are none: broken XML, absurd heads, wrong lengths, chunked nonsense, tricks with paths. Each gets an error
//! of OSS or a closed connection; the server does not panic, writes nothing outside its folder, and does not grow.
//!
//! `SOAK=1` sends 10 000 of them.

use std::path::Path;

use oss_protocol::xml::ErrorDocument;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{call_port, put_port};
use crate::kill::Killed;

const PATHS: &[&str] = &[
    "/docs/../../../../etc/passwd",
    "/docs/..%2f..%2fetc%2fpasswd",
    "/docs/%2e%2e/%2e%2e/outside",
    "/docs/%2E%2E%5C%2E%2E%5Coutside",
    "/docs/a%00b",
    "/docs/%00",
    "/docs/%c0%ae%c0%ae/outside",
    "/docs/%e0%80%ae%e0%80%ae/outside",
    "/docs/%f0%80%80%ae/outside",
    "/docs/%ed%a0%80",
    "/docs/%ff%fe",
    "/docs/%",
    "/docs/%2",
    "/docs/%zz",
    "/docs//etc/passwd",
    "//etc/passwd",
    "/../docs/a",
    "/%2e%2e/docs/a",
    "/..",
    "/docs/..\\..\\outside",
    "http://elsewhere.example/docs/a",
    "*",
    "docs/a",
    "/docs/a?uploadId=../../outside&partNumber=1",
    "/docs/a?versionId=..%2f..%2foutside",
    "/docs/?prefix=%c0%af&list-type=2",
    "/docs/a?append&position=-1",
    "/docs/a?append&position=18446744073709551616",
    "/docs/?max-keys=99999999999999999999",
    "/docs/?%00=%00",
];
const HEADERS: &[&str] = &[
    "Content-Length: -1",
    "Content-Length: 18446744073709551616",
    "Content-Length: 0x10",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: gzip",
    "Transfer-Encoding: \u{b}chunked",
    "Host: ",
    "Host: a\r\nHost: b",
    "Host: ../../outside",
    "Host: [::1",
    "Host: docs.localhost:99999",
    " Folded: value",
    "Name with spaces: value",
    ": nothing",
    "x-oss-meta-a",
    "x-oss-meta-\u{0}: a",
    "x-oss-meta-a: \u{1}\u{2}",
    "Range: bytes=99999999999999999999-",
    "Range: bytes=-0",
    "Authorization: OSS4-HMAC-SHA256 Credential=////,Signature=",
    "Authorization: OSS :",
    "Authorization: \u{e9}",
    "Date: never",
    "x-oss-date: 99999999T999999Z",
    "Expect: 200-maybe",
    "x-oss-copy-source: /docs/../../etc/passwd",
    "x-oss-copy-source: /../../outside",
    "x-oss-symlink-target: ..%2f..%2foutside",
    "x-oss-tagging: %",
    "x-oss-callback: e30=",
    "Content-MD5: ????",
    "Upgrade: websocket\r\nConnection: Upgrade",
    "Content-Type: multipart/form-data; boundary=\"",
];
const CHUNKS: &[&str] = &[
    "zz\r\n",
    "-1\r\nabc\r\n0\r\n\r\n",
    "ffffffffffffffff\r\nabc",
    "fffffffffffffffff\r\nabc",
    "5\r\nabc\r\n0\r\n\r\n",
    "3\r\nabcdef\r\n0\r\n\r\n",
    "3;\u{0}\r\nabc\r\n0\r\n\r\n",
    "3\nabc\n0\n\n",
    "3\r\nabc\r\n0\r\nTrailer\r\n\r\n",
    "0\r\n",
    "",
];
const DOCUMENTS: &[(&str, &str, &str)] = &[
    ("POST", "/docs/?delete", "Delete"),
    ("POST", "/docs/a?uploadId=0000000000000000AAAAAAAAAAAAAAAA", "CompleteMultipartUpload"),
    ("PUT", "/docs/?cors", "CORSConfiguration"),
    ("PUT", "/docs/?lifecycle", "LifecycleConfiguration"),
    ("PUT", "/docs/?versioning", "VersioningConfiguration"),
    ("PUT", "/docs/a?tagging", "Tagging"),
    ("PUT", "/docs/?encryption", "ServerSideEncryptionRule"),
    ("POST", "/docs/a?restore", "RestoreRequest"),
    ("PUT", "/fresh/", "CreateBucketConfiguration"),
];

/// Something that starts like a request.
fn malformed(random: &mut fastrand::Rng, port: u16) -> Vec<u8> {
    let pick = |random: &mut fastrand::Rng, from: &[&'static str]| from[random.usize(..from.len())];
    let method = pick(random, &["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "get", "P\u{0}T", "CONNECT"]);
    match random.usize(..6) {
        // A path that wants out. The bucket is open to everybody, so that it is looked at.
        0 => format!("{method} {} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\n\r\nx", pick(random, PATHS))
            .into_bytes(),
        // A head that nobody should send, from nobody in particular too.
        1 => {
            let mut head = format!("{method} /docs/a HTTP/1.1\r\nHost: 127.0.0.1\r\n");
            for _ in 0..random.usize(1..4) {
                head.push_str(pick(random, HEADERS));
                head.push_str("\r\n");
            }
            if random.u8(..8) == 0 {
                head.push_str(&format!("x-oss-meta-long: {}\r\n", "x".repeat(random.usize(..200_000))));
            }
            format!("{head}\r\nbody").into_bytes()
        }
        // Chunks that do not add up.
        2 => {
            let head = call_port(port, "PUT", "a").header("Transfer-Encoding", "chunked").unannounced().signed().head();
            [head.as_bytes(), pick(random, CHUNKS).as_bytes()].concat()
        }
        // A body that is shorter or longer than announced.
        3 => {
            let length = ["0", "3", "1000", "99999999999"][random.usize(..4)];
            let head = call_port(port, "PUT", "a").unannounced().header("Content-Length", length).signed().head();
            [head.as_bytes(), &vec![b'x'; random.usize(..2000)]].concat()
        }
        // A document that is broken somewhere.
        4 => {
            let (method, target, root) = DOCUMENTS[random.usize(..DOCUMENTS.len())];
            let mut document =
                format!("<?xml version=\"1.0\"?><{root}><a><b>&lt;&#x41;</b></a><!-- c --></{root}>").into_bytes();
            match random.usize(..5) {
                0 => document.truncate(random.usize(..document.len())),
                1 => {
                    document = format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><{root}>&e;</{root}>")
                        .into_bytes()
                }
                2 => document = format!("<{root}>{}", "<a>".repeat(random.usize(..20_000))).into_bytes(),
                3 => document = b"\xff\xfe<\0a\0>\0".to_vec(),
                _ => {
                    for _ in 0..random.usize(1..6) {
                        let at = random.usize(..document.len());
                        document[at] = random.u8(..);
                    }
                }
            }
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let key = path.trim_start_matches("/docs/");
            let mut request =
                call_port(port, method, if key.starts_with('/') { "" } else { key }).body(document.clone());
            for pair in query.split('&').filter(|pair| !pair.is_empty()) {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                request = request.query(name, value);
            }
            [request.signed().head().as_bytes(), &document].concat()
        }
        // A good request with some bytes changed.
        _ => {
            let mut raw = put_port(port, "a", "text");
            for _ in 0..random.usize(1..6) {
                let at = random.usize(..raw.len());
                raw[at] = random.u8(..);
            }
            raw
        }
    }
}

/// What came back: nothing, or an answer that is as it should be.
fn check(request: &[u8], answer: &[u8]) {
    let shown = || format!("{}\n---\n{}", String::from_utf8_lossy(request), String::from_utf8_lossy(answer));
    if answer.is_empty() {
        return;
    }
    let text = String::from_utf8_lossy(answer);
    let status: u16 = text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{}", shown()));
    assert!(text.starts_with("HTTP/1.") && status != 500, "{}", shown());
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    // A head that is no HTTP at all is answered by a bare status, and the connection closes.
    if status >= 400 && text.contains("x-oss-request-id") && !body.is_empty() && !request.starts_with(b"HEAD") {
        let document = body.find("<?xml").map_or("", |at| &body[at..]);
        let document = document.split_inclusive("</Error>").next().unwrap_or_default();
        assert!(ErrorDocument::read(document.as_bytes()).is_ok(), "{}", shown());
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "a soak tells what it saw")]
async fn whatever_comes_is_refused_and_does_no_harm() {
    let soaking = std::env::var_os("SOAK").is_some_and(|value| value == "1");
    let requests = if soaking { 10_000 } else { 1_000 };
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inner/data");
    let log = folder.path().join("log");
    let server = Killed::spawn_with_log(&inside, &log);
    let open = call_port(server.port, "PUT", "").query("acl", "").header("x-oss-acl", "public-read-write");
    open.send().await.expect(200);
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut answered, mut closed, mut early) = (0, 0, None);
    for number in 0..requests {
        let request = malformed(&mut random, server.port);
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        // The server may have hung up before all is sent.
        let _ = stream.write_all(&request).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        check(&request, &answer);
        if answer.is_empty() {
            closed += 1
        } else {
            answered += 1
        }
        if number == requests / 4 {
            early = server.resident_bytes();
        }
    }
    let late = server.resident_bytes();
    call_port(server.port, "PUT", "still").body("alive").send().await.expect(200);
    server.kill();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(!log.contains("panicked"), "seed {seed}: {log}");
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(folder.path()), ["inner", "log"], "seed {seed}");
    assert_eq!(names(&folder.path().join("inner")), ["data"], "seed {seed}");
    assert_eq!(names(&inside), ["blobs", "index.redb"], "seed {seed}");
    let growth = early.zip(late).map(|(early, late)| late.saturating_sub(early));
    assert!(growth.is_none_or(|growth| growth < 24 << 20), "seed {seed}: {growth:?} bytes more");
    println!(
        "{requests} malformed requests: {answered} answered, {closed} hung up on; memory grew by {growth:?} bytes"
    );
}
