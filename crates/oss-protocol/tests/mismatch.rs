//! What differs between a signer's text and a verifier's is named, and no token is shown on the way.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oss_protocol::sign::mismatch::{Difference, Part, SignedText};
use oss_protocol::sign::{Claim, Refusal, Request, v1, v4};
use oss_protocol::xml::ErrorDocument;

const TOKEN: &str = "CAIS+token/of&somebody==";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_702_743_657)
}

/// What the service prints, by the way of its document.
fn printed(refusal: Refusal) -> SignedText {
    let details = refusal.details.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    let document = ErrorDocument { code: "SignatureDoesNotMatch".into(), details, ..ErrorDocument::default() };
    let read = ErrorDocument::read(document.write().as_bytes()).expect("was written by us");
    SignedText::of_document(&read).expect("holds the string to sign")
}

/// A request as it was signed, and as it arrives.
struct Sent<'a> {
    signed: Request<'a>,
    arrived: Request<'a>,
}

impl Sent<'_> {
    fn v1(&self) -> Option<Difference> {
        let key = v1::SigningKey::new("sk");
        let signer = v1::Signer { access_key_id: "ak", security_token: Some(TOKEN), key: &key };
        let signed = signer.sign_headers(&self.signed, now());
        let ours = SignedText { string_to_sign: signed.string_to_sign().to_owned(), canonical_request: None };
        self.check(&ours, signed.headers().collect())
    }

    fn v4(&self) -> Option<Difference> {
        let key = v4::SigningKey::derive("sk", now(), "cn-hangzhou", v4::PRODUCT);
        let signer = v4::Signer { access_key_id: "ak", security_token: Some(TOKEN), key: &key };
        let signed = signer.sign_headers(&self.signed, &[], now());
        let ours = SignedText {
            string_to_sign: signed.string_to_sign(),
            canonical_request: Some(signed.canonical_request().to_owned()),
        };
        self.check(&ours, signed.headers().collect())
    }

    fn check(&self, ours: &SignedText, added: Vec<(&str, &str)>) -> Option<Difference> {
        let mut headers = self.arrived.headers.to_vec();
        // What arrives under a name that the signer sets itself has replaced the signer's.
        headers.extend(added.iter().filter(|(name, _)| !self.arrived.headers.iter().any(|(given, _)| given == name)));
        let arrived = Request { headers: &headers, ..self.arrived };
        let refusal = match Claim::read(&arrived) {
            Ok(Some(Claim::V1(claim))) => claim.verify(&v1::SigningKey::new("other"), &arrived),
            Ok(Some(Claim::V4(claim))) => {
                let time = claim.time.to_system_time();
                claim.verify(&v4::SigningKey::derive("other", time, claim.region, claim.product), &arrived)
            }
            other => panic!("a claim: {other:?}"),
        };
        let difference = ours.difference(&printed(refusal.expect_err("the secret differs")));
        let shown = format!("{difference:?} {}", difference.as_ref().map(ToString::to_string).unwrap_or_default());
        assert!(!shown.contains(TOKEN), "{shown}");
        difference
    }
}

const HEADERS: &[(&str, &str)] = &[("content-type", "image/png"), ("x-oss-meta-a", "1")];
const SIGNED: Request<'static> = Request {
    method: "PUT",
    bucket: Some("docs"),
    key: Some("a/?&=目 b.png"),
    query: &[("partNumber", "1"), ("uploadId", "AB&C")],
    headers: HEADERS,
};

#[test]
fn the_same_text_on_both_sides_leaves_the_secret() {
    let sent = Sent { signed: SIGNED, arrived: SIGNED };
    assert_eq!(sent.v1(), None);
    assert_eq!(sent.v4(), None);
}

#[test]
fn every_change_is_named() {
    let header = |name: &str| Part::Header(name.to_owned());
    let parameter = |name: &str| Part::Parameter(name.to_owned());
    let cases: &[(Request<'_>, Part, &str)] = &[
        (Request { method: "POST", ..SIGNED }, Part::Method, "OSS saw the method as `POST` where `PUT` was signed"),
        (
            Request { bucket: Some("pics"), ..SIGNED },
            Part::Bucket,
            "OSS saw the bucket as `pics` where `docs` was signed",
        ),
        (
            Request { headers: &[("content-type", "text/plain"), HEADERS[1]], ..SIGNED },
            header("content-type"),
            "OSS saw `content-type:text/plain` where `content-type:image/png` was signed",
        ),
        (
            Request { headers: &[HEADERS[1]], ..SIGNED },
            header("content-type"),
            "OSS did not see `content-type:image/png`, which was signed",
        ),
        (
            Request { headers: &[HEADERS[0], HEADERS[1], ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")], ..SIGNED },
            header("content-md5"),
            "OSS saw `content-md5:1B2M2Y8AsgTpgAmY7PhCfg==`, which was not signed",
        ),
        (
            Request { headers: &[HEADERS[0], ("x-oss-meta-a", "2")], ..SIGNED },
            header("x-oss-meta-a"),
            "OSS saw `x-oss-meta-a:2` where `x-oss-meta-a:1` was signed",
        ),
        (
            Request { headers: &[HEADERS[0]], ..SIGNED },
            header("x-oss-meta-a"),
            "OSS did not see `x-oss-meta-a:1`, which was signed",
        ),
        (
            Request { headers: &[HEADERS[0], HEADERS[1], ("x-oss-meta-b", "new")], ..SIGNED },
            header("x-oss-meta-b"),
            "OSS saw `x-oss-meta-b:new`, which was not signed",
        ),
        (
            Request { headers: &[HEADERS[0], HEADERS[1], ("x-oss-security-token", "another")], ..SIGNED },
            header("x-oss-security-token"),
            "OSS saw the header `x-oss-security-token` with another value than was signed",
        ),
        (
            Request { query: &[("partNumber", "2"), SIGNED.query[1]], ..SIGNED },
            parameter("partNumber"),
            "OSS saw `partNumber=2` where `partNumber=1` was signed",
        ),
        (Request { query: &[SIGNED.query[0]], ..SIGNED }, parameter("uploadId"), "which was signed"),
        (
            Request { query: &[SIGNED.query[0], SIGNED.query[1], ("acl", "")], ..SIGNED },
            parameter("acl"),
            "OSS saw `acl`, which was not signed",
        ),
    ];
    for (arrived, part, text) in cases {
        let sent = Sent { signed: SIGNED, arrived: *arrived };
        for found in [sent.v1(), sent.v4()] {
            let found = found.expect("something differs");
            assert_eq!(found.part, *part, "{found}");
            assert!(found.to_string().contains(text), "{found}");
        }
    }
    let sent = Sent { signed: SIGNED, arrived: Request { key: Some("a/%3F.png"), ..SIGNED } };
    assert_eq!(
        sent.v1().expect("differs").to_string(),
        "OSS saw the object's key as `a/%3F.png` where `a/?&=目 b.png` was signed"
    );
    assert_eq!(sent.v4().expect("differs").part, Part::Key);
}

#[test]
fn a_changed_date_is_named() {
    let moved = [("date", "Sat, 16 Dec 2023 16:21:00 GMT"), HEADERS[0], HEADERS[1]];
    let found = Sent { signed: SIGNED, arrived: Request { headers: &moved, ..SIGNED } }.v1().expect("differs");
    assert_eq!(found.part, Part::Date);
    assert_eq!(
        found.to_string(),
        "OSS saw `date:Sat, 16 Dec 2023 16:21:00 GMT` where `date:Sat, 16 Dec 2023 16:20:57 GMT` was signed"
    );
    let moved = [("x-oss-date", "20231216T162100Z"), HEADERS[0], HEADERS[1]];
    let found = Sent { signed: SIGNED, arrived: Request { headers: &moved, ..SIGNED } }.v4().expect("differs");
    assert_eq!(found.part, Part::Header("x-oss-date".to_owned()));
}

#[test]
fn without_the_services_canonical_request_the_rest_still_tells() {
    let text = |hash: &str, scope: &str| SignedText {
        string_to_sign: format!("OSS4-HMAC-SHA256\n20231216T162057Z\n{scope}\n{hash}"),
        canonical_request: None,
    };
    let scope = "20231216/cn-hangzhou/oss/aliyun_v4_request";
    let ours = SignedText { canonical_request: Some("GET\n/\n\n\n\nUNSIGNED-PAYLOAD".to_owned()), ..text("00", scope) };
    assert_eq!(ours.difference(&text("00", scope)), None);
    let found = ours.difference(&text("11", scope)).expect("differs");
    assert_eq!(found.part, Part::CanonicalRequest);
    assert!(found.to_string().contains("does not tell in what"), "{found}");
    let elsewhere = "20231216/cn-beijing/oss/aliyun_v4_request";
    assert_eq!(ours.difference(&text("11", elsewhere)).expect("differs").part, Part::Scope);
    let v1 = SignedText { string_to_sign: "GET\n\n\n1702743657\n/docs/a".to_owned(), canonical_request: None };
    for found in [ours.difference(&v1), v1.difference(&ours)] {
        assert_eq!(found.expect("differs").part, Part::Algorithm);
    }
    assert_eq!(
        v1.difference(&ours).expect("differs").to_string(),
        "OSS saw `signature V4` where `signature V1` was signed"
    );
}

#[test]
fn a_token_is_shown_nowhere_even_where_it_does_not_belong() {
    let text = |string_to_sign: &str| SignedText { string_to_sign: string_to_sign.into(), canonical_request: None };
    let ours = text("GET\n\n\n1\nx-oss-security-token:the-token\n/docs/a?acl&security-token=tail&of&the-token&uploads");
    for theirs in [
        "GET\n\nthe-token\n1\n/docs/a",
        "GET\n\n\n1\nx-oss-a:1\nx-oss-security-token:the-token\nx-oss-the-token:1\n/docs/a?acl&security-token=tail&of&the-token&uploads",
        "GET\n\n\n1\n/docs/the-token",
        "GET\n\n\n1\nx-oss-security-token:the-token\n/docs/a?acl&security-token=tail&of&another-token&uploads",
        "GET\n\n\n1\nx-oss-security-token:the-token\n/docs/a?acl&security-token=tail&of&the-token",
    ] {
        let found = ours.difference(&text(theirs)).expect("differs");
        let shown = format!("{found} {found:?} {ours:?}");
        assert!(!shown.contains("the-token") && !shown.contains("another-token"), "{shown}");
        assert!(!shown.contains("tail"), "{shown}");
    }
}

#[test]
fn long_and_hostile_texts_stay_one_short_line() {
    let text = |string_to_sign: String| SignedText { string_to_sign, canonical_request: None };
    let ours = text("GET\n\n\n1\n/docs/a".into());
    for theirs in [
        String::new(),
        "\n".repeat(60_000),
        "?".repeat(60_000),
        format!("GET\n\n\n1\n/docs/a{}", "?acl&".repeat(12_000)),
        format!("GET\n\n\n1\n/docs/{}", "\u{1}é".repeat(20_000)),
        format!("OSS4-HMAC-SHA256{}", "\nx".repeat(10_000)),
        format!("GET\n\n\n1\n{}/docs/a", "x-oss-a\n".repeat(8_000)),
    ] {
        let found = ours.difference(&text(theirs)).expect("differs").to_string();
        assert!(!found.contains('\n') && found.len() < 2000, "{found}");
    }
    let many = |last| text(format!("GET\n\n\n1\n{}/docs/{last}", "x-oss-a:1\n".repeat(8_000)));
    assert_eq!(many("a").difference(&many("a")), None);
    assert_eq!(many("a").difference(&many("b")).expect("differs").part, Part::Other);
}
