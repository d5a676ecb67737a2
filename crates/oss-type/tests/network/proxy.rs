//! Through proxies: plain requests in absolute form, encrypted ones through `CONNECT`, and SOCKS5.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use meta::{Body, ErrorKind, StorageElement, UploadOptions};
use oss_server::{OssServer, RunningServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::child::{child, run};
use super::scripted::{Answer, Scripted, Seen};
use super::{BUCKET, configured, element_at};

/// A host that only the proxies of these tests know.
const DOMAIN: &str = "oss.proxied.test";

async fn server() -> RunningServer {
    OssServer::builder().bucket(BUCKET).domain(DOMAIN).start().await.unwrap()
}

/// An element of the server that knows it by its domain only.
fn element(server: &RunningServer, more: &[(&str, &str)]) -> StorageElement {
    let endpoint = format!("http://{DOMAIN}");
    let mut all = vec![("endPoint", endpoint.as_str()), ("region", "cn-hangzhou"), ("maxAttempts", "1")];
    all.extend(more);
    configured(server, &all).unwrap()
}

/// Sends everything to one server, whatever host it is for, and keeps what it saw.
struct Proxy {
    address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Proxy {
    /// Speaks HTTP: takes absolute forms, and passes them on in origin form.
    async fn http(server: &RunningServer) -> Self {
        Self::start(server.port(), |mut client, port, seen| async move {
            while let Some(request) = Seen::read(&mut client).await {
                let (method, rest) = request.line.split_once(' ').unwrap();
                let target = rest.strip_prefix(&format!("http://{BUCKET}.{DOMAIN}")).expect("absolute form");
                let mut head = format!("{method} {target}\r\n");
                for (name, value) in request.headers.iter().filter(|(name, _)| !name.starts_with("proxy-")) {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                let is_head = method == "HEAD";
                let mut server = BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
                server.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
                server.write_all(&request.body).await.unwrap();
                seen.lock().unwrap().push(request);
                let mut answer = Seen::read_head(&mut server).await.unwrap();
                let mut bytes = answer.line.clone().into_bytes();
                for (name, value) in &answer.headers {
                    bytes.extend_from_slice(format!("\r\n{name}: {value}").as_bytes());
                }
                bytes.extend_from_slice(b"\r\n\r\n");
                if !is_head {
                    answer.read_body(&mut server).await.unwrap();
                    bytes.extend_from_slice(&answer.body);
                }
                client.write_all(&bytes).await.unwrap();
            }
        })
        .await
    }

    /// Makes tunnels.
    async fn tunnel(server: &RunningServer) -> Self {
        Self::start(server.port(), |mut client, port, seen| async move {
            let request = Seen::read(&mut client).await.unwrap();
            seen.lock().unwrap().push(request);
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
            let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        })
        .await
    }

    /// Speaks SOCKS5, with a user name and password where one is given.
    async fn socks(server: &RunningServer, login: Option<&'static [u8]>) -> Self {
        Self::start(server.port(), move |client, port, seen| async move {
            let mut client = client.into_inner();
            let mut greeting = [0; 3];
            client.read_exact(&mut greeting).await.unwrap();
            let method = if login.is_some() { 2 } else { 0 };
            assert_eq!(greeting, [5, 1, method], "one method is offered");
            client.write_all(&[5, method]).await.unwrap();
            if let Some(login) = login {
                let mut sent = vec![0; login.len()];
                client.read_exact(&mut sent).await.unwrap();
                let accepted = u8::from(sent != login);
                client.write_all(&[1, accepted]).await.unwrap();
                if accepted != 0 {
                    return;
                }
            }
            let mut request = [0; 5];
            client.read_exact(&mut request).await.unwrap();
            assert_eq!(request[..4], [5, 1, 0, 3], "the proxy is to resolve the name");
            let mut host = vec![0; usize::from(request[4]) + 2];
            client.read_exact(&mut host).await.unwrap();
            let port_asked = host.split_off(host.len() - 2);
            let line =
                format!("{}:{}", String::from_utf8(host).unwrap(), u16::from_be_bytes([port_asked[0], port_asked[1]]));
            seen.lock().unwrap().push(Seen { line, headers: Vec::new(), body: Vec::new() });
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        })
        .await
    }

    async fn start<F>(
        port: u16,
        serve: impl Fn(BufReader<TcpStream>, u16, Arc<Mutex<Vec<Seen>>>) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(BufReader::new(stream), port, Arc::clone(&kept)));
            }
        });
        Self { address, seen }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn round_trip(oss: &StorageElement) {
    let content: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
    oss.upload_by_file("a b/../c.bin", content.clone(), None).await.unwrap();
    assert_eq!(oss.download("a b/../c.bin").await.unwrap(), content);
    assert_eq!(oss.get_object("a b/../c.bin").await.unwrap().size, 300_000);
    oss.delete("a b/../c.bin").await.unwrap();
}

#[tokio::test]
async fn plain_requests_go_to_the_proxy_in_absolute_form() {
    let server = server().await;
    let proxy = Proxy::http(&server).await;
    let url = format!("http://me:s%40cret@{}", proxy.address);
    round_trip(&element(&server, &[("proxy", &url)])).await;
    let seen = proxy.seen();
    let lines: Vec<_> = seen.iter().map(|request| request.line.as_str()).collect();
    let object = format!("http://{BUCKET}.{DOMAIN}/a%20b/../c.bin HTTP/1.1");
    assert_eq!(lines, ["PUT", "GET", "HEAD", "DELETE"].map(|method| format!("{method} {object}")));
    for request in seen {
        assert_eq!(request.header("proxy-authorization"), Some("Basic bWU6c0BjcmV0"), "of `me:s@cret`");
        assert_eq!(request.header("host"), Some(format!("{BUCKET}.{DOMAIN}").as_str()));
    }
}

#[tokio::test]
async fn socks_proxies_resolve_the_name_and_pass_everything_on() {
    let server = server().await;
    let proxy = Proxy::socks(&server, None).await;
    round_trip(&element(&server, &[("proxy", &format!("socks5://{}", proxy.address))])).await;
    assert_eq!(proxy.seen()[0].line, format!("{BUCKET}.{DOMAIN}:80"));

    let proxy = Proxy::socks(&server, Some(b"\x01\x02me\x06s@cret")).await;
    round_trip(&element(&server, &[("proxy", &format!("socks5h://me:s%40cret@{}", proxy.address))])).await;
    let wrong = element(&server, &[("proxy", &format!("socks5://me:wr0ng1@{}", proxy.address))]);
    let error = wrong.download("a").await.unwrap_err();
    assert!(error.to_string().contains(&format!("through `socks5://{}`", proxy.address)), "{error}");
    assert!(!error.to_string().contains("wr0ng1"), "{error}");
}

#[tokio::test]
async fn a_stream_that_nobody_read_is_sent_after_all() {
    let server = server().await;
    let refused = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&refused);
    let proxy = Proxy::start(server.port(), move |client, port, seen| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        async move {
            let mut client = client.into_inner();
            let mut greeting = [0; 3];
            client.read_exact(&mut greeting).await.unwrap();
            client.write_all(&[5, 0]).await.unwrap();
            let mut request = vec![0; 5];
            client.read_exact(&mut request).await.unwrap();
            let mut host = vec![0; usize::from(request[4]) + 2];
            client.read_exact(&mut host).await.unwrap();
            // "Host unreachable", twice.
            let status = if number < 2 { 4 } else { 0 };
            client.write_all(&[5, status, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            if status == 0 {
                seen.lock().unwrap().push(Seen { line: String::new(), headers: Vec::new(), body: Vec::new() });
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            }
        }
    })
    .await;
    let oss = element(&server, &[("proxy", &format!("socks5://{}", proxy.address)), ("maxAttempts", "3")]);
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let chunks = futures_util::stream::iter(["one ", "two"]).map(move |chunk| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(chunk.into())
    });
    // An append is sent as it is read, and not repeated once its bytes may have arrived.
    oss.append("log", 0, Body::stream(chunks, Some(7)), UploadOptions::default()).await.unwrap();
    assert_eq!((refused.load(Ordering::SeqCst), proxy.seen().len(), read.load(Ordering::SeqCst)), (3, 1, 2));
    assert_eq!(&oss.download("log").await.unwrap()[..], b"one two");
}

#[tokio::test]
async fn encrypted_requests_go_through_a_tunnel() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tunnel = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let request = Seen::read(&mut stream).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n").await.unwrap();
        let mut hello = vec![0; 400];
        let length = stream.read(&mut hello).await.unwrap();
        hello.truncate(length);
        (request, hello)
    });
    let more = [("maxAttempts", "1"), ("region", "cn-hangzhou"), ("proxy", &*format!("http://me:secret@{address}"))];
    let oss = element_at(&format!("https://{DOMAIN}"), &more).unwrap();
    let error = oss.download("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    let (request, hello) = tunnel.await.unwrap();
    assert_eq!(request.line, format!("CONNECT {BUCKET}.{DOMAIN}:443 HTTP/1.1"));
    assert_eq!(request.header("host"), Some(format!("{BUCKET}.{DOMAIN}:443").as_str()));
    assert_eq!(request.header("proxy-authorization"), Some("Basic bWU6c2VjcmV0"), "of `me:secret`");
    assert_eq!(request.header("authorization"), None, "what is for OSS is encrypted");
    assert_eq!(hello[..2], [22, 3], "TLS begins in the tunnel");
    let name = format!("{BUCKET}.{DOMAIN}");
    assert!(hello.windows(name.len()).any(|window| window == name.as_bytes()), "and names the host");
}

#[tokio::test]
async fn what_a_proxy_refuses_names_the_proxy_without_its_password() {
    let proxy = Scripted::start(|request, _| match request.header("proxy-authorization") {
        None => Answer::new(407, "who are you?"),
        Some(_) if request.line.starts_with("CONNECT") => Answer::new(403, "no"),
        Some(_) => Answer::new(502, "<html>Bad Gateway</html>"),
    })
    .await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let (known, unknown) = (format!("http://me:s3cret@{}", proxy.address()), format!("http://{}", proxy.address()));
    let gone = format!("http://me:s3cret@{nobody}");
    for (endpoint, proxy_url, kind, expected) in [
        (
            "http",
            &unknown,
            ErrorKind::Config,
            "the proxy wants a user name and a password, or others: give them in `proxy`",
        ),
        (
            "https",
            &unknown,
            ErrorKind::Config,
            "the proxy wants a user name and a password, or others: give them in `proxy`",
        ),
        ("http", &known, ErrorKind::Service, "answered HTTP 502"),
        ("https", &known, ErrorKind::Unreachable, "the proxy answered `HTTP 403 Scripted`"),
        ("http", &gone, ErrorKind::Unreachable, "the proxy cannot be reached"),
        ("https", &gone, ErrorKind::Unreachable, "the proxy cannot be reached"),
    ] {
        let more = [("maxAttempts", "1"), ("region", "cn-hangzhou"), ("proxy", proxy_url.as_str())];
        let oss = element_at(&format!("{endpoint}://{DOMAIN}"), &more).unwrap();
        let error = oss.download("a").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        let shown = proxy_url.replace("me:s3cret@", "");
        assert!(error.to_string().contains(&format!("through the proxy `{shown}` failed")), "{error}");
        assert!(!format!("{error} {error:?} {oss:?}").contains("s3cret"), "{error:?} {oss:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_is_none_is_told_by_its_key_and_never_shown() {
    for wrong in ["ftp://me:s3cret@proxy:3128", "http://me:s3cret@", "http://me:s3cret@proxy:3128/path", "me s3cret"] {
        let error = element_at("127.0.0.1:9", &[("proxy", wrong)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let text = error.to_string();
        assert!(text.contains("key `proxy`: ") && text.contains("write `http://host:port`"), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}

/// What a process trusts is read once, so the part of the test that trusts the certificate runs in its own.
#[tokio::test]
async fn encrypted_verbs_pass_through_the_environments_proxy() {
    let (certificate, key) = (include_str!("certificate/cert.pem"), include_str!("certificate/key.pem"));
    let builder = OssServer::builder().bucket(BUCKET).domain(DOMAIN).tls(certificate, key);
    let server = builder.start().await.unwrap();
    let proxy = Proxy::tunnel(&server).await;
    let mut child = child_of(&server, "proxy::behind_a_proxy_with_a_certificate");
    child.env("HTTPS_PROXY", format!("http://me:secret@{}", proxy.address));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/network/certificate");
    child.env("SSL_CERT_FILE", format!("{folder}/cert.pem"));
    run(child).await;
    let lines: Vec<_> = proxy.seen().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, [format!("CONNECT {BUCKET}.{DOMAIN}:443 HTTP/1.1")], "one connection for all verbs");
    assert_eq!(proxy.seen()[0].header("proxy-authorization"), Some("Basic bWU6c2VjcmV0"));
}

#[tokio::test]
async fn behind_a_proxy_with_a_certificate() {
    let Some(element) = in_a_child() else { return };
    round_trip(&element(&format!("https://{DOMAIN}"), None)).await;
}

/// One of the tests in a process of its own, with the keys of the server.
fn child_of(server: &RunningServer, test: &str) -> Command {
    let mut child = child(test);
    child.env("PROXIED_KEYS", format!("{}:{}", server.access_key_id(), server.access_key_secret()));
    child
}

/// Elements by endpoint and proxy; `None` where no test has started this process.
fn in_a_child() -> Option<impl Fn(&str, Option<&str>) -> StorageElement> {
    let keys = std::env::var("PROXIED_KEYS").ok()?;
    Some(move |endpoint: &str, proxy: Option<&str>| {
        let (id, secret) = keys.split_once(':').unwrap();
        let mut entries = vec![
            ("accessKeyId", id),
            ("accessKeySecret", secret),
            ("bucketName", BUCKET),
            ("endPoint", endpoint),
            ("region", "cn-hangzhou"),
            ("maxAttempts", "1"),
        ];
        entries.extend(proxy.map(|proxy| ("proxy", proxy)));
        conformance::element("storages.OssType", entries).unwrap()
    })
}

#[tokio::test]
async fn the_environments_proxy_counts_unless_the_key_says_otherwise() {
    let server = server().await;
    let proxy = Proxy::http(&server).await;
    let mut child = child_of(&server, "proxy::in_an_environment_with_a_proxy");
    child.env("HTTP_PROXY", format!("http://{}", proxy.address)).env("NO_PROXY", "spared.test");
    child.env("PROXIED_SERVER", server.endpoint());
    run(child).await;
    let lines: Vec<_> = proxy.seen().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, [format!("PUT http://{BUCKET}.{DOMAIN}/proxied HTTP/1.1")], "the child ran and used it once");
}

#[tokio::test]
async fn in_an_environment_with_a_proxy() {
    let Some(element) = in_a_child() else { return };
    let here = std::env::var("PROXIED_SERVER").unwrap();
    let proxied = format!("http://{DOMAIN}");
    element(&proxied, None).upload_by_file("proxied", "x", None).await.unwrap();
    // This machine is reached without it, and so is what `NO_PROXY` names.
    assert_eq!(&element(&here, None).download("proxied").await.unwrap()[..], b"x");
    for (endpoint, proxy) in [("http://oss.spared.test", None), (proxied.as_str(), Some("none"))] {
        let error = element(endpoint, proxy).download("proxied").await.unwrap_err();
        assert!(error.to_string().contains(&format!("cannot connect to `{BUCKET}.")), "{error}");
        assert!(!error.to_string().contains("proxy"), "{error}");
    }
}
