//! File work off the async threads.

use meta::{Error, ErrorKind, Result};

/// Runs file work on Tokio's blocking threads. Once begun it runs to its end, also when the call is dropped.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::new(ErrorKind::Io, "the runtime is shutting down")),
        },
    }
}
