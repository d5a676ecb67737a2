//! What OSS makes of an object: passed through as it comes.

use meta::{ByteRange, DownloadOptions, ErrorKind};

use super::element_at;
use super::scripted::{Answer, Scripted};

#[tokio::test]
async fn the_instruction_is_sent_and_what_comes_is_not_compared_with_the_original() {
    let service = Scripted::start(|_, _| {
        Answer::new(200, "smaller")
            .header("x-oss-request-id", "5F0000000000000000000000")
            .header("etag", "\"of the original\"")
            .header("x-oss-hash-crc64ecma", "1")
    })
    .await;
    let oss = element_at(&format!("http://{}", service.address()), &[]).unwrap();
    let options = DownloadOptions::default().with_process("image/resize,w_100").with_traffic_limit(245_760);
    let download = oss.download_stream("photo.jpg", options.clone()).await.unwrap();
    assert_eq!(download.info.crc64, None);
    assert_eq!(&download.bytes().await.unwrap()[..], b"smaller");
    let seen = service.seen();
    assert_eq!(seen[0].line, "GET /docs/photo.jpg?x-oss-process=image%2Fresize%2Cw_100 HTTP/1.1");
    assert_eq!(seen[0].header("x-oss-traffic-limit"), Some("245760"));
    let ranged = options.with_range(ByteRange::From(1));
    assert_eq!(oss.download_stream("photo.jpg", ranged).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_of_something_that_is_no_oss_is_not_taken_for_a_picture() {
    let service = Scripted::start(|_, _| Answer::new(200, "<html>hello</html>")).await;
    let oss = element_at(&format!("http://{}", service.address()), &[]).unwrap();
    let options = DownloadOptions::default().with_process("image/info");
    let error = oss.download_stream("photo.jpg", options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{error}");
}
