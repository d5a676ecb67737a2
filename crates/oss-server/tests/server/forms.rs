//! PostObject: uploads by forms, as browsers and the official examples send them.

use std::time::{Duration, SystemTime};

use oss_protocol::sign::{policy, v1, v4};
use oss_protocol::time::{BasicTime, iso8601};
use oss_protocol::xml::PostResponse;
use oss_server::RunningServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::callbacks::{DONE, application, encoded};
use crate::client::{Answer, ID, SECRET, Signing, builder, call, get, read_answer, server};

const BOUNDARY: &str = "----WebKitFormBoundary7MA4YWxkTrZu0gW";

/// A form in the making: fields in order, then the file.
#[derive(Clone)]
struct Form {
    fields: Vec<(String, String)>,
    file: Option<(String, Vec<u8>)>,
    tail: Vec<(String, String)>,
}

impl Form {
    fn new(fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { fields, file: Some(("C:\\dir\\photo.jpg".to_owned(), b"the file".to_vec())), tail: Vec::new() }
    }

    fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    fn file(mut self, content: &[u8]) -> Self {
        self.file = Some(("photo.jpg".to_owned(), content.to_vec()));
        self
    }

    /// Signs with V1 a policy with these conditions.
    fn v1(self, conditions: &str) -> Self {
        let field = policy_of(conditions);
        let signature = policy::sign_v1(&v1::SigningKey::new(SECRET), &field);
        self.field("OSSAccessKeyId", ID).field("policy", &field).field("Signature", &signature)
    }

    /// Signs with V4 a policy with these conditions and those that V4 demands.
    fn v4(self, conditions: &str, region: &str, time: SystemTime) -> Self {
        let date = BasicTime::new(time);
        let credential = format!("{ID}/{}/{region}/oss/aliyun_v4_request", date.date());
        let demanded = format!(
            r#"{{"x-oss-signature-version":"OSS4-HMAC-SHA256"}},{{"x-oss-credential":"{credential}"}},{{"x-oss-date":"{date}"}}"#
        );
        let all = if conditions.is_empty() { demanded } else { format!("{demanded},{conditions}") };
        let field = policy_of(&all);
        let key = v4::SigningKey::derive(SECRET, time, region, "oss");
        self.field("policy", &field)
            .field("x-oss-signature-version", "OSS4-HMAC-SHA256")
            .field("x-oss-credential", &credential)
            .field("x-oss-date", date.as_str())
            .field("x-oss-signature", &policy::sign_v4(&key, &field))
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut part = |head: String, content: &[u8]| {
            out.extend_from_slice(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").as_bytes());
            out.extend_from_slice(content);
            out.extend_from_slice(b"\r\n");
        };
        for (name, value) in &self.fields {
            part(format!("Content-Disposition: form-data; name=\"{name}\""), value.as_bytes());
        }
        if let Some((name, content)) = &self.file {
            let head = format!(
                "Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: image/jpeg"
            );
            part(head, content);
        }
        for (name, value) in &self.tail {
            part(format!("content-disposition: form-data; name=\"{name}\""), value.as_bytes());
        }
        out.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        out
    }

    async fn send(&self, server: &RunningServer) -> Answer {
        post(server, self.bytes()).await
    }
}

fn policy_of(conditions: &str) -> String {
    let expiration = iso8601(SystemTime::now() + Duration::from_secs(60));
    policy::encode(&format!("{{\"expiration\":\"{expiration}\",\"conditions\":[{conditions}]}}"))
}

async fn post(server: &RunningServer, body: Vec<u8>) -> Answer {
    call(server, "POST", "docs", "")
        .header("Content-Type", &format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(body)
        .signing(Signing::Anonymous)
        .send()
        .await
}

#[tokio::test]
async fn a_signed_form_is_an_upload() {
    let server = server().await;
    for form in [
        Form::new(&[("key", "user/${filename}")]).v1(r#"["starts-with","$key","user/"],{"bucket":"docs"}"#),
        Form::new(&[("KEY", "user/${filename}")]).v4(
            r#"["starts-with","$key","user/"]"#,
            "cn-hangzhou",
            SystemTime::now(),
        ),
    ] {
        let answer = form.send(&server).await.expect(204);
        assert!(answer.body.is_empty());
        let read = get(&server, "user/photo.jpg").await.expect(200);
        assert_eq!(read.body, b"the file");
        assert_eq!(read.header("content-type"), Some("image/jpeg"), "the part's own type");
        assert_eq!(answer.header("etag"), read.header("etag"));
        call(&server, "DELETE", "docs", "user/photo.jpg").send().await.expect(204);
    }
}

#[tokio::test]
async fn fields_are_the_headers_of_the_object() {
    let server = server().await;
    let form = Form::new(&[
        ("key", "目/a b"),
        ("Content-Type", "text/plain"),
        ("Cache-Control", "no-cache"),
        ("Content-Disposition", "attachment"),
        ("x-oss-meta-uuid", "myuuid"),
        ("x-oss-object-acl", "public-read"),
        ("x-oss-storage-class", "IA"),
        ("x-oss-tagging", "a=1"),
        ("x-oss-server-side-encryption", "AES256"),
        ("success_action_status", "201"),
    ]);
    let answer = form.clone().v1("").send(&server).await.expect(201);
    assert_eq!(answer.header("x-oss-server-side-encryption"), Some("AES256"));
    let result = PostResponse::read(&answer.body).unwrap();
    assert_eq!((result.bucket.as_str(), result.key.as_str()), ("docs", "目/a b"));
    assert_eq!(result.location, format!("http://127.0.0.1:{}/docs/%E7%9B%AE/a%20b", server.port()));
    assert_eq!(answer.header("etag"), Some(result.etag.as_str()));
    let read = call(&server, "GET", "docs", "目/a b").signing(Signing::Anonymous).send().await.expect(200);
    for (name, value) in [
        ("content-type", "text/plain"),
        ("cache-control", "no-cache"),
        ("content-disposition", "attachment"),
        ("x-oss-meta-uuid", "myuuid"),
        ("x-oss-storage-class", "IA"),
        ("x-oss-tagging-count", "1"),
    ] {
        assert_eq!(read.header(name), Some(value), "{name}");
    }
    let best = form.clone().field("x-oss-content-type", "text/html").v1("").send(&server).await;
    best.expect(201);
    assert_eq!(get(&server, "目/a b").await.header("content-type"), Some("text/html"));
    form.field("x-oss-forbid-overwrite", "true").v1("").send(&server).await.refused(409, "FileAlreadyExists");
}

#[tokio::test]
async fn the_form_says_how_to_be_answered() {
    let server = server().await;
    for (status, expected) in [("200", 200), ("204", 204), ("201", 201), ("999", 204), ("", 204)] {
        let form = Form::new(&[("key", "a"), ("success_action_status", status)]).v1("");
        assert_eq!(form.send(&server).await.expect(expected).body.is_empty(), expected != 201);
    }
    let place = "http://example.com/done?a=b";
    let form = Form::new(&[("key", "a"), ("success_action_redirect", place), ("success_action_status", "200")]).v1("");
    assert_eq!(form.send(&server).await.expect(303).header("location"), Some(place));
    let (port, mut heard) = application(DONE).await;
    let callback = serde_json::json!({
        "callbackUrl": format!("http://127.0.0.1:{port}"),
        "callbackBody": "${operation} ${object} ${x:mine}",
    });
    let form = Form::new(&[("key", "a"), ("callback", &encoded(&callback)), ("x:mine", "1 2")]).v1("");
    assert_eq!(form.send(&server).await.expect(200).text(), "{\"Status\":\"OK\"}");
    assert_eq!(heard.recv().await.unwrap().1, "PostObject a 1%202");
    // What the body may name again and again counts.
    let form = Form::new(&[("key", "b"), ("callback", &encoded(&callback)), ("x:mine", &"1".repeat(5000))]).v1("");
    form.send(&server).await.refused(400, "InvalidArgument");
    get(&server, "b").await.refused(404, "NoSuchKey");
}

#[tokio::test]
async fn what_the_policy_does_not_allow_is_refused() {
    let server = server().await;
    let form = |conditions: &str| Form::new(&[("key", "a"), ("x-oss-meta-a", "1")]).v1(conditions);
    for (conditions, status, code) in [
        (r#"{"bucket":"other"}"#, 403, "AccessDenied"),
        (r#"["eq","$key","b"]"#, 403, "AccessDenied"),
        (r#"["starts-with","$x-oss-meta-a","2"]"#, 403, "AccessDenied"),
        (r#"["in","$content-type",["image/png"]]"#, 403, "AccessDenied"),
        (r#"["content-length-range",0,7]"#, 400, "EntityTooLarge"),
        (r#"["content-length-range",9,20]"#, 400, "EntityTooSmall"),
        (r#"["what"]"#, 400, "InvalidPolicyDocument"),
    ] {
        form(conditions).send(&server).await.refused(status, code);
    }
    let elsewhere = r#"{"bucket":"other"}"#;
    let of_v4 = Form::new(&[("key", "a")]).v4(elsewhere, "cn-hangzhou", SystemTime::now());
    for form in [form(elsewhere), of_v4] {
        // The bucket is where the form goes, whatever it says of that.
        form.field("bucket", "other").send(&server).await.refused(403, "AccessDenied");
    }
    let expired = policy::encode("{\"expiration\":\"2012-01-01T00:00:00.000Z\",\"conditions\":[]}");
    let signature = policy::sign_v1(&v1::SigningKey::new(SECRET), &expired);
    let late = Form::new(&[("key", "a"), ("policy", &expired), ("OSSAccessKeyId", ID), ("Signature", &signature)]);
    late.send(&server).await.refused(403, "AccessDenied");
    get(&server, "a").await.refused(404, "NoSuchKey");
    form(r#"["content-length-range",8,8]"#).send(&server).await.expect(204);
}

#[tokio::test]
async fn only_those_who_may_write_get_in() {
    let server = server().await;
    let form = Form::new(&[("key", "a")]);
    form.send(&server).await.refused(403, "AccessDenied");
    let good = form.clone().v1("");
    let with = |name: &str, value: &str| {
        let mut form = good.clone();
        for field in &mut form.fields {
            if field.0 == name {
                field.1 = value.to_owned();
            }
        }
        form
    };
    let error = with("Signature", "AAAA").send(&server).await.refused(403, "SignatureDoesNotMatch");
    assert!(error.detail("StringToSign").is_some());
    with("OSSAccessKeyId", "nobody").send(&server).await.refused(403, "InvalidAccessKeyId");
    with("policy", &policy_of("{\"key\":\"a\"}")).send(&server).await.refused(403, "SignatureDoesNotMatch");
    form.clone().field("OSSAccessKeyId", ID).send(&server).await.refused(400, "MissingArgument");
    let now = SystemTime::now();
    form.clone().v4("", "cn-beijing", now).send(&server).await.refused(400, "InvalidArgument");
    let days = |days: u64| Duration::from_secs(days * 86_400);
    form.clone().v4("", "cn-hangzhou", now - days(8)).send(&server).await.refused(403, "AccessDenied");
    form.clone().v4("", "cn-hangzhou", now + days(1)).send(&server).await.refused(403, "AccessDenied");
    // A policy that could go with another day's signature.
    let mut loose = form.clone().v4("", "cn-hangzhou", now);
    let field = policy_of("");
    let key = v4::SigningKey::derive(SECRET, now, "cn-hangzhou", "oss");
    for (name, value) in &mut loose.fields {
        match name.as_str() {
            "policy" => *value = field.clone(),
            "x-oss-signature" => *value = policy::sign_v4(&key, &field),
            _ => {}
        }
    }
    loose.send(&server).await.refused(403, "AccessDenied");
    get(&server, "a").await.refused(404, "NoSuchKey");
    let open = call(&server, "PUT", "docs", "").query("acl", "").header("x-oss-acl", "public-read-write");
    open.send().await.expect(200);
    form.send(&server).await.expect(204);
}

#[tokio::test]
async fn temporary_keys_come_with_their_token() {
    let server = builder().sts_token("STS.a", "sk", "token", None).start().await.unwrap();
    let field = policy_of("");
    let signature = policy::sign_v1(&v1::SigningKey::new("sk"), &field);
    let form = Form::new(&[("key", "a"), ("policy", &field), ("OSSAccessKeyId", "STS.a"), ("Signature", &signature)]);
    form.send(&server).await.refused(403, "InvalidAccessKeyId");
    form.clone().field("x-oss-security-token", "other").send(&server).await.refused(403, "InvalidSecurityToken");
    form.field("x-oss-security-token", "token").send(&server).await.expect(204);
}

#[tokio::test]
async fn files_of_any_kind_and_size() {
    let server = server().await;
    let mut random = fastrand::Rng::with_seed(3);
    let mut tricky = b"\r\n--\r\n------WebKit\r\n\r\n------WebKitFormBoundary7MA4YWxkTrZu0g\r\n-".repeat(50);
    tricky.push(b'\r');
    let noise: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(3_000_000).collect();
    for content in [b"".as_slice(), b"\r\n", b"\r", b"--", &tricky, &noise] {
        let form = Form::new(&[("key", "a")]).v1("").file(content);
        form.send(&server).await.expect(204);
        assert!(get(&server, "a").await.expect(200).body == content);
    }
}

#[tokio::test]
async fn forms_that_are_none() {
    let server = server().await;
    let good = Form::new(&[("key", "a")]).v1("");
    let mut none = good.clone();
    none.file = None;
    none.send(&server).await.refused(400, "IncorrectNumberOfFilesInPOSTRequest");
    let mut two = good.clone();
    two.tail.push(("file".to_owned(), "second".to_owned()));
    two.send(&server).await.refused(400, "IncorrectNumberOfFilesInPOSTRequest");
    Form::new(&[]).v1("").send(&server).await.refused(400, "MissingArgument");
    Form::new(&[("key", "/a")]).v1("").send(&server).await.refused(400, "InvalidObjectName");
    good.clone().field("x", &"v".repeat(2 * 1024 * 1024 + 1)).send(&server).await.refused(400, "FieldItemTooLong");
    good.clone().field(&"n".repeat(9000), "v").send(&server).await.refused(400, "FieldItemTooLong");
    let mut many = good.clone();
    for index in 0..9 {
        many = many.field(&format!("x{index}"), &"v".repeat(1024 * 1024));
    }
    many.send(&server).await.refused(400, "MaxPOSTPreDataLengthExceededError");
    good.clone().field("x-oss-meta-a", "a\nb").send(&server).await.refused(400, "InvalidArgument");
    let bytes = good.bytes();
    for cut in [0, 10, bytes.len() / 2, bytes.len() - 10] {
        post(&server, bytes[..cut].to_vec()).await.refused(400, "MalformedPOSTRequest");
    }
    let typed = |kind: &str| call(&server, "POST", "docs", "").header("Content-Type", kind).body(bytes.clone());
    typed("application/json").send().await.refused(400, "RequestIsNotMultiPartContent");
    typed("multipart/form-data").send().await.refused(400, "RequestIsNotMultiPartContent");
    typed("multipart/form-data; boundary=").send().await.refused(400, "MalformedPOSTRequest");
    let key = call(&server, "POST", "docs", "a").header("Content-Type", "multipart/form-data; boundary=x");
    key.send().await.refused(405, "MethodNotAllowed");
    get(&server, "a").await.refused(404, "NoSuchKey");
    let mut button = good;
    button.tail.push(("submit".to_owned(), "Upload to OSS".to_owned()));
    button.send(&server).await.expect(204);
}

#[tokio::test]
async fn no_form_makes_the_server_fall() {
    let server = server().await;
    let good = Form::new(&[("key", "a"), ("x-oss-meta-a", "1"), ("success_action_status", "201")])
        .v1(r#"["starts-with","$key",""],["content-length-range",0,100]"#)
        .bytes();
    let mut random = fastrand::Rng::with_seed(11);
    let mut stored = 0;
    for _ in 0..400 {
        let mut bytes = good.clone();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..bytes.len());
            match random.u8(..4) {
                0 => bytes[at] = random.u8(..),
                1 => bytes.truncate(at.max(1)),
                2 => drop(bytes.splice(at..at, *b"\r\n--").collect::<Vec<_>>()),
                _ => drop(bytes.drain(at..(at + random.usize(1..20)).min(bytes.len()))),
            }
        }
        let answer = post(&server, bytes.clone()).await;
        assert_ne!(answer.status, 500, "{}", String::from_utf8_lossy(&bytes));
        if answer.status >= 400 {
            answer.error();
        } else {
            stored += 1;
        }
    }
    assert!((1..200).contains(&stored), "{stored} of 400 were still forms");
}

/// A form that never ends: its head, and fields with names and values of so many bytes.
async fn unfinished(server: &RunningServer, fields: usize, name: usize, value: usize) -> TcpStream {
    let request = call(server, "POST", "docs", "")
        .header("Content-Type", &format!("multipart/form-data; boundary={BOUNDARY}"))
        .unannounced()
        .header("Content-Length", "10000000")
        .signing(Signing::Anonymous);
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    stream.write_all(request.signed().head().as_bytes()).await.unwrap();
    let (filler, value) = ("x".repeat(name), "x".repeat(value));
    for field in 0..fields {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"x{filler}{field}\"\r\n\r\n");
        if stream.write_all(format!("{head}{value}\r\n").as_bytes()).await.is_err() {
            // Refused before its end.
            break;
        }
    }
    stream
}

#[tokio::test]
async fn forms_of_nobody_in_particular_take_so_much_memory_and_no_more() {
    // In values, and in names.
    for (fields, name, value) in [(6, 0, 1_000_000), (750, 8_000, 0)] {
        let server = server().await;
        let mut answers = JoinSet::new();
        for _ in 0..20 {
            let mut stream = unfinished(&server, fields, name, value).await;
            answers.spawn(async move { read_answer(&mut stream, "POST").await });
            // Small ones have room whatever the others take.
            Form::new(&[("key", "a")]).v1("").send(&server).await.expect(204);
        }
        // 120 MB were sent and 64 MiB may be held: some are told to come back, and those that have room go on waiting.
        let first = answers.join_next().await.unwrap().unwrap();
        first.unwrap().refused(503, "SlowDown");
    }
}

#[tokio::test]
async fn a_form_brings_no_headers_that_no_answer_could_hold() {
    let server = server().await;
    for field in ["content-disposition", "x-oss-server-side-encryption-key-id", "success_action_redirect"] {
        let form = Form::new(&[("key", "a"), ("x-oss-server-side-encryption", "KMS"), (field, &"a".repeat(9000))]);
        form.v1("").send(&server).await.refused(400, "InvalidArgument");
    }
    get(&server, "a").await.refused(404, "NoSuchKey");
}

#[tokio::test]
async fn what_is_refused_is_not_sent_back_whole() {
    let server = server().await;
    let long = "&".repeat(2_000_000);
    for field in ["x-oss-signature-version", "x-oss-date", "policy"] {
        let form =
            Form::new(&[("key", "a"), ("x-oss-signature-version", "OSS4-HMAC-SHA256"), ("x-oss-signature", "s")]);
        let form = form.field("x-oss-credential", "c").field("policy", &policy_of("")).field(field, &long);
        let answer = form.send(&server).await.expect(400);
        assert!(answer.body.len() < 100_000, "{field}: {}", answer.body.len());
        assert!(!answer.error().message.is_empty());
    }
    let form = Form::new(&[("key", "a"), ("policy", &policy_of(&vec![r#"{"key":"a"}"#; 50_000].join(",")))]);
    let answer = form.field("OSSAccessKeyId", ID).field("Signature", "s").send(&server).await;
    assert!(answer.body.len() < 100_000, "{}", answer.body.len());
    answer.refused(403, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn forms_that_trickle_in_are_given_up() {
    let server = builder().client_timeout(Duration::from_millis(300)).start().await.unwrap();
    let stream = unfinished(&server, 1, 0, 10).await;
    let (mut reading, mut writing) = stream.into_split();
    let trickle = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        while writing.write_all(b"x").await.is_ok() {
            ticks.tick().await;
        }
    });
    let mut answer = Vec::new();
    let _ = reading.read_to_end(&mut answer).await;
    assert!(String::from_utf8_lossy(&answer).contains("RequestTimeout"), "{}", String::from_utf8_lossy(&answer));
    trickle.abort();
}
