//! One embedded server for all tests of this program, on a runtime of its own.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::SystemTime;
use std::{fs, path, thread};

use bytes::Bytes;
use meta::SignedRequest;
use oss_protocol::sign::{Request, v1};
use oss_server::{OssServer, RunningServer};

pub(crate) const BUCKET: &str = "conformance";
/// A bucket that keeps versions.
pub(crate) const VERSIONED: &str = "versioned";
const DOMAIN: &str = "oss.localhost";

pub(crate) struct EmbeddedServer(RunningServer);

impl EmbeddedServer {
    pub(crate) fn get() -> &'static Self {
        static SERVER: OnceLock<EmbeddedServer> = OnceLock::new();
        SERVER.get_or_init(|| {
            // The tests' own runtimes come and go; this one stays.
            let (sender, receiver) = std::sync::mpsc::channel();
            thread::spawn(move || {
                let runtime =
                    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
                runtime.block_on(async {
                    let data = path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance");
                    let _ = fs::remove_dir_all(&data);
                    let server = OssServer::builder().data_dir(data).bucket(BUCKET).bucket(VERSIONED).domain(DOMAIN);
                    let server = server.start().await.unwrap();
                    enable_versioning(&server, VERSIONED).await;
                    sender.send(server).unwrap();
                    std::future::pending::<()>().await;
                });
            });
            Self(receiver.recv().unwrap())
        })
    }

    pub(crate) fn address(&self) -> String {
        self.0.endpoint()
    }

    pub(crate) fn virtual_host_address(&self) -> String {
        format!("http://{DOMAIN}:{}", self.0.port())
    }

    pub(crate) fn access_key_id(&self) -> &str {
        self.0.access_key_id()
    }

    pub(crate) fn access_key_secret(&self) -> &str {
        self.0.access_key_secret()
    }
}

/// PutBucketVersioning, which is for those who run a bucket and no verb of the Type.
async fn enable_versioning(server: &RunningServer, bucket: &str) {
    let request = Request {
        method: "PUT",
        bucket: Some(bucket),
        key: None,
        query: &[("versioning", "")],
        headers: &[("content-type", "application/xml")],
    };
    let key = v1::SigningKey::new(server.access_key_secret());
    let signer = v1::Signer { access_key_id: server.access_key_id(), security_token: None, key: &key };
    let address = format!("{}/{bucket}/?versioning", server.endpoint());
    let mut call = reqwest::Client::new().put(address).header("content-type", "application/xml");
    for (name, value) in signer.sign_headers(&request, SystemTime::now()).headers() {
        call = call.header(name, value);
    }
    let body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assert_eq!(call.body(body).send().await.unwrap().status(), 200);
}

/// Sends a signed request with a client that knows nothing of OSS.
pub(crate) async fn fetch(request: SignedRequest, body: Option<Bytes>) -> (u16, Bytes) {
    let here = SocketAddr::from(([127, 0, 0, 1], EmbeddedServer::get().0.port()));
    let client = reqwest::Client::builder().resolve(&format!("{BUCKET}.{DOMAIN}"), here).build().unwrap();
    let method = reqwest::Method::from_bytes(request.method.as_str().as_bytes()).unwrap();
    let mut call = client.request(method, &request.url);
    for (name, value) in &request.headers {
        call = call.header(name, value);
    }
    let response = call.body(body.unwrap_or_default()).send().await.unwrap();
    (response.status().as_u16(), response.bytes().await.unwrap())
}
