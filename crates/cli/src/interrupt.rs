//! Ctrl-C and its like: what runs is dropped, which leaves no half object, and how to go on is said.

use std::future::Future;

use crate::exit::{Failure, Outcome};

/// Runs until it is done or interrupted; `advice` says then how to go on.
pub(crate) async fn until_interrupted<T>(
    work: impl Future<Output = Outcome<T>>,
    advice: impl FnOnce() -> String,
) -> Outcome<T> {
    let mut interruption = Interruption::listen();
    tokio::select! {
        done = work => done,
        () = interruption.heard() => Err(Failure::Interrupted(advice())),
    }
}

/// Ctrl-C, or whatever else asks the process to end. What comes from `listen` on is heard, however late it is waited for.
#[derive(Debug)]
pub(crate) struct Interruption {
    #[cfg(unix)]
    signals: Vec<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    keys: Option<tokio::signal::windows::CtrlC>,
}

impl Interruption {
    #[cfg(unix)]
    pub(crate) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};

        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        // Where the system lets nobody listen, the process just ends.
        Self { signals: kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect() }
    }

    #[cfg(windows)]
    pub(crate) fn listen() -> Self {
        Self { keys: tokio::signal::windows::ctrl_c().ok() }
    }

    #[cfg(unix)]
    pub(crate) async fn heard(&mut self) {
        use std::task::Poll;

        std::future::poll_fn(|cx| {
            let is_heard = self.signals.iter_mut().any(|signal| signal.poll_recv(cx).is_ready());
            if is_heard { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    #[cfg(windows)]
    pub(crate) async fn heard(&mut self) {
        match &mut self.keys {
            Some(keys) => drop(keys.recv().await),
            None => std::future::pending().await,
        }
    }
}
