//! Ctrl-C and its like: what runs is dropped, which leaves no half object, and how to go on is said.

use std::future::Future;

#[cfg(unix)]
use crate::exit::TERMINATED;
use crate::exit::{Failure, INTERRUPTED, Outcome};

/// Runs until it is done or interrupted; `advice` says then how to go on.
pub(crate) async fn until_interrupted<T>(
    work: impl Future<Output = Outcome<T>>,
    advice: impl FnOnce() -> String,
) -> Outcome<T> {
    Interruption::listen().until_heard(work, advice).await
}

/// How the process was asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Ctrl-C.
    Interrupt,
    #[cfg(unix)]
    Terminate,
}

/// Ctrl-C, or whatever else asks the process to end. What comes from `listen` on is heard, however late it is waited for.
#[derive(Debug)]
pub(crate) struct Interruption {
    #[cfg(unix)]
    signals: Vec<(tokio::signal::unix::Signal, Wish)>,
    #[cfg(windows)]
    keys: Option<tokio::signal::windows::CtrlC>,
}

impl Wish {
    /// The exit code, as shells count it.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Interrupt => INTERRUPTED,
            #[cfg(unix)]
            Self::Terminate => TERMINATED,
        }
    }
}

impl Interruption {
    /// Runs until it is done, or an interruption is heard that came since `listen`; `advice` says then how to go on.
    pub(crate) async fn until_heard<T>(
        mut self,
        work: impl Future<Output = Outcome<T>>,
        advice: impl FnOnce() -> String,
    ) -> Outcome<T> {
        tokio::select! {
            biased;
            wish = self.heard() => Err(match wish {
                Wish::Interrupt => Failure::Interrupted(advice()),
                #[cfg(unix)]
                Wish::Terminate => Failure::Terminated(advice()),
            }),
            done = work => done,
        }
    }

    #[cfg(unix)]
    pub(crate) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};

        let kinds = [(SignalKind::interrupt(), Wish::Interrupt), (SignalKind::terminate(), Wish::Terminate)];
        // Where the system lets nobody listen, the process just ends.
        let signals = kinds.into_iter().filter_map(|(kind, wish)| Some((signal(kind).ok()?, wish)));
        Self { signals: signals.collect() }
    }

    #[cfg(windows)]
    pub(crate) fn listen() -> Self {
        Self { keys: tokio::signal::windows::ctrl_c().ok() }
    }

    /// Waits for it, and tells which.
    #[cfg(unix)]
    pub(crate) async fn heard(&mut self) -> Wish {
        use std::task::Poll;

        std::future::poll_fn(|cx| {
            let mut signals = self.signals.iter_mut();
            let heard = signals.find_map(|(signal, wish)| signal.poll_recv(cx).is_ready().then_some(*wish));
            heard.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Waits for it, and tells which.
    #[cfg(windows)]
    pub(crate) async fn heard(&mut self) -> Wish {
        match &mut self.keys {
            Some(keys) => drop(keys.recv().await),
            None => std::future::pending().await,
        }
        Wish::Interrupt
    }
}
