//! One embedded server for all tests of this program, on a runtime of its own.

use std::sync::OnceLock;
use std::{fs, path, thread};

use meta::{Bytes, SignedRequest};
use oss_server::{OssServer, RunningServer};

const BUCKET: &str = "overriding";

pub(crate) struct EmbeddedServer(RunningServer);

impl EmbeddedServer {
    pub(crate) fn get() -> &'static Self {
        static SERVER: OnceLock<EmbeddedServer> = OnceLock::new();
        SERVER.get_or_init(|| {
            let (sender, receiver) = std::sync::mpsc::channel();
            thread::spawn(move || {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                runtime.block_on(async {
                    let data = path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("overriding");
                    let _ = fs::remove_dir_all(&data);
                    sender.send(OssServer::builder().data_dir(data).bucket(BUCKET).start().await.unwrap()).unwrap();
                    std::future::pending::<()>().await;
                });
            });
            Self(receiver.recv().unwrap())
        })
    }

    pub(crate) fn secret(&self) -> &str {
        self.0.access_key_secret()
    }

    /// The four configuration keys of an instance on this server.
    pub(crate) fn entries(&self) -> Vec<(String, String)> {
        let endpoint = self.0.endpoint();
        let entries = [
            ("accessKeyId", self.0.access_key_id()),
            ("accessKeySecret", self.secret()),
            ("endPoint", &endpoint),
            ("bucketName", BUCKET),
        ];
        entries.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }
}

/// Sends a signed request with a client that knows nothing of OSS.
pub(crate) async fn fetch(request: SignedRequest, body: Option<Bytes>) -> (u16, Bytes) {
    let method = reqwest::Method::from_bytes(request.method.as_str().as_bytes()).unwrap();
    let mut call = reqwest::Client::new().request(method, &request.url);
    for (name, value) in &request.headers {
        call = call.header(name, value);
    }
    let response = call.body(body.unwrap_or_default()).send().await.unwrap();
    (response.status().as_u16(), response.bytes().await.unwrap())
}
