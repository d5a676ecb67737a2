//! The RAM role of an ECS instance.

use meta::ErrorKind;
use tokio::net::TcpListener;

use super::super::scripted::{Answer, Scripted, Seen};
use super::{assert_hidden, document, element, element_at, server, use_them};

const ROLES: &str = "/latest/meta-data/ram/security-credentials/";

fn lines(service: &Scripted) -> Vec<String> {
    service.seen().into_iter().map(|request| request.line).collect()
}

/// A metadata service in the hardened mode: whoever asks without its token is refused.
fn hardened(request: &Seen) -> Answer {
    if request.line == "PUT /latest/api/token HTTP/1.1" {
        return Answer::new(200, "metadata-token");
    }
    match (request.header("x-aliyun-ecs-metadata-token"), request.line.as_str()) {
        (Some("metadata-token"), line) if line == format!("GET {ROLES} HTTP/1.1") => Answer::new(200, "app role\n"),
        (Some("metadata-token"), line) if line == format!("GET {ROLES}app%20role HTTP/1.1") => {
            Answer::new(200, format!(r#"{{{}, "LastUpdated": "2024-01-01T00:00:00Z", "Code": "Success"}}"#, document()))
        }
        _ => Answer::new(403, "no"),
    }
}

#[tokio::test]
async fn the_hardened_mode_comes_first_and_a_hundred_calls_make_one_refresh() {
    let (server, metadata) = (server().await, Scripted::start(|request, _| hardened(request)).await);
    let oss = element(&server, &[("credentials", "ecsRamRole"), ("metadataEndPoint", metadata.address())]);
    assert!(metadata.seen().is_empty(), "loading asks nobody");
    let calls = (0..100).map(|number| {
        let oss = oss.clone();
        tokio::spawn(async move { oss.upload_by_file(&format!("{number}"), "x", None).await.map(|_| ()) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    use_them(&oss).await;
    assert_eq!(
        lines(&metadata),
        [
            "PUT /latest/api/token HTTP/1.1".to_owned(),
            format!("GET {ROLES} HTTP/1.1"),
            format!("GET {ROLES}app%20role HTTP/1.1"),
        ]
    );
    let [put, ..] = &metadata.seen()[..] else { panic!("there are three") };
    let ttl: u32 = put.header("x-aliyun-ecs-metadata-token-ttl-seconds").unwrap().parse().unwrap();
    assert!((1..=21_600).contains(&ttl), "{ttl}");
    assert_hidden(&format!("{oss:?}"));
}

#[tokio::test]
async fn a_service_without_the_hardened_mode_is_asked_plainly() {
    let server = server().await;
    for refusal in [403, 404, 405] {
        let metadata = Scripted::start(move |request, _| match request.line.split(' ').next() {
            Some("PUT") => Answer::new(refusal, ""),
            _ if request.header("x-aliyun-ecs-metadata-token").is_some() => Answer::new(500, ""),
            _ => Answer::new(200, format!("{{{}}}", document())),
        })
        .await;
        let more = [("credentials", "ecsRamRole"), ("metadataEndPoint", metadata.address()), ("ramRoleName", "given")];
        use_them(&element(&server, &more)).await;
        let expected = ["PUT /latest/api/token HTTP/1.1".to_owned(), format!("GET {ROLES}given HTTP/1.1")];
        assert_eq!(lines(&metadata), expected, "a role that is given is not asked for");
    }
}

#[tokio::test]
async fn what_is_busy_for_a_moment_is_asked_again() {
    let server = server().await;
    let metadata = Scripted::start(|request, before| match before {
        0 | 2 | 4 => Answer::new(503, "busy"),
        _ => hardened(request),
    })
    .await;
    use_them(&element(&server, &[("credentials", "ecsRamRole"), ("metadataEndPoint", metadata.address())])).await;
    assert_eq!(metadata.seen().len(), 6, "each question twice");
}

#[tokio::test]
async fn failures_name_the_provider_and_the_step() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let more = [("credentials", "ecsRamRole"), ("metadataEndPoint", &*nobody)];
    let oss = element_at("127.0.0.1:1", &more).unwrap();
    let error = oss.download("a").await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Unreachable, true));
    assert_eq!(error.attempts().unwrap().count, 3, "the call does not repeat what the provider has repeated");
    let expected =
        format!("failed: ECS RAM role: getting a token from `http://{nobody}/latest/api/token` failed: cannot connect");
    assert!(error.to_string().contains(&expected), "{error}");
    assert!(error.to_string().contains("check `metadataEndPoint`"), "{error}");

    for (path, status, body, kind, expected) in [
        (
            ROLES,
            404,
            "",
            ErrorKind::Config,
            "reading the role name from `http://{}/latest/meta-data/ram/security-credentials/` failed: the instance has no RAM role: attach one",
        ),
        (ROLES, 500, "", ErrorKind::Service, "failed: it answered HTTP 500 Internal Server Error after 3 attempts"),
        (
            "role",
            404,
            "",
            ErrorKind::Config,
            "security-credentials/app%20role` failed: the instance has no RAM role `app role`",
        ),
        (
            "role",
            200,
            r#"{"Code": "Failed"}"#,
            ErrorKind::UnexpectedAnswer,
            "reading the credentials from `http://{}/latest/meta-data/ram/security-credentials/app%20role` failed: its code is `Failed`",
        ),
        (
            "role",
            200,
            r#"{"AccessKeySecret": "the-temporary-secret"#,
            ErrorKind::UnexpectedAnswer,
            "failed: it is not the JSON that it should be, at line 1",
        ),
        (
            "role",
            200,
            r#"{"AccessKeyId": "a b", "AccessKeySecret": "the-temporary-secret"}"#,
            ErrorKind::PermissionDenied,
            "ECS RAM role: the access key id is empty, or holds white space",
        ),
    ] {
        let metadata = Scripted::start(move |request, _| {
            let asked = if request.line.contains(&format!("{ROLES} ")) { ROLES } else { "role" };
            if request.line.starts_with("GET") && asked == path { Answer::new(status, body) } else { hardened(request) }
        })
        .await;
        let more = [("credentials", "ecsRamRole"), ("metadataEndPoint", metadata.address())];
        let error = element_at("127.0.0.1:1", &more).unwrap().download("a").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let expected = expected.replace("{}", metadata.address()).replace("attach one", "attach a RAM role");
        assert!(error.to_string().contains(&expected) && error.to_string().contains(": ECS RAM role: "), "{error}");
        assert_hidden(&format!("{error} {error:?}"));
    }
}
