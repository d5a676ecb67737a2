//! The load: requests prepared in advance, sent over kept connections, answers read to their end and not looked at.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Bytes that are read or sent at once.
const BLOCK: usize = 256 * 1024;
static CONTENT: [u8; BLOCK] = [b'x'; BLOCK];

/// A request in the form in which it goes over the wire.
#[derive(Debug)]
pub(crate) struct Prepared {
    head: Vec<u8>,
    /// Bytes of the body that stand behind the head already; the rest follows in blocks.
    rest: u64,
}

impl Prepared {
    pub(crate) fn new(method: &str, target: &str, headers: &[(&str, &str)], body: u64) -> Self {
        let mut head = format!("{method} {target} HTTP/1.1\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if method == "PUT" {
            head.push_str(&format!("content-length: {body}\r\n"));
        }
        head.push_str("\r\n");
        let mut head = head.into_bytes();
        // One write for head and body, where the body is small.
        let at_once = if body <= 64 * 1024 { usize::try_from(body).expect("it is small") } else { 0 };
        head.extend_from_slice(&CONTENT[..at_once]);
        Self { head, rest: body - at_once as u64 }
    }
}

/// Connections to a server.
#[derive(Debug)]
pub(crate) struct Load {
    connections: Vec<Connection>,
}

impl Load {
    pub(crate) async fn connect(port: u16, connections: usize) -> Self {
        let mut all = Vec::with_capacity(connections);
        for _ in 0..connections {
            let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server accepts");
            stream.set_nodelay(true).expect("a connected socket takes options");
            all.push(Connection { stream, buffer: vec![0; BLOCK] });
        }
        Self { connections: all }
    }

    /// Sends each request once, over whichever connection is free, and tells how long that takes.
    pub(crate) async fn run(&mut self, requests: Vec<Prepared>) -> Duration {
        let shared = Arc::new((requests, AtomicUsize::new(0)));
        let mut running = JoinSet::new();
        let started = Instant::now();
        for mut connection in self.connections.drain(..) {
            let shared = Arc::clone(&shared);
            running.spawn(async move {
                let (requests, next) = &*shared;
                while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    connection.exchange(request).await;
                }
                connection
            });
        }
        while let Some(connection) = running.join_next().await {
            self.connections.push(connection.expect("the exchange went well"));
        }
        started.elapsed()
    }
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn exchange(&mut self, request: &Prepared) {
        self.stream.write_all(&request.head).await.expect("the server takes the request");
        let mut rest = request.rest;
        while rest > 0 {
            let block = rest.min(BLOCK as u64);
            let bytes = &CONTENT[..usize::try_from(block).expect("a block is small")];
            self.stream.write_all(bytes).await.expect("the server takes the body");
            rest -= block;
        }
        let mut filled = 0;
        let head = loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await.expect("the server answers");
            assert!(read > 0, "the server closed the connection instead of answering");
            filled += read;
            if let Some(end) = self.buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let length = body_length(&self.buffer[..head]);
        let mut left = length.saturating_sub((filled - head) as u64);
        while left > 0 {
            let read = self.stream.read(&mut self.buffer).await.expect("the body arrives");
            assert!(read > 0, "the server closed the connection within a body");
            left = left.saturating_sub(read as u64);
        }
    }
}

/// The length of the body behind a head, which must be one of success.
fn body_length(head: &[u8]) -> u64 {
    let text = std::str::from_utf8(head).expect("heads are text");
    assert!(text.starts_with("HTTP/1.1 20"), "not a success: {text}");
    let length = text.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().expect("a length is a number"))
    });
    length.unwrap_or(0)
}
