//! Uploads by the form of a web page.

use std::time::Duration;

use meta::{ErrorKind, FormRules, ObjectAcl, SignMethod, SignOptions, SignedRequest, UploadOptions};

use super::embedded::{element, server};

const BOUNDARY: &str = "----the-boundary";

/// Sends a form as a browser does: the fields, then the file.
async fn post(signed: &SignedRequest, more: &[(&str, &str)], file: &str) -> (u16, String) {
    let mut body = String::new();
    let fields = signed.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in fields.chain(more.iter().copied()) {
        body += &format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    body += &format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"photo.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n{file}\r\n--{BOUNDARY}--\r\n"
    );
    let answer = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .post(&signed.url)
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn form() -> SignOptions {
    SignOptions::new(SignMethod::Post)
}

#[tokio::test]
async fn a_form_uploads_what_its_rules_allow() {
    let server = server().await;
    for version in ["v4", "v1"] {
        let oss = element(&server, &[("signatureVersion", version)]);
        let upload = UploadOptions::default()
            .with_metadata("author", "alice")
            .with_cache_control("no-cache")
            .with_acl(ObjectAcl::PublicRead)
            .with_storage_class("IA")
            .with_tag("a", "b c");
        let rules = FormRules::default().with_size(1, 10).with_content_type("image/jpeg").with_success_status(201);
        let signed = oss.sign("a b.jpg", form().with_upload(upload).with_form(rules)).await.unwrap();
        assert!(
            !format!("{signed:?}")
                .contains(signed.fields.iter().find(|(name, _)| name == "policy").unwrap().1.as_str())
        );
        let (status, answer) = post(&signed, &[("Content-Type", "image/jpeg")], "content").await;
        // One type is fixed by the form itself, and a second field of the name is one too many.
        let (status, answer) = match status {
            201 => (status, answer),
            _ => post(&signed, &[], "content").await,
        };
        assert_eq!(status, 201, "{version}: {answer}");
        assert!(answer.contains("<PostResponse>"), "{answer}");
        let info = oss.get_object("a b.jpg").await.unwrap();
        assert_eq!(info.content_type.as_deref(), Some("image/jpeg"));
        assert_eq!((&*info.metadata["author"], info.storage_class.as_deref()), ("alice", Some("IA")));
        assert_eq!(info.cache_control.as_deref(), Some("no-cache"));
        assert_eq!(oss.get_acl("a b.jpg").await.unwrap(), ObjectAcl::PublicRead);
        assert_eq!(oss.get_tags("a b.jpg").await.unwrap()["a"], "b c");
        assert_eq!(&oss.download("a b.jpg").await.unwrap()[..], b"content");

        let (status, _) = post(&signed, &[], "much too long").await;
        assert!((400..404).contains(&status), "{version}: {status}");
        let (status, _) = post(&signed, &[], "").await;
        assert!((400..404).contains(&status), "{version}: {status}");
        let mut other = signed.clone();
        for (name, value) in &mut other.fields {
            if name == "key" {
                *value = "elsewhere".to_owned();
            }
        }
        assert_eq!(post(&other, &[], "content").await.0, 403, "{version}");
        assert_eq!(oss.get_object("elsewhere").await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[tokio::test]
async fn a_form_may_leave_the_name_to_the_sender() {
    let server = server().await;
    let oss = element(&server, &[]);
    let rules = FormRules::default().with_file_name().with_success_redirect("https://app.example.com/done");
    let signed = oss.sign("users/7/", form().with_form(rules)).await.unwrap();
    assert_eq!(post(&signed, &[], "content").await.0, 303);
    assert_eq!(&oss.download("users/7/photo.jpg").await.unwrap()[..], b"content");
}

#[tokio::test]
async fn a_form_ends() {
    let server = server().await;
    let oss = element(&server, &[]);
    let signed = oss.sign("a", form().with_expires(Duration::from_secs(60))).await.unwrap();
    server.shift_clock(61);
    let (status, answer) = post(&signed, &[], "content").await;
    assert_eq!(status, 403, "{answer}");
    assert!(!oss.exists("a").await.unwrap());
}

#[tokio::test]
async fn forms_that_oss_would_refuse_are_not_signed() {
    let server = server().await;
    let oss = element(&server, &[]);
    for rules in [FormRules::default().with_size(10, 1), FormRules::default().with_success_status(202)] {
        let error = oss.sign("a", form().with_form(rules)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
}
