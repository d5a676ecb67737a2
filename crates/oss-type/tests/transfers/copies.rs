//! Copies of objects that are too large for one request, and of old versions.

use std::time::Duration;

use meta::{CopyOptions, ErrorKind, UploadOptions};
use oss_server::Fault;

use super::content::content;
use super::embedded::element;
use super::{IN_PARTS, PART, server, unfinished};

#[tokio::test]
async fn a_copy_that_oss_finds_too_large_goes_part_by_part() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let data = content(1, 5 * PART);
    let options = UploadOptions::default().with_content_type("text/x").with_metadata("a", "b").with_tag("t", "v");
    oss.upload_with("from", data.clone().into(), options).await.unwrap();
    let too_large = || Fault::answer(400, "EntityTooLarge").on_method("PUT").on_key("to");
    server.inject(too_large());
    let receipt = oss.copy("from", "to", CopyOptions::default()).await.unwrap();
    assert_eq!(receipt.size, Some(data.len() as u64));
    assert_eq!(oss.download("to").await.unwrap(), data);
    let info = oss.get_object("to").await.unwrap();
    assert_eq!((info.content_type.as_deref(), &*info.metadata["a"]), (Some("text/x"), "b"));
    assert_eq!(oss.get_tags("to").await.unwrap(), [("t".to_owned(), "v".to_owned())].into());
    assert_eq!(info.other["x-oss-object-type"], "Multipart");

    server.inject(too_large());
    let error = oss.copy("from", "to", CopyOptions::default().without_overwriting()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    server.inject(too_large());
    server.inject(Fault::answer(403, "AccessDenied").on_parameter("partNumber"));
    assert!(oss.copy("from", "to", CopyOptions::default()).await.is_err());
    server.clear_faults();
    assert!(unfinished(&oss).await.is_empty());
}

#[tokio::test]
async fn a_changed_class_keeps_everything_else() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let options = UploadOptions::default()
        .with_content_type("text/x")
        .with_metadata("a", "b")
        .with_tag("t", "v")
        .with_acl(meta::ObjectAcl::PublicRead)
        .with_encryption(meta::Encryption::aes256());
    let data = content(1, 3 * PART);
    for is_large in [false, true] {
        oss.upload_with("a", data.clone().into(), options.clone()).await.unwrap();
        if is_large {
            server.inject(Fault::answer(400, "EntityTooLarge").on_method("PUT").on_key("a"));
        }
        oss.set_storage_class("a", "IA").await.unwrap();
        let info = oss.get_object("a").await.unwrap();
        assert_eq!(info.storage_class.as_deref(), Some("IA"), "large: {is_large}");
        assert_eq!((info.content_type.as_deref(), &*info.metadata["a"]), (Some("text/x"), "b"));
        assert_eq!(info.other["x-oss-server-side-encryption"], "AES256");
        assert_eq!(oss.get_acl("a").await.unwrap(), meta::ObjectAcl::PublicRead);
        assert_eq!(oss.get_tags("a").await.unwrap(), [("t".to_owned(), "v".to_owned())].into());
        assert_eq!(oss.download("a").await.unwrap(), data);
        assert!(unfinished(&oss).await.is_empty());
    }
    let error = oss.set_storage_class("a", "standard").await.unwrap_err();
    assert!(error.to_string().contains("did you mean `Standard`"), "{error}");
}

#[tokio::test]
async fn copies_of_any_size_are_written_as_the_configuration_says() {
    let server = server().await;
    let plain = element(&server, IN_PARTS);
    let more = [("storageClass", "IA"), ("acl", "private"), ("serverSideEncryption", "AES256")];
    let oss = element(&server, &[IN_PARTS, &more].concat());
    for in_parts in [false, true] {
        plain.upload_by_file("from", content(1, 3 * PART), "text/x").await.unwrap();
        if in_parts {
            server.inject(Fault::answer(400, "EntityTooLarge").on_method("PUT").on_key("to"));
        }
        oss.copy("from", "to", CopyOptions::default()).await.unwrap();
        let info = oss.get_object("to").await.unwrap();
        assert_eq!(info.content_type.as_deref(), Some("text/x"));
        assert_eq!(info.storage_class.as_deref(), Some("IA"), "in parts: {in_parts}");
        assert_eq!(info.other["x-oss-server-side-encryption"], "AES256", "in parts: {in_parts}");
        assert_eq!(oss.get_acl("to").await.unwrap(), meta::ObjectAcl::Private, "in parts: {in_parts}");
    }
}

#[tokio::test]
async fn a_changed_class_never_opens_an_object_to_the_public() {
    let server = server().await;
    let plain = element(&server, IN_PARTS);
    let oss = element(&server, &[IN_PARTS, &[("acl", "public-read"), ("serverSideEncryption", "AES256")]].concat());
    for in_parts in [false, true] {
        plain.upload_by_file("a", content(1, 3 * PART), None).await.unwrap();
        if in_parts {
            server.inject(Fault::answer(400, "EntityTooLarge").on_method("PUT").on_key("a"));
        }
        oss.set_storage_class("a", "IA").await.unwrap();
        assert_eq!(oss.get_acl("a").await.unwrap(), meta::ObjectAcl::Inherited, "in parts: {in_parts}");
        let info = oss.get_object("a").await.unwrap();
        assert!(!info.other.contains_key("x-oss-server-side-encryption"), "in parts: {in_parts}");
    }
}

#[tokio::test]
async fn a_copy_that_takes_too_long_is_not_begun_again_in_another_way() {
    let server = server().await;
    let oss = element(&server, &[("timeoutSeconds", "1"), ("maxAttempts", "1")]);
    oss.upload_by_file("from", "content", None).await.unwrap();
    for (options, is_retryable) in
        [(CopyOptions::default(), true), (CopyOptions::default().without_overwriting(), false)]
    {
        server.inject(Fault::delay(Duration::from_secs(30)).on_method("PUT").on_key("to"));
        let error = oss.copy("from", "to", options).await.unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, is_retryable), "{error}");
        server.clear_faults();
        assert_eq!(oss.get_object("to").await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}
