//! One thread writes, in transactions that gather every change that is waiting: many small writers share one sync.

use std::sync::Arc;
use std::thread::JoinHandle;

use redb::WriteTransaction;
use tokio::sync::{mpsc, oneshot};

use super::blobs::Blobs;
use super::index::Index;
use super::tables::{Pending, Tables};
use crate::failure::Failure;

/// How many changes may wait; more make their requests wait.
const QUEUE: usize = 1024;
/// How many changes one transaction takes.
const BATCH: usize = 256;

pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Change>>>,
    thread: Option<JoinHandle<()>>,
}

trait Change: Send {
    /// Makes the change; an error leaves nothing of it behind, unless it is internal, which undoes the whole transaction.
    fn apply(&mut self, tables: &mut Tables<'_>) -> Applied;
    /// Answers the one who waits.
    fn answer(self: Box<Self>, outcome: Outcome);
}

/// What became of a change within its transaction.
enum Applied {
    Kept,
    /// The whole transaction is undone.
    Broken,
    /// So it is, and the database may refuse whatever comes.
    Unusable,
}

/// What became of a transaction.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Committed,
    Undone,
    /// Undone, since the disk had no room.
    DiskFull,
}

struct Job<T, F> {
    change: Option<F>,
    result: Option<Result<T, Failure>>,
    reply: oneshot::Sender<Result<T, Failure>>,
}

impl<T, F> Change for Job<T, F>
where
    T: Send,
    F: FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send,
{
    fn apply(&mut self, tables: &mut Tables<'_>) -> Applied {
        let Some(change) = self.change.take() else {
            return Applied::Kept;
        };
        let result = change(tables);
        let applied = match &result {
            Err(failure) if failure.is_of_storage() => Applied::Unusable,
            Err(failure) if failure.is_internal() => Applied::Broken,
            _ => Applied::Kept,
        };
        self.result = Some(result);
        applied
    }

    fn answer(self: Box<Self>, outcome: Outcome) {
        let result = match (self.result, outcome) {
            (Some(Err(failure)), _) => Err(failure),
            (Some(Ok(value)), Outcome::Committed) => Ok(value),
            (_, Outcome::DiskFull) => Err(Failure::disk_full()),
            _ => Err(Failure::internal("the transaction was undone")),
        };
        // The request may be gone; the change stands all the same.
        let _ = self.reply.send(result);
    }
}

impl Writer {
    pub(super) fn start(index: Arc<Index>, blobs: Arc<Blobs>) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread =
            std::thread::Builder::new().name("oss-writer".into()).spawn(move || run(&index, &blobs, waiting))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Makes a change and waits until it is durable. The change checks before it changes: an error must leave the tables
    /// as they were.
    pub(super) async fn commit<T, F>(&self, change: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Job { change: Some(change), result: None, reply });
        let stopped = || Failure::internal("the store is stopped");
        self.queue.as_ref().ok_or_else(stopped)?.send(job).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

impl Drop for Writer {
    /// Lets the changes that wait be made.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the store has panicked");
        }
    }
}

fn run(index: &Index, blobs: &Blobs, mut waiting: mpsc::Receiver<Box<dyn Change>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.blocking_recv_many(&mut batch, BATCH) > 0 {
        let outcome = match write(index, blobs, &mut batch) {
            Ok(pending) => {
                // Before files go: who takes a lease looks again whether its record is still there.
                index.advance(pending.buckets);
                pending.adopted.into_iter().for_each(|file| file.keep());
                pending.freed.into_iter().for_each(|id| blobs.remove(id));
                Outcome::Committed
            }
            Err(Undone { failure, unsure }) => {
                tracing::error!(cause = failure.cause().map(ToString::to_string), "a transaction was undone");
                if failure.is_of_storage() {
                    index.reopen();
                }
                if let Some(pending) = unsure {
                    settle(index, blobs, pending);
                }
                if failure.is_disk_full() { Outcome::DiskFull } else { Outcome::Undone }
            }
        };
        for job in batch.drain(..) {
            job.answer(outcome);
        }
    }
}

/// Why a transaction failed, and what hangs on it where nobody knows whether it reached the disk all the same.
struct Undone {
    failure: Failure,
    unsure: Option<Pending>,
}

fn write(index: &Index, blobs: &Blobs, batch: &mut [Box<dyn Change>]) -> Result<Pending, Undone> {
    let undone = |failure| Undone { failure, unsure: None };
    let transaction = index.write().map_err(undone)?;
    let pending = apply(&transaction, blobs, batch).map_err(undone)?;
    match transaction.commit() {
        Ok(()) => Ok(pending),
        Err(error) => Err(Undone { failure: error.into(), unsure: Some(pending) }),
    }
}

/// Keeps and removes the files of a transaction by what the database says now: its last sync may have failed after it was
/// written. Where the database says nothing, all files stay; the next start sweeps those that no record names.
fn settle(index: &Index, blobs: &Blobs, pending: Pending) {
    let is_named = |id: u64| -> Result<bool, Failure> { Ok(index.read()?.files.get(id)?.is_some()) };
    for file in pending.adopted {
        if !matches!(is_named(file.id()), Ok(false)) {
            file.keep();
        }
    }
    for id in pending.freed {
        if let Ok(false) = is_named(id) {
            blobs.remove(id);
        }
    }
}

fn apply(transaction: &WriteTransaction, blobs: &Blobs, batch: &mut [Box<dyn Change>]) -> Result<Pending, Failure> {
    let ids = || blobs.next_id();
    let mut tables = Tables::open(transaction, &ids)?;
    for job in batch {
        match job.apply(&mut tables) {
            Applied::Kept => {}
            Applied::Broken => return Err(Failure::internal("a change failed midway")),
            Applied::Unusable => return Err(Failure::of_storage("a change failed midway")),
        }
    }
    Ok(tables.finish())
}
