//! Our server in a process of its own, and requests signed for it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use oss_protocol::sign::{Request, v4};
use oss_server::OssServer;

use crate::load::Prepared;

pub(crate) const BUCKET: &str = "docs";
pub(crate) const SMALL_BUCKET: &str = "few";
pub(crate) const LARGE_BUCKET: &str = "many";
const ID: &str = "bench-id";
const SECRET: &str = "bench-secret";
const REGION: &str = "cn-hangzhou";

/// The running server; it ends with this handle.
pub(crate) struct Ours {
    child: Child,
    pub(crate) port: u16,
}

impl Ours {
    pub(crate) fn spawn(data: &Path) -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let mut command = Command::new(program);
        command.arg("serve").arg(data).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let mut port = String::new();
        let stdout = child.stdout.take().expect("standard output is piped");
        BufReader::new(stdout).read_line(&mut port).expect("the server tells its port");
        Self { child, port: port.trim().parse().expect("a port is a number") }
    }

    /// Requests that are valid for fifteen minutes from now.
    pub(crate) fn signer(&self) -> Requests {
        let now = SystemTime::now();
        Requests {
            host: format!("127.0.0.1:{}", self.port),
            now,
            key: v4::SigningKey::derive(SECRET, now, REGION, v4::PRODUCT),
        }
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        // It stops when its input ends.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Serves a data folder, durably, until standard input ends.
pub(crate) fn serve(data: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let builder = OssServer::builder().data_dir(data).region(REGION).access_key(ID, SECRET);
        let builder = builder.bucket(BUCKET).bucket(SMALL_BUCKET).bucket(LARGE_BUCKET);
        let server = builder.start().await.expect("the server starts");
        println!("{}", server.port());
        std::io::stdout().flush().expect("standard output is open");
        let waiting = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        let _ = waiting.await;
        server.stop().await;
    });
}

pub(crate) struct Requests {
    host: String,
    now: SystemTime,
    key: v4::SigningKey,
}

impl Requests {
    pub(crate) fn get(&self, key: &str) -> Prepared {
        self.prepare("GET", (BUCKET, key), &[], 0)
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, bytes: u64) -> Prepared {
        self.prepare("PUT", (bucket, key), &[], bytes)
    }

    /// The first page of a list.
    pub(crate) fn list(&self, bucket: &str, keys: &str) -> Prepared {
        self.prepare("GET", (bucket, ""), &[("list-type", "2"), ("max-keys", keys)], 0)
    }

    fn prepare(&self, method: &str, (bucket, key): (&str, &str), query: &[(&str, &str)], bytes: u64) -> Prepared {
        let signer = v4::Signer { access_key_id: ID, security_token: None, key: &self.key };
        let object = Some(key).filter(|key| !key.is_empty());
        let request = Request { method, bucket: Some(bucket), key: object, query, headers: &[] };
        let signed = signer.sign_headers(&request, &[], self.now);
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let target = format!("/{bucket}/{key}{mark}{}", query.join("&"));
        let mut headers: Vec<(&str, &str)> = signed.headers().collect();
        headers.push(("host", &self.host));
        Prepared::new(method, &target, &headers, bytes)
    }
}
