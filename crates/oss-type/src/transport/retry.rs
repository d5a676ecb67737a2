//! Whether and when a failed attempt is repeated: the only file that decides it.

use std::time::Duration;

use meta::Error;

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
}

/// Decides after the `attempt`-th attempt (from 1), with so much `waited` before: how long to wait now, or `None` to give
/// up.
pub(crate) fn wait_before_next(
    failure: &Failure,
    repeat: Repeat,
    attempt: u32,
    max_attempts: u32,
    waited: Duration,
) -> Option<Duration> {
    if attempt >= max_attempts || (repeat == Repeat::IfUntouched && failure.effect == Effect::Unknown) {
        return None;
    }
    let wait = match failure.cause {
        Cause::Permanent => return None,
        Cause::Clock => Duration::ZERO,
        Cause::Transient => match failure.retry_after {
            Some(asked) if asked > MAX_RETRY_AFTER => return None,
            Some(asked) => asked.max(backoff(attempt)),
            None => backoff(attempt),
        },
    };
    (waited + wait <= MAX_WAITS).then_some(wait)
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

    fn repeated(failure: &Failure, repeat: Repeat, attempt: u32) -> bool {
        wait_before_next(failure, repeat, attempt, 3, Duration::ZERO).is_some()
    }

    #[test]
    fn attempts_are_bounded_in_count_and_time() {
        let transient = failure(Cause::Transient, Effect::None);
        assert!(repeated(&transient, Repeat::Safe, 1));
        assert!(repeated(&transient, Repeat::Safe, 2));
        assert!(!repeated(&transient, Repeat::Safe, 3));
        assert_eq!(wait_before_next(&transient, Repeat::Safe, 1, 3, Duration::from_secs(121)), None);
    }

    #[test]
    fn what_may_have_happened_is_not_done_twice_blindly() {
        assert!(!repeated(&failure(Cause::Transient, Effect::Unknown), Repeat::IfUntouched, 1));
        assert!(repeated(&failure(Cause::Transient, Effect::None), Repeat::IfUntouched, 1));
        assert!(repeated(&failure(Cause::Transient, Effect::Unknown), Repeat::Safe, 1));
        assert!(!repeated(&failure(Cause::Permanent, Effect::None), Repeat::Safe, 1));
    }

    #[test]
    fn the_service_says_how_long_to_wait() {
        let mut asked = failure(Cause::Transient, Effect::None);
        asked.retry_after = Some(Duration::from_secs(7));
        assert!(wait_before_next(&asked, Repeat::Safe, 1, 3, Duration::ZERO).unwrap() >= Duration::from_secs(7));
        asked.retry_after = Some(Duration::from_secs(3600));
        assert_eq!(wait_before_next(&asked, Repeat::Safe, 1, 3, Duration::ZERO), None);
        assert_eq!(
            wait_before_next(&failure(Cause::Clock, Effect::None), Repeat::Safe, 1, 3, Duration::ZERO),
            Some(Duration::ZERO)
        );
    }

    #[test]
    fn waits_stay_below_their_doubling_ceiling() {
        for attempt in 1..40 {
            let ceiling = Duration::from_millis(200).saturating_mul(1 << attempt.min(10)).min(Duration::from_secs(20));
            assert!((0..50).all(|_| backoff(attempt) <= ceiling));
        }
    }
}
