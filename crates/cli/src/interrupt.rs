//! Ctrl-C and its like: what runs is dropped, which leaves no half object, and how to go on is said.

use std::future::Future;

use crate::exit::{Failure, Outcome};

/// Runs until it is done or interrupted; `advice` says then how to go on.
pub(crate) async fn until_interrupted<T>(
    work: impl Future<Output = Outcome<T>>,
    advice: impl FnOnce() -> String,
) -> Outcome<T> {
    tokio::select! {
        done = work => done,
        () = interruption() => Err(Failure::Interrupted(advice())),
    }
}

/// Waits for Ctrl-C, or whatever else asks the process to end.
pub(crate) async fn interruption() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = tokio::signal::ctrl_c().await;
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
