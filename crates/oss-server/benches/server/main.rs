//! The server against nginx and against the bare disk, in one interleaved run: `cargo bench -p jit-storages-oss-server`.
//!
//! Server, nginx and load each run in a process of their own, and share the machine's cores: every figure is a ratio of
//! the same run. Our requests are signed with V4 and verified; nginx checks nothing. Words after `--` choose the cases whose
//! names hold them. `BENCH_ROUNDS` (5) sets how often each case runs, `BENCH_GIB` (1) how much a large transfer moves,
//! `BENCH_LISTED` (100000) how many objects the large bucket has, `BENCH_DIR` where files go: what is synced must be on the
//! disk that is meant, not in memory.

#![expect(clippy::print_stdout, reason = "a benchmark is for what it prints")]

mod cases;
mod disk;
mod load;
mod nginx;
mod ours;
mod table;

use std::path::PathBuf;

/// What the environment asks for.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) rounds: u64,
    /// Bytes of a large transfer.
    pub(crate) large: u64,
    /// Objects of the large bucket.
    pub(crate) listed: usize,
    pub(crate) folder: PathBuf,
    words: Vec<String>,
}

impl Settings {
    fn read() -> Self {
        let number = |name, default| match std::env::var(name) {
            Ok(value) => value.parse().unwrap_or_else(|_| panic!("`{name}` is a number, not `{value}`")),
            Err(_) => default,
        };
        Self {
            rounds: number("BENCH_ROUNDS", 5),
            large: number("BENCH_GIB", 1) << 30,
            listed: usize::try_from(number("BENCH_LISTED", 100_000)).expect("that many objects fit in memory"),
            folder: std::env::var_os("BENCH_DIR").map_or_else(|| env!("CARGO_TARGET_TMPDIR").into(), PathBuf::from),
            words: std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect(),
        }
    }

    /// Whether a case is wanted.
    pub(crate) fn choose(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word.as_str()))
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("serve") {
        return ours::serve(&arguments.next().expect("a data folder to serve"));
    }
    let settings = Settings::read();
    std::fs::create_dir_all(&settings.folder).expect("the folder for files can be made");
    let folder = tempfile::tempdir_in(&settings.folder).expect("the folder for files can be written to");
    // One thread: the load must leave the cores to those that are measured.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(cases::run(&settings, folder.path()));
}
