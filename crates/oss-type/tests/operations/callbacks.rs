//! Uploads after which OSS calls the app's own server.

use std::sync::{Arc, Mutex};

use meta::{Callback, ErrorKind, UploadOptions};
use oss_server::Fault;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::embedded::{element, server};

/// An app's server that notes what it is told and answers with this status.
async fn app(status: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/uploaded", listener.local_addr().unwrap());
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&told);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let body = loop {
                let mut chunk = [0; 4096];
                let read = stream.read(&mut chunk).await.unwrap();
                request.extend_from_slice(&chunk[..read]);
                let text = String::from_utf8_lossy(&request).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
                });
                if body.len() >= length.unwrap_or_default() || read == 0 {
                    break body.to_owned();
                }
            };
            noted.lock().unwrap().push(body);
            let answer = "{\"seen\":true}";
            let text = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
                answer.len()
            );
            stream.write_all(text.as_bytes()).await.unwrap();
        }
    });
    (url, told)
}

fn calling(url: &str) -> UploadOptions {
    let callback = Callback::new(url, "name=${object}&size=${size}&user=${x:user}").with_variable("user", "alice");
    UploadOptions::default().with_callback(callback)
}

#[tokio::test]
async fn the_apps_answer_comes_with_the_receipt() {
    let server = server().await;
    let oss = element(&server, &[("partSizeBytes", "102400")]);
    let (url, told) = app("200 OK").await;
    for size in [10, 250_000] {
        let receipt = oss.upload_with("a.bin", vec![1; size].into(), calling(&url)).await.unwrap();
        assert_eq!(receipt.callback_answer.as_deref(), Some("{\"seen\":true}"));
        assert_eq!(told.lock().unwrap().pop().as_deref(), Some(&*format!("name=a.bin&size={size}&user=alice")));
        assert!(told.lock().unwrap().is_empty());
        assert_eq!(oss.get_object("a.bin").await.unwrap().size, size as u64);
    }
}

#[tokio::test]
async fn a_failed_callback_is_told_and_the_object_is_there() {
    let server = server().await;
    let oss = element(&server, &[("partSizeBytes", "102400")]);
    let (url, _) = app("500 Broken").await;
    for size in [10, 250_000] {
        let error = oss.upload_with("a.bin", vec![1; size].into(), calling(&url)).await.unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Service, false));
        assert!(error.to_string().contains("the object is stored, but the callback failed"), "{error}");
        assert_eq!(oss.get_object("a.bin").await.unwrap().size, size as u64);
    }
}

#[tokio::test]
async fn the_app_is_never_called_twice() {
    let server = server().await;
    let oss = element(&server, &[("partSizeBytes", "102400")]);
    let (url, told) = app("200 OK").await;
    for (size, fault) in [
        (10, Fault::lose_answer().on_method("PUT")),
        (250_000, Fault::lose_answer().on_method("POST").on_parameter("uploadId")),
    ] {
        server.inject(fault);
        let error = oss.upload_with("a.bin", vec![1; size].into(), calling(&url)).await.unwrap_err();
        assert!(!error.is_retryable() && error.to_string().contains("it may have happened"), "{error}");
        server.clear_faults();
        assert_eq!(told.lock().unwrap().drain(..).count(), 1);
    }
}
