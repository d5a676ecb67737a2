//! Bits that are flipped and bodies that are cut on the way.

use std::sync::Mutex;

use meta::{Body, DownloadOptions, ErrorKind, FileDownloadOptions, UploadOptions};
use oss_server::Fault;

use super::content::{content, file, streamed};
use super::embedded::element;
use super::proxy::{Fate, Proxy, Seen};
use super::{IN_PARTS, PART, server, unfinished};

/// The same fate for the first `times` requests that match.
fn first(times: usize, fate: Fate, matching: fn(&Seen) -> bool) -> impl Fn(&Seen) -> Fate + Send + Sync + 'static {
    let left = Mutex::new(times);
    move |seen| {
        let mut left = left.lock().unwrap();
        if *left == 0 || !matching(seen) {
            return Fate::Pass;
        }
        *left -= 1;
        fate
    }
}

fn is_put(seen: &Seen) -> bool {
    seen.method == "PUT"
}

fn is_get(seen: &Seen) -> bool {
    seen.method == "GET"
}

#[tokio::test]
async fn what_is_damaged_on_its_way_up_never_becomes_the_object() {
    let server = server().await;
    for size in [50_000, 3 * PART] {
        let data = content(7, size);
        let (_folder, path) = file(&data);
        for tenths in 0..=10 {
            for fate in [Fate::FlipRequest(tenths), Fate::CutRequest(tenths)] {
                let bodies: [(&str, Body); 3] = [
                    ("bytes", data.clone().into()),
                    ("file", Body::file(&path)),
                    ("stream", streamed(data.clone(), None)),
                ];
                for (kind, body) in bodies {
                    // Once: the upload goes through with the next attempt.
                    let proxy = Proxy::start(&server, first(1, fate, is_put)).await;
                    let oss = element(&server, &[IN_PARTS, &[("endPoint", &proxy.endpoint())]].concat());
                    oss.upload_by_file("a.bin", body, None)
                        .await
                        .unwrap_or_else(|error| panic!("{kind} {fate:?}: {error}"));
                    assert_eq!(oss.download("a.bin").await.unwrap(), data, "{kind} {fate:?}");
                    assert!(unfinished(&oss).await.is_empty(), "{kind} {fate:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn where_everything_is_damaged_the_old_object_stays() {
    let server = server().await;
    let clean = element(&server, &[]);
    clean.upload_by_file("a.bin", "old", None).await.unwrap();
    for size in [50_000, 3 * PART] {
        let data = content(7, size);
        let (_folder, path) = file(&data);
        let bodies: [(&str, Body); 3] =
            [("bytes", data.clone().into()), ("file", Body::file(&path)), ("stream", streamed(data.clone(), None))];
        for (kind, body) in bodies {
            let proxy = Proxy::start(&server, first(usize::MAX, Fate::FlipRequest(5), is_put)).await;
            let oss = element(&server, &[IN_PARTS, &[("endPoint", &proxy.endpoint()), ("maxAttempts", "2")]].concat());
            let error = oss.upload_by_file("a.bin", body, None).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{kind}: {error}");
            assert_eq!(&clean.download("a.bin").await.unwrap()[..], b"old", "{kind}");
            assert!(unfinished(&clean).await.is_empty(), "{kind}");
        }
    }
}

#[tokio::test]
async fn a_damaged_append_is_refused() {
    let server = server().await;
    let proxy =
        Proxy::start(&server, first(usize::MAX, Fate::FlipRequest(5), |seen| seen.has_parameter("append"))).await;
    let damaged = element(&server, &[("endPoint", &proxy.endpoint())]);
    let clean = element(&server, &[]);
    let options = UploadOptions::default;
    for position in [0, 4] {
        let error = damaged.append("log", position, "1234", options()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        let there = clean.get_object("log").await.map(|info| info.size).unwrap_or_default();
        assert_eq!(there, position, "nothing was appended");
        // What cannot be announced is found out afterwards.
        if position == 0 {
            clean.append("log", 0, "1234", options()).await.unwrap();
        } else {
            let error = damaged.append("log", 4, streamed(b"5678".to_vec(), Some(4)), options()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        }
    }
}

#[tokio::test]
async fn what_is_damaged_on_its_way_down_is_never_handed_out_as_whole() {
    let server = server().await;
    let clean = element(&server, &[]);
    let data = content(7, 5 * PART);
    clean.upload_by_file("a.bin", data.clone(), None).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.bin");
    for tenths in 0..10 {
        let proxy = Proxy::start(&server, first(usize::MAX, Fate::FlipAnswer(tenths), is_get)).await;
        let oss = element(&server, &[IN_PARTS, &[("endPoint", &proxy.endpoint())]].concat());
        let error = oss.download("a.bin").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{tenths}: {error}");
        for parallel in [1, 3] {
            let options = FileDownloadOptions::default().with_parallel(parallel);
            let error = oss.download_to_file_with("a.bin", &target, options).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{tenths}: {error}");
            assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing of it stays");
        }
        // A body that is cut goes on where it was cut.
        let proxy = Proxy::start(&server, first(2, Fate::CutAnswer(tenths), is_get)).await;
        let oss = element(&server, &[IN_PARTS, &[("endPoint", &proxy.endpoint())]].concat());
        assert_eq!(oss.download("a.bin").await.unwrap(), data, "{tenths}");
        let proxy = Proxy::start(&server, first(2, Fate::CutAnswer(tenths), is_get)).await;
        let oss = element(&server, &[IN_PARTS, &[("endPoint", &proxy.endpoint())]].concat());
        oss.download_to_file("a.bin", &target).await.unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), data, "{tenths}");
        std::fs::remove_file(&target).unwrap();
    }
}

#[tokio::test]
async fn a_stream_that_is_damaged_ends_with_an_error() {
    let server = server().await;
    let proxy = Proxy::start(&server, first(1, Fate::FlipAnswer(3), is_get)).await;
    element(&server, &[]).upload_by_file("a.bin", content(7, 4 * PART), None).await.unwrap();
    let oss = element(&server, &[("endPoint", &proxy.endpoint())]);
    let mut download = oss.download_stream("a.bin", DownloadOptions::default()).await.unwrap();
    let end = loop {
        match download.chunk().await {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Integrity);
}

#[tokio::test]
async fn a_refusal_that_arrives_damaged_is_asked_for_again() {
    let server = server().await;
    // The last bytes close the document, so it cannot be read.
    for fate in [Fate::FlipAnswer(10), Fate::CutAnswer(5)] {
        let proxy = Proxy::start(&server, first(1, fate, is_get)).await;
        let oss = element(&server, &[("endPoint", &proxy.endpoint())]);
        let error = oss.download("missing.bin").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{fate:?}: {error}");
        assert_eq!(proxy.take_seen().len(), 2, "{fate:?}");
    }
}

#[tokio::test]
async fn a_damaged_document_is_asked_for_again() {
    let server = server().await;
    let oss = element(&server, &[]);
    oss.upload_by_file("from", "content", None).await.unwrap();
    // The first letter of the outermost element.
    server.inject(Fault::flip_bit(40).on_method("GET"));
    assert_eq!(oss.list(Default::default()).await.unwrap().objects.len(), 1);
    server.inject(Fault::flip_bit(40).on_method("PUT").on_key("to"));
    oss.copy("from", "to", Default::default()).await.unwrap();
    assert_eq!(oss.download("to").await.unwrap(), "content");
    // Once more than it is tried.
    server.inject(Fault::flip_bit(40).on_method("GET").times(1000));
    let error = oss.list(Default::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::UnexpectedAnswer, true), "{error}");
    assert!(error.to_string().contains("cannot be read"), "{error}");
}
