//! Endpoints where no OSS answers: nobody, something else, or garbage.

use std::time::Duration;

use meta::{Error, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::element_at;

/// Listens on a free port and answers every connection with these bytes, whatever it asks.
async fn answering(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 1024];
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(answer).await;
            });
        }
    });
    address
}

async fn errors_at(address: &str) -> [Error; 4] {
    let oss = element_at(address, &[("maxAttempts", "1"), ("timeoutSeconds", "5")]).unwrap();
    [
        oss.upload_by_file("a.txt", "x", None).await.unwrap_err(),
        oss.download("a.txt").await.unwrap_err(),
        oss.get_object("a.txt").await.unwrap_err(),
        oss.delete("a.txt").await.unwrap_err(),
    ]
}

#[tokio::test]
async fn what_does_not_speak_http_is_told() {
    for answer in [&b"SSH-2.0-OpenSSH_9.2\r\n"[..], b"\0\x01\x02garbage\xff\xfe\r\n\r\n"] {
        let address = answering(answer).await;
        for error in errors_at(&address).await {
            assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error}");
            assert!(error.to_string().contains("does not speak HTTP"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_web_page_is_no_object() {
    let page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\netag: \"66a0-264\"\r\ncontent-length: 20\r\nconnection: close\r\n\r\n<html>Welcome!</html";
    let address = answering(page).await;
    for error in errors_at(&address).await {
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error}");
        assert!(
            error.to_string().contains("not as OSS does") && error.to_string().contains("check `endPoint`"),
            "{error}"
        );
    }
    let missing = b"HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\nconnection: close\r\n\r\nnot here!";
    let address = answering(missing).await;
    for error in errors_at(&address).await {
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "a web server's 404 is no missing object: {error}");
    }
    let moved =
        b"HTTP/1.1 301 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let address = answering(moved).await;
    for error in errors_at(&address).await {
        assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error}");
    }
}

#[tokio::test]
async fn broken_documents_are_told() {
    let broken = b"HTTP/1.1 403 Forbidden\r\nx-oss-request-id: 5F\r\ncontent-length: 14\r\nconnection: close\r\n\r\n<Error><Code>A";
    let address = answering(broken).await;
    let oss = element_at(&address, &[("maxAttempts", "1")]).unwrap();
    assert_eq!(oss.download("a.txt").await.unwrap_err().kind(), ErrorKind::PermissionDenied);
    let list =
        b"HTTP/1.1 200 OK\r\nx-oss-request-id: 5F\r\ncontent-length: 18\r\nconnection: close\r\n\r\n<ListBucketResult>";
    let address = answering(list).await;
    let oss = element_at(&address, &[("maxAttempts", "1")]).unwrap();
    assert_eq!(oss.list(Default::default()).await.unwrap_err().kind(), ErrorKind::UnexpectedAnswer);
}

#[tokio::test]
async fn what_other_tools_have_written_can_be_read() {
    let headers = "HTTP/1.1 200 OK\r\netag: \"0\"\r\nx-oss-request-id: 5F\r\nconnection: close\r\n";
    let named = format!("{headers}content-disposition: attachment; filename=报告.pdf\r\ncontent-length: 0\r\n\r\n");
    let address = answering(Box::leak(named.into_boxed_str()).as_bytes()).await;
    let info = element_at(&address, &[]).unwrap().get_object("report").await.unwrap();
    assert_eq!(info.content_disposition.as_deref(), Some("attachment; filename=报告.pdf"));

    let list = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>/odd</Key><Size>1</Size></Contents>\
                <Contents><Key>plain</Key><Size>2</Size></Contents></ListBucketResult>";
    let listed = format!("{headers}content-length: {}\r\n\r\n{list}", list.len());
    let address = answering(Box::leak(listed.into_boxed_str()).as_bytes()).await;
    let page = element_at(&address, &[]).unwrap().list(Default::default()).await.unwrap();
    let names: Vec<_> = page.objects.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["/odd", "plain"], "one odd name does not hide the others");
}

#[tokio::test]
async fn a_closed_port_is_told_at_once() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    for error in errors_at(&free).await {
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unreachable, true), "{error}");
        assert!(error.to_string().contains(&format!("cannot connect to `{free}`")), "{error}");
        assert!(error.to_string().contains("check `endPoint` and the network"), "{error}");
    }
}

#[tokio::test]
async fn an_unreachable_endpoint_ends_with_the_connect_timeout() {
    // A listener whose queue is full leaves new connections unanswered, as a host that drops packets does.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(500), TcpStream::connect(address)).await {
        queue.push(stream);
        assert!(queue.len() < 100, "the queue of a listener never fills here");
    }
    let more = [("maxAttempts", "1"), ("connectTimeoutSeconds", "1"), ("timeoutSeconds", "600")];
    let oss = element_at(&address.to_string(), &more).unwrap();
    let call = tokio::time::timeout(Duration::from_secs(60), oss.download("a.txt"));
    let error = call.await.expect("the connect timeout ends the call, long before any other").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.to_string().contains(&format!("cannot connect to `{address}`")), "{error}");
}

#[tokio::test]
async fn a_service_that_falls_silent_is_a_timeout() {
    let silent =
        b"HTTP/1.1 200 OK\r\netag: \"0\"\r\nx-oss-request-id: 5F\r\ncontent-length: 1000\r\n\r\nonly the beginning";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(silent).await;
            open.push(stream);
        }
    });
    let oss = element_at(&address, &[("maxAttempts", "1"), ("timeoutSeconds", "1")]).unwrap();
    let error = oss.download("a.txt").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.to_string().contains("sent nothing for 1 s"), "{error}");
}
