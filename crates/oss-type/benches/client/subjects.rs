//! The two clients that are compared, doing the same.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use meta::{Body, ConfigLayer, ElementDefine, Instance, Registry, Shared, StorageElement, TypeChain};
use oss_type as _;

const CHUNK: usize = 256 * 1024;
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
            Self::Reqwest(bare) => bare.put("large", reqwest::Body::wrap_stream(chunks), size).await,
        }
    }

    pub(crate) async fn upload_file(&self, path: &Path, size: u64) {
        match self {
            Self::Ours(element) => {
                element.upload_by_file("large", Body::file(path), None).await.expect("the server answers");
            }
            Self::Reqwest(bare) => {
                let file = tokio::fs::File::open(path).await.expect("the file is there");
                let chunks = tokio_util::io::ReaderStream::with_capacity(file, CHUNK);
                bare.put("large", reqwest::Body::wrap_stream(chunks), size).await;
            }
        }
    }
}
