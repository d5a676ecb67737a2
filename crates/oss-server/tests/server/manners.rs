//! What a server owes those who run it: health, encryption, a log without secrets.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use oss_server::{OssServer, StartError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tracing::field::{Field, Visit};
use tracing::span;

use crate::client::{ID, SECRET, Signing, builder, call, exchange, get, put, read_answer, server};

const CERTIFICATE: &str = include_str!("certificate/cert.pem");
const KEY: &str = include_str!("certificate/key.pem");

#[tokio::test]
async fn health_needs_no_key() {
    let server = server().await;
    for host in ["127.0.0.1", "localhost", "anything.example.com"] {
        let request = format!("GET /-/health HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let answer = exchange(server.port(), request.as_bytes(), "GET").await.unwrap().expect(200);
        assert_eq!((answer.text(), answer.header("content-type")), ("ok\n", Some("text/plain")));
    }
    // On a bucket's own host it is an object's name like any other.
    let object = call(&server, "PUT", "docs", "-/health").host("docs.localhost").body("mine");
    object.send().await.expect(200);
    assert_eq!(call(&server, "GET", "docs", "-/health").host("docs.localhost").send().await.body, b"mine");
}

async fn encrypted(port: u16) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn a_certificate_makes_it_https() {
    let server = builder().tls(CERTIFICATE, KEY).client_timeout(Duration::from_secs(5)).start().await.unwrap();
    assert_eq!(server.endpoint(), format!("https://127.0.0.1:{}", server.port()));
    let mut stream = encrypted(server.port()).await;
    let body = vec![7; 300_000];
    let write = call(&server, "PUT", "docs", "a").body(body.clone()).signed();
    stream.write_all(write.head().as_bytes()).await.unwrap();
    stream.write_all(&write.body).await.unwrap();
    read_answer(&mut stream, "PUT").await.unwrap().expect(200);
    stream.write_all(call(&server, "GET", "docs", "a").signed().head().as_bytes()).await.unwrap();
    assert!(read_answer(&mut stream, "GET").await.unwrap().expect(200).body == body);
    // Whoever does not encrypt gets nothing.
    let mut plain = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said).await;
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
    drop(stream);
    server.stop().await;
}

#[tokio::test]
async fn certificates_that_are_none_are_refused_at_the_start() {
    for (certificate, key, expected) in [
        ("", KEY, "no certificate"),
        ("nonsense", KEY, "no certificate"),
        (CERTIFICATE, "", "private key"),
        (CERTIFICATE, CERTIFICATE, "private key"),
    ] {
        let error = OssServer::builder().tls(certificate, key).start().await.unwrap_err();
        assert!(matches!(&error, StartError::Tls(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// Everything that is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut text = self.0.lock().unwrap();
        span.record(&mut Fields(&mut text));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Fields(&mut self.0.lock().unwrap()));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = self.0.lock().unwrap();
        let _ = write!(text, "{} {}", event.metadata().level(), event.metadata().target());
        event.record(&mut Fields(&mut text));
        text.push('\n');
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

#[tokio::test]
async fn each_request_is_a_line_without_secrets() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let server = builder().sts_token("STS.id", "sts-secret", "sts-token", None).start().await.unwrap();
    put(&server, "目/a", "text").await.expect(200);
    let signed = call(&server, "GET", "docs", "目/a").signing(Signing::V4Query(Duration::from_secs(60))).signed();
    signed.send().await.expect(200);
    let v1 = call(&server, "GET", "docs", "目/a").signing(Signing::V1Query(Duration::from_secs(60))).signed();
    v1.send().await.expect(200);
    let temporary = call(&server, "GET", "docs", "目/a").credentials("STS.id", "sts-secret").token("sts-token");
    temporary.signing(Signing::V4Query(Duration::from_secs(60))).send().await.expect(200);
    let wrong = call(&server, "GET", "docs", "目/a").credentials(ID, "wrong").signed();
    let refused = wrong.send().await.expect(403);
    let text = log.0.lock().unwrap().clone();
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("INFO oss_server::access")).collect();
    assert_eq!(lines.len(), 5, "{text}");
    for part in ["method=PUT", "bucket=\"docs\"", "key=\"目/a\"", "operation=PutObject", "status=200", "peer=127.0.0.1"]
    {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    let id = refused.header("x-oss-request-id").unwrap();
    assert!(lines[4].contains("status=403") && lines[4].contains(&format!("request_id=\"{id}\"")), "{}", lines[4]);
    let mut secrets = vec![SECRET, "sts-secret", "sts-token"];
    for wire in [&signed, &v1] {
        let query =
            wire.query.iter().filter(|(name, _)| name.eq_ignore_ascii_case("signature") || name == "x-oss-signature");
        secrets.extend(query.map(|(_, value)| value.as_str()));
    }
    let header = wrong.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).unwrap();
    secrets.push(header.1.rsplit('=').next().unwrap());
    assert_eq!(secrets.len(), 6);
    for secret in secrets {
        assert!(!text.contains(secret), "a secret in the log");
    }
}

#[tokio::test]
async fn a_server_that_the_network_reaches_says_so() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    builder().start().await.unwrap().stop().await;
    assert!(!log.0.lock().unwrap().contains("WARN"));
    let server = builder().host("0.0.0.0").start().await.unwrap();
    assert!(log.0.lock().unwrap().contains("WARN"), "{}", log.0.lock().unwrap());
    get(&server, "a").await.refused(404, "NoSuchKey");
}
