//! How long a call may take with all its attempts.

use std::future::Future;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::Either;
use meta::{Error, ErrorKind};
use tokio::time::Instant;

const MOMENT: Duration = Duration::from_millis(50);

/// The end of a call's time, where it has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Option<(Instant, Duration)>);

/// A call's time is over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Over {
    limit: Duration,
}

impl Deadline {
    /// Of a call that begins now.
    pub(crate) fn beginning_now(limit: Option<Duration>) -> Self {
        Self(limit.map(|limit| (Instant::now() + limit, limit)))
    }

    /// Does the work, unless the time is over before it is done.
    ///
    /// No `async fn`: that would hold the work twice, as its argument and as what it waits for, and copy it each time.
    pub(crate) fn hold<F: Future>(self, work: F) -> impl Future<Output = Result<F::Output, Over>> {
        match self.0 {
            None => Either::Left(work.map(Ok)),
            Some((end, limit)) => {
                Either::Right(tokio::time::timeout_at(end, work).map(move |done| done.map_err(|_| Over { limit })))
            }
        }
    }

    /// The end of a verb of several calls: a moment later, so that the call in whose time it falls can tell what came
    /// of its attempts.
    pub(crate) fn of_verb(self) -> Self {
        Self(self.0.map(|(end, limit)| (end + MOMENT, limit)))
    }

    /// Whether the time will be over after this wait.
    pub(crate) fn is_over_in(&self, wait: Duration) -> Option<Over> {
        self.0.filter(|(end, _)| Instant::now() + wait >= *end).map(|(_, limit)| Over { limit })
    }
}

impl Over {
    /// The error of a call, with the error of its last attempt where one has failed.
    pub(crate) fn after(self, last: Option<Error>) -> Error {
        let message = format!("the call was not done within {} s", self.limit.as_secs());
        let error = match last {
            Some(last) => {
                Error::new(ErrorKind::Timeout, format!("{message}; the last attempt: {last}")).with_source(last)
            }
            None => Error::new(ErrorKind::Timeout, message),
        };
        error.with_advice("raise `callTimeoutSeconds` where the network or the size of the content needs it")
    }
}
