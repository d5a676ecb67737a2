//! A wire that counts what a client sends over it, and that can be held.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use crate::fixture::Said;

/// How soon it is seen that a command has ended which nothing comes from.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

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
    /// How often what was held has been thrown away.
    cuts: u64,
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

    /// Lets so many bytes through, and then nothing until [`release`](Self::release).
    pub(crate) fn hold_after(&self, bytes: u64) {
        let mut state = self.count.state.lock().unwrap();
        state.limit = Some(state.sent + bytes);
    }

    /// Lets through what is held, and all that follows.
    pub(crate) fn release(&self) {
        self.count.state.lock().unwrap().limit = None;
        self.count.changed.notify_all();
    }

    /// Runs a command over the wire, and kills it once it has sent so many bytes. No more than that arrives.
    pub(crate) fn kill_after(&self, mut command: Command, bytes: u64) {
        self.hold_after(bytes);
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.wait_until_held(&mut running);
        running.kill().unwrap();
        running.wait().unwrap();
        self.count.state.lock().unwrap().cuts += 1;
        self.release();
    }

    /// Runs a command over the wire, holds it once it has sent so many bytes, acts, and lets it end.
    pub(crate) fn act_after(&self, mut command: Command, bytes: u64, act: impl FnOnce()) -> Said {
        self.hold_after(bytes);
        let mut running = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        self.wait_until_held(&mut running);
        act();
        self.release();
        running.wait_with_output().unwrap().into()
    }

    /// Fails where the command ends without having sent so much.
    pub(crate) fn wait_until_held(&self, running: &mut Child) {
        let mut state = self.count.state.lock().unwrap();
        while state.limit.is_some_and(|limit| state.sent < limit) {
            if let Some(status) = running.try_wait().unwrap() {
                drop(state);
                self.release();
                panic!("the command has ended with {status} before the wire was held");
            }
            state = self.count.changed.wait_timeout(state, LOOK_AGAIN).unwrap().0;
        }
    }
}

impl Count {
    /// Counts; whether the bytes get through.
    fn add(&self, bytes: u64) -> bool {
        let mut state = self.state.lock().unwrap();
        state.sent += bytes;
        self.changed.notify_all();
        let cuts = state.cuts;
        while state.limit.is_some_and(|limit| state.sent >= limit) {
            state = self.changed.wait(state).unwrap();
        }
        state.cuts == cuts
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
