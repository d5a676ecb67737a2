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
        let Some(Held { keys, renew_from }) = held else { return self.fetched(None, now).await };
        if renew_from.is_none_or(|from| now < from) {
            return Ok(keys);
        }
        if !keys.ends_before(now + MARGIN) {
            // Nobody waits for the outcome; it is there when it is needed.
            let _ = State::join(&self.0, Some(&keys), now);
            return Ok(keys);
        }
        match self.fetched(Some(&keys), now).await {
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
        // Once more where the fetch ended with somebody else's runtime.
        for _ in 0..2 {
            let mut flight = match State::join(&self.0, old, now) {
                Joined::Landed(keys) => return Ok(keys),
                Joined::Flying(flight) => flight,
            };
            if let Ok(outcome) = flight.wait_for(Option::is_some).await
                && let Some(outcome) = &*outcome
            {
                return outcome.clone().map_err(|error| same(&error));
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
        let named = |error: Error| Error::io(self.provider.name(), std::io::Error::other(error));
        let asked = tokio::time::timeout(LONGEST_FETCH, self.provider.credentials()).await;
        let credentials = asked.unwrap_or_else(|_| {
            let message = format!("it gave no credentials for {} s", LONGEST_FETCH.as_secs());
            Err(Error::new(ErrorKind::Timeout, message))
        });
        let credentials = credentials.map_err(named)?;
        credentials.check().map_err(named)?;
        Ok(credentials)
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
