//! What the service refuses is told with what to do next.

use std::time::Duration;

use meta::{ErrorKind, SignMethod, SignOptions};

use super::{configured, element, server};

#[tokio::test]
async fn wrong_credentials_are_told_and_never_shown() {
    let server = server().await;
    let wrong = "Wrong0Secret0Of0Somebody000000";
    for (more, expected) in [
        (("accessKeySecret", wrong), "the signature does not match (SignatureDoesNotMatch, "),
        (("accessKeyId", "LTAIunknown"), "OSS does not know the access key id (InvalidAccessKeyId, "),
        (("securityToken", "no-token-of-theirs"), "the security token is wrong or expired (InvalidSecurityToken, "),
    ] {
        for version in ["v4", "v1"] {
            let oss = element(&server, &[more, ("signatureVersion", version)]);
            let errors = [
                oss.upload_by_file("a.txt", "x", None).await.unwrap_err(),
                oss.get_object("a.txt").await.unwrap_err(),
                oss.download("a.txt").await.unwrap_err(),
                oss.delete("a.txt").await.unwrap_err(),
            ];
            for error in errors {
                let text = error.to_string();
                assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{text}");
                assert!(text.contains(expected), "{text}");
                assert!(
                    text.contains(&format!("{}`", if more.0 == "securityToken" { "`a.txt" } else { more.0 })),
                    "{text}"
                );
                let shown = format!("{text} {error:?} {oss:?}");
                assert!(!shown.contains(wrong) && !shown.contains("no-token-of-theirs"), "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn a_missing_bucket_is_no_missing_object() {
    let server = server().await;
    let oss = element(&server, &[("bucketName", "no-such-bucket")]);
    for error in [
        oss.upload_by_file("a.txt", "x", None).await.unwrap_err(),
        oss.download("a.txt").await.unwrap_err(),
        oss.exists("a.txt").await.unwrap_err(),
        oss.delete("a.txt").await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NoSuchBucket, "{error}");
        assert!(error.to_string().contains("create `no-such-bucket`, or check `bucketName` and `endPoint`"), "{error}");
    }
}

#[tokio::test]
async fn a_foreign_region_points_to_the_key() {
    let server = server().await;
    let oss = element(&server, &[("region", "us-west-1")]);
    let error = oss.download("a.txt").await.unwrap_err();
    assert!(error.to_string().contains("check `region` and `endPoint`"), "{error}");
}

#[tokio::test]
async fn signed_urls_end_and_are_bound() {
    let server = server().await;
    let oss = element(&server, &[]);
    oss.upload_by_file("a.txt", "content", "text/plain").await.unwrap();
    for version in ["v4", "v1"] {
        let oss = element(&server, &[("signatureVersion", version)]);
        let url = oss.get_sign_url("a.txt", "text/plain", 60).await.unwrap();
        assert_eq!(reqwest::get(&url).await.unwrap().status(), 200);
        let tampered = url.replace("/a.txt", "/b.txt");
        assert_eq!(reqwest::get(&tampered).await.unwrap().status(), 403);
        server.shift_clock(120);
        let expired = reqwest::get(&url).await.unwrap();
        server.shift_clock(0);
        assert_eq!(expired.status(), 403);
        assert!(expired.text().await.unwrap().contains("expired"));

        let signed = oss.get_upload_url("up.txt", "text/plain", 60).await.unwrap();
        assert_eq!(signed.headers.get("Content-Type").map(String::as_str), Some("text/plain"));
        let client = reqwest::Client::new();
        let put = |kind: &'static str| client.put(&signed.url).header("content-type", kind).body("x").send();
        assert_eq!(put("text/html").await.unwrap().status(), 403);
        assert_eq!(put("text/plain").await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn lifetimes_beyond_the_limit_are_refused_here() {
    let server = server().await;
    let oss = element(&server, &[]);
    let week = Duration::from_secs(7 * 24 * 3600);
    oss.sign("a.txt", SignOptions::new(SignMethod::Get).with_expires(week)).await.unwrap();
    for expires in [0, week.as_secs() + 1, u64::MAX] {
        let error = oss.get_sign_url("a.txt", None, expires).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    let error =
        element(&server, &[("signatureVersion", "v1")]).get_sign_url("a.txt", None, u64::MAX).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

#[tokio::test]
async fn names_are_refused_before_anything_is_sent() {
    // Nothing listens there: whatever were sent would fail otherwise.
    let oss = super::element_at("127.0.0.1:1", &[]).unwrap();
    let long = "x".repeat(1024);
    for name in ["", "/a", "\\a", "a\0b", &long] {
        let error = oss.upload_by_file(name, "x", None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidName, "{error}");
    }
}

#[tokio::test]
async fn temporary_credentials_work_with_their_token() {
    let server = server().await;
    server.add_sts_token("STS.id", "sts-secret", "sts-token", None);
    let more = [("accessKeyId", "STS.id"), ("accessKeySecret", "sts-secret"), ("securityToken", "sts-token")];
    for version in ["v4", "v1"] {
        let mut more = more.to_vec();
        more.push(("signatureVersion", version));
        let oss = configured(&server, &more).unwrap();
        oss.upload_by_file("sts.txt", "x", "text/plain").await.unwrap();
        assert_eq!(&oss.download("sts.txt").await.unwrap()[..], b"x");
        let url = oss.get_sign_url("sts.txt", None, None).await.unwrap();
        assert_eq!(reqwest::get(&url).await.unwrap().status(), 200);
    }
}
