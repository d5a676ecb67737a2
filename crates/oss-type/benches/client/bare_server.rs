//! A server that drains and answers: objects `1k` and `large-<bytes>`, nothing stored, nothing checked.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use oss_protocol::crc64;

const CHUNK: usize = 256 * 1024;
static CONTENT: [u8; CHUNK] = [b'x'; CHUNK];

/// The server in its own process; ended with this handle.
pub(crate) struct Server {
    child: Child,
    pub(crate) endpoint: String,
}

impl Server {
    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn spawn() -> Server {
    let program = std::env::current_exe().expect("this program has a path");
    let mut child = Command::new(program).arg("serve").stdout(Stdio::piped()).spawn().expect("the server starts");
    let mut endpoint = String::new();
    let stdout = child.stdout.take().expect("standard output is piped");
    BufReader::new(stdout).read_line(&mut endpoint).expect("the server tells its address");
    Server { child, endpoint: endpoint.trim().to_owned() }
}

pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        std::io::stdout().flush().expect("standard output is open");
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            tokio::spawn(async move {
                let service = service_fn(answer);
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
}

async fn answer(mut request: Request<Incoming>) -> Result<Response<UnsyncBoxBody<Bytes, Infallible>>, Infallible> {
    while let Some(Ok(_)) = request.body_mut().frame().await {}
    let size = match request.uri().path().rsplit_once("large-") {
        Some((_, size)) => size.parse().unwrap_or(0),
        None => 1024,
    };
    let builder = Response::builder().header("etag", "\"0\"").header("x-oss-request-id", "5F0000000000000000000000");
    let query = request.uri().query().unwrap_or_default();
    let range =
        request.headers().get("range").and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-'));
    let range = range.and_then(|(first, last)| Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?)));
    let response = if request.method() == "POST" {
        let document = if query.starts_with("uploads") {
            "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
        } else {
            "<CompleteMultipartUploadResult><ETag>\"0\"</ETag></CompleteMultipartUploadResult>"
        };
        builder.body(Full::new(Bytes::from_static(document.as_bytes())).boxed_unsync())
    } else if let Some((first, last)) = range {
        builder
            .status(206)
            .header("content-range", format!("bytes {first}-{last}/{size}"))
            .header("content-length", last + 1 - first)
            .header("x-oss-hash-crc64ecma", checksum(size))
            .body(content(last + 1 - first))
    } else if request.method() == "GET" {
        let body = if size <= CHUNK as u64 {
            Full::new(Bytes::from_static(&CONTENT[..size as usize])).boxed_unsync()
        } else {
            content(size)
        };
        builder.header("content-length", size).header("x-oss-hash-crc64ecma", checksum(size)).body(body)
    } else {
        builder.body(Full::default().boxed_unsync())
    };
    Ok(response.expect("constant headers are well formed"))
}

fn content(size: u64) -> UnsyncBoxBody<Bytes, Infallible> {
    let chunks = (0..size.div_ceil(CHUNK as u64)).map(move |at| {
        let length = (size - at * CHUNK as u64).min(CHUNK as u64) as usize;
        Ok(Frame::data(Bytes::from_static(&CONTENT[..length])))
    });
    StreamBody::new(stream::iter(chunks)).boxed_unsync()
}

/// The checksum of that many bytes of content, computed once.
fn checksum(size: u64) -> u64 {
    static KNOWN: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, sum)) = known.iter().find(|(of, _)| *of == size) {
        return *sum;
    }
    let sum = by_doubling(size);
    known.push((size, sum));
    sum
}

fn by_doubling(size: u64) -> u64 {
    let (mut sum, mut length) = (0, 0);
    let mut piece = (crc64::checksum(&CONTENT[..1024]), 1024);
    let mut left = size / 1024;
    while left > 0 {
        if left & 1 == 1 {
            sum = crc64::combine(sum, piece.0, piece.1);
            length += piece.1;
        }
        piece = (crc64::combine(piece.0, piece.0, piece.1), piece.1 * 2);
        left /= 2;
    }
    debug_assert_eq!(length, size);
    sum
}
