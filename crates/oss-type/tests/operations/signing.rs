//! Signed requests that somebody else sends.

use std::time::Duration;

use meta::{
    ErrorKind, ObjectAcl, PartOfUpload, ResponseHeaders, SignMethod, SignOptions, SignedRequest, StorageElement,
    UploadOptions,
};
use reqwest::{Client, Response};

use super::embedded::{configured, element, server};

async fn send(signed: &SignedRequest, body: &'static str) -> Response {
    let method = reqwest::Method::from_bytes(signed.method.as_str().as_bytes()).unwrap();
    let mut request = Client::new().request(method, &signed.url).body(body);
    for (name, value) in &signed.headers {
        request = request.header(name, value);
    }
    request.send().await.unwrap()
}

const VERSIONS: &[&str] = &["v4", "v1"];

#[tokio::test]
async fn answers_carry_the_headers_that_were_signed() {
    let server = server().await;
    for version in VERSIONS {
        let oss = element(&server, &[("signatureVersion", version)]);
        oss.upload_by_file("a b.txt", "content", "text/plain").await.unwrap();
        let headers = ResponseHeaders::default()
            .with_content_disposition("attachment; filename=\"a b.txt\"")
            .with_cache_control("no-store")
            .with_content_language("de")
            .with_expires("0");
        let options = SignOptions::default().with_response_headers(headers.clone());
        let answer = send(&oss.sign("a b.txt", options).await.unwrap(), "").await;
        assert_eq!(answer.status(), 200, "{version}");
        for (name, value) in headers.iter() {
            assert_eq!(answer.headers()[name], value, "{version}");
        }
        let head = oss.sign("a b.txt", SignOptions::new(SignMethod::Head)).await.unwrap();
        assert_eq!(send(&head, "").await.headers()["content-length"], "7", "{version}");
    }
}

#[tokio::test]
async fn a_part_is_sent_by_somebody_else() {
    let server = server().await;
    for version in VERSIONS {
        let oss = element(&server, &[("signatureVersion", version)]);
        let id = oss.initiate_multipart("a", UploadOptions::default()).await.unwrap();
        let options = SignOptions::new(SignMethod::Put).with_part(PartOfUpload::new(&id, 7));
        let signed = oss.sign("a", options).await.unwrap();
        assert!(signed.headers.is_empty());
        assert_eq!(send(&signed, "in a part").await.status(), 200, "{version}");
        let parts = oss.list_parts("a", &id).await.unwrap();
        assert_eq!((parts[0].number, parts[0].size), (7, 9));
        oss.complete_multipart("a", &id, parts, meta::Overwrite::Allow).await.unwrap();
        assert_eq!(&oss.download("a").await.unwrap()[..], b"in a part");
    }
}

#[tokio::test]
async fn what_is_bound_must_be_sent() {
    let server = server().await;
    for version in VERSIONS {
        let oss = element(&server, &[("signatureVersion", version)]);
        let upload = UploadOptions::default()
            .with_content_type("text/x")
            .with_metadata("author", "alice")
            .with_acl(ObjectAcl::PublicRead)
            .with_storage_class("IA")
            .with_tag("a", "b")
            .without_overwriting();
        let signed = oss.sign("a", SignOptions::new(SignMethod::Put).with_upload(upload)).await.unwrap();
        assert_eq!(signed.headers["Content-Type"], "text/x");
        for name in signed.headers.keys() {
            let mut without = signed.clone();
            without.headers.remove(name);
            assert_eq!(send(&without, "x").await.status(), 403, "{version}: without {name}");
        }
        assert_eq!(send(&signed, "content").await.status(), 200, "{version}");
        let info = oss.get_object("a").await.unwrap();
        assert_eq!((&*info.metadata["author"], info.storage_class.as_deref()), ("alice", Some("IA")));
        assert_eq!(send(&signed, "again").await.status(), 409, "{version}: overwriting is forbidden");
        oss.delete("a").await.unwrap();
    }
}

#[tokio::test]
async fn limits_and_processes_are_part_of_the_signature() {
    let server = server().await;
    let oss = element(&server, &[]);
    oss.upload_by_file("a", "content", None).await.unwrap();
    let signed = oss.sign("a", SignOptions::default().with_traffic_limit(838_860_800)).await.unwrap();
    assert!(signed.url.contains("x-oss-traffic-limit=838860800"));
    assert_eq!(send(&signed, "").await.status(), 200);
    let mut raised = signed.clone();
    raised.url = signed.url.replace("838860800", "838860801");
    assert_eq!(send(&raised, "").await.status(), 403);
    let signed = oss.sign("a", SignOptions::default().with_process("image/resize,w_100")).await.unwrap();
    assert!(signed.url.contains("x-oss-process=image%2Fresize%2Cw_100"), "{}", signed.url);
}

#[tokio::test]
async fn expiry_is_checked_here_and_told() {
    let server = server().await;
    let oss = element(&server, &[]);
    for (seconds, is_fine) in [(0, false), (1, true), (604_800, true), (604_801, false), (u64::MAX, false)] {
        for method in [SignMethod::Get, SignMethod::Put, SignMethod::Post] {
            let options = SignOptions::new(method).with_expires(Duration::from_secs(seconds));
            let signed = oss.sign("a", options).await;
            assert_eq!(signed.is_ok(), is_fine, "{seconds} {method:?}: {signed:?}");
            if let Err(error) = signed {
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            }
        }
    }
    let v1 = element(&server, &[("signatureVersion", "v1")]);
    assert!(v1.get_sign_url("a", None, 604_801).await.is_ok(), "V1 knows no limit");
    assert_eq!(v1.get_sign_url("a", None, u64::MAX).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn urls_name_another_host_where_that_is_asked() {
    let server = server().await;
    let url = async |oss: &StorageElement, host: &str| {
        oss.sign("a/b.jpg", SignOptions::default().with_public_end_point(host)).await.map(|signed| signed.url)
    };
    let oss = element(&server, &[]);
    assert!(url(&oss, "img.example.com").await.unwrap().starts_with("https://img.example.com/a/b.jpg?"));
    assert!(
        url(&oss, "http://img.example.com:8080").await.unwrap().starts_with("http://img.example.com:8080/a/b.jpg?")
    );
    let own = "oss-cn-hangzhou.aliyuncs.com";
    assert!(url(&oss, own).await.unwrap().starts_with("https://docs.oss-cn-hangzhou.aliyuncs.com/a/b.jpg?"));
    for wrong in ["oss-cn-beijing.aliyuncs.com", "not a host", "", "https://"] {
        assert_eq!(url(&oss, wrong).await.unwrap_err().kind(), ErrorKind::InvalidInput, "{wrong}");
    }
    let configuration = [("publicEndPoint", "oss-cn-beijing.aliyuncs.com")];
    let error = configured(&server, &configuration).unwrap_err();
    assert!(error.to_string().contains("publicEndPoint"), "{error}");
}

#[tokio::test]
async fn options_that_mean_nothing_are_refused() {
    let server = server().await;
    let oss = element(&server, &[]);
    let part = || PartOfUpload::new("id", 1);
    for (options, word) in [
        (SignOptions::new(SignMethod::Get).with_part(part()), "`part`"),
        (SignOptions::new(SignMethod::Put).with_part(PartOfUpload::new("id", 0)), "1 to 10000"),
        (SignOptions::new(SignMethod::Put).with_part(PartOfUpload::new("", 1)), "upload id"),
        (SignOptions::new(SignMethod::Put).with_process("image/info"), "`process`"),
        (
            SignOptions::new(SignMethod::Get).with_upload(UploadOptions::default().with_acl(ObjectAcl::Private)),
            "`upload`",
        ),
        (
            SignOptions::new(SignMethod::Put).with_response_headers(ResponseHeaders::default().with_expires("0")),
            "`response_headers`",
        ),
        (
            SignOptions::new(SignMethod::Head).with_response_headers(ResponseHeaders::default().with_expires("0")),
            "`response_headers`",
        ),
        (SignOptions::new(SignMethod::Put).with_version_id("x"), "`version_id`"),
        (SignOptions::new(SignMethod::Get).with_traffic_limit(1), "245760"),
    ] {
        let error = oss.sign("a", options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(word), "{error}");
    }
}
