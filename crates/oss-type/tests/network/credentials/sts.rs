//! Roles that STS gives credentials of, with signatures computed here.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use meta::ErrorKind;
use sha1::Sha1;

use super::super::scripted::{Answer, Scripted, Seen};
use super::{TEMPORARY, assert_hidden, document, element, element_at, server, use_them};

const ROLE: &str = "acs:ram::1234567890123456:role/reader";

fn assumed() -> Answer {
    let user = r#""AssumedRoleUser": {"Arn": "acs:ram::1:role/reader/s", "AssumedRoleId": "1:s"}"#;
    Answer::new(200, format!(r#"{{"RequestId": "5F", {user}, "Credentials": {{{}}}}}"#, document()))
}

/// Takes a form apart. What it holds is percent-encoded strictly, so a strict inverse will do.
fn form(request: &Seen) -> BTreeMap<String, String> {
    assert_eq!(request.line, "POST / HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    request
        .text()
        .split('&')
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            (name.to_owned(), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            b'+' => panic!("a space would be `%20`: {text}"),
            byte => byte,
        });
    }
    String::from_utf8(bytes).unwrap()
}

fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The signature that the documentation describes, from the parameters as they arrived.
fn signature(parameters: &BTreeMap<String, String>, secret: &str) -> String {
    let canonical: Vec<_> = parameters
        .iter()
        .filter(|(name, _)| *name != "Signature")
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let text = format!("POST&%2F&{}", encode(&canonical.join("&")));
    let mac = Hmac::<Sha1>::new_from_slice(format!("{secret}&").as_bytes()).unwrap();
    STANDARD.encode(mac.chain_update(text).finalize().into_bytes())
}

fn assume_role<'a>(sts: &'a Scripted, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut keys = vec![
        ("credentials", "assumeRole"),
        ("accessKeyId", "source-id"),
        ("accessKeySecret", "source-secret"),
        ("roleArn", ROLE),
        ("stsEndPoint", sts.address()),
    ];
    keys.extend(more);
    keys
}

#[tokio::test]
async fn assume_role_is_asked_and_signed_as_documented() {
    let (server, sts) = (server().await, Scripted::start(|_, _| assumed()).await);
    let oss = element(&server, &assume_role(&sts, &[]));
    use_them(&oss).await;
    let [request] = &sts.seen()[..] else { panic!("once is enough for an hour") };
    let mut form = form(request);
    assert_eq!(form["Signature"], signature(&form, "source-secret"));
    form.remove("Signature");
    let nonce = form.remove("SignatureNonce").unwrap();
    assert!(nonce.len() == 32 && nonce.bytes().all(|byte| byte.is_ascii_hexdigit()), "{nonce}");
    let time: jiff::Timestamp = form.remove("Timestamp").unwrap().parse().unwrap();
    assert!(jiff::Timestamp::now().duration_since(time).as_secs().abs() < 60, "{time}");
    let rest: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        rest,
        [
            ("AccessKeyId", "source-id"),
            ("Action", "AssumeRole"),
            ("DurationSeconds", "3600"),
            ("Format", "JSON"),
            ("RoleArn", ROLE),
            ("RoleSessionName", "jit-storages"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("Version", "2015-04-01"),
        ]
    );
    assert_hidden(&format!("{oss:?}"));
}

#[tokio::test]
async fn everything_that_is_configured_is_sent_and_signed() {
    let (server, sts) = (server().await, Scripted::start(|_, _| assumed()).await);
    let more = [
        ("securityToken", "source+token/=="),
        ("roleSessionName", "me@example.com"),
        ("roleDurationSeconds", "900"),
        ("externalId", "a b&c=d*~+目"),
    ];
    use_them(&element(&server, &assume_role(&sts, &more))).await;
    let form = form(&sts.seen()[0]);
    assert_eq!(form["Signature"], signature(&form, "source-secret"));
    assert_eq!(form["SecurityToken"], "source+token/==");
    assert_eq!(form["RoleSessionName"], "me@example.com");
    assert_eq!(form["DurationSeconds"], "900");
    assert_eq!(form["ExternalId"], "a b&c=d*~+目");
}

#[tokio::test]
async fn each_attempt_is_signed_anew_and_a_wrong_clock_is_set_right() {
    let server = server().await;
    let sts = Scripted::start(|_, before| match before {
        0 => Answer::new(503, r#"{"Code": "ServiceUnavailable", "Message": "busy"}"#),
        1 => Answer::new(400, r#"{"Code": "InvalidTimeStamp.Expired", "Message": "Specified time stamp is expired."}"#)
            .header("date", "Sat, 01 Jan 2050 08:00:00 GMT"),
        _ => assumed(),
    })
    .await;
    use_them(&element(&server, &assume_role(&sts, &[]))).await;
    let forms: Vec<_> = sts.seen().iter().map(form).collect();
    assert_eq!(forms.len(), 3);
    assert!(forms.iter().all(|form| form["Signature"] == signature(form, "source-secret")));
    assert_ne!(forms[0]["SignatureNonce"], forms[1]["SignatureNonce"]);
    let time: jiff::Timestamp = forms[2]["Timestamp"].parse().unwrap();
    let expected: jiff::Timestamp = "2050-01-01T08:00:00Z".parse().unwrap();
    assert!(time.duration_since(expected).as_secs().abs() < 60, "{time}");
}

#[tokio::test]
async fn refusals_of_sts_are_told_with_what_to_do() {
    let printed = format!("Specified signature is not matched. server string to sign is:POST&%2F&{}", "source-token");
    for (status, code, message, kind, expected) in [
        (
            403,
            "NoPermission",
            "You are not authorized to do this action.",
            ErrorKind::PermissionDenied,
            "STS refused: You are not authorized to do this action (NoPermission, request 5F): allow the key `sts:AssumeRole`",
        ),
        (
            404,
            "EntityNotExist.Role",
            "The role not exists: reader.",
            ErrorKind::PermissionDenied,
            "(EntityNotExist.Role, request 5F): check `roleArn`",
        ),
        (
            404,
            "InvalidAccessKeyId.NotFound",
            "Specified access key is not found.",
            ErrorKind::PermissionDenied,
            "check `accessKeyId`",
        ),
        (
            400,
            "SignatureDoesNotMatch",
            &printed,
            ErrorKind::Config,
            "Specified signature is not matched (SignatureDoesNotMatch, request 5F): check `accessKeySecret`",
        ),
        (
            400,
            "InvalidParameter.DurationSeconds",
            "too long",
            ErrorKind::Config,
            "ask for less in `roleDurationSeconds`",
        ),
    ] {
        let body = format!(r#"{{"RequestId": "5F", "Code": "{code}", "Message": "{message}"}}"#);
        let sts = Scripted::start(move |_, _| Answer::new(status, body.clone())).await;
        let more = assume_role(&sts, &[("securityToken", "source-token")]);
        let error = element_at("127.0.0.1:1", &more).unwrap().download("a").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let step = format!("failed: AssumeRole: AssumeRole at `http://{}/` failed: ", sts.address());
        assert!(error.to_string().contains(&step) && error.to_string().contains(expected), "{error}");
        assert!(!format!("{error:?}").contains("source-token"), "{error:?}");
        assert_eq!(sts.seen().len(), 1, "nothing speaks for asking again");
    }
    let sts = Scripted::start(|_, _| Answer::new(400, r#"{"Code": "Throttling.User", "Message": "slow down"}"#)).await;
    let error = element_at("127.0.0.1:1", &assume_role(&sts, &[])).unwrap().download("a").await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Throttled, true), "{error}");
    assert_eq!(sts.seen().len(), 3);
}

fn oidc<'a>(sts: &'a Scripted, token_file: &'a Path) -> Vec<(&'a str, &'a str)> {
    vec![
        ("credentials", "oidc"),
        ("roleArn", ROLE),
        ("oidcProviderArn", "acs:ram::1234567890123456:oidc-provider/cluster"),
        ("oidcTokenFile", token_file.to_str().unwrap()),
        ("stsEndPoint", sts.address()),
    ]
}

#[tokio::test]
async fn a_token_of_an_identity_provider_is_exchanged_without_a_signature() {
    let (server, sts) = (server().await, Scripted::start(|_, _| assumed()).await);
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "header.payload.the-temporary-token\n").unwrap();
    use_them(&element(&server, &oidc(&sts, &token_file))).await;
    let [request] = &sts.seen()[..] else { panic!("once is enough for an hour") };
    let mut form = form(request);
    assert_eq!(form.remove("SignatureNonce").unwrap().len(), 32);
    form.remove("Timestamp").unwrap().parse::<jiff::Timestamp>().unwrap();
    let rest: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        rest,
        [
            ("Action", "AssumeRoleWithOIDC"),
            ("DurationSeconds", "3600"),
            ("Format", "JSON"),
            ("OIDCProviderArn", "acs:ram::1234567890123456:oidc-provider/cluster"),
            ("OIDCToken", "header.payload.the-temporary-token"),
            ("RoleArn", ROLE),
            ("RoleSessionName", "jit-storages"),
            ("Version", "2015-04-01"),
        ]
    );
}

#[tokio::test]
async fn what_stands_in_the_way_of_an_oidc_role_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    let refuse = |request: &Seen, _| {
        let token = form(request)["OIDCToken"].clone();
        let message = format!("This token is expired: {token}");
        Answer::new(400, format!(r#"{{"Code": "AuthenticationFail.OIDCToken.Expired", "Message": "{message}"}}"#))
    };
    let sts = Scripted::start(refuse).await;
    let oss = element_at("127.0.0.1:1", &oidc(&sts, &token_file)).unwrap();
    let error = oss.download("a").await.unwrap_err();
    assert!(error.to_string().contains(&format!("OIDC role: reading `{}` failed", token_file.display())), "{error}");
    std::fs::write(&token_file, " \n").unwrap();
    let error = oss.download("a").await.unwrap_err();
    assert!(error.to_string().contains(&format!("OIDC role: `{}` holds no token", token_file.display())), "{error}");
    std::fs::write(&token_file, TEMPORARY[2]).unwrap();
    let error = oss.download("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(error.to_string().contains("(AuthenticationFail.OIDCToken.Expired)"), "{error}");
    assert!(error.to_string().contains("check `oidcProviderArn`"), "{error}");
    assert_hidden(&format!("{error} {error:?} {oss:?}"));
}

#[tokio::test]
async fn the_keys_of_a_role_end_with_their_urls() {
    let (server, sts) = (server().await, Scripted::start(|_, _| assumed()).await);
    let oss = element(&server, &assume_role(&sts, &[]));
    for (asked, expected) in [(60, 60), (7200, 3600)] {
        let options = meta::SignOptions::new(meta::SignMethod::Get).with_expires(Duration::from_secs(asked));
        let signed = oss.sign("a", options).await.unwrap();
        let left = signed.expires_at.unwrap().duration_since(std::time::SystemTime::now()).unwrap();
        assert!(left <= Duration::from_secs(expected) && left > Duration::from_secs(expected - 60), "{left:?}");
    }
}
