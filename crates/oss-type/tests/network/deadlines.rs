//! Calls whose time is over, whatever they are doing then.

use std::time::{Duration, Instant};

use meta::{Body, DownloadOptions, Error, ErrorKind, StorageElement, UploadOptions};
use oss_server::Fault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{element, element_at, server};

/// One second for a call, and no other limit that would be met before.
const ONE_SECOND: [(&str, &str); 3] = [("callTimeoutSeconds", "1"), ("timeoutSeconds", "600"), ("maxAttempts", "20")];

/// Answers every connection with these bytes, and then falls silent.
async fn silent_after(answer: &'static [u8]) -> StorageElement {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(answer).await;
            open.push(stream);
        }
    });
    element_at(&address, &ONE_SECOND).unwrap()
}

/// Fails where the call's limit did not end it, but another or none.
async fn error_of<T: std::fmt::Debug>(call: impl Future<Output = meta::Result<T>>) -> Error {
    let error =
        tokio::time::timeout(Duration::from_secs(60), call).await.expect("the call ends by itself").unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, true), "{error}");
    assert!(error.to_string().contains("failed: the call was not done within 1 s"), "{error}");
    assert!(error.to_string().contains("raise `callTimeoutSeconds`"), "{error}");
    error
}

#[tokio::test]
async fn every_verb_ends_with_its_time() {
    let oss = silent_after(b"").await;
    let endless = Body::stream(futures_util::stream::pending(), None);
    let names: Vec<_> = (0..2500).map(|number| number.to_string()).collect();
    let (one, two, three, four, five, six) = tokio::join!(
        error_of(oss.upload_by_file("a", "x", None)),
        error_of(oss.upload_by_file("a", endless, None)),
        error_of(oss.download("a")),
        error_of(oss.get_object("a")),
        error_of(oss.list(Default::default())),
        error_of(oss.delete("a")),
    );
    for error in [one, two, three, four, five, six] {
        assert!(error.to_string().starts_with("storages.UnderTest (storages.OssType): "), "{error}");
    }
    let report = tokio::time::timeout(Duration::from_secs(60), oss.delete_many(names)).await.expect("it ends").unwrap();
    assert!(report.deleted.is_empty());
}

#[tokio::test]
async fn the_error_tells_what_the_attempts_met() {
    let server = server().await;
    let oss = element(&server, &ONE_SECOND);
    // Another attempt would not fit into the time, so nobody waits for it.
    server.inject(Fault::busy(503, "SlowDown", Duration::from_secs(40)));
    let started = Instant::now();
    let error = error_of(oss.download("a")).await;
    assert!(started.elapsed() < Duration::from_secs(30));
    assert!(error.to_string().contains("; the last attempt: OSS asks to slow down"), "{error}");
    assert_eq!(error.attempts().unwrap().count, 1);
    server.clear_faults();
    // Many short waits come to their end all the same.
    server.inject(Fault::answer(500, "InternalError").times(1000));
    let error = error_of(oss.download("a")).await;
    assert!(error.to_string().contains("; the last attempt: OSS failed"), "{error}");
    assert!(error.attempts().unwrap().count >= 1);
}

#[tokio::test]
async fn a_download_has_its_time_until_the_last_byte() {
    let head =
        b"HTTP/1.1 200 OK\r\netag: \"0\"\r\nx-oss-request-id: 5F\r\ncontent-length: 1000\r\n\r\nonly the beginning";
    let oss = silent_after(head).await;
    let mut download = oss.download_stream("a", DownloadOptions::default()).await.unwrap();
    assert_eq!(&download.chunk().await.unwrap().unwrap()[..], b"only the beginning");
    let error = error_of(download.chunk()).await;
    assert!(error.to_string().contains("download of `a` from bucket `docs` failed"), "{error}");
}

#[tokio::test]
async fn waiting_for_keys_counts() {
    let metadata = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = metadata.local_addr().unwrap().to_string();
    let mut keys = ONE_SECOND.to_vec();
    keys.extend([("credentials", "ecsRamRole"), ("metadataEndPoint", &address)]);
    let mut entries = vec![("endPoint", "127.0.0.1:1"), ("bucketName", "docs")];
    entries.extend(keys);
    let oss = conformance::element("storages.OssType", entries).unwrap();
    let (one, other) = tokio::join!(error_of(oss.download("a")), error_of(oss.download("b")));
    assert_ne!(one.to_string(), other.to_string(), "each names its object");
    error_of(oss.get_sign_url("a", None, None)).await;
}

#[tokio::test]
async fn what_may_not_happen_twice_is_not_to_be_called_again() {
    let oss = silent_after(b"").await;
    let once = || UploadOptions::default().without_overwriting();
    let in_memory = oss.upload_with("a", "x".into(), once());
    let streamed = oss.upload_with("a", Body::stream(futures_util::stream::pending(), None), once());
    let appended = oss.append("a", 0, "x", UploadOptions::default());
    for error in [in_memory.await.unwrap_err(), streamed.await.unwrap_err(), appended.await.unwrap_err()] {
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Timeout, false), "{error}");
        assert!(error.to_string().contains("it may have happened"), "{error}");
    }
}
