//! Work in a process of its own, which can be killed and whose memory can be measured.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use futures_util::stream;
use meta::{Body, Checkpoint, DownloadOptions, StorageElement, UploadOptions};
use oss_server::RunningServer;

use super::embedded::BUCKET;

/// What a process is told, as text.
const TASK: &str = "OSS_TYPE_TEST_TASK";

/// Something to do with the object `a.bin`.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    UploadResumable(PathBuf),
    UploadFile(PathBuf),
    /// A stream of so many bytes that does not tell its length.
    UploadStream(u64),
    DownloadStream,
    DownloadFile(PathBuf),
}

impl Task {
    fn text(&self) -> String {
        match self {
            Self::UploadResumable(path) => format!("upload-resumable {}", path.display()),
            Self::UploadFile(path) => format!("upload-file {}", path.display()),
            Self::UploadStream(size) => format!("upload-stream {size}"),
            Self::DownloadStream => "download-stream -".to_owned(),
            Self::DownloadFile(path) => format!("download-file {}", path.display()),
        }
    }

    /// Begins it in a process of its own, against this endpoint of the server.
    pub(crate) fn spawn(&self, server: &RunningServer, endpoint: &str) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child::works_for_another_process", "--nocapture", "--test-threads=1"])
            .env(TASK, self.text())
            .env("TEST_ENDPOINT", endpoint)
            .env("TEST_KEY_ID", server.access_key_id())
            .env("TEST_KEY_SECRET", server.access_key_secret())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap()
    }
}

/// Does nothing unless another test has started the process for it.
#[test]
fn works_for_another_process() {
    let Ok(task) = std::env::var(TASK) else { return };
    let (what, argument) = task.split_once(' ').unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let of = |name: &str| std::env::var(name).unwrap();
        let entries = [
            ("accessKeyId", of("TEST_KEY_ID")),
            ("accessKeySecret", of("TEST_KEY_SECRET")),
            ("endPoint", of("TEST_ENDPOINT")),
            ("bucketName", BUCKET.to_owned()),
        ];
        let entries = entries.iter().map(|(name, value)| (*name, value.as_str()));
        let oss = conformance::element("storages.OssType", entries).unwrap();
        // What every process needs once is not the transfer's.
        oss.exists("warm up").await.unwrap();
        let idle = resident("VmRSS:");
        work(&oss, what, argument).await;
        println!("memory: {idle} {}", resident("VmHWM:"));
    });
}

async fn work(oss: &StorageElement, what: &str, argument: &str) {
    let path = Path::new(argument);
    match what {
        "upload-resumable" => {
            let options = UploadOptions::default().with_checkpoint(Checkpoint::Beside);
            oss.upload_with("a.bin", Body::file(path), options).await.unwrap();
        }
        "upload-file" => drop(oss.upload_by_file("a.bin", Body::file(path), None).await.unwrap()),
        "upload-stream" => {
            let block = Bytes::from(vec![7_u8; 64 << 10]);
            let blocks = argument.parse::<u64>().unwrap() / block.len() as u64;
            let body = Body::stream(stream::iter((0..blocks).map(move |_| Ok(block.clone()))), None);
            oss.upload_by_file("a.bin", body, None).await.unwrap();
        }
        "download-stream" => {
            let mut download = oss.download_stream("a.bin", DownloadOptions::default()).await.unwrap();
            let mut size = 0;
            while let Some(chunk) = download.chunk().await.unwrap() {
                size += chunk.len() as u64;
            }
            assert_eq!(size, download.info.size);
        }
        "download-file" => drop(oss.download_to_file("a.bin", path).await.unwrap()),
        other => panic!("no such task: {other}"),
    }
}

/// A figure of this process in KiB; 0 where the system does not tell.
fn resident(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or_default()
}
