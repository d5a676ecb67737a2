//! Scripted faults meet exactly the requests that they are meant for.

use std::time::Duration;

use oss_server::Fault;

use crate::client::{call, get, put, server};

#[tokio::test]
async fn an_answer_can_be_scripted_for_some_requests() {
    let server = server().await;
    put(&server, "a", "1").await.expect(200);
    server.inject(Fault::answer(503, "ServiceUnavailable").on_method("GET").on_key("a").times(2));
    call(&server, "HEAD", "docs", "a").send().await.expect(200);
    get(&server, "b").await.refused(404, "NoSuchKey");
    get(&server, "a").await.refused(503, "ServiceUnavailable");
    get(&server, "a").await.refused(503, "ServiceUnavailable");
    get(&server, "a").await.expect(200);
    server.inject(Fault::busy(429, "TooManyRequests", Duration::from_secs(7)));
    let answer = get(&server, "a").await;
    assert_eq!(answer.header("retry-after"), Some("7"));
    answer.refused(429, "TooManyRequests");
    server.inject(Fault::garbage(502, "text/html", "<html>Bad Gateway"));
    let answer = get(&server, "a").await.expect(502);
    assert_eq!((answer.text(), answer.header("content-type")), ("<html>Bad Gateway", Some("text/html")));
    server.inject(Fault::answer(500, "InternalError").after(1));
    get(&server, "a").await.expect(200);
    get(&server, "a").await.refused(500, "InternalError");
    server.inject(Fault::answer(500, "InternalError").times(100));
    server.clear_faults();
    get(&server, "a").await.expect(200);
}

#[tokio::test]
async fn a_body_can_be_cut_or_damaged() {
    let server = server().await;
    for len in [1000, 2_000_000] {
        let body = vec![0; len];
        put(&server, "a", body.clone()).await.expect(200);
        server.inject(Fault::cut_body(600));
        let torn = get(&server, "a").await.expect(200);
        assert!(!torn.whole && torn.body == body[..600], "{} bytes", torn.body.len());
        server.inject(Fault::flip_bit(700));
        let damaged = get(&server, "a").await.expect(200);
        assert!(damaged.whole);
        let wrong: Vec<usize> =
            damaged.body.iter().enumerate().filter(|(_, byte)| **byte != 0).map(|(at, _)| at).collect();
        assert_eq!(wrong, [700]);
        let good = get(&server, "a").await;
        assert!(good.whole && good.body == body);
    }
    server.inject(Fault::wrong_crc());
    assert_eq!(get(&server, "a").await.header("x-oss-hash-crc64ecma"), Some("1"));
}

#[tokio::test]
async fn an_answer_can_be_lost_before_or_after_the_deed() {
    let server = server().await;
    let write = call(&server, "PUT", "docs", "a").body("1").signed();
    server.inject(Fault::disconnect());
    assert!(write.try_send().await.is_err());
    get(&server, "a").await.refused(404, "NoSuchKey");
    server.inject(Fault::lose_answer());
    assert!(write.try_send().await.is_err());
    get(&server, "a").await.expect(200);
}

#[tokio::test]
async fn an_answer_can_be_late() {
    let server = server().await;
    put(&server, "a", "1").await.expect(200);
    server.inject(Fault::delay(Duration::from_millis(50)).on_method("GET"));
    let started = std::time::Instant::now();
    get(&server, "a").await.expect(200);
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn the_clock_can_be_off() {
    let server = server().await;
    server.shift_clock(3600);
    let answer = get(&server, "a").await;
    let ahead = oss_protocol::time::parse_http_date(answer.header("date").unwrap()).unwrap();
    let ahead = ahead.duration_since(std::time::SystemTime::now()).unwrap();
    assert!(ahead > Duration::from_secs(3500), "{ahead:?}");
    answer.refused(403, "RequestTimeTooSkewed");
    server.shift_clock(0);
    get(&server, "a").await.refused(404, "NoSuchKey");
}
