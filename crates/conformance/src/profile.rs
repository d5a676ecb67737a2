//! What a Type's test tells about the Type: how to make an element of it, and what it is expected to do.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use meta::{
    Ability, Bytes, Error, ErrorKind, Feature, FullName, Operation, Result, SignMethod, SignedRequest, Storage,
    StorageElement,
};

type Pinned<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Make = dyn Fn() -> Pinned<Result<StorageElement>> + Send + Sync;
type Fetch = dyn Fn(SignedRequest, Option<Bytes>) -> Pinned<(u16, Bytes)> + Send + Sync;
type LoadErrors = dyn Fn() -> Vec<Error> + Send + Sync;
type IsRefused = dyn Fn(&str) -> bool + Send + Sync;

/// The subject of the suite: how to make an element of the Type under test, and what is expected of it.
///
/// What is not expected is as wrong as what is missing: an ability that works undeclared is red, and so is an
/// "unsupported" from a verb that the profile does not list.
#[derive(Clone)]
pub struct Profile {
    make: Arc<Make>,
    fetch: Option<Arc<Fetch>>,
    load_errors: Option<Arc<LoadErrors>>,
    refused: Option<Arc<IsRefused>>,
    abilities: Vec<Ability>,
    features: Vec<Feature>,
    parallel_reads: bool,
    storage_classes: Vec<String>,
    versioned: bool,
    lacking: Vec<Operation>,
    signs_writes: bool,
    secrets: Vec<String>,
    large_bytes: u64,
    patience: Duration,
    lasting: bool,
}

impl Profile {
    /// A profile without abilities that has all five verbs. `make` gives an element for each case; they may share a
    /// store, since every case keeps to names of its own and removes what it made. Nobody else may write to it
    /// meanwhile.
    pub fn new<F, Made>(make: F) -> Self
    where
        F: Fn() -> Made + Send + Sync + 'static,
        Made: Future<Output = Result<StorageElement>> + Send + 'static,
    {
        Self {
            make: Arc::new(move || Box::pin(make())),
            fetch: None,
            load_errors: None,
            refused: None,
            abilities: Vec::new(),
            features: Vec::new(),
            parallel_reads: false,
            storage_classes: Vec::new(),
            versioned: false,
            lacking: Vec::new(),
            signs_writes: true,
            secrets: Vec::new(),
            large_bytes: 5 << 20,
            patience: Duration::from_secs(120),
            lasting: false,
        }
    }

    /// A profile of storages that are made in code, under the fullName of their Type.
    pub fn of_storage(element_type: &'static str, make: impl Fn() -> Arc<dyn Storage> + Send + Sync + 'static) -> Self {
        Self::new(move || {
            let name = |text| FullName::parse(text).map_err(|error| Error::new(ErrorKind::Config, error.to_string()));
            let element = name("storages.UnderTest").and_then(|element| Ok((element, name(element_type)?)));
            let made = element.map(|(element, of_type)| StorageElement::from_storage(element, of_type, make()));
            std::future::ready(made)
        })
    }

    /// The abilities that the Type is expected to have: these and no others.
    #[must_use]
    pub fn with_abilities(mut self, abilities: &[Ability]) -> Self {
        self.abilities = abilities.to_vec();
        self
    }

    /// What options of calls may ask beyond what every Type can do: this and nothing else.
    #[must_use]
    pub fn with_features(mut self, features: &[Feature]) -> Self {
        self.features = features.to_vec();
        self
    }

    /// Says that large objects are downloaded to files in parts: the Type hands out
    /// [`ParallelReads`](meta::ParallelReads). Unsaid, it must not.
    #[must_use]
    pub fn with_parallel_reads(mut self) -> Self {
        self.parallel_reads = true;
        self
    }

    /// Storage classes as the Type spells them, whose objects can be read at once. The first one is that of objects that are
    /// given none. Cases about classes need two.
    #[must_use]
    pub fn with_storage_classes<S: Into<String>>(mut self, classes: impl IntoIterator<Item = S>) -> Self {
        self.storage_classes = classes.into_iter().map(Into::into).collect();
        self
    }

    /// Says that the store keeps versions now (of OSS: the bucket's versioning is enabled), which [`Ability::Versions`]
    /// alone does not say: it is about what the Type can ask, and a bucket may keep none.
    #[must_use]
    pub fn with_versioned_store(mut self) -> Self {
        self.versioned = true;
        self
    }

    /// The verbs that the Type is known to lack, such as [`Operation::Sign`]: they must refuse and say so, as
    /// [`ErrorKind::Unsupported`] with the Type's name or, where an override forbids what its base can do, as
    /// [`ErrorKind::PermissionDenied`]. Cases that need them are not applicable then.
    #[must_use]
    pub fn without(mut self, verbs: &[Operation]) -> Self {
        self.lacking = verbs.to_vec();
        self
    }

    /// Says that the Type signs no PUT and no form, as a Type that extends another without overriding `get_sign_url`: it must refuse
    /// as [`without`](Profile::without) tells, and sign GET and HEAD.
    #[must_use]
    pub fn without_signed_writes(mut self) -> Self {
        self.signs_writes = false;
        self
    }

    /// Texts that may appear in no error and no `Debug`: the secrets of the configuration behind the elements.
    #[must_use]
    pub fn with_secrets<S: Into<String>>(mut self, secrets: impl IntoIterator<Item = S>) -> Self {
        self.secrets.extend(secrets.into_iter().map(Into::into));
        self
    }

    /// How to send a signed request, without credentials: method, URL and headers as they stand in it, with this body
    /// if any, and no header of your own that has to do with the content's type. Returns status and body.
    ///
    /// Without it the suite cannot tell whether signed URLs work.
    #[must_use]
    pub fn with_fetch<F, Fetched>(mut self, fetch: F) -> Self
    where
        F: Fn(SignedRequest, Option<Bytes>) -> Fetched + Send + Sync + 'static,
        Fetched: Future<Output = (u16, Bytes)> + Send + 'static,
    {
        self.fetch = Some(Arc::new(move |request, body| Box::pin(fetch(request, body))));
        self
    }

    /// Errors that wrong configurations of the Type give, made with [`element`](crate::element): the suite looks
    /// whether they say what to mend and keep the secrets.
    #[must_use]
    pub fn with_load_errors(mut self, errors: impl Fn() -> Vec<Error> + Send + Sync + 'static) -> Self {
        self.load_errors = Some(Arc::new(errors));
        self
    }

    /// Legal names that the Type's documents say it cannot store. It must refuse them with
    /// [`ErrorKind::InvalidName`], and store every other.
    #[must_use]
    pub fn with_refused_names(mut self, refused: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.refused = Some(Arc::new(refused));
        self
    }

    /// The size of the larger bodies, in bytes; 5 MiB where not told. At least 1 MiB.
    #[must_use]
    pub fn with_large_bodies(mut self, bytes: u64) -> Self {
        self.large_bytes = bytes.max(1 << 20);
        self
    }

    /// How long a case may take before it counts as hanging; 2 minutes where not told, and thirty times that when soaking
    /// and for the cases of the audit, which run others.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Says that all elements that `make` gives share one store, which outlives them.
    #[must_use]
    pub fn with_lasting_store(mut self) -> Self {
        self.lasting = true;
        self
    }

    pub(crate) async fn make(&self) -> Result<StorageElement> {
        (self.make)().await
    }

    pub(crate) fn can_fetch(&self) -> bool {
        self.fetch.is_some()
    }

    pub(crate) async fn fetch(&self, request: SignedRequest, body: Option<Bytes>) -> Option<(u16, Bytes)> {
        match &self.fetch {
            Some(fetch) => Some(fetch(request, body).await),
            None => None,
        }
    }

    pub(crate) fn load_errors(&self) -> Vec<Error> {
        self.load_errors.as_ref().map_or_else(Vec::new, |errors| errors())
    }

    pub(crate) fn refuses(&self, name: &str) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused(name))
    }

    pub(crate) fn has(&self, ability: Ability) -> bool {
        self.abilities.contains(&ability)
    }

    pub(crate) fn supports(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    pub(crate) fn reads_in_parts(&self) -> bool {
        self.parallel_reads
    }

    pub(crate) fn storage_classes(&self) -> &[String] {
        &self.storage_classes
    }

    pub(crate) fn is_versioned(&self) -> bool {
        self.versioned
    }

    pub(crate) fn lacks(&self, verb: Operation) -> bool {
        self.lacking.contains(&verb)
    }

    pub(crate) fn signs(&self, method: SignMethod) -> bool {
        let has_forms = method != SignMethod::Post || self.supports(Feature::Forms);
        !self.lacks(Operation::Sign) && (self.signs_writes || !method.writes()) && has_forms
    }

    pub(crate) fn secrets(&self) -> &[String] {
        &self.secrets
    }

    pub(crate) fn large_bytes(&self) -> usize {
        usize::try_from(self.large_bytes).unwrap_or(usize::MAX)
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    pub(crate) fn is_lasting(&self) -> bool {
        self.lasting
    }

    /// The same expectations of an empty override: it can only read beyond the five verbs, signs no writing, and reads large
    /// objects as one stream.
    pub(crate) fn reading<F, Made>(&self, make: F) -> Self
    where
        F: Fn() -> Made + Send + Sync + 'static,
        Made: Future<Output = Result<StorageElement>> + Send + 'static,
    {
        let abilities = self.abilities.iter().copied().filter(|ability| !ability.writes()).collect();
        Self {
            make: Arc::new(move || Box::pin(make())),
            abilities,
            parallel_reads: false,
            signs_writes: false,
            ..self.clone()
        }
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("abilities", &self.abilities)
            .field("features", &self.features)
            .field("lacking", &self.lacking)
            .finish_non_exhaustive()
    }
}
