//! Whether and when a failed attempt is repeated: the only file that decides it.

use std::time::Duration;

use http::StatusCode;
use meta::{Error, Overwrite};

/// The longest wait between two attempts, unless the service asks for more (official SDKs: 20 s).
const MAX_BACKOFF: Duration = Duration::from_secs(20);
const BASE_BACKOFF: Duration = Duration::from_millis(200);
/// The longest `Retry-After` that is waited for; a longer one ends the call.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);
/// The most that the waits of one call may add up to. Time in which bytes moved is not counted.
const MAX_WAITS: Duration = Duration::from_secs(120);

/// Whether an operation may run twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Twice is as good as once: reading, whole-object writes, deletions.
    Safe,
    /// The first attempt may have taken effect, and a second would do it again: append, completion.
    IfUntouched,
}

impl Repeat {
    /// Of a write: one that may not overwrite would meet its own first attempt and call it somebody else's.
    pub(crate) fn of_write(overwrite: Overwrite) -> Self {
        match overwrite {
            Overwrite::Allow => Self::Safe,
            Overwrite::Forbid => Self::IfUntouched,
        }
    }

    /// The error of an operation that may have taken effect: what may not run twice is not to be called again as it is.
    pub(crate) fn guard(self, error: Error) -> Error {
        const ADVICE: &str = "it may have happened: look before you do it again";
        if self == Self::Safe || !error.is_retryable() {
            return error;
        }
        let advice = error.advice().map_or_else(|| ADVICE.to_owned(), |advice| format!("{ADVICE}; {advice}"));
        error.with_retryable(false).with_advice(advice)
    }
}

/// What a failed attempt may have done at the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: it never arrived, or was refused.
    None,
    /// Nobody knows: the connection broke after sending began.
    Unknown,
}

/// Why an attempt failed, in terms of trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Trying again gives the same answer.
    Permanent,
    /// It may work a moment later.
    Transient,
    /// The service did not accept our date; its own has been taken over since.
    Clock,
    /// The service did not accept our keys; newer ones may do.
    Credentials,
}

/// A failed attempt.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) cause: Cause,
    pub(crate) effect: Effect,
    pub(crate) retry_after: Option<Duration>,
}

impl Failure {
    pub(crate) fn permanent(error: Error) -> Self {
        Self { error, cause: Cause::Permanent, effect: Effect::None, retry_after: None }
    }

    pub(crate) fn transient(error: Error, effect: Effect) -> Self {
        Self { error, cause: Cause::Transient, effect, retry_after: None }
    }

    /// The failure of something that was tried before the request was sent. What has been tried several times already
    /// is not tried again.
    pub(crate) fn before_sending(error: Error) -> Self {
        if error.is_retryable() && error.attempts().is_none() {
            Self::transient(error, Effect::None)
        } else {
            Self::permanent(error)
        }
    }
}

/// Whether a status tells that the same request may succeed a moment later (the official SDKs' table; their 401 comes
/// from gateways).
pub(crate) fn is_transient_status(status: StatusCode) -> bool {
    matches!(status.as_u16(), 401 | 408 | 429) || status.is_server_error()
}

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another attempt, after this wait.
    After(Duration),
    /// Another attempt, if there are other keys than those that were refused.
    WithNewKeys,
    /// Nothing.
    GiveUp,
}

/// The attempts of one call so far.
#[derive(Debug)]
pub(crate) struct Course {
    repeat: Repeat,
    max_attempts: u32,
    failed: u32,
    waited: Duration,
    keys_renewed: bool,
}

impl Course {
    pub(crate) fn new(repeat: Repeat, max_attempts: u32) -> Self {
        Self { repeat, max_attempts, failed: 0, waited: Duration::ZERO, keys_renewed: false }
    }

    /// How many attempts have failed.
    pub(crate) fn failed(&self) -> u32 {
        self.failed
    }

    /// Counts a failed attempt and decides what follows it.
    pub(crate) fn after(&mut self, failure: &Failure) -> Next {
        self.failed += 1;
        if self.repeat == Repeat::IfUntouched && failure.effect == Effect::Unknown {
            return Next::GiveUp;
        }
        // Once a call and not counted: expired keys say nothing about whether the service can be reached.
        if failure.cause == Cause::Credentials && !self.keys_renewed {
            self.keys_renewed = true;
            return Next::WithNewKeys;
        }
        if self.failed >= self.max_attempts.saturating_add(u32::from(self.keys_renewed)) {
            return Next::GiveUp;
        }
        let wait = match failure.cause {
            Cause::Permanent | Cause::Credentials => return Next::GiveUp,
            Cause::Clock => Duration::ZERO,
            Cause::Transient => match failure.retry_after {
                Some(asked) if asked > MAX_RETRY_AFTER => return Next::GiveUp,
                Some(asked) => asked.max(backoff(self.failed)),
                None => backoff(self.failed),
            },
        };
        if self.waited + wait > MAX_WAITS {
            return Next::GiveUp;
        }
        self.waited += wait;
        Next::After(wait)
    }

    /// Forgets the failures: the transfer goes on since.
    pub(crate) fn progressed(&mut self) {
        (self.failed, self.waited, self.keys_renewed) = (0, Duration::ZERO, false);
    }
}

/// Full jitter: anything from nothing to a ceiling that doubles with each attempt, so that clients that failed together
/// do not come back together.
fn backoff(attempt: u32) -> Duration {
    let ceiling = BASE_BACKOFF.saturating_mul(1 << attempt.min(10)).min(MAX_BACKOFF);
    ceiling.mul_f64(fastrand::f64())
}

#[cfg(test)]
mod tests {
    use meta::ErrorKind;

    use super::*;

    fn failure(cause: Cause, effect: Effect) -> Failure {
        Failure { error: Error::new(ErrorKind::Service, "x"), cause, effect, retry_after: None }
    }

    fn is_repeated(next: Next) -> bool {
        matches!(next, Next::After(_))
    }

    #[test]
    fn attempts_are_bounded_in_count() {
        let mut course = Course::new(Repeat::Safe, 3);
        let transient = failure(Cause::Transient, Effect::None);
        assert!(is_repeated(course.after(&transient)));
        assert!(is_repeated(course.after(&transient)));
        assert_eq!(course.after(&transient), Next::GiveUp);
        assert_eq!(course.failed(), 3);
        course.progressed();
        assert!(is_repeated(course.after(&transient)), "a transfer that moved has its attempts again");
    }

    #[test]
    fn waits_are_bounded_in_sum() {
        let mut course = Course::new(Repeat::Safe, 20);
        let mut asked = failure(Cause::Transient, Effect::None);
        asked.retry_after = Some(Duration::from_secs(50));
        assert_eq!(course.after(&asked), Next::After(Duration::from_secs(50)));
        assert_eq!(course.after(&asked), Next::After(Duration::from_secs(50)));
        assert_eq!(course.after(&asked), Next::GiveUp, "150 s are more than one call waits");
    }

    #[test]
    fn what_may_have_happened_is_not_done_twice_blindly() {
        let first = |repeat, cause, effect| Course::new(repeat, 3).after(&failure(cause, effect));
        assert_eq!(first(Repeat::IfUntouched, Cause::Transient, Effect::Unknown), Next::GiveUp);
        assert!(is_repeated(first(Repeat::IfUntouched, Cause::Transient, Effect::None)));
        assert!(is_repeated(first(Repeat::Safe, Cause::Transient, Effect::Unknown)));
        assert_eq!(first(Repeat::Safe, Cause::Permanent, Effect::None), Next::GiveUp);
    }

    #[test]
    fn the_service_says_how_long_to_wait() {
        let mut asked = failure(Cause::Transient, Effect::None);
        asked.retry_after = Some(Duration::from_secs(7));
        let Next::After(wait) = Course::new(Repeat::Safe, 3).after(&asked) else { panic!("it is worth waiting for") };
        assert!(wait >= Duration::from_secs(7));
        asked.retry_after = Some(Duration::from_secs(3600));
        assert_eq!(Course::new(Repeat::Safe, 3).after(&asked), Next::GiveUp);
        let clock = failure(Cause::Clock, Effect::None);
        assert_eq!(Course::new(Repeat::Safe, 3).after(&clock), Next::After(Duration::ZERO));
    }

    #[test]
    fn refused_keys_are_renewed_once_beside_the_attempts() {
        let refused = failure(Cause::Credentials, Effect::None);
        let mut course = Course::new(Repeat::Safe, 1);
        assert_eq!(course.after(&refused), Next::WithNewKeys);
        assert_eq!(course.after(&refused), Next::GiveUp);
        let mut course = Course::new(Repeat::Safe, 2);
        assert_eq!(course.after(&refused), Next::WithNewKeys);
        assert!(is_repeated(course.after(&failure(Cause::Transient, Effect::None))));
        assert_eq!(course.after(&failure(Cause::Transient, Effect::None)), Next::GiveUp);
    }

    #[test]
    fn statuses_of_the_official_table_are_transient() {
        for status in [401, 408, 429, 500, 502, 503, 504] {
            assert!(is_transient_status(StatusCode::from_u16(status).unwrap()), "{status}");
        }
        for status in [200, 301, 304, 400, 403, 404, 405, 409, 411, 412, 416, 424] {
            assert!(!is_transient_status(StatusCode::from_u16(status).unwrap()), "{status}");
        }
    }

    #[test]
    fn waits_stay_below_their_doubling_ceiling() {
        for attempt in 1..40 {
            let ceiling = Duration::from_millis(200).saturating_mul(1 << attempt.min(10)).min(Duration::from_secs(20));
            assert!((0..50).all(|_| backoff(attempt) <= ceiling));
        }
    }
}
