//! A wire that counts what a client sends over it, and that can be held.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// Forwards connections to a server of this machine.
pub(crate) struct Wire {
    pub(crate) endpoint: String,
    count: Arc<Count>,
}

#[derive(Default)]
struct Count {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    sent: u64,
    /// From here on nothing gets through.
    limit: Option<u64>,
}

impl Wire {
    pub(crate) fn to(endpoint: &str) -> Self {
        let server = endpoint.strip_prefix("http://").unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let count = Arc::new(Count::default());
        let counted = Arc::clone(&count);
        // It ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&server) else { continue };
                let (from_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let counted = Arc::clone(&counted);
                thread::spawn(move || forward(client, server, Some(&counted)));
                thread::spawn(move || forward(from_server, to_client, None));
            }
        });
        Self { endpoint, count }
    }

    /// The bytes that clients have sent so far, heads of requests included.
    pub(crate) fn sent(&self) -> u64 {
        self.count.state.lock().unwrap().sent
    }

    /// Runs a command over the wire, and kills it once it has sent so many bytes. No more than that arrives.
    pub(crate) fn kill_after(&self, mut command: Command, bytes: u64) {
        let mut state = self.count.state.lock().unwrap();
        let limit = state.sent + bytes;
        state.limit = Some(limit);
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while state.sent < limit {
            state = self.count.changed.wait(state).unwrap();
        }
        running.kill().unwrap();
        running.wait().unwrap();
        state.limit = None;
        drop(state);
        self.count.changed.notify_all();
    }
}

impl Count {
    /// Counts; whether the bytes get through.
    fn add(&self, bytes: u64) -> bool {
        let mut state = self.state.lock().unwrap();
        state.sent += bytes;
        self.changed.notify_all();
        let is_held = state.limit.is_some_and(|limit| state.sent >= limit);
        // Until whoever sent it is dead.
        while state.limit.is_some_and(|limit| state.sent >= limit) {
            state = self.changed.wait(state).unwrap();
        }
        !is_held
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, count: Option<&Count>) {
    let mut chunk = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        if count.is_some_and(|count| !count.add(length as u64)) || to.write_all(&chunk[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}
