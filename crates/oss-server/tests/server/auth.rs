//! Who is believed, and what exactly is refused.

use std::time::{Duration, SystemTime};

use oss_server::RunningServer;

use crate::client::{Call, ID, SECRET, Signing, builder, call, get, put, server};

const MINUTE: Duration = Duration::from_secs(60);

fn all() -> [Signing; 4] {
    [Signing::V4, Signing::V1, Signing::V4Query(5 * MINUTE), Signing::V1Query(5 * MINUTE)]
}

fn read(server: &RunningServer) -> Call {
    call(server, "GET", "docs", "a b/目+.txt")
}

async fn with_object() -> RunningServer {
    let server = server().await;
    put(&server, "a b/目+.txt", "text").await.expect(200);
    server
}

#[tokio::test]
async fn all_four_forms_are_believed_in_all_address_styles() {
    let server = server().await;
    for signing in all() {
        let key = "a b/目+.txt";
        let put = call(&server, "PUT", "docs", key).signing(signing.clone()).header("x-oss-meta-a", "1").body("text");
        put.send().await.expect(200);
        for host in ["docs.localhost", "docs.oss-cn-hangzhou.aliyuncs.com"] {
            let read = call(&server, "GET", "docs", key).signing(signing.clone()).host(host);
            assert_eq!(read.send().await.expect(200).body, b"text", "{host}");
        }
        assert_eq!(read(&server).signing(signing.clone()).send().await.expect(200).body, b"text");
        let list =
            call(&server, "GET", "docs", "").query("prefix", "a b/").query("delimiter", "/").signing(signing.clone());
        list.send().await.expect(200);
        call(&server, "GET", None, "").signing(signing).send().await.expect(200);
    }
}

#[tokio::test]
async fn a_wrong_secret_is_refused_with_what_the_sender_needs_to_compare() {
    let server = with_object().await;
    for signing in all() {
        let answer = read(&server).credentials(ID, "wrong").signing(signing.clone()).send().await;
        let error = answer.refused(403, "SignatureDoesNotMatch");
        let is_v4 = matches!(signing, Signing::V4 | Signing::V4Query(_));
        assert_eq!(error.ec.as_deref(), Some(if is_v4 { "0002-00000201" } else { "0002-00000040" }));
        assert_eq!(error.detail("OSSAccessKeyId"), Some(ID));
        let to_sign = error.detail("StringToSign").unwrap();
        assert!(to_sign.starts_with(if is_v4 { "OSS4-HMAC-SHA256\n" } else { "GET\n" }), "{to_sign}");
        assert_eq!(error.detail("CanonicalRequest").is_some(), is_v4);
        let bytes = error.detail("StringToSignBytes").unwrap();
        assert!(bytes.starts_with(if is_v4 { "4F 53 53 34" } else { "47 45 54 0A" }), "{bytes}");
        let whole = format!("{error:?}");
        assert!(!whole.contains(SECRET), "the answer must not help to guess the secret");
    }
}

#[tokio::test]
async fn an_unknown_key_pair_is_refused_but_a_missing_bucket_comes_first() {
    let server = with_object().await;
    for signing in all() {
        let error = read(&server).credentials("nobody", SECRET).signing(signing.clone()).send().await;
        assert_eq!(error.refused(403, "InvalidAccessKeyId").ec.as_deref(), Some("0002-00000902"));
        let missing = call(&server, "GET", "nowhere", "a").credentials("nobody", SECRET).signing(signing);
        missing.send().await.refused(404, "NoSuchBucket");
    }
}

#[tokio::test]
async fn who_wants_to_open_a_missing_bucket_is_asked_for_the_key_first() {
    let server = server().await;
    let open = || call(&server, "PUT", "nowhere", "").query("acl", "").header("x-oss-acl", "public-read");
    open().credentials("nobody", "x").send().await.refused(403, "InvalidAccessKeyId");
    open().send().await.refused(404, "NoSuchBucket");
}

#[tokio::test]
async fn a_tampered_request_is_refused() {
    let server = with_object().await;
    put(&server, "other", "secret").await.expect(200);
    for signing in all() {
        let signed = call(&server, "GET", "docs", "a b/目+.txt").signing(signing.clone()).signed();
        signed.send().await.expect(200);
        let mut other = signed.clone();
        other.path = "/docs/other".to_owned();
        other.send().await.refused(403, "SignatureDoesNotMatch");
        let mut other = signed.clone();
        other.method = "DELETE".to_owned();
        other.send().await.refused(403, "SignatureDoesNotMatch");
        signed.clone().set_query("acl", "").send().await.refused(403, "SignatureDoesNotMatch");
        signed.clone().set_header("x-oss-meta-smuggled", "1").send().await.refused(403, "SignatureDoesNotMatch");
        signed.set_header("Content-Type", "text/html").send().await.refused(403, "SignatureDoesNotMatch");
    }
    get(&server, "other").await.expect(200);
}

#[tokio::test]
async fn bound_headers_must_be_sent_as_signed() {
    let server = server().await;
    for signing in all() {
        let put = call(&server, "PUT", "docs", "a")
            .signing(signing.clone())
            .header("Content-Type", "text/plain")
            .header("x-oss-meta-a", "1")
            .body("text");
        let signed = put.signed();
        signed.clone().set_header("Content-Type", "text/html").send().await.refused(403, "SignatureDoesNotMatch");
        signed.clone().without_header("Content-Type").send().await.refused(403, "SignatureDoesNotMatch");
        signed.clone().set_header("x-oss-meta-a", "2").send().await.refused(403, "SignatureDoesNotMatch");
        signed.clone().without_header("x-oss-meta-a").send().await.refused(403, "SignatureDoesNotMatch");
        signed.send().await.expect(200);
    }
    for signing in [Signing::V4, Signing::V4Query(MINUTE)] {
        let put = call(&server, "PUT", "docs", "a")
            .signing(signing)
            .header("X-Extra", "1")
            .bind("x-extra")
            .bind("Content-Length");
        let signed = put.body("text").signed();
        signed.clone().set_header("X-Extra", "2").send().await.refused(403, "SignatureDoesNotMatch");
        signed.clone().without_header("X-Extra").send().await.refused(403, "SignatureDoesNotMatch");
        let mut longer = signed.clone().set_header("Content-Length", "5");
        longer.body = b"text!".to_vec();
        longer.send().await.refused(403, "SignatureDoesNotMatch");
        signed.send().await.expect(200);
    }
}

#[tokio::test]
async fn a_clock_more_than_fifteen_minutes_off_is_refused() {
    let server = with_object().await;
    let now = SystemTime::now();
    for signing in [Signing::V4, Signing::V1] {
        for time in [now - 20 * MINUTE, now + 20 * MINUTE] {
            let answer = read(&server).signing(signing.clone()).at(time).send().await;
            let date = answer.header("date").unwrap().to_owned();
            let error = answer.refused(403, "RequestTimeTooSkewed");
            assert_eq!(error.detail("MaxAllowedSkewMilliseconds"), Some("900000"));
            assert!(error.detail("RequestTime").is_some() && error.detail("ServerTime").is_some());
            assert!(date.ends_with("GMT"), "clients correct their clock by it");
        }
        for time in [now - 14 * MINUTE, now + 14 * MINUTE] {
            read(&server).signing(signing.clone()).at(time).send().await.expect(200);
        }
    }
    server.shift_clock(1200);
    read(&server).send().await.refused(403, "RequestTimeTooSkewed");
    read(&server).at(now + 20 * MINUTE).send().await.expect(200);
}

#[tokio::test]
async fn signed_urls_expire_and_do_not_start_early() {
    let server = with_object().await;
    let now = SystemTime::now();
    for signing in [Signing::V4Query(5 * MINUTE), Signing::V1Query(5 * MINUTE)] {
        let url = read(&server).signing(signing);
        url.clone().at(now - 4 * MINUTE).send().await.expect(200);
        let error = url.clone().at(now - 6 * MINUTE).send().await.refused(403, "AccessDenied");
        assert_eq!((error.message.as_str(), error.ec.as_deref()), ("Request has expired.", Some("0002-00000069")));
        assert!(error.detail("Expires").is_some() && error.detail("ServerTime").is_some());
    }
    let early = read(&server).signing(Signing::V4Query(60 * MINUTE)).at(now + 20 * MINUTE);
    assert_eq!(early.send().await.refused(403, "AccessDenied").ec.as_deref(), Some("0002-00000235"));
    let week =
        read(&server).signing(Signing::V4Query(Duration::from_secs(604_800))).at(now - Duration::from_secs(604_700));
    week.send().await.expect(200);
    let longer = read(&server).signing(Signing::V4Query(MINUTE)).signed().set_query("x-oss-expires", "604801");
    assert_eq!(longer.send().await.refused(400, "InvalidArgument").ec.as_deref(), Some("0002-00000232"));
}

#[tokio::test]
async fn another_region_or_product_is_refused_by_name() {
    let server = with_object().await;
    for signing in [Signing::V4, Signing::V4Query(MINUTE)] {
        let error =
            read(&server).signing(signing.clone()).region("cn-beijing").send().await.refused(400, "InvalidArgument");
        assert!(error.message.contains("region"), "{}", error.message);
        assert_eq!(error.ec.as_deref(), Some("0002-00000226"));
        let error = read(&server).signing(signing).product("oss-cloudbox").send().await.refused(400, "InvalidArgument");
        assert!(error.message.contains("product"), "{}", error.message);
    }
    let beijing = builder().region("oss-cn-beijing").start().await.unwrap();
    assert_eq!(beijing.region(), "cn-beijing");
    call(&beijing, "GET", "docs", "").region("cn-beijing").send().await.expect(200);
}

#[tokio::test]
async fn requests_without_any_or_with_two_signatures_are_refused() {
    let server = with_object().await;
    read(&server).signing(Signing::Anonymous).send().await.refused(403, "AccessDenied");
    let header = read(&server).signed();
    let mut both = read(&server).signing(Signing::V4Query(MINUTE)).signed();
    both.headers = header.headers.clone();
    both.send().await.refused(400, "InvalidArgument");
    header.clone().without_header("x-oss-date").send().await.refused(403, "AccessDenied");
    header.clone().set_header("x-oss-content-sha256", "abc").send().await.refused(400, "InvalidArgument");
    header.clone().set_header("Authorization", "Bearer x").send().await.refused(400, "InvalidArgument");
    header.set_header("Authorization", "OSS4-HMAC-SHA256 nonsense").send().await.refused(400, "InvalidArgument");
    let url = read(&server).signing(Signing::V4Query(MINUTE)).signed();
    url.clone().without_query("x-oss-signature").send().await.refused(400, "InvalidArgument");
    url.without_query("x-oss-date").send().await.refused(400, "InvalidArgument");
    let url = read(&server).signing(Signing::V1Query(MINUTE)).signed();
    url.clone().without_query("Expires").send().await.refused(403, "AccessDenied");
    url.without_query("OSSAccessKeyId").send().await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn temporary_keys_need_their_token() {
    let server = builder().sts_token("STS.a", "temporary", "token-a", None).start().await.unwrap();
    for signing in all() {
        let list = call(&server, "GET", "docs", "").credentials("STS.a", "temporary").signing(signing.clone());
        list.clone().token("token-a").send().await.expect(200);
        list.clone().send().await.refused(403, "InvalidAccessKeyId");
        list.clone().token("token-b").send().await.refused(403, "InvalidSecurityToken");
        let permanent = call(&server, "GET", "docs", "").signing(signing.clone());
        permanent.token("token-a").send().await.refused(403, "AccessKeyIdAndSecurityTokenNotMatch");
        server.add_sts_token("STS.a", "temporary", "token-a", Some(SystemTime::now() - MINUTE));
        list.clone().token("token-a").send().await.refused(403, "SecurityTokenExpired");
        server.add_sts_token("STS.a", "temporary", "token-a", None);
    }
    let url = call(&server, "GET", "docs", "").credentials("STS.a", "temporary").signing(Signing::V1Query(MINUTE));
    url.header("x-oss-security-token", "token-a").send().await.refused(400, "InvalidRequest");
}

#[tokio::test]
async fn a_server_without_keys_makes_its_own() {
    let server = oss_server::OssServer::builder().bucket("docs").start().await.unwrap();
    let list = |id: &str, secret: &str| call(&server, "GET", "docs", "").credentials(id, secret);
    list(server.access_key_id(), server.access_key_secret()).send().await.expect(200);
    list(server.access_key_id(), SECRET).send().await.refused(403, "SignatureDoesNotMatch");
    list(ID, SECRET).send().await.refused(403, "InvalidAccessKeyId");
    assert!(!format!("{server:?}").contains(server.access_key_secret()));
}

#[tokio::test]
async fn a_bucket_without_a_slash_may_be_signed_as_it_is_sent() {
    let server = with_object().await;
    // Without a bucket the signer takes the name for what the path holds: the resource is `/docs`.
    let as_sent = call(&server, "GET", None, "docs").query("max-keys", "1");
    for (signing, path, status) in [
        (Signing::V1, "/docs", 200),
        (Signing::V1Query(MINUTE), "/docs", 200),
        (Signing::V1, "/docs/", 403),
        (Signing::V1, "/docs/a", 403),
        (Signing::V1, "/other", 404),
    ] {
        let mut wire = as_sent.clone().signing(signing).signed();
        wire.path = path.to_owned();
        wire.send().await.expect(status);
    }
}
