//! Uploads in parts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use meta::{Body, Encryption, ErrorKind, ObjectAcl, UploadOptions};
use oss_server::Fault;

use super::content::{content, file, streamed};
use super::embedded::element;
use super::proxy::{Fate, Proxy};
use super::{IN_PARTS, PART, server, unfinished};

#[tokio::test]
async fn bytes_files_and_streams_become_the_same_object() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    for size in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 13 * PART + 77] {
        let data = content(size as u64, size);
        let (_folder, path) = file(&data);
        let bodies: [(&str, Body); 4] = [
            ("bytes", data.clone().into()),
            ("file", Body::file(&path)),
            ("stream", streamed(data.clone(), None)),
            ("stream of known length", streamed(data.clone(), Some(size as u64))),
        ];
        for (kind, body) in bodies {
            let receipt = oss.upload_by_file("a.bin", body, "application/x-test").await.unwrap();
            assert_eq!(receipt.size, Some(size as u64), "{kind} of {size}");
            assert_eq!(receipt.crc64, Some(oss_protocol::crc64::checksum(&data)), "{kind} of {size}");
            assert_eq!(oss.download("a.bin").await.unwrap(), data, "{kind} of {size}");
            let info = oss.get_object("a.bin").await.unwrap();
            let expected = if size > PART { "Multipart" } else { "Normal" };
            assert_eq!(info.other["x-oss-object-type"], expected, "{kind} of {size}");
            assert_eq!(info.content_type.as_deref(), Some("application/x-test"));
        }
    }
    assert!(unfinished(&oss).await.is_empty());
}

#[tokio::test]
async fn options_hold_for_objects_of_one_request_and_of_many() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    for size in [10, 3 * PART] {
        let options = UploadOptions::default()
            .with_content_type("text/x")
            .with_cache_control("no-cache")
            .with_content_disposition("attachment")
            .with_metadata("author", "alice")
            .with_storage_class("IA")
            .with_acl(ObjectAcl::PublicRead)
            .with_tag("team", "a b/c")
            .with_encryption(Encryption::aes256());
        oss.upload_with("a.bin", content(1, size).into(), options).await.unwrap();
        let info = oss.get_object("a.bin").await.unwrap();
        assert_eq!(info.content_type.as_deref(), Some("text/x"));
        assert_eq!(info.cache_control.as_deref(), Some("no-cache"));
        assert_eq!(info.content_disposition.as_deref(), Some("attachment"));
        assert_eq!(info.metadata["author"], "alice");
        assert_eq!(info.storage_class.as_deref(), Some("IA"));
        assert_eq!(info.other["x-oss-server-side-encryption"], "AES256");
        assert_eq!(oss.get_acl("a.bin").await.unwrap(), ObjectAcl::PublicRead);
        assert_eq!(oss.get_tags("a.bin").await.unwrap(), [("team".to_owned(), "a b/c".to_owned())].into());
    }
}

#[tokio::test]
async fn the_configuration_says_how_objects_are_written() {
    let server = server().await;
    let more = [("storageClass", "IA"), ("acl", "public-read"), ("serverSideEncryption", "AES256")];
    let oss = element(&server, &[IN_PARTS, &more].concat());
    for size in [10, 2 * PART] {
        oss.upload_by_file("a.bin", content(1, size), None).await.unwrap();
        let info = oss.get_object("a.bin").await.unwrap();
        assert_eq!(info.storage_class.as_deref(), Some("IA"));
        assert_eq!(info.other["x-oss-server-side-encryption"], "AES256");
        assert_eq!(oss.get_acl("a.bin").await.unwrap(), ObjectAcl::PublicRead);
    }
}

#[tokio::test]
async fn a_failed_upload_leaves_the_old_object_and_no_parts() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    oss.upload_by_file("a.bin", "old", None).await.unwrap();
    for (fault, kind) in [
        (Fault::answer(403, "AccessDenied").on_parameter("partNumber").after(3), ErrorKind::PermissionDenied),
        (Fault::answer(500, "InternalError").on_parameter("partNumber").after(2).times(1000), ErrorKind::Service),
        (Fault::answer(403, "AccessDenied").on_method("POST").on_parameter("uploadId"), ErrorKind::PermissionDenied),
    ] {
        server.inject(fault);
        let error = oss.upload_by_file("a.bin", content(1, 8 * PART), None).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        server.clear_faults();
        assert_eq!(&oss.download("a.bin").await.unwrap()[..], b"old");
        assert!(unfinished(&oss).await.is_empty());
    }
}

#[tokio::test]
async fn a_dropped_upload_takes_its_parts_away() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    oss.upload_by_file("a.bin", "old", None).await.unwrap();
    server.inject(Fault::delay(Duration::from_secs(30)).on_parameter("partNumber").after(4).times(1000));
    let begun = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&begun);
    let options = UploadOptions::default().with_progress(move |_| told.store(true, Ordering::Relaxed));
    let mut upload = oss.upload_with("a.bin", content(1, 8 * PART).into(), options).boxed();
    while unfinished(&oss).await.is_empty() || !begun.load(Ordering::Relaxed) {
        assert!((&mut upload).now_or_never().is_none(), "it cannot end while its parts are held back");
    }
    drop(upload);
    let gone = async {
        while !unfinished(&oss).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.expect("the parts of the dropped upload are taken away");
    server.clear_faults();
    assert_eq!(&oss.download("a.bin").await.unwrap()[..], b"old");
}

#[tokio::test]
async fn a_lost_answer_to_the_completion_is_found_out() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let data = content(1, 4 * PART);
    for times in [1, 2] {
        server.inject(Fault::lose_answer().on_method("POST").on_parameter("uploadId").times(times));
        let receipt = oss.upload_by_file("a.bin", data.clone(), None).await.unwrap();
        assert_eq!(receipt.crc64, Some(oss_protocol::crc64::checksum(&data)));
        assert!(receipt.etag.is_some_and(|etag| etag.ends_with("-4")));
        server.clear_faults();
        assert_eq!(oss.download("a.bin").await.unwrap(), data);
        assert!(unfinished(&oss).await.is_empty());
    }
    // Here the completion never arrives, so the object is made by the next attempt.
    server.inject(Fault::disconnect().on_method("POST").on_parameter("uploadId"));
    oss.upload_by_file("b.bin", data.clone(), None).await.unwrap();
    assert_eq!(oss.download("b.bin").await.unwrap(), data);
}

#[tokio::test]
async fn what_exists_is_not_overwritten_where_that_is_forbidden() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    oss.upload_by_file("a.bin", "old", None).await.unwrap();
    let options = UploadOptions::default().without_overwriting();
    let error = oss.upload_with("a.bin", content(1, 3 * PART).into(), options.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(&oss.download("a.bin").await.unwrap()[..], b"old");
    assert!(unfinished(&oss).await.is_empty());
    oss.upload_with("b.bin", content(1, 3 * PART).into(), options).await.unwrap();
}

#[tokio::test]
async fn a_file_that_changes_meanwhile_is_not_stored() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    oss.upload_by_file("a.bin", "old", None).await.unwrap();
    let (_folder, path) = file(&content(1, 6 * PART));
    let written = path.clone();
    let options = UploadOptions::default().with_progress(move |at| {
        if at.bytes > 0 {
            let mut data = std::fs::read(&written).unwrap();
            data[5 * PART] ^= 1;
            std::fs::write(&written, data).unwrap();
        }
    });
    let error = oss.upload_with("a.bin", Body::file(&path), options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().contains("was changed while it was uploaded"), "{error}");
    assert_eq!(&oss.download("a.bin").await.unwrap()[..], b"old");
    assert!(unfinished(&oss).await.is_empty());
}

#[tokio::test]
async fn progress_grows_to_the_end_also_where_parts_are_sent_again() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let data = content(1, 7 * PART + 5);
    let (_folder, path) = file(&data);
    let total = data.len() as u64;
    for (kind, body, known) in [
        ("file", Body::file(&path), Some(total)),
        ("bytes", data.clone().into(), Some(total)),
        ("stream", streamed(data.clone(), None), None),
        ("small", "small".into(), Some(5)),
    ] {
        server.inject(Fault::disconnect().on_parameter("partNumber").after(2).times(3));
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&told);
        let options = UploadOptions::default().with_progress(move |at| sink.lock().unwrap().push((at.bytes, at.total)));
        oss.upload_with("a.bin", body, options).await.unwrap();
        server.clear_faults();
        let told = told.lock().unwrap();
        assert!(told.is_sorted() && told.iter().all(|(_, total)| *total == known), "{kind}: {told:?}");
        let end = if kind == "small" { 5 } else { total };
        assert_eq!(told.last().map(|(bytes, _)| *bytes), Some(end), "{kind}: {told:?}");
        assert!(kind == "small" || told.len() >= 7, "{kind}: {told:?}");
    }
}

#[tokio::test]
async fn each_request_carries_what_oss_wants_there() {
    let server = server().await;
    let proxy = Proxy::start(&server, |_| Fate::Pass).await;
    let oss = element(&server, &[IN_PARTS, &[("endPoint", &proxy.endpoint())]].concat());
    let options = UploadOptions::default()
        .with_content_type("text/x")
        .with_metadata("author", "alice")
        .with_storage_class("Archive")
        .with_acl(ObjectAcl::Private)
        .with_tag("a", "b")
        .with_encryption(Encryption::kms().with_key_id("my-key"))
        .with_traffic_limit(838_860_800)
        .without_overwriting();
    oss.upload_with("a b.bin", content(1, 2 * PART).into(), options).await.unwrap();
    let seen = proxy.take_seen();
    let header = |at: usize, name: &str| seen[at].header(name).map(str::to_owned);
    let lines: Vec<_> = seen.iter().map(|seen| format!("{} {}", seen.method, seen.uri.path())).collect();
    assert_eq!(lines, ["POST /docs/a%20b.bin", "PUT /docs/a%20b.bin", "PUT /docs/a%20b.bin", "POST /docs/a%20b.bin"]);
    assert!(seen[0].has_parameter("uploads") && seen[3].has_parameter("uploadId"));
    let class = |at| header(at, "x-oss-storage-class");
    assert_eq!([class(0), class(1), class(3)], [Some("Archive".to_owned()), None, None]);
    let of_initiation = [
        ("content-type", "text/x"),
        ("x-oss-meta-author", "alice"),
        ("x-oss-tagging", "a=b"),
        ("x-oss-server-side-encryption", "KMS"),
        ("x-oss-server-side-encryption-key-id", "my-key"),
        ("x-oss-forbid-overwrite", "true"),
    ];
    for (name, value) in of_initiation {
        assert_eq!(header(0, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(header(0, "x-oss-object-acl"), None, "OSS takes it at the completion");
    for part in [1, 2] {
        assert_eq!(header(part, "x-oss-traffic-limit").as_deref(), Some("838860800"));
        assert_eq!(header(part, "content-length").as_deref(), Some("102400"));
    }
    assert_eq!(header(3, "x-oss-object-acl").as_deref(), Some("private"));
    assert_eq!(header(3, "x-oss-forbid-overwrite").as_deref(), Some("true"));
    assert!(seen.iter().all(|seen| seen.header("user-agent").is_some_and(|agent| agent.contains("jit-storages"))));
}

#[tokio::test]
async fn what_oss_would_refuse_is_refused_before_it_is_sent() {
    let server = server().await;
    let proxy = Proxy::start(&server, |_| Fate::Pass).await;
    let oss = element(&server, &[("endPoint", &proxy.endpoint())]);
    for (options, word) in [
        (UploadOptions::default().with_storage_class("archive"), "did you mean `Archive`"),
        (UploadOptions::default().with_traffic_limit(1000), "245760"),
        (UploadOptions::default().with_encryption(Encryption::aes256().with_key_id("k")), "KMS"),
        ((0..11).fold(UploadOptions::default(), |all, at| all.with_tag(at.to_string(), "")), "at most 10 tags"),
    ] {
        let error = oss.upload_with("a", "x".into(), options).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(word), "{error}");
    }
    assert!(proxy.take_seen().is_empty());
}

#[tokio::test]
async fn an_old_object_of_the_same_bytes_does_not_pass_for_the_new_one() {
    let server = server().await;
    let oss = element(&server, &[IN_PARTS, &[("maxAttempts", "2")]].concat());
    let data = content(1, 3 * PART);
    oss.upload_by_file("a.bin", data.clone(), "text/old").await.unwrap();
    server.inject(Fault::answer(503, "ServiceUnavailable").on_method("POST").on_parameter("uploadId").times(1000));
    let options = UploadOptions::default().with_content_type("text/new");
    let error = oss.upload_with("a.bin", data.into(), options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled, "{error}");
    server.clear_faults();
    assert!(unfinished(&oss).await.is_empty());
    assert_eq!(oss.get_object("a.bin").await.unwrap().content_type.as_deref(), Some("text/old"));
    // Somebody took the upload away before it was completed.
    server.inject(Fault::answer(404, "NoSuchUpload").on_method("POST").on_parameter("uploadId"));
    let options = UploadOptions::default().with_content_type("text/new");
    let error = oss.upload_with("a.bin", content(1, 3 * PART).into(), options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}
