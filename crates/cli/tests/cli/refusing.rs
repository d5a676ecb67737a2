//! A service that refuses some of what it is asked for, before another one that does the rest.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

const REFUSAL: &str = "<Error><Code>AccessDenied</Code><Message>refused by the test</Message></Error>";

/// Its endpoint. `refuses` is asked for each request line, such as `GET /my-bucket/?list-type=2 HTTP/1.1`.
pub(crate) fn refusing_service(server: &str, refuses: impl Fn(&str) -> bool + Send + Sync + 'static) -> String {
    let server = server.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let refuses = Arc::new(refuses);
    // It ends with the test's process.
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (server, refuses) = (server.clone(), Arc::clone(&refuses));
            // A connection that breaks is the business of the command.
            thread::spawn(move || serve(client, &server, &*refuses));
        }
    });
    endpoint
}

/// Answers one request, or has it answered.
fn serve(client: TcpStream, server: &str, refuses: &dyn Fn(&str) -> bool) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            // Whoever looks whether somebody listens asks for nothing.
            return Ok(());
        }
    }
    let (line, headers) = head.split_once("\r\n").unwrap();
    let length = |header: &str| {
        let (name, value) = header.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<u64>().unwrap())
    };
    let mut body = reader.take(headers.lines().find_map(length).unwrap_or(0));
    let mut client = client;
    if refuses(line) {
        // A service that does not read to the end cuts its own answer off.
        std::io::copy(&mut body, &mut std::io::sink())?;
        let headers = format!("Content-Length: {}\r\nx-oss-request-id: 1\r\nConnection: close", REFUSAL.len());
        return write!(client, "HTTP/1.1 403 Forbidden\r\n{headers}\r\n\r\n{REFUSAL}");
    }
    let mut server = TcpStream::connect(server)?;
    write!(server, "{line}\r\nConnection: close\r\n{headers}")?;
    std::io::copy(&mut body, &mut server)?;
    std::io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Both)
}
