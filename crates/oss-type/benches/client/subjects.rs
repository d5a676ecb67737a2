//! The two clients that are compared, doing the same.

use std::future::Future;
use std::io::SeekFrom;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use meta::{Body, ConfigLayer, ElementDefine, Instance, Registry, Shared, StorageElement, TypeChain};
use oss_type as _;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

const CHUNK: usize = 256 * 1024;
/// The defaults of the Type.
const PART: u64 = 8 << 20;
const PARALLEL: usize = 4;
static CHUNK_OF_CONTENT: [u8; CHUNK] = [b'y'; CHUNK];

pub(crate) enum Subject {
    Ours(StorageElement),
    Reqwest(Reqwest),
}

pub(crate) struct Reqwest {
    client: reqwest::Client,
    base: String,
}

impl Reqwest {
    pub(crate) fn new(endpoint: &str) -> Self {
        Self { client: reqwest::Client::new(), base: format!("{endpoint}/docs/") }
    }

    /// The same parts that the element sends, as many at a time.
    async fn put_parts(&self, parts: impl Iterator<Item = impl Future<Output = (reqwest::Body, u64)>>) {
        let post = async |query: &str| {
            let answer = self.client.post(format!("{}large?{query}", self.base)).body("").send().await;
            assert!(answer.expect("the server answers").status().is_success());
        };
        post("uploads").await;
        let sent = (1..).zip(parts).map(|(number, part)| async move {
            let (body, length) = part.await;
            self.put(&format!("large?partNumber={number}&uploadId=1"), body, length).await;
        });
        stream::iter(sent).buffer_unordered(PARALLEL).collect::<()>().await;
        post("uploadId=1").await;
    }

    async fn put(&self, name: &str, body: reqwest::Body, length: u64) {
        let request = self.client.put(format!("{}{name}", self.base)).header("content-length", length).body(body);
        let response = request.send().await.expect("the server answers");
        assert!(response.status().is_success());
    }
}

/// An element of `storages.OssType` on the bare server, CRC-64 on.
pub(crate) fn element(endpoint: &str) -> StorageElement {
    let name = "storages.MyOss".parse().expect("a fullName");
    let element_type = "storages.OssType".parse().expect("a fullName");
    let chain = TypeChain::resolve(&element_type, Registry::linked(), &()).expect("the Type is linked");
    let entries =
        [("accessKeyId", "id"), ("accessKeySecret", "secret"), ("endPoint", endpoint), ("bucketName", "docs")];
    let layers = vec![ConfigLayer::from_entries(Path::new("bench"), entries)];
    let shared = Shared::default();
    let instance = Instance::new(name, Arc::new(ElementDefine::default()), Path::new("."), layers, &(), &shared);
    chain.build(instance).expect("the configuration is right")
}

impl Subject {
    pub(crate) async fn get_small(&self) {
        let bytes = match self {
            Self::Ours(element) => element.download("1k").await.expect("the server answers"),
            Self::Reqwest(bare) => {
                let response = bare.client.get(format!("{}1k", bare.base)).send().await.expect("the server answers");
                response.bytes().await.expect("the body arrives")
            }
        };
        assert_eq!(bytes.len(), 1024);
    }

    pub(crate) async fn put_small(&self) {
        let bytes = Bytes::from_static(&CHUNK_OF_CONTENT[..1024]);
        match self {
            Self::Ours(element) => {
                element.upload_by_file("1k", bytes, "text/plain").await.expect("the server answers");
            }
            Self::Reqwest(bare) => bare.put("1k", bytes.into(), 1024).await,
        }
    }

    pub(crate) async fn download(&self, size: u64) {
        let name = format!("large-{size}");
        let mut read = 0;
        match self {
            Self::Ours(element) => {
                let mut download =
                    element.download_stream(&name, Default::default()).await.expect("the server answers");
                while let Some(chunk) = download.chunk().await.expect("the body arrives") {
                    read += chunk.len() as u64;
                }
            }
            Self::Reqwest(bare) => {
                let response =
                    bare.client.get(format!("{}{name}", bare.base)).send().await.expect("the server answers");
                let mut stream = response.bytes_stream();
                while let Some(chunk) = stream.next().await {
                    read += chunk.expect("the body arrives").len() as u64;
                }
            }
        }
        assert_eq!(read, size);
    }

    pub(crate) async fn upload_stream(&self, size: u64) {
        let chunks = stream::iter((0..size / CHUNK as u64).map(|_| Ok(Bytes::from_static(&CHUNK_OF_CONTENT))));
        match self {
            Self::Ours(element) => {
                let body = Body::stream(chunks, Some(size));
                element.upload_by_file("large", body, None).await.expect("the server answers");
            }
            Self::Reqwest(bare) => {
                let mut chunks = chunks;
                let per_part = PART as usize / CHUNK;
                let parts = std::iter::from_fn(move || {
                    let part: Vec<_> = std::iter::from_fn(|| chunks.next().now_or_never()?).take(per_part).collect();
                    (!part.is_empty()).then(|| {
                        let length = part.len() * CHUNK;
                        (reqwest::Body::wrap_stream(stream::iter(part)), length as u64)
                    })
                });
                bare.put_parts(parts.map(|part| async move { part })).await;
            }
        }
    }

    pub(crate) async fn upload_file(&self, path: &Path, size: u64) {
        match self {
            Self::Ours(element) => {
                element.upload_by_file("large", Body::file(path), None).await.expect("the server answers");
            }
            Self::Reqwest(bare) => {
                let parts = (0..size.div_ceil(PART)).map(|at| async move {
                    let (offset, length) = (at * PART, PART.min(size - at * PART));
                    let mut file = tokio::fs::File::open(path).await.expect("the file is there");
                    file.seek(SeekFrom::Start(offset)).await.expect("the file is that long");
                    let chunks = tokio_util::io::ReaderStream::with_capacity(file.take(length), CHUNK);
                    (reqwest::Body::wrap_stream(chunks), length)
                });
                bare.put_parts(parts).await;
            }
        }
    }

    pub(crate) async fn download_file(&self, size: u64) {
        let name = format!("large-{size}");
        let target = tempfile::NamedTempFile::new().expect("a temporary file");
        match self {
            Self::Ours(element) => {
                element.download_to_file(&name, target.path()).await.expect("the server answers");
            }
            Self::Reqwest(bare) => {
                target.as_file().set_len(size).expect("the disk has room");
                let (name, path) = (&name, target.path());
                let parts = (0..size.div_ceil(PART)).map(|at| async move {
                    let (offset, length) = (at * PART, PART.min(size - at * PART));
                    let mut file = tokio::fs::File::options().write(true).open(path).await.expect("the file is there");
                    file.seek(SeekFrom::Start(offset)).await.expect("the file is that long");
                    let request = bare.client.get(format!("{}{name}", bare.base));
                    let request = request.header("range", format!("bytes={offset}-{}", offset + length - 1));
                    let mut chunks = request.send().await.expect("the server answers").bytes_stream();
                    while let Some(chunk) = chunks.next().await {
                        file.write_all(&chunk.expect("the body arrives")).await.expect("the disk has room");
                    }
                    file.flush().await.expect("the disk has room");
                });
                stream::iter(parts).buffer_unordered(PARALLEL).collect::<()>().await;
                target.as_file().sync_all().expect("the disk has room");
            }
        }
    }
}
