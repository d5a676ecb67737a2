//! Cross-origin requests, as browsers make them.

use oss_protocol::xml::{CorsConfiguration, CorsRule};
use oss_server::RunningServer;

use crate::client::{Answer, Signing, call, put, server};

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRule {
    CorsRule {
        allowed_origins: texts(origins),
        allowed_methods: texts(methods),
        allowed_headers: texts(headers),
        ..CorsRule::default()
    }
}

async fn configure(server: &RunningServer, configuration: &CorsConfiguration) -> Answer {
    call(server, "PUT", "docs", "").query("cors", "").body(configuration.write()).send().await
}

async fn preflight(server: &RunningServer, headers: &[(&str, &str)]) -> Answer {
    let request = call(server, "OPTIONS", "docs", "a").signing(Signing::Anonymous);
    headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().await
}

const ORIGIN: (&str, &str) = ("Origin", "https://app.example.com");

/// Origin, methods, headers, exposed headers and seconds that an answer tells.
fn allowed(answer: &Answer) -> [Option<&str>; 5] {
    ["allow-origin", "allow-methods", "allow-headers", "expose-headers", "max-age"]
        .map(|name| answer.header(&format!("access-control-{name}")))
}

#[tokio::test]
async fn a_preflight_is_answered_by_the_first_rule_that_fits() {
    let server = server().await;
    let method = ("Access-Control-Request-Method", "PUT");
    preflight(&server, &[ORIGIN, method]).await.refused(403, "AccessForbidden");
    let own = CorsRule {
        expose_headers: texts(&["ETag", "x-oss-request-id"]),
        max_age_seconds: Some(600),
        ..rule(&["https://*.example.com"], &["GET", "PUT"], &["content-type", "X-Oss-*"])
    };
    let all = rule(&["*"], &["GET", "HEAD"], &["*"]);
    let configuration = CorsConfiguration { rules: vec![own, all], response_vary: true };
    configure(&server, &configuration).await.expect(200);
    let read = call(&server, "GET", "docs", "").query("cors", "").send().await.expect(200);
    let mut told = configuration.clone();
    told.rules[0].allowed_headers = texts(&["content-type", "x-oss-*"]);
    assert_eq!(CorsConfiguration::read(&read.body).unwrap(), told);

    let asked = ("Access-Control-Request-Headers", "Content-Type, x-oss-date");
    let answer = preflight(&server, &[ORIGIN, method, asked]).await.expect(200);
    let own = [Some(ORIGIN.1), Some("GET, PUT"), Some(asked.1), Some("ETag, x-oss-request-id"), Some("600")];
    assert_eq!(allowed(&answer), own);
    assert_eq!(answer.header("vary"), Some("Origin"));
    let authorized = ("Access-Control-Request-Headers", "authorization");
    preflight(&server, &[ORIGIN, method, authorized]).await.refused(403, "AccessForbidden");
    let get = ("Access-Control-Request-Method", "GET");
    let answer = preflight(&server, &[ORIGIN, get, authorized]).await.expect(200);
    assert_eq!(allowed(&answer), [Some("*"), Some("GET, HEAD"), Some("authorization"), None, None]);
    let foreign = ("Origin", "https://example.org");
    preflight(&server, &[foreign, method]).await.refused(403, "AccessForbidden");
    preflight(&server, &[foreign, get]).await.expect(200);
    for missing in [[("x", "y"), method], [ORIGIN, ("x", "y")]] {
        preflight(&server, &missing).await.refused(400, "BadRequest");
    }
    call(&server, "DELETE", "docs", "").query("cors", "").send().await.expect(204);
    preflight(&server, &[ORIGIN, get]).await.refused(403, "AccessForbidden");
    call(&server, "GET", "docs", "").query("cors", "").send().await.refused(404, "NoSuchCORSConfiguration");
}

#[tokio::test]
async fn other_requests_are_served_with_or_without_the_headers() {
    let server = server().await;
    put(&server, "a", "text").await.expect(200);
    let configuration = CorsConfiguration { rules: vec![rule(&[ORIGIN.1], &["GET"], &[])], response_vary: false };
    configure(&server, &configuration).await.expect(200);
    let read = async |method, key, origin| call(&server, method, "docs", key).header("Origin", origin).send().await;
    let answer = read("GET", "a", ORIGIN.1).await.expect(200);
    assert_eq!(allowed(&answer), [Some(ORIGIN.1), Some("GET"), None, None, None]);
    assert_eq!(answer.header("vary"), None);
    let missing = read("GET", "none", ORIGIN.1).await.expect(404);
    assert_eq!(missing.header("access-control-allow-origin"), Some(ORIGIN.1), "scripts may see refusals too");
    for (method, origin) in [("HEAD", ORIGIN.1), ("GET", "https://example.org")] {
        let answer = read(method, "a", origin).await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn rules_that_make_no_sense_are_refused() {
    let server = server().await;
    let one = |rule| CorsConfiguration { rules: vec![rule], response_vary: false };
    let good = || rule(&["*"], &["GET"], &["*"]);
    for (configuration, code) in [
        (CorsConfiguration::default(), "MalformedXML"),
        (one(rule(&[], &["GET"], &[])), "InvalidArgument"),
        (one(rule(&["*"], &[], &[])), "InvalidArgument"),
        (one(rule(&["*"], &["get"], &[])), "InvalidArgument"),
        (one(rule(&["http://*.*"], &["GET"], &[])), "InvalidArgument"),
        (one(rule(&["*"], &["GET"], &["**"])), "InvalidArgument"),
        (one(CorsRule { expose_headers: texts(&["*"]), ..good() }), "InvalidArgument"),
        (one(CorsRule { max_age_seconds: Some(1_000_000_000), ..good() }), "InvalidArgument"),
        (CorsConfiguration { rules: vec![good(); 21], response_vary: false }, "CORSRuleBeyondLimit"),
    ] {
        configure(&server, &configuration).await.refused(400, code);
    }
    let long = call(&server, "PUT", "docs", "").query("cors", "").body(" ".repeat(16 * 1024 + 1));
    long.send().await.refused(400, "EntityTooLarge");
    configure(&server, &CorsConfiguration { rules: vec![good(); 20], response_vary: false }).await.expect(200);
}
