//! The admin endpoint, by which other processes script faults.

use std::time::{Duration, SystemTime};

use oss_server::RunningServer;

use crate::client::{Answer, builder, call, exchange, get, put, server};

async fn admin(server: &RunningServer, method: &str, path: &str, token: &str, body: &str) -> Answer {
    let head = format!("{method} /-/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n");
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    exchange(server.port(), request.as_bytes(), method).await.unwrap()
}

#[tokio::test]
async fn it_is_closed_unless_it_was_opened() {
    let server = server().await;
    for (method, path) in [("POST", "faults"), ("DELETE", "faults"), ("PUT", "clock"), ("DELETE", "tokens")] {
        admin(&server, method, path, "", "{}").await.refused(400, "InvalidBucketName");
    }
    let server = builder().admin_token("open sesame").start().await.unwrap();
    for token in ["", "open", "open sesame!", "OPEN SESAME"] {
        admin(&server, "POST", "faults", token, "{}").await.refused(403, "AccessDenied");
    }
}

#[tokio::test]
async fn faults_come_over_the_wire() {
    let server = builder().admin_token("t").start().await.unwrap();
    put(&server, "a", "text").await.expect(200);
    let fault = async |body: &str| admin(&server, "POST", "faults", "t", body).await;
    fault(
        r#"{"effect":"answer","status":503,"code":"SlowDown","retryAfterSeconds":7,"method":"GET","times":2,"skip":1}"#,
    )
    .await
    .expect(204);
    get(&server, "a").await.expect(200);
    for _ in 0..2 {
        let answer = get(&server, "a").await;
        assert_eq!(answer.header("retry-after"), Some("7"));
        answer.refused(503, "SlowDown");
    }
    get(&server, "a").await.expect(200);
    fault(r#"{"effect":"flip","at":1,"key":"a"}"#).await.expect(204);
    assert_eq!(get(&server, "a").await.expect(200).body, b"tdxt");
    fault(r#"{"effect":"cut","at":2}"#).await.expect(204);
    assert!(!get(&server, "a").await.whole);
    fault(r#"{"effect":"wrongCrc"}"#).await.expect(204);
    assert_eq!(get(&server, "a").await.header("x-oss-hash-crc64ecma"), Some("1"));
    fault(r#"{"effect":"delay","millis":1}"#).await.expect(204);
    get(&server, "a").await.expect(200);
    fault(r#"{"effect":"disconnect"}"#).await.expect(204);
    assert!(call(&server, "GET", "docs", "a").signed().try_send().await.is_err());
    fault(r#"{"effect":"loseAnswer","method":"PUT"}"#).await.expect(204);
    assert!(call(&server, "PUT", "docs", "b").body("b").signed().try_send().await.is_err());
    assert_eq!(get(&server, "b").await.expect(200).body, b"b");
    fault(r#"{"effect":"answer","status":500,"code":"InternalError"}"#).await.expect(204);
    admin(&server, "DELETE", "faults", "t", "").await.expect(204);
    get(&server, "a").await.expect(200);
    for wrong in ["", "{}", r#"{"effect":"explode"}"#, r#"{"effect":"cut","at":1,"tines":2}"#] {
        fault(wrong).await.refused(400, "InvalidArgument");
    }
    for missing in
        [r#"{"effect":"cut"}"#, r#"{"effect":"answer","code":"X"}"#, r#"{"effect":"answer","status":999,"code":"X"}"#]
    {
        fault(missing).await.refused(400, "MissingArgument");
    }
    admin(&server, "GET", "faults", "t", "").await.refused(405, "MethodNotAllowed");
}

#[tokio::test]
async fn clocks_are_shifted_and_tokens_expire() {
    let server = builder().admin_token("t").sts_token("STS.id", "s", "token", None).start().await.unwrap();
    put(&server, "a", "text").await.expect(200);
    admin(&server, "PUT", "clock", "t", r#"{"offsetSeconds": 1200}"#).await.expect(204);
    get(&server, "a").await.refused(403, "RequestTimeTooSkewed");
    let later = SystemTime::now() + Duration::from_secs(1200);
    call(&server, "GET", "docs", "a").at(later).send().await.expect(200);
    admin(&server, "PUT", "clock", "t", r#"{"offsetSeconds": 0}"#).await.expect(204);
    let temporary = call(&server, "GET", "docs", "a").credentials("STS.id", "s").token("token");
    temporary.send().await.expect(200);
    admin(&server, "DELETE", "tokens", "t", "").await.expect(204);
    temporary.send().await.refused(403, "SecurityTokenExpired");
    get(&server, "a").await.expect(200);
}
