//! What a verifier makes of claims that no signer would send.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oss_protocol::code::Code;
use oss_protocol::sign::{Claim, Refusal, Request, v1, v4};

const NOW: u64 = 1_702_743_657;
const DATE: &str = "20231216T162057Z";
const CREDENTIAL: &str = "ak/20231216/cn-hangzhou/oss/aliyun_v4_request";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

fn request<'a>(query: &'a [(&'a str, &'a str)], headers: &'a [(&'a str, &'a str)]) -> Request<'a> {
    Request { method: "GET", bucket: Some("docs"), key: Some("a.txt"), query, headers }
}

fn refusal(query: &[(&str, &str)], headers: &[(&str, &str)]) -> Refusal {
    Claim::read(&request(query, headers)).expect_err("must be refused")
}

#[test]
fn a_request_without_any_claim_is_anonymous() {
    assert!(Claim::read(&request(&[("prefix", "a")], &[("date", "today")])).unwrap().is_none());
}

#[test]
fn malformed_v1_headers_are_told_apart() {
    let date = ("date", "Sat, 16 Dec 2023 16:20:57 GMT");
    for (value, ec) in [
        ("Bearer x", "0002-00000061"),
        ("", "0002-00000061"),
        ("OSS nothing", "0002-00000062"),
        ("OSS :c2ln", "0002-00000063"),
        ("OSS ak:", "0002-00000065"),
    ] {
        let found = refusal(&[], &[("Authorization", value), date]);
        assert_eq!((found.code, found.ec), (Code::InvalidArgument, Some(ec)), "{value}");
    }
    for headers in [&[("authorization", "OSS ak:c2ln")][..], &[("authorization", "OSS ak:c2ln"), ("date", "yesterday")]]
    {
        let found = refusal(&[], headers);
        assert_eq!((found.code, found.ec), (Code::AccessDenied, Some("0002-00000503")));
    }
}

#[test]
fn malformed_v1_queries_are_told_apart() {
    let whole = [("OSSAccessKeyId", "ak"), ("Expires", "1702743657"), ("Signature", "c2ln")];
    assert!(Claim::read(&request(&whole, &[])).is_ok());
    for missing in 0..3 {
        let mut query = whole.to_vec();
        query.remove(missing);
        if whole[missing].0 != "OSSAccessKeyId" || query.iter().any(|(name, _)| *name == "Signature") {
            assert_eq!(refusal(&query, &[]).code, Code::AccessDenied, "without {}", whole[missing].0);
        }
        let mut query = whole.to_vec();
        query.push(whole[missing]);
        assert_eq!(refusal(&query, &[]).code, Code::InvalidArgument, "twice {}", whole[missing].0);
    }
    for expires in ["soon", "-1", "+1", "1.5", "99999999999999999999999"] {
        let query = [whole[0], ("Expires", expires), whole[2]];
        assert_eq!(refusal(&query, &[]).ec, Some("0002-00000070"), "{expires}");
    }
    assert_eq!(refusal(&whole, &[("x-oss-security-token", "t")]).code, Code::InvalidRequest);
    assert_eq!(refusal(&whole, &[("authorization", "OSS ak:c2ln")]).code, Code::InvalidArgument);
}

#[test]
fn v4_headers_are_read_in_any_order_and_spacing() {
    let signature = "0".repeat(64);
    for value in [
        format!("OSS4-HMAC-SHA256 Credential={CREDENTIAL},AdditionalHeaders=a;b,Signature={signature}"),
        format!("OSS4-HMAC-SHA256 Credential={CREDENTIAL}, Signature={signature}, AdditionalHeaders=a;b"),
        format!("OSS4-HMAC-SHA256   Signature={signature} ,  AdditionalHeaders=a;b,Credential={CREDENTIAL} "),
    ] {
        let headers = [("authorization", value.as_str()), ("x-oss-date", DATE)];
        let Ok(Some(Claim::V4(claim))) = Claim::read(&request(&[], &headers)) else { panic!("{value}") };
        assert_eq!((claim.access_key_id, claim.region, claim.product), ("ak", "cn-hangzhou", "oss"));
        assert_eq!((claim.additional, claim.signature), ("a;b", signature.as_str()));
        assert_eq!(claim.form, v4::Form::Header);
    }
}

#[test]
fn malformed_v4_headers_are_told_apart() {
    let date = ("x-oss-date", DATE);
    let with = |value: &str, more: &[(&str, &str)]| {
        let value = format!("OSS4-HMAC-SHA256 {value}");
        let mut headers = vec![("authorization", value.as_str())];
        headers.extend_from_slice(more);
        refusal(&[], &headers)
    };
    for (value, ec) in [
        ("", "0002-00000202"),
        ("nonsense", "0002-00000202"),
        (&format!("Credential={CREDENTIAL}"), "0002-00000202"),
        ("Signature=00", "0002-00000202"),
        (&format!("Credential={CREDENTIAL},Signature=0,Signature=1"), "0002-00000202"),
        (&format!("Credential={CREDENTIAL},Signature=0,Extra=1"), "0002-00000202"),
        ("Credential=ak/20231216/cn-hangzhou/oss,Signature=0", "0002-00000202"),
        ("Credential=/20231216/cn-hangzhou/oss/aliyun_v4_request,Signature=0", "0002-00000206"),
        ("Credential=a/k/20231216/cn-hangzhou/oss/aliyun_v4_request,Signature=0", "0002-00000206"),
        ("Credential=ak/20231216/cn-hangzhou/oss/aws4_request,Signature=0", "0002-00000213"),
        ("Credential=ak/20231217/cn-hangzhou/oss/aliyun_v4_request,Signature=0", "0002-00000223"),
    ] {
        let found = with(value, &[date]);
        assert_eq!((found.code, found.ec), (Code::InvalidArgument, Some(ec)), "{value}");
    }
    let good = format!("Credential={CREDENTIAL},Signature=0");
    assert_eq!(with(&good, &[date, ("x-oss-content-sha256", "abc")]).ec, Some("0002-00000214"));
    assert_eq!(with(&good, &[]).ec, Some("0002-00000503"));
    assert_eq!(with(&good, &[("x-oss-date", "Sat, 16 Dec 2023 16:20:57 GMT")]).ec, Some("0002-00000503"));
}

#[test]
fn malformed_v4_queries_are_told_apart() {
    let whole = [
        ("x-oss-signature-version", v4::ALGORITHM),
        ("x-oss-credential", CREDENTIAL),
        ("x-oss-date", DATE),
        ("x-oss-expires", "300"),
        ("x-oss-signature", "00"),
    ];
    assert!(Claim::read(&request(&whole, &[])).is_ok());
    let replaced = |name: &str, value| whole.map(|pair| if pair.0 == name { (pair.0, value) } else { pair });
    for (name, value, ec) in [
        ("x-oss-signature-version", "OSS9", "0002-00000202"),
        ("x-oss-signature", "", "0002-00000219"),
        ("x-oss-date", "today", "0002-00000202"),
        ("x-oss-expires", "0", "0002-00000232"),
        ("x-oss-expires", "604801", "0002-00000232"),
        ("x-oss-expires", "-1", "0002-00000232"),
        ("x-oss-expires", "", "0002-00000232"),
        ("x-oss-credential", "ak/20231217/cn-hangzhou/oss/aliyun_v4_request", "0002-00000223"),
    ] {
        let found = refusal(&replaced(name, value), &[]);
        assert_eq!((found.code, found.ec), (Code::InvalidArgument, Some(ec)), "{name}={value}");
    }
    for index in 0..whole.len() {
        let mut query = whole.to_vec();
        query.push(whole[index]);
        assert_eq!(refusal(&query, &[]).code, Code::InvalidArgument, "twice {}", whole[index].0);
    }
}

#[test]
fn a_header_bound_by_name_cannot_be_changed_or_removed() {
    let key = v4::SigningKey::derive("sk", now(), "cn-hangzhou", v4::PRODUCT);
    let signer = v4::Signer { access_key_id: "ak", security_token: None, key: &key };
    let bound = [("content-length", "11"), ("content-type", "text/plain")];
    let signed = signer.sign_query(&request(&[], &bound), &["Content-Length"], now(), Duration::from_secs(60)).unwrap();
    let query: Vec<_> = signed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let verify = |headers: &[(&str, &str)]| {
        let request = request(&query, headers);
        let Ok(Some(Claim::V4(claim))) = Claim::read(&request) else { panic!("a claim of V4") };
        claim.verify(&key, &request).map_err(|refusal| refusal.code)
    };
    assert_eq!(verify(&bound), Ok(()));
    assert_eq!(verify(&[bound[0], bound[1], ("user-agent", "any")]), Ok(()));
    for headers in [
        &[bound[0]][..],
        &[bound[1]],
        &[("content-length", "12"), bound[1]],
        &[bound[0], ("content-type", "text/html")],
    ] {
        assert_eq!(verify(headers), Err(Code::SignatureDoesNotMatch), "{headers:?}");
    }
}

#[test]
fn no_claim_makes_the_verifier_panic() {
    let mut random = fastrand::Rng::with_seed(41);
    let pieces = [
        "OSS ",
        "OSS4-HMAC-SHA256 ",
        "Credential=",
        CREDENTIAL,
        ",",
        "Signature=",
        "ak",
        ":",
        "c2ln",
        "/",
        ";",
        "=",
        "AdditionalHeaders=",
        DATE,
        "99991231T235959Z",
        "Sat, 16 Dec 2023 16:20:57 GMT",
        "0",
        "604800",
        "18446744073709551615",
        " ",
        "目",
        "%",
        "\u{0}",
        "host",
    ];
    let names = [
        "authorization",
        "date",
        "x-oss-date",
        "x-oss-security-token",
        "x-oss-content-sha256",
        "OSSAccessKeyId",
        "Expires",
        "Signature",
        "x-oss-signature-version",
        "x-oss-credential",
        "x-oss-expires",
        "x-oss-signature",
        "x-oss-additional-headers",
        "security-token",
    ];
    let (v1_key, v4_key) = (v1::SigningKey::new("sk"), v4::SigningKey::derive("sk", now(), "cn-hangzhou", "oss"));
    for _ in 0..40_000 {
        let mut owned = || -> Vec<(&str, String)> {
            (0..random.usize(..6))
                .map(|_| {
                    let value = (0..random.usize(..7)).map(|_| pieces[random.usize(..pieces.len())]).collect();
                    (names[random.usize(..names.len())], value)
                })
                .collect()
        };
        let (query, headers) = (owned(), owned());
        let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = request(&query, &headers);
        match Claim::read(&request) {
            Ok(Some(Claim::V1(claim))) => {
                let _ = claim.check_time(now());
                assert!(claim.verify(&v1_key, &request).is_err(), "{query:?} {headers:?}");
            }
            Ok(Some(Claim::V4(claim))) => {
                let _ = claim.check_time(now());
                assert!(claim.verify(&v4_key, &request).is_err(), "{query:?} {headers:?}");
            }
            _ => {}
        }
    }
}
