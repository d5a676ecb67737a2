//! A service that never says whether it has got an object.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

/// It has no objects, and takes one without a word. Tells what it is asked for: methods and paths.
pub(crate) fn silent_service() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (asked, heard) = channel();
    // It ends with the test's process.
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut line = String::new();
            let mut lines = BufReader::new(client.try_clone().unwrap());
            lines.read_line(&mut line).unwrap();
            // Whoever looks whether somebody listens asks for nothing.
            let Some((request, _)) = line.rsplit_once(' ') else { continue };
            let _ = asked.send(request.to_owned());
            let answer = match request.split(' ').next() {
                Some("GET") => "200 OK\r\nContent-Length: 21\r\n\r\n<ListBucketResult/>  ",
                Some("DELETE") => "204 No Content\r\n\r\n",
                _ => {
                    held.push(client);
                    continue;
                }
            };
            let answer = answer.replacen("\r\n", "\r\nConnection: close\r\n", 1);
            let _ = write!(client, "HTTP/1.1 {answer}");
        }
    });
    (endpoint, heard)
}
