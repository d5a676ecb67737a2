//! File work off the async threads.

use meta::{Error, ErrorKind, Result};
use tokio::task::{JoinError, JoinSet, spawn_blocking};

/// Runs file work on Tokio's blocking threads. Once begun it runs to its end, also when the call is dropped.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    ended(spawn_blocking(work).await)
}

/// Runs a future that goes on while nobody polls its call, and ends with it.
pub(crate) async fn unattended<T: Send + 'static>(
    future: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    // Unlike a task's handle, a set takes its tasks with it.
    let mut tasks = JoinSet::new();
    tasks.spawn(future);
    tasks.join_next().await.map_or_else(|| Err(shutting_down()), ended)
}

fn ended<T>(outcome: std::result::Result<Result<T>, JoinError>) -> Result<T> {
    match outcome {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(shutting_down()),
        },
    }
}

fn shutting_down() -> Error {
    Error::new(ErrorKind::Io, "the runtime is shutting down")
}
