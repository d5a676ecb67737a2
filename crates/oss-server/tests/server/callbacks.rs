//! Upload callbacks, answered by an application of the test's own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oss_protocol::xml::InitiateMultipartUploadResult;
use oss_server::RunningServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::client::{Call, Signing, call, get, server};

/// An application that gives the same answer to every callback, and hands on what it was sent: head and body.
pub(crate) async fn application(answer: &'static str) -> (u16, mpsc::UnboundedReceiver<(String, String)>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, heard) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            let head = loop {
                if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                    break at + 4;
                }
                if stream.read_buf(&mut bytes).await.unwrap() == 0 {
                    break bytes.len();
                }
            };
            let text = String::from_utf8(bytes[..head].to_vec()).unwrap().to_ascii_lowercase();
            let length: usize = text.split("content-length: ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
            while bytes.len() < head + length {
                assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0);
            }
            let _ = told.send((text, String::from_utf8(bytes[head..].to_vec()).unwrap()));
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (port, heard)
}

pub(crate) const DONE: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 15\r\nContent-Type: text/plain\r\n\r\n{\"Status\":\"OK\"}";

pub(crate) fn encoded(json: &serde_json::Value) -> String {
    STANDARD.encode(json.to_string())
}

fn put_with(server: &RunningServer, callback: &serde_json::Value) -> Call {
    call(server, "PUT", "docs", "目/a b.txt")
        .header("Content-Type", "text/plain")
        .header("x-oss-callback", &encoded(callback))
        .body("text")
}

#[tokio::test]
async fn the_application_is_told_and_its_reply_is_the_answer() {
    let server = server().await;
    let (port, mut heard) = application(DONE).await;
    let callback = serde_json::json!({
        "callbackUrl": format!("http://127.0.0.1:{port}/done?a=b"),
        "callbackHost": "app.example.com",
        "callbackBody": "b=${bucket}&o=${object}&e=${etag}&s=${size}&m=${mimeType}&c=${crc64}&md5=${contentMd5}\
            &ip=${clientIp}&op=${operation}&mine=${x:mine}&none=${x:none}&h=${imageInfo.height}$&${",
    });
    let answer = put_with(&server, &callback)
        .header("x-oss-callback-var", &encoded(&serde_json::json!({"x:mine": "1&2", "Other": "3"})))
        .send()
        .await
        .expect(200);
    assert_eq!(answer.text(), "{\"Status\":\"OK\"}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("etag"), Some("\"1CB251EC0D568DE6A929B520C4AED8D1\""));
    let (head, body) = heard.recv().await.unwrap();
    assert!(head.starts_with("post /done?a=b http/1.1\r\n"), "{head}");
    for line in ["host: app.example.com\r\n", "content-type: application/x-www-form-urlencoded\r\n"] {
        assert!(head.contains(line), "{head}");
    }
    assert_eq!(
        body,
        "b=docs&o=%E7%9B%AE%2Fa%20b.txt&e=1CB251EC0D568DE6A929B520C4AED8D1&s=4&m=text%2Fplain\
         &c=10588448843475703411&md5=HLJR7A1WjeapKbUgxK7Y0Q%3D%3D&ip=127.0.0.1&op=PutObject&mine=1%262&none=&h=$&${"
            .replace("10588448843475703411", answer.header("x-oss-hash-crc64ecma").unwrap())
    );
    assert_eq!(get(&server, "目/a b.txt").await.expect(200).body, b"text");
}

#[tokio::test]
async fn a_json_body_gets_json_values() {
    let server = server().await;
    let (port, mut heard) = application(DONE).await;
    let callback = serde_json::json!({
        "callbackUrl": format!("127.0.0.1:{port}/done"),
        "callbackBody": "{\"object\":${object},\"again\":\"${object}\",\"size\":${size},\"id\":${reqId}}",
        "callbackBodyType": "application/json",
    });
    let answer = call(&server, "PUT", "docs", "a\"b")
        .query("callback", &encoded(&callback))
        .body("text")
        .signing(Signing::V4Query(std::time::Duration::from_secs(60)));
    let answer = answer.send().await.expect(200);
    let (head, body) = heard.recv().await.unwrap();
    assert!(head.contains("content-type: application/json\r\n"));
    let id = answer.header("x-oss-request-id").unwrap();
    let expected = serde_json::json!({"object": "a\"b", "again": "a\"b", "size": 4, "id": id});
    assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), expected);
}

#[tokio::test]
async fn a_multipart_upload_calls_back_when_it_is_complete() {
    let server = server().await;
    let (port, mut heard) = application(DONE).await;
    let start = call(&server, "POST", "docs", "m").query("uploads", "").send().await.expect(200);
    let id = InitiateMultipartUploadResult::read(&start.body).unwrap().upload_id;
    call(&server, "PUT", "docs", "m")
        .query("partNumber", "1")
        .query("uploadId", &id)
        .body("x")
        .send()
        .await
        .expect(200);
    let callback =
        serde_json::json!({"callbackUrl": format!("http://127.0.0.1:{port}"), "callbackBody": "${operation} ${size}"});
    let complete = call(&server, "POST", "docs", "m").query("uploadId", &id).header("x-oss-complete-all", "yes");
    let answer = complete.header("x-oss-callback", &encoded(&callback)).send().await.expect(200);
    assert_eq!(answer.text(), "{\"Status\":\"OK\"}");
    assert_eq!(heard.recv().await.unwrap().1, "CompleteMultipartUpload 1");
}

#[tokio::test]
async fn a_failed_callback_is_203_and_the_object_stays() {
    let server = server().await;
    let closed = {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let (busy, _) = application("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await;
    let (text, _) = application("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await;
    let (endless, _) = application("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n").await;
    let (moved, _) = application("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 2\r\n\r\n{}").await;
    for (url, reason) in [
        (format!("http://127.0.0.1:{closed}/"), "no connection"),
        (format!("http://127.0.0.1:{busy}/"), "error status: 502"),
        (format!("http://127.0.0.1:{moved}/"), "error status: 302"),
        (format!("http://127.0.0.1:{text}/"), "not JSON"),
        (format!("http://127.0.0.1:{endless}/"), "no Content-Length"),
        ("http://192.0.2.1/".to_owned(), "this machine only"),
        ("https://127.0.0.1/".to_owned(), "http only"),
        ("http:// /".to_owned(), "no address"),
    ] {
        let callback = serde_json::json!({"callbackUrl": url, "callbackBody": "a"});
        let answer = put_with(&server, &callback).send().await;
        assert!(answer.header("etag").is_some());
        let error = answer.refused(203, "CallbackFailed");
        assert!(error.message.contains(reason), "{url}: {}", error.message);
        assert_eq!(get(&server, "目/a b.txt").await.expect(200).body, b"text");
        call(&server, "DELETE", "docs", "目/a b.txt").send().await.expect(204);
    }
    let (good, mut heard) = application(DONE).await;
    let callback =
        serde_json::json!({"callbackUrl": format!("127.0.0.1:{good}"), "callbackBody": "${mimeType}".repeat(250)});
    let long = call(&server, "PUT", "docs", "a").header("Content-Type", &"&".repeat(7000)).body("text");
    let error = long.header("x-oss-callback", &encoded(&callback)).send().await.refused(203, "CallbackFailed");
    assert!(error.message.contains("too long"), "{}", error.message);
    let urls = format!("http://127.0.0.1:{busy}/;http://127.0.0.1:{good}/");
    put_with(&server, &serde_json::json!({"callbackUrl": urls, "callbackBody": "a"})).send().await.expect(200);
    assert_eq!(heard.recv().await.unwrap().1, "a", "addresses are tried in order");
}

#[tokio::test]
async fn what_is_no_callback_stores_nothing() {
    let server = server().await;
    let good = serde_json::json!({"callbackUrl": "127.0.0.1", "callbackBody": "a"});
    let put = || call(&server, "PUT", "docs", "a").body("text");
    let url = |url: &str| encoded(&serde_json::json!({"callbackUrl": url, "callbackBody": "a"}));
    for callback in [
        "not base64".to_owned(),
        STANDARD.encode("not json"),
        encoded(&serde_json::json!({"callbackUrl": "127.0.0.1"})),
        encoded(&serde_json::json!({"callbackUrl": "127.0.0.1", "callbackBody": ""})),
        encoded(
            &serde_json::json!({"callbackUrl": "127.0.0.1", "callbackBody": "a", "callbackBodyType": "text/plain"}),
        ),
        url(""),
        url("a;b;c;d;e;f"),
        encoded(&serde_json::json!({"callbackUrl": "127.0.0.1", "callbackBody": "a".repeat(5000)})),
    ] {
        put().header("x-oss-callback", &callback).send().await.refused(400, "InvalidArgument");
    }
    let both = put().header("x-oss-callback", &encoded(&good)).query("callback", &encoded(&good));
    both.send().await.refused(400, "InvalidArgument");
    for variables in [serde_json::json!({"x:Mine": "1"}), serde_json::json!({"x:a": 1})] {
        let request =
            put().header("x-oss-callback", &encoded(&good)).header("x-oss-callback-var", &encoded(&variables));
        request.send().await.refused(400, "InvalidArgument");
    }
    get(&server, "a").await.refused(404, "NoSuchKey");
}
