//! [`App`]: what programs hold.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use meta::{ElementDefine, Error, ErrorKind, FullName, Result, Shared, StorageElement, TypeChain};

use crate::builder::AppBuilder;
use crate::files::problems_of_files;
use crate::inspection::{ConfigProblem, Inspection};
use crate::state::{Sources, State};
use crate::walk::APP_FILE;

/// The default storage where no `app.json` names one.
const DEFAULT_STORAGE: &str = "storages.Default";

/// An app: a folder of elements. Cloning is cheap, and clones are the same app.
///
/// Loading reads every `e.json` and nothing else. An element's configuration is read, and its Type's factory runs, when
/// [`get_element`](App::get_element) is called for the first time; the element is kept from then on.
///
/// All methods block for as long as local files take, and none touches the network. Several threads may use an app at
/// once, and one of them may reload it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    sources: Arc<Sources>,
    state: RwLock<Arc<State>>,
    /// Held while the app is read again.
    reloading: Mutex<()>,
    /// Outlives every reading of the app: pools of connections stay open.
    shared: Shared,
}

impl App {
    /// Loads the app in a folder, with the Types that are linked, the variables of the process environment and the
    /// parent apps that stand in the same environment folder. For anything else there is [`App::builder`].
    ///
    /// # Errors
    /// See [`AppBuilder::load`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::builder().load(path)
    }

    /// An app to be loaded with more than its folder.
    pub fn builder() -> AppBuilder {
        AppBuilder::default()
    }

    pub(crate) fn from_sources(sources: Sources) -> Result<Self> {
        let sources = Arc::new(sources);
        let shared = Shared::default();
        let state = State::read(&sources)?;
        state.build_after_app_init(&shared)?;
        let state = RwLock::new(Arc::new(state));
        Ok(Self(Arc::new(Inner { sources, state, reloading: Mutex::new(()), shared })))
    }

    /// The storage of this fullName, such as `storages.MyOss`. The name must match exactly.
    ///
    /// The first call reads the element's configuration and builds it, once also when many threads ask; later calls
    /// return the same object. A failed build is not kept: the next call tries again.
    ///
    /// # Errors
    /// * [`ErrorKind::UnknownElement`]: no element has this name (the error tells the nearest one), or it is a Type, a
    ///   Meta or an element of another family;
    /// * [`ErrorKind::UnknownType`]: the element's Type is not linked into this program;
    /// * [`ErrorKind::Config`], with file and key, and whatever else the Type's factory finds wrong.
    pub fn get_element(&self, full_name: &str) -> Result<StorageElement> {
        let state = {
            let state = self.0.state.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(element) = state.elements.slot(full_name).and_then(|(_, slot)| slot.built()) {
                return Ok(element.clone());
            }
            Arc::clone(&state)
        };
        state.get(full_name, &self.0.shared)
    }

    /// The default storage: the one that `settings.defaultElement.defaultStorage` in `app.json` names (the nearest app's
    /// where several do), else `storages.Default`.
    ///
    /// # Errors
    /// As [`get_element`](App::get_element).
    pub fn default_storage(&self) -> Result<StorageElement> {
        let state = self.state();
        let configured = state.lineage.default_storage();
        self.get_element(configured.unwrap_or(DEFAULT_STORAGE)).map_err(|error| match configured {
            None if error.kind() == ErrorKind::UnknownElement => {
                let advice = format!(
                    "this app names no default storage; name one in `{}` as `settings.defaultElement.defaultStorage`",
                    self.folder().join(APP_FILE).display()
                );
                let advice = error.advice().map_or(advice.clone(), |more| format!("{advice}; {more}"));
                error.with_advice(advice)
            }
            _ => error,
        })
    }

    /// Reads the app again and takes over what has changed.
    ///
    /// Elements of which nothing has changed (declaration, business files, Type, variables) stay the same objects. Those
    /// that have changed and were in use are built anew before the change takes effect; calls that run on the old object
    /// go on with it. Whoever keeps a [`StorageElement`] keeps the old one: ask the app again.
    ///
    /// # Errors
    /// As [`AppBuilder::load`], and those of building what was in use. The app then stays as it was.
    pub fn reload(&self) -> Result<()> {
        let _reloading = self.0.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let state = State::read(&self.0.sources)?;
        state.succeed(&self.state(), &self.0.shared)?;
        state.build_after_app_init(&self.0.shared)?;
        *self.0.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
        Ok(())
    }

    fn state(&self) -> Arc<State> {
        Arc::clone(&self.0.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the app declares.
impl App {
    /// The `e.json` of an element of any family, also of a Type or a Meta. Builds nothing.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownElement`] where no element has this name, [`ErrorKind::Config`] where its `e.json` is broken.
    pub fn get_element_define(&self, full_name: &str) -> Result<Arc<ElementDefine>> {
        let state = self.state();
        match state.elements.get(full_name) {
            Some((name, element)) => {
                let define = element.nearest.define(name, &state.lineage.apps);
                define.map_err(|error| error.with_element(name, None))
            }
            None => Err(state.undeclared(full_name)),
        }
    }

    /// The `e.json` of every element of every family, this app's own before those that it inherits. Builds nothing;
    /// elements whose `e.json` is broken stand in [`warnings`](App::warnings) instead.
    pub fn get_all_elements_define(&self) -> BTreeMap<FullName, Arc<ElementDefine>> {
        let state = self.state();
        let all = state.elements.iter();
        all.filter_map(|(name, element)| Some((name.clone(), element.nearest.define(name, &state.lineage.apps).ok()?)))
            .collect()
    }

    /// A Type that is linked, or declared in this app or one that it inherits from, with its keys and all that it extends.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownType`] where nobody provides it, [`ErrorKind::TypeConflict`] and [`ErrorKind::Config`] for what
    /// is wrong with it.
    pub fn get_type(&self, full_name: &str) -> Result<TypeChain> {
        let name = FullName::parse(full_name).map_err(|error| Error::new(ErrorKind::UnknownType, error.to_string()))?;
        Ok(self.state().types().resolve(&name)?.chain)
    }

    /// What a storage is made of: its files, its configuration and what is wrong with it. Builds nothing.
    ///
    /// # Errors
    /// As [`get_element`](App::get_element), but for those of the configuration.
    pub fn inspect(&self, full_name: &str) -> Result<Inspection> {
        Inspection::new(self.state(), full_name)
    }

    /// The elements that cannot be used since nobody provides the Type of storages that they name, or that they seem to
    /// mean where they stand below `storages/`. [`warnings`](App::warnings) tells the first one of each Type.
    pub fn unknown_types(&self) -> Vec<ConfigProblem> {
        self.state().unknown_types().into_iter().map(|(_, problem)| problem).collect()
    }

    /// What is wrong with the files of the app in a folder, each read by itself: `app.json`, and the declarations and
    /// business files of storages and their Types. For an app that does not load, where [`load`](App::load) tells the
    /// first of it.
    pub fn problems_of_files(folder: impl AsRef<Path>) -> Vec<ConfigProblem> {
        problems_of_files(folder.as_ref())
    }

    /// The fullNames of all storages that [`get_element`](App::get_element) knows how to build, sorted.
    pub fn storage_names(&self) -> Vec<FullName> {
        self.state().storage_names()
    }

    /// The element that a file belongs to, given the file's path: absolute, or relative to the app's folder. The file
    /// need not exist. `None` where it is in no element.
    pub fn parse_element_by_path(&self, path: impl AsRef<Path>) -> Option<FullName> {
        let state = self.state();
        let path = path.as_ref();
        let roots = state.lineage.apps.iter().map(|app| &*app.folder);
        let relative = roots.into_iter().find_map(|root| path.strip_prefix(root).ok()).unwrap_or(path);
        let mut name = String::new();
        let mut found = None;
        for component in relative.components() {
            let segment = match component {
                Component::Normal(segment) => segment,
                Component::CurDir => continue,
                Component::Prefix(_) | Component::RootDir | Component::ParentDir => return None,
            };
            if !name.is_empty() {
                name.push('.');
            }
            // A segment with a dot is no folder of an element, and joined it must not look like two.
            name.push_str(segment.to_str().filter(|segment| !segment.contains('.')).unwrap_or("\0"));
            if let Some((name, _)) = state.elements.get(&name) {
                found = Some(name.clone());
            }
        }
        found
    }
}

/// What the app is.
impl App {
    /// The app's folder, absolute.
    pub fn folder(&self) -> &Path {
        &self.0.sources.folder
    }

    /// `appId` in `app.json`.
    pub fn app_id(&self) -> Option<String> {
        self.state().lineage.own().app_id.as_deref().map(str::to_owned)
    }

    /// `version` in `app.json`.
    pub fn version(&self) -> Option<String> {
        self.state().lineage.own().json.version.clone()
    }

    /// `title` in `app.json`, else its `name`.
    pub fn title(&self) -> Option<String> {
        self.state().lineage.own().json.title().map(str::to_owned)
    }

    /// The fullName of the default storage, whether there is such an element or not.
    pub fn default_storage_name(&self) -> String {
        self.state().lineage.default_storage().unwrap_or(DEFAULT_STORAGE).to_owned()
    }

    /// What is not as it should be and does not keep the app from loading: parent apps that are not at hand, Types that
    /// are not linked, broken declarations of other families, lines of the `.env` that are not understood.
    pub fn warnings(&self) -> Vec<String> {
        self.state().warnings.clone()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("App")
            .field("folder", &self.folder())
            .field("app_id", &state.lineage.own().app_id)
            .field("elements", &state.elements.len())
            .finish_non_exhaustive()
    }
}
