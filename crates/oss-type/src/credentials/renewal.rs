//! Credentials that end: fetched by one task at a time, before they are needed where that is known.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use meta::{Error, ErrorKind, Result};
use tokio::sync::watch;

use super::{CredentialProvider, Credentials};
use crate::listing::same;
use crate::sign::{Keys, Scope};

/// How long a provider may take.
const LONGEST_FETCH: Duration = Duration::from_secs(60);
/// How long a fetch is waited for: it ends before, unless nobody drives the runtime that it runs on.
const LONGEST_WAIT: Duration = Duration::from_secs(65);
/// New credentials are asked for when a third of the lifetime is left, and at least this long before the end: ECS has
/// the next ones ready half an hour before. (Go v2 asks when 80 % are left, `oss2` at 15 %.)
const EARLIEST_LEAD: Duration = Duration::from_secs(300);
/// Never sooner than after a fifth of the lifetime, so that short-lived credentials are used at all.
const LONGEST_LEAD: f64 = 0.8;
/// Credentials this close to their end are not used while others can be had: the request has to arrive, too.
const MARGIN: Duration = Duration::from_secs(10);
/// After a fetch that failed early, the next one waits for a quarter of what is left, within these bounds.
const RETRY_BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// The keys of a provider, renewed before they expire.
pub(crate) struct Renewal(Arc<State>);

struct State {
    provider: Arc<dyn CredentialProvider>,
    scope: Arc<Scope>,
    held: RwLock<Option<Held>>,
    /// The fetch that runs, or the last one.
    flight: Mutex<Option<Flight>>,
}

/// Ends without an outcome when the fetching task is dropped, as with its runtime.
type Flight = watch::Receiver<Option<Outcome>>;
type Outcome = Result<Arc<Keys>, Arc<Error>>;

#[derive(Clone)]
struct Held {
    keys: Arc<Keys>,
    /// When to ask for the next; `None` for never.
    renew_from: Option<SystemTime>,
}

impl Renewal {
    pub(crate) fn new(provider: Arc<dyn CredentialProvider>, scope: Arc<Scope>) -> Self {
        Self(Arc::new(State { provider, scope, held: RwLock::default(), flight: Mutex::default() }))
    }

    /// What errors call the provider.
    pub(crate) fn provider(&self) -> &str {
        self.0.provider.name()
    }

    /// The keys to use now. Waits only where there are none, or none that last.
    pub(crate) async fn current(&self, now: SystemTime) -> Result<Arc<Keys>> {
        let held = self.0.held();
        let Some(Held { keys, renew_from }) = held else { return Box::pin(self.fetched(None, now)).await };
        if renew_from.is_none_or(|from| now < from) {
            return Ok(keys);
        }
        if !keys.ends_before(now + MARGIN) {
            // Nobody waits for the outcome; it is there when it is needed.
            let _ = State::join(&self.0, Some(&keys), now);
            return Ok(keys);
        }
        match Box::pin(self.fetched(Some(&keys), now)).await {
            Err(error) if !keys.ends_before(now) => {
                tracing::warn!(%error, "using credentials that are about to end");
                Ok(keys)
            }
            result => result,
        }
    }

    /// Other keys than those that the service refused, or `None` where the provider has no others.
    pub(crate) async fn renewed(&self, refused: &Arc<Keys>, now: SystemTime) -> Result<Option<Arc<Keys>>> {
        let keys = self.fetched(Some(refused), now).await?;
        Ok((!keys.credentials().are(refused.credentials())).then_some(keys))
    }

    /// Waits for keys that are not `old`: of the fetch that runs, or of a new one.
    async fn fetched(&self, old: Option<&Arc<Keys>>, now: SystemTime) -> Result<Arc<Keys>> {
        // Once more where the fetch ended, or stands still, with somebody else's runtime.
        for _ in 0..2 {
            let mut flight = match State::join(&self.0, old, now) {
                Joined::Landed(keys) => return Ok(keys),
                Joined::Flying(flight) => flight,
            };
            let landed = tokio::time::timeout(LONGEST_WAIT, flight.wait_for(Option::is_some)).await;
            let landed = landed.map(|landed| landed.ok().and_then(|outcome| outcome.clone()));
            match landed {
                Ok(Some(outcome)) => return outcome.map_err(|error| same(&error)),
                Ok(None) => {}
                Err(_) => self.0.forget(&flight),
            }
        }
        let message = format!("{}: it ended without an answer", self.provider());
        Err(Error::new(ErrorKind::PermissionDenied, message).with_advice("the provider may have panicked"))
    }
}

enum Joined {
    /// Newer keys came while the caller was on its way.
    Landed(Arc<Keys>),
    Flying(Flight),
}

impl State {
    fn held(&self) -> Option<Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Joins the fetch that runs, or starts one.
    fn join(this: &Arc<Self>, old: Option<&Arc<Keys>>, now: SystemTime) -> Joined {
        let mut flight = this.flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = flight.as_ref()
            && running.has_changed().is_ok()
            && running.borrow().is_none()
        {
            return Joined::Flying(running.clone());
        }
        // A fetch stores its keys before it ends, so what is held now is what the last one brought.
        if let Some(Held { keys, .. }) = this.held()
            && old.is_none_or(|old| !Arc::ptr_eq(old, &keys))
        {
            return Joined::Landed(keys);
        }
        let (sender, receiver) = watch::channel(None);
        *flight = Some(receiver.clone());
        let state = Arc::clone(this);
        // A task of its own: a caller that gives up must not take the others' keys along.
        tokio::spawn(async move {
            let outcome = state.fetch(now).await.map_err(Arc::new);
            sender.send_replace(Some(outcome));
        });
        Joined::Flying(receiver)
    }

    /// Leaves a fetch to itself; the next caller begins another.
    fn forget(&self, flight: &Flight) {
        let mut running = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        if running.as_ref().is_some_and(|running| running.same_channel(flight)) {
            *running = None;
        }
    }

    async fn fetch(&self, now: SystemTime) -> Result<Arc<Keys>> {
        match self.ask().await {
            Ok(credentials) => {
                let renew_from = credentials.expiration.map(|end| renew_from(now, end, fastrand::f64()));
                let keys = Arc::new(Keys::new(credentials, Arc::clone(&self.scope)));
                tracing::debug!(provider = self.provider.name(), ?renew_from, "got credentials");
                let held = Held { keys: Arc::clone(&keys), renew_from };
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held);
                Ok(keys)
            }
            Err(error) => {
                tracing::warn!(%error, "cannot renew credentials");
                let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
                if let Some(Held { keys, renew_from: Some(from) }) = &mut *held {
                    *from = retry_from(now, keys.expiration().unwrap_or(now));
                }
                Err(error)
            }
        }
    }

    async fn ask(&self) -> Result<Credentials> {
        tokio::time::timeout(LONGEST_FETCH, super::ask(&*self.provider)).await.unwrap_or_else(|_| {
            let message = format!("{}: it gave no credentials for {} s", self.provider.name(), LONGEST_FETCH.as_secs());
            Err(Error::new(ErrorKind::Timeout, message))
        })
    }
}

/// When to ask for what follows credentials that were got `now`. `share`, from 0 to 1, spreads it over a tenth of the
/// lead, so that machines that started together do not ask together.
fn renew_from(now: SystemTime, end: SystemTime, share: f64) -> SystemTime {
    let left = end.duration_since(now).unwrap_or_default();
    let lead = (left / 3).max(EARLIEST_LEAD).min(left.mul_f64(LONGEST_LEAD));
    end - lead.mul_f64(1.0 - share / 10.0)
}

/// When to ask again after a fetch that failed.
fn retry_from(now: SystemTime, end: SystemTime) -> SystemTime {
    let left = end.duration_since(now).unwrap_or_default();
    now + (left / 4).clamp(RETRY_BOUNDS.0, RETRY_BOUNDS.1)
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewal").field("provider", &self.0.provider).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::UNIX_EPOCH;

    use meta::async_trait;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::config::SignatureVersion;

    const HOUR: Duration = Duration::from_secs(3600);

    /// Gives keys `1`, `2`, … when it is let, or fails.
    #[derive(Debug)]
    struct Scripted {
        asked: AtomicUsize,
        let_go: Semaphore,
        /// How long after the beginning of time the n-th keys last; `None` for a failure.
        ends: Vec<Option<Duration>>,
    }

    #[async_trait]
    impl CredentialProvider for Scripted {
        fn name(&self) -> &str {
            "script"
        }

        async fn credentials(&self) -> Result<Credentials> {
            let number = self.asked.fetch_add(1, Ordering::SeqCst);
            self.let_go.acquire().await.unwrap().forget();
            match self.ends.get(number) {
                Some(Some(end)) => {
                    Ok(Credentials::new(format!("{}", number + 1), "s").with_expiration(UNIX_EPOCH + *end))
                }
                Some(None) => Err(Error::new(ErrorKind::Unreachable, "nobody is there").with_attempts(3, HOUR)),
                None => panic!("nobody should ask again"),
            }
        }
    }

    fn renewal(ends: &[Option<Duration>]) -> (Arc<Renewal>, Arc<Scripted>) {
        let provider =
            Arc::new(Scripted { asked: AtomicUsize::new(0), let_go: Semaphore::new(0), ends: ends.to_vec() });
        let scope = Scope { version: SignatureVersion::V4, region: "cn-hangzhou".to_owned(), product: "oss" };
        let given: Arc<dyn CredentialProvider> = Arc::<Scripted>::clone(&provider);
        (Arc::new(Renewal::new(given, Arc::new(scope))), provider)
    }

    fn at(minutes: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(60 * minutes)
    }

    async fn id_at(renewal: &Renewal, now: SystemTime) -> String {
        renewal.current(now).await.unwrap().credentials().access_key_id.clone()
    }

    /// Lets every task of the runtime run until all of them wait.
    async fn settle() {
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn the_next_keys_are_asked_for_when_a_third_of_the_time_is_left() {
        let now = at(100);
        for (lifetime, lead) in [
            (6 * HOUR, 2 * HOUR),
            (HOUR, HOUR / 3),
            (HOUR / 4, Duration::from_secs(300)),
            (Duration::from_secs(300), Duration::from_secs(240)),
            (Duration::from_secs(10), Duration::from_secs(8)),
            (Duration::ZERO, Duration::ZERO),
        ] {
            let end = now + lifetime;
            assert_eq!(renew_from(now, end, 0.0), end - lead, "{lifetime:?}");
            assert_eq!(renew_from(now, end, 1.0), end - lead.mul_f64(0.9), "{lifetime:?}");
        }
        assert_eq!(renew_from(now, now - HOUR, 0.5), now - HOUR, "keys that ended already");
    }

    #[tokio::test]
    async fn a_hundred_callers_wait_for_one_fetch() {
        let (renewal, provider) = renewal(&[Some(HOUR)]);
        let callers: Vec<_> = (0..100)
            .map(|_| {
                let renewal = Arc::clone(&renewal);
                tokio::spawn(async move { id_at(&renewal, at(0)).await })
            })
            .collect();
        settle().await;
        provider.let_go.add_permits(1);
        for caller in callers {
            assert_eq!(caller.await.unwrap(), "1");
        }
        assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn old_keys_are_used_while_new_ones_are_fetched() {
        let (renewal, provider) = renewal(&[Some(HOUR), Some(2 * HOUR)]);
        provider.let_go.add_permits(1);
        assert_eq!(id_at(&renewal, at(0)).await, "1");
        assert_eq!(id_at(&renewal, at(39)).await, "1");
        settle().await;
        assert_eq!(provider.asked.load(Ordering::SeqCst), 1, "too early to ask");
        for _ in 0..10 {
            assert_eq!(id_at(&renewal, at(43)).await, "1", "nobody waits");
        }
        settle().await;
        assert_eq!(provider.asked.load(Ordering::SeqCst), 2, "asked once, in the background");
        provider.let_go.add_permits(1);
        settle().await;
        assert_eq!(id_at(&renewal, at(43)).await, "2");
    }

    #[tokio::test]
    async fn keys_at_their_end_are_waited_for() {
        let (renewal, provider) = renewal(&[Some(HOUR), Some(2 * HOUR)]);
        provider.let_go.add_permits(2);
        assert_eq!(id_at(&renewal, at(0)).await, "1");
        assert_eq!(id_at(&renewal, at(60)).await, "2");
        assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn an_early_failure_is_no_error_and_is_repeated_later() {
        let (renewal, provider) = renewal(&[Some(HOUR), None, Some(2 * HOUR)]);
        provider.let_go.add_permits(3);
        assert_eq!(id_at(&renewal, at(0)).await, "1");
        assert_eq!(id_at(&renewal, at(45)).await, "1");
        settle().await;
        assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
        assert_eq!(id_at(&renewal, at(45)).await, "1");
        settle().await;
        assert_eq!(provider.asked.load(Ordering::SeqCst), 2, "not again at once");
        assert_eq!(id_at(&renewal, at(47)).await, "1");
        settle().await;
        assert_eq!(provider.asked.load(Ordering::SeqCst), 3);
        assert_eq!(id_at(&renewal, at(47)).await, "3");
    }

    #[tokio::test]
    async fn seconds_that_are_left_are_used_where_nothing_else_can_be_had() {
        let (renewal, provider) = renewal(&[Some(HOUR), None, None]);
        provider.let_go.add_permits(3);
        assert_eq!(id_at(&renewal, at(0)).await, "1");
        assert_eq!(id_at(&renewal, at(60) - Duration::from_secs(5)).await, "1");
        let error = renewal.current(at(60)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::Unreachable, "script: nobody is there after 3 attempts in 3600.0 s")
        );
    }

    #[tokio::test]
    async fn a_caller_that_gives_up_takes_nobody_along() {
        let (renewal, provider) = renewal(&[Some(HOUR)]);
        let first = tokio::spawn({
            let renewal = Arc::clone(&renewal);
            async move { id_at(&renewal, at(0)).await }
        });
        settle().await;
        let second = tokio::spawn({
            let renewal = Arc::clone(&renewal);
            async move { id_at(&renewal, at(0)).await }
        });
        settle().await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        provider.let_go.add_permits(1);
        assert_eq!(second.await.unwrap(), "1");
        assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_panic_of_the_provider_is_an_error() {
        let (renewal, provider) = renewal(&[]);
        provider.let_go.add_permits(10);
        let error = renewal.current(at(0)).await.unwrap_err();
        assert!(error.to_string().starts_with("script: it ended without an answer"), "{error}");
    }

    #[test]
    fn a_fetch_that_ended_with_its_runtime_is_begun_again() {
        let (renewal, provider) = renewal(&[Some(HOUR), Some(HOUR)]);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let waiting = tokio::spawn({
                let renewal = Arc::clone(&renewal);
                async move { id_at(&renewal, at(0)).await }
            });
            settle().await;
            assert!(!waiting.is_finished());
        });
        drop(runtime);
        provider.let_go.add_permits(2);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(id_at(&renewal, at(0))), "2");
    }

    #[tokio::test]
    async fn refused_keys_are_replaced_once_and_only_by_others() {
        let (renewal, provider) = renewal(&[Some(HOUR), Some(HOUR)]);
        provider.let_go.add_permits(2);
        let refused = renewal.current(at(0)).await.unwrap();
        let (one, other) = tokio::join!(renewal.renewed(&refused, at(0)), renewal.renewed(&refused, at(0)));
        let one = one.unwrap().unwrap();
        assert_eq!(one.credentials().access_key_id, "2");
        assert!(Arc::ptr_eq(&one, &other.unwrap().unwrap()));
        assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
    }
}
