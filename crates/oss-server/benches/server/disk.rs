//! What the disk itself can do: 32 writers of small records that count when they are synced, with nothing else about them.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

const RECORD: [u8; 1024] = [b'x'; 1024];

/// Appends that many records by that many writers; whatever waits is written together and synced once.
pub(crate) fn grouped(folder: &Path, writers: usize, records: usize) -> Duration {
    let log = Log { file: file(folder), state: Mutex::new(State::default()), synced: Condvar::new() };
    let started = Instant::now();
    thread::scope(|scope| {
        for writer in 0..writers {
            let log = &log;
            let share = records / writers + usize::from(writer < records % writers);
            scope.spawn(move || (0..share).for_each(|_| log.append(&RECORD)));
        }
    });
    started.elapsed()
}

/// Appends that many records, each written and synced on its own.
pub(crate) fn single(folder: &Path, records: usize) -> Duration {
    let mut file = file(folder);
    let started = Instant::now();
    for _ in 0..records {
        file.write_all(&RECORD).and_then(|()| file.sync_data()).expect("the disk has room");
    }
    started.elapsed()
}

struct Log {
    file: File,
    state: Mutex<State>,
    synced: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// Of the batch that gathers now.
    batch: u64,
    /// Batches before this one are on the disk.
    durable: u64,
    is_syncing: bool,
}

impl Log {
    /// Returns when the record is on the disk. The first writer that finds nobody syncing syncs for all who wait.
    fn append(&self, record: &[u8]) {
        let mut state = self.state.lock().expect("no writer panics");
        state.waiting.extend_from_slice(record);
        let own = state.batch;
        while state.durable <= own {
            if state.is_syncing {
                state = self.synced.wait(state).expect("no writer panics");
                continue;
            }
            state.is_syncing = true;
            let bytes = std::mem::take(&mut state.waiting);
            state.batch += 1;
            let durable = state.batch;
            drop(state);
            (&self.file).write_all(&bytes).and_then(|()| self.file.sync_data()).expect("the disk has room");
            state = self.state.lock().expect("no writer panics");
            state.is_syncing = false;
            state.durable = durable;
            self.synced.notify_all();
        }
    }
}

fn file(folder: &Path) -> File {
    let path = folder.join("bare");
    // From nothing each time: to grow a file is part of what an append costs.
    OpenOptions::new().create(true).write(true).truncate(true).open(path).expect("the folder can be written to")
}
