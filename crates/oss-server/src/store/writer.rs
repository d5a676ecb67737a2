//! One thread writes, in transactions that gather every change that is waiting: many small writers share one sync.

use std::sync::Arc;
use std::thread::JoinHandle;

use redb::{Database, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use super::blobs::Blobs;
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
    fn answer(self: Box<Self>, committed: bool);
}

enum Applied {
    Kept,
    Broken,
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
        let broken = result.as_ref().is_err_and(Failure::is_internal);
        self.result = Some(result);
        if broken { Applied::Broken } else { Applied::Kept }
    }

    fn answer(self: Box<Self>, committed: bool) {
        let result = match self.result {
            Some(Err(failure)) => Err(failure),
            Some(Ok(value)) if committed => Ok(value),
            _ => Err(Failure::internal("the transaction was undone")),
        };
        // The request may be gone; the change stands all the same.
        let _ = self.reply.send(result);
    }
}

impl Writer {
    pub(super) fn start(database: Arc<Database>, blobs: Arc<Blobs>) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread =
            std::thread::Builder::new().name("oss-writer".into()).spawn(move || run(&database, &blobs, waiting))?;
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

fn run(database: &Database, blobs: &Blobs, mut waiting: mpsc::Receiver<Box<dyn Change>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.blocking_recv_many(&mut batch, BATCH) > 0 {
        let committed = match write(database, blobs, &mut batch) {
            Ok(pending) => {
                pending.adopted.into_iter().for_each(|file| file.keep());
                pending.freed.into_iter().for_each(|id| blobs.remove(id));
                true
            }
            Err(failure) => {
                tracing::error!(cause = failure.cause().map(ToString::to_string), "a transaction was undone");
                false
            }
        };
        for job in batch.drain(..) {
            job.answer(committed);
        }
    }
}

fn write(database: &Database, blobs: &Blobs, batch: &mut [Box<dyn Change>]) -> Result<Pending, Failure> {
    let transaction = database.begin_write()?;
    let pending = apply(&transaction, blobs, batch)?;
    transaction.commit()?;
    Ok(pending)
}

fn apply(transaction: &WriteTransaction, blobs: &Blobs, batch: &mut [Box<dyn Change>]) -> Result<Pending, Failure> {
    let ids = || blobs.next_id();
    let mut tables = Tables::open(transaction, &ids)?;
    for job in batch {
        if let Applied::Broken = job.apply(&mut tables) {
            return Err(Failure::internal("a change failed midway"));
        }
    }
    Ok(tables.finish())
}
