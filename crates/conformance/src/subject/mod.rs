//! The element under test as a case sees it: with names of its own, every error looked at, and cleaned up behind.

mod inspect;
mod verbs;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use futures_util::TryStreamExt;
use meta::{Ability, Bytes, Feature, ListVersionsOptions, Operation, SignMethod, Storage, StorageElement};

pub(crate) use self::inspect::Passing;
use crate::outcome::{Outcome, Stop, ensure, same_bytes};
use crate::profile::Profile;

/// What every name of the suite holds, so that cases can tell their names from those of others.
pub(crate) const MARK: &str = "conformance-";

/// The element under test, in one case. Clones share everything.
#[derive(Clone)]
pub(crate) struct Subject(Arc<Inner>);

struct Inner {
    profile: Profile,
    element: StorageElement,
    token: String,
    seed: u64,
    soaking: bool,
    notes: Arc<Mutex<Notes>>,
}

/// What a case leaves to look at when it ends.
#[derive(Default)]
struct Notes {
    written: BTreeSet<String>,
    secrets: Vec<String>,
    broken: BTreeSet<String>,
    counts: Vec<String>,
}

impl Subject {
    pub(crate) async fn new(profile: &Profile) -> Outcome<Self> {
        let element = profile.make().await?;
        let seed = std::env::var("CONFORMANCE_SEED").ok().and_then(|seed| seed.parse().ok());
        let soaking = std::env::var("SOAK").is_ok_and(|value| !matches!(value.as_str(), "" | "0"));
        let notes = Notes { secrets: profile.secrets().to_vec(), ..Notes::default() };
        Ok(Self(Arc::new(Inner {
            profile: profile.clone(),
            element,
            token: format!("{MARK}{:016x}", fastrand::u64(..)),
            seed: seed.unwrap_or_else(|| fastrand::u64(..)),
            soaking,
            notes: Arc::new(Mutex::new(notes)),
        })))
    }

    /// The same case with another element, which stands over this one.
    pub(crate) fn through(&self, element: StorageElement) -> Self {
        let Inner { profile, element: _, token, seed, soaking, notes } = &*self.0;
        Self(Arc::new(Inner {
            profile: profile.clone(),
            element,
            token: token.clone(),
            seed: *seed,
            soaking: *soaking,
            notes: Arc::clone(notes),
        }))
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// The element itself; what it refuses is looked at by [`call`](Self::call) only.
    pub(crate) fn element(&self) -> &StorageElement {
        &self.0.element
    }

    /// The storage behind the element.
    pub(crate) fn storage(&self) -> Arc<dyn Storage> {
        let mut found = None;
        let _ = self.0.element.extended_by(self.0.element.element_type().clone(), |storage| {
            found = Some(Arc::clone(&storage));
            Passing(storage)
        });
        found.expect("`extended_by` calls its closure")
    }

    /// What this case's names hold and no other's.
    pub(crate) fn token(&self) -> &str {
        &self.0.token
    }

    /// A name of this case.
    pub(crate) fn name(&self, rest: &str) -> String {
        format!("{}/{rest}", self.0.token)
    }

    /// The case's own random numbers; the seed stands in its failures.
    pub(crate) fn random(&self) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.0.seed)
    }

    pub(crate) fn seed(&self) -> u64 {
        self.0.seed
    }

    /// How often something is repeated: in an ordinary run, and with `SOAK=1`.
    pub(crate) fn rounds(&self, ordinary: usize, soaking: usize) -> usize {
        if self.0.soaking { soaking } else { ordinary }
    }

    pub(crate) fn is_soaking(&self) -> bool {
        self.0.soaking
    }

    /// Notes how much was done, for who soaks.
    pub(crate) fn count(&self, what: impl fmt::Display) {
        self.notes().counts.push(what.to_string());
    }

    pub(crate) fn counts(&self) -> Vec<String> {
        self.notes().counts.clone()
    }

    /// Goes on only where the profile says that the Type has the ability.
    pub(crate) fn needs(&self, ability: Ability) -> Outcome {
        match self.0.profile.has(ability) {
            true => Ok(()),
            false => Err(Stop::NotApplicable(format!("the profile has no {ability}"))),
        }
    }

    /// Goes on only where the profile says that options may ask for it.
    pub(crate) fn needs_feature(&self, feature: Feature) -> Outcome {
        match self.0.profile.supports(feature) {
            true => Ok(()),
            false => Err(Stop::NotApplicable(format!("the profile has no {feature}"))),
        }
    }

    /// Goes on only where the profile says that the store keeps versions now.
    pub(crate) fn needs_versions(&self) -> Outcome {
        self.needs(Ability::Versions)?;
        match self.0.profile.is_versioned() {
            true => Ok(()),
            false => Err(Stop::NotApplicable("the profile does not say that the store keeps versions".to_owned())),
        }
    }

    /// Goes on only where the profile does not say that the Type lacks the verb.
    pub(crate) fn needs_verb(&self, verb: Operation) -> Outcome {
        match self.0.profile.lacks(verb) {
            false => Ok(()),
            true => Err(Stop::NotApplicable(format!("the profile says that the Type lacks {}", verb.noun()))),
        }
    }

    /// Goes on only where the profile says that the Type signs requests of this method.
    pub(crate) fn needs_signed(&self, method: SignMethod) -> Outcome {
        match self.0.profile.signs(method) {
            true => Ok(()),
            false => Err(Stop::NotApplicable(format!("the profile says that the Type signs no {}", method.as_str()))),
        }
    }

    /// Demands that the object is there with just this content, and that all that is known of it fits.
    pub(crate) async fn expect(&self, name: &str, content: &[u8]) -> Outcome {
        let what = format!("the object `{}`", shown(name));
        same_bytes(&what, &self.download(name).await?, content)?;
        let info = self.get_object(name).await?;
        ensure!(
            info.size == content.len() as u64,
            "{what} has {} bytes and is said to have {}",
            content.len(),
            info.size
        );
        ensure!(info.name.as_str() == name, "{what} is said to be named `{}`", shown(info.name.as_str()));
        let crc64 = crc64(content);
        ensure!(info.crc64.is_none_or(|told| told == crc64), "{what} is said to have a CRC-64 that it has not");
        Ok(())
    }

    /// Demands that there is no such object.
    pub(crate) async fn expect_missing(&self, name: &str) -> Outcome {
        ensure!(!self.exists(name).await?, "there is an object `{}`, and there should be none", shown(name));
        Ok(())
    }

    /// The names that the case may have made.
    pub(crate) fn written(&self) -> Vec<String> {
        self.notes().written.iter().cloned().collect()
    }

    /// Removes what the case made. Whether deletion works is the business of other cases.
    pub(crate) async fn clean_up(&self) {
        let written: Vec<_> = std::mem::take(&mut self.notes().written).into_iter().collect();
        for names in written.chunks(500) {
            let _ = self.0.element.delete_many(names).await;
        }
        if self.0.profile.has(Ability::Multipart) {
            let _ = self.0.element.abort_uploads(&self.name("")).await;
        }
        if self.0.profile.is_versioned() {
            self.clean_up_versions(written).await;
        }
    }

    /// Removes what deletions left. Of names without the case's token nobody else's is known, so that only those of the
    /// case go.
    async fn clean_up_versions(&self, written: Vec<String>) {
        let others = written.into_iter().filter(|name| !name.starts_with(&self.0.token));
        for prefix in others.chain([self.0.token.clone()]) {
            let left = self.0.element.list_versions_stream(ListVersionsOptions::prefix(&prefix));
            let Ok(left) = left.try_collect::<Vec<_>>().await else { return };
            for version in left {
                let name = version.info.name.as_str();
                if let Some(id) = version.info.version_id.filter(|_| name == prefix || name.contains(&self.0.token)) {
                    let _ = self.0.element.delete_version(name, &id).await;
                }
            }
        }
    }

    /// The rules that errors of this case broke.
    pub(crate) fn broken_rules(&self) -> Vec<String> {
        self.notes().broken.iter().cloned().collect()
    }

    /// Keeps in mind that the case may have made an object of this name.
    pub(crate) fn wrote(&self, name: &str) {
        self.notes().written.insert(name.to_owned());
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes that look random and are the same for the same seed and size.
pub(crate) fn content(seed: u64, size: usize) -> Bytes {
    /// Larger contents are made once: many cases use them.
    static LARGE: LazyLock<Mutex<HashMap<(u64, usize), Bytes>>> = LazyLock::new(Mutex::default);
    let make = || {
        let mut bytes = vec![0; size];
        fastrand::Rng::with_seed(seed).fill(&mut bytes);
        Bytes::from(bytes)
    };
    // Only the few seeds that cases write as literals are kept.
    if size < 1 << 20 || seed > 9 {
        return make();
    }
    LARGE.lock().unwrap_or_else(PoisonError::into_inner).entry((seed, size)).or_insert_with(make).clone()
}

/// A name as a failure shows it: on one line, and not over-long.
pub(crate) fn shown(name: &str) -> String {
    const LONGEST: usize = 160;
    let escaped: Vec<_> = name.chars().flat_map(char::escape_debug).collect();
    if escaped.len() <= LONGEST {
        return escaped.into_iter().collect();
    }
    let (start, end) = (&escaped[..LONGEST / 2], &escaped[escaped.len() - LONGEST / 4..]);
    format!("{}…{} ({} bytes)", String::from_iter(start), String::from_iter(end), name.len())
}

pub(crate) fn crc64(bytes: &[u8]) -> u64 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Xz, bytes)
}
