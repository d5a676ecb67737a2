//! What goes wrong on the way: repeated where it may be, resumed where it broke, detected where it lies.

use std::time::Duration;

use meta::{Body, ByteRange, CopyOptions, DownloadOptions, ErrorKind, Overwrite, UploadOptions};
use oss_server::Fault;

use super::{element, server};

/// Bytes that differ everywhere, so that a shifted or repeated piece shows.
fn content(size: usize) -> Vec<u8> {
    (0..size as u64 / 8 + 1)
        .flat_map(|number| (number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_le_bytes())
        .take(size)
        .collect()
}

#[tokio::test]
async fn what_is_busy_for_a_moment_is_tried_again() {
    let server = server().await;
    let oss = element(&server, &[]);
    for fault in [
        Fault::answer(503, "ServiceUnavailable"),
        Fault::answer(500, "InternalError"),
        Fault::answer(429, "TooManyRequests"),
        Fault::answer(401, "Unauthorized"),
        Fault::answer(408, "RequestTimeout"),
        Fault::garbage(502, "text/html", "<html>Bad Gateway</html>"),
        Fault::busy(503, "SlowDown", Duration::from_secs(1)),
        Fault::disconnect(),
        Fault::lose_answer(),
    ] {
        for method in ["PUT", "GET", "HEAD", "DELETE"] {
            server.inject(fault.clone().on_method(method).on_key("a.txt"));
        }
        oss.upload_by_file("a.txt", "content", None).await.unwrap();
        assert_eq!(&oss.download("a.txt").await.unwrap()[..], b"content");
        assert_eq!(oss.get_object("a.txt").await.unwrap().size, 7);
        oss.delete("a.txt").await.unwrap();
        server.clear_faults();
    }
}

#[tokio::test]
async fn attempts_end_and_the_error_tells_them() {
    let server = server().await;
    let oss = element(&server, &[("maxAttempts", "3")]);
    server.inject(Fault::answer(503, "ServiceUnavailable").times(100));
    let error = oss.download("a.txt").await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Throttled, true));
    assert_eq!(error.attempts().unwrap().count, 3);
    assert!(error.to_string().contains("after 3 attempts"), "{error}");
    assert_eq!(error.service().unwrap().status, 503);
    server.clear_faults();
    // A service that asks for more patience than a call has is not waited for.
    server.inject(Fault::busy(503, "SlowDown", Duration::from_secs(3600)));
    assert_eq!(oss.download("a.txt").await.unwrap_err().attempts().unwrap().count, 1);
}

#[tokio::test]
async fn what_may_have_happened_is_not_done_twice() {
    let server = server().await;
    let oss = element(&server, &[]);
    server.inject(Fault::lose_answer().on_method("POST"));
    let error = oss.append("log", 0, "line\n", UploadOptions::default()).await.unwrap_err();
    assert_eq!(error.attempts().unwrap().count, 1);
    assert_eq!(&oss.download("log").await.unwrap()[..], b"line\n", "the lost append took effect, once");

    server.inject(Fault::lose_answer().on_method("PUT"));
    let error = oss.upload_with("once", "x".into(), UploadOptions::default().without_overwriting()).await.unwrap_err();
    assert_ne!(error.kind(), ErrorKind::AlreadyExists, "its own first attempt is nobody else's object: {error}");
    assert_eq!(UploadOptions::default().overwrite, Overwrite::Allow);
}

#[tokio::test]
async fn copies_and_parts_that_may_have_happened_are_not_done_twice() {
    let server = server().await;
    let oss = element(&server, &[]);
    oss.upload_by_file("from", "content", None).await.unwrap();
    server.inject(Fault::lose_answer().on_method("PUT").on_key("to"));
    let error = oss.copy("from", "to", CopyOptions::default().without_overwriting()).await.unwrap_err();
    assert_ne!(error.kind(), ErrorKind::AlreadyExists, "its own first attempt is nobody else's object: {error}");
    // An upload whose id nobody learns has no parts, so a second one does no harm.
    server.inject(Fault::lose_answer().on_method("POST").on_parameter("uploads"));
    let id = oss.initiate_multipart("parts", UploadOptions::default()).await.unwrap();
    let part = oss.upload_part("parts", &id, 1, "part").await.unwrap();
    server.inject(Fault::lose_answer().on_method("POST").on_parameter("uploadId"));
    let error = oss.complete_multipart("parts", &id, vec![part], Overwrite::Allow).await.unwrap_err();
    assert_eq!(error.attempts().unwrap().count, 1);
    assert_eq!(&oss.download("parts").await.unwrap()[..], b"part");
}

#[tokio::test]
async fn what_arrived_damaged_is_sent_again() {
    let server = server().await;
    let oss = element(&server, &[]);
    for code in ["InvalidCRC64", "InvalidDigest", "IncompleteBody"] {
        server.inject(Fault::answer(400, code).on_method("PUT"));
        oss.upload_by_file("a.txt", "content", None).await.unwrap();
    }
}

#[tokio::test]
async fn parts_of_unknown_length_make_a_checked_object() {
    let server = server().await;
    let oss = element(&server, &[]);
    let content = content(250_000);
    let upload = oss.initiate_multipart("parts", UploadOptions::default()).await.unwrap();
    let mut parts = Vec::new();
    for (number, piece) in (1..).zip(content.chunks(110_000)) {
        let body = Body::stream(futures_util::stream::iter([Ok(piece.to_vec().into())]), None);
        let part = oss.upload_part("parts", &upload, number, body).await.unwrap();
        assert_eq!(part.size, piece.len() as u64);
        parts.push(part);
    }
    let uploaded = oss.complete_multipart("parts", &upload, parts, Overwrite::Allow).await.unwrap();
    assert_eq!(uploaded.size, Some(250_000));
    assert_eq!(oss.download("parts").await.unwrap(), content);
}

#[tokio::test]
async fn the_options_of_an_append_count_at_creation_only() {
    let server = server().await;
    let oss = element(&server, &[]);
    let options = UploadOptions::default().without_overwriting().with_content_type("text/plain");
    let first = oss.append("log", 0, "one\n", options.clone()).await.unwrap();
    oss.append("log", first.next_position, "two\n", options.clone()).await.unwrap();
    assert_eq!(&oss.download("log").await.unwrap()[..], b"one\ntwo\n");
    assert_eq!(oss.append("log", 0, "again\n", options).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    server.inject(Fault::wrong_crc().on_method("POST"));
    let error = oss.append("other", 0, "damaged", UploadOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
}

#[tokio::test]
async fn a_stream_is_sent_twice_only_where_it_was_gathered() {
    let server = server().await;
    let oss = element(&server, &[]);
    let once = || Body::stream(futures_util::stream::iter([Ok("once".into())]), None);
    server.inject(Fault::answer(500, "InternalError").on_method("PUT"));
    oss.upload_by_file("stream", once(), None).await.unwrap();
    assert_eq!(&oss.download("stream").await.unwrap()[..], b"once");
    // Whoever sends parts by hand has them sent as they come.
    let id = oss.initiate_multipart("parts", UploadOptions::default()).await.unwrap();
    server.inject(Fault::answer(500, "InternalError").on_method("PUT"));
    let error = oss.upload_part("parts", &id, 1, once()).await.unwrap_err();
    assert_eq!(error.attempts().unwrap().count, 1);
    oss.abort_multipart("parts", &id).await.unwrap();
}

#[tokio::test]
async fn the_services_clock_is_learned_once_and_kept() {
    let server = server().await;
    for version in ["v4", "v1"] {
        for seconds in [1200, -1200] {
            server.shift_clock(seconds);
            let oss = element(&server, &[("signatureVersion", version), ("maxAttempts", "2")]);
            oss.upload_by_file("a.txt", "content", None).await.unwrap();
            // One attempt is enough from now on, for URLs too.
            server.inject(Fault::answer(500, "InternalError"));
            assert_eq!(&oss.download("a.txt").await.unwrap()[..], b"content");
            let url = oss.get_sign_url("a.txt", None, 30).await.unwrap();
            assert_eq!(reqwest::get(&url).await.unwrap().status(), 200);
        }
    }
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_broke() {
    let server = server().await;
    let oss = element(&server, &[("maxAttempts", "10")]);
    let content = content(1_000_000);
    oss.upload_by_file("big", content.clone(), None).await.unwrap();
    for tenth in 0..10 {
        server.inject(Fault::cut_body(tenth * 100_000).on_method("GET"));
        assert_eq!(oss.download("big").await.unwrap(), content, "cut after {tenth} tenths");
    }
    // More often than there are attempts, as long as bytes come in between, and within a range.
    let oss = element(&server, &[("maxAttempts", "3")]);
    server.inject(Fault::cut_body(100_000).on_method("GET").times(8));
    assert_eq!(oss.download("big").await.unwrap(), content);
    server.inject(Fault::cut_body(10_000).on_method("GET").times(3));
    assert_eq!(oss.download_range("big", 123_456, 600_000).await.unwrap(), content[123_456..723_456]);
}

#[tokio::test]
async fn two_versions_never_mix_in_one_download() {
    let server = server().await;
    let oss = element(&server, &[]);
    oss.upload_by_file("changing", content(500_000), None).await.unwrap();
    server.inject(Fault::cut_body(200_000).on_method("GET"));
    let mut download = oss.download_stream("changing", DownloadOptions::default()).await.unwrap();
    download.chunk().await.unwrap();
    oss.upload_by_file("changing", vec![0; 500_000], None).await.unwrap();
    let error = loop {
        match download.chunk().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("two versions were mixed"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(error.to_string().starts_with("storages.UnderTest (storages.OssType): download of `changing`"), "{error}");
}

#[tokio::test]
async fn a_flipped_bit_is_always_detected() {
    let server = server().await;
    let oss = element(&server, &[("maxAttempts", "1")]);
    let content = content(300_000);
    oss.upload_by_file("checked", content.clone(), None).await.unwrap();
    for at in [0, 1, 150_000, 299_999] {
        server.inject(Fault::flip_bit(at).on_method("GET"));
        let error = oss.download("checked").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    }
    // Upwards: what the service says it stored is compared, for streams and files alike.
    let stream = Body::stream(futures_util::stream::iter([Ok(content.clone().into())]), None);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &content).unwrap();
    for body in [content.clone().into(), stream, Body::file(file.path())] {
        server.inject(Fault::wrong_crc().on_method("PUT"));
        let error = oss.upload_by_file("checked", body, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    }
    // With attempts left, a damaged upload is sent again.
    let patient = element(&server, &[]);
    server.inject(Fault::wrong_crc().on_method("PUT"));
    patient.upload_by_file("checked", content.clone(), None).await.unwrap();
    assert_eq!(patient.download("checked").await.unwrap(), content);
    // Who switches the check off is on their own.
    let trusting = element(&server, &[("crc64", "false")]);
    server.inject(Fault::flip_bit(5).on_method("GET"));
    assert_ne!(trusting.download("checked").await.unwrap(), content);
}

#[tokio::test]
async fn a_range_is_read_where_the_whole_would_break() {
    let server = server().await;
    let oss = element(&server, &[]);
    let content = content(10_000);
    oss.upload_by_file("ranged", content.clone(), None).await.unwrap();
    let last = DownloadOptions::default().with_range(ByteRange::Last(100));
    let download = oss.download_stream("ranged", last).await.unwrap();
    assert_eq!((download.span, download.info.size), ((9_900, 100), 10_000));
    assert_eq!(download.bytes().await.unwrap(), content[9_900..]);
}
