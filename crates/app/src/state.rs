//! The app as it was read last: immutable but for the elements that are built on first use.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use meta::{
    ConfigLayer, Error, ErrorKind, FullName, Instance, META, Operation, Registry, Result, Shared, StorageElement,
    VariableDefine, Variables,
};

use crate::business_file::BusinessFile;
use crate::case;
use crate::declaration::LoadTime;
use crate::elements::{Element, Elements, Ingredients};
use crate::file::FileBuffer;
use crate::inherit::{Lineage, ParentPlaces};
use crate::types::{End, ResolvedType, Types};
use crate::variables::{GivenVariables, Recording, UsedVariable};
use crate::walk::{self, Weight};

/// What an app is read from, the same for every reading.
#[derive(Debug)]
pub(crate) struct Sources {
    /// The root folder, absolute.
    pub(crate) folder: PathBuf,
    pub(crate) parents: ParentPlaces,
    pub(crate) variables: GivenVariables,
    /// `None`: the Types that are linked.
    pub(crate) registry: Option<Registry>,
}

impl Sources {
    pub(crate) fn registry(&self) -> &Registry {
        self.registry.as_ref().unwrap_or_else(|| Registry::linked())
    }
}

/// One reading of an app.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) sources: Arc<Sources>,
    pub(crate) lineage: Lineage,
    pub(crate) elements: Elements,
    pub(crate) warnings: Vec<String>,
    /// The storage Types that are at hand.
    types: HashMap<Arc<str>, ResolvedType>,
    /// What the `app.json` files declare, the nearest first.
    variables: Vec<VariableDefine>,
}

/// What an element is, by JAAP's rule: what another one is made of is a Type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Meta,
    Type,
    Instance,
}

impl State {
    /// Reads the app: its `app.json`, its parents, all declarations. No configuration is read, nothing is built.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] and [`ErrorKind::TypeConflict`] for what is broken in this app or a parent.
    pub(crate) fn read(sources: &Arc<Sources>) -> Result<Self> {
        let root = &sources.folder;
        if !root.is_dir() {
            return Err(Error::new(ErrorKind::Config, format!("there is no app folder `{}`", root.display()))
                .with_advice("give the folder that holds `storages/`"));
        }
        let lineage = Lineage::resolve(root, &sources.parents)?;
        let mut warnings: Vec<_> = lineage.missing.iter().map(ToString::to_string).collect();
        let mut elements = Elements::default();
        for (at, app) in lineage.apps.iter().enumerate() {
            let mut walked = walk::walk(&app.folder);
            walked.troubles.sort_by(|one, other| one.path.cmp(&other.path));
            for trouble in std::mem::take(&mut walked.troubles) {
                match trouble.weight {
                    Weight::Fatal => return Err(trouble.error),
                    Weight::Warning => warnings.push(trouble.error.to_string()),
                }
            }
            case::check(&app.folder, walked.elements.iter().map(|(name, _)| name.as_str()))?;
            elements.add(at, walked, &lineage.apps)?;
        }
        if elements.len() == 0 {
            warnings.push(format!("no element was found in `{}`: a folder with an `e.json` is one", root.display()));
        }
        let variables = lineage.apps.iter().flat_map(|app| app.json.declared_variables()).collect();
        let (sources, types) = (Arc::clone(sources), HashMap::new());
        let mut state = Self { sources, lineage, elements, warnings, types, variables };
        state.resolve_types()?;
        Ok(state)
    }

    /// Resolves every Type that an element is made of, as far as it is a storage Type at hand.
    fn resolve_types(&mut self) -> Result<()> {
        let registry = self.sources.registry();
        let mut names: HashSet<Arc<str>> = HashSet::new();
        let mut declared: Vec<Arc<str>> = Vec::new();
        let mut last: Option<&Arc<str>> = None;
        for (name, element) in self.elements.iter() {
            let element_type = element.element_type();
            if &**element_type == META {
                declared.push(name.as_str().into());
            }
            if !last.is_some_and(|last| Arc::ptr_eq(last, element_type)) {
                names.insert(Arc::clone(element_type));
                last = Some(element_type);
            }
        }
        declared.extend(registry.names().filter(|name| self.elements.get(name).is_some()).map(Arc::from));
        let types = Types { elements: &self.elements, lineage: &self.lineage, registry };
        let mut all: Vec<_> = names.iter().cloned().chain(declared).collect();
        all.sort_unstable();
        all.dedup();
        for name in all {
            let Ok(full_name) = FullName::parse(&name) else { continue };
            if full_name == META {
                continue;
            }
            match types.resolve(&full_name) {
                Ok(resolved) => {
                    self.types.insert(name, resolved);
                }
                Err(error) if error.kind() == ErrorKind::UnknownType => {
                    if full_name.namespace() == "storages" && names.contains(&name) {
                        self.warnings
                            .push(format!("elements of the Type `{name}` cannot be used: {}", error.message()));
                    }
                }
                // Of other families' Types this program knows nothing, so it must not judge them.
                Err(error) if full_name.namespace() == "storages" || types.end_of(&name) == End::Storage => {
                    return Err(error.with_element(&full_name, None));
                }
                Err(_) => {}
            }
        }
        names.iter().for_each(|name| self.elements.mark_as_type(name));
        self.sources.registry().names().for_each(|name| self.elements.mark_as_type(name));
        Ok(())
    }

    pub(crate) fn types(&self) -> Types<'_> {
        Types { elements: &self.elements, lineage: &self.lineage, registry: self.sources.registry() }
    }

    pub(crate) fn role(&self, name: &FullName, element: &Element) -> Role {
        if element.element_type().is_empty() || *name == META {
            Role::Meta
        } else if element.is_type || &**element.element_type() == META {
            Role::Type
        } else {
            Role::Instance
        }
    }

    /// The Type of an element that is a storage.
    pub(crate) fn storage_type(&self, name: &FullName, element: &Element) -> Option<&ResolvedType> {
        let resolved = self.types.get(element.element_type())?;
        (self.role(name, element) == Role::Instance && element.nearest.declaration.broken.is_none()).then_some(resolved)
    }

    /// The fullNames of all storages, sorted.
    pub(crate) fn storage_names(&self) -> Vec<FullName> {
        let storages = self.elements.iter().filter(|(name, element)| self.storage_type(name, element).is_some());
        let mut names: Vec<_> = storages.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// The element of this name, built where it was not yet.
    ///
    /// # Errors
    /// Why there is none of this name or why it cannot be built.
    pub(crate) fn get(&self, name: &str, shared: &Shared) -> Result<StorageElement> {
        let found = self.elements.slot(name);
        let storage = found.and_then(|(name, slot)| Some((name, slot, self.storage_type(name, &slot.element)?)));
        let Some((name, slot, resolved)) = storage else { return Err(self.refusal(name)) };
        slot.build_once(|| {
            self.build(name, &slot.element, resolved, shared).map_err(|error| {
                error.with_element(name, Some(resolved.chain.full_name())).with_operation(Operation::Load)
            })
        })
    }

    fn build(
        &self,
        name: &FullName,
        element: &Element,
        resolved: &ResolvedType,
        shared: &Shared,
    ) -> Result<(StorageElement, Ingredients)> {
        let app = &self.lineage.apps[element.nearest.app];
        let define = element.nearest.define(name, &self.lineage.apps)?;
        let variables = Recording::new(self.variables_of(name, element, resolved));
        let mut instance = Instance::new(name.clone(), define, &app.folder, Vec::new(), &variables, shared);
        instance.app_id.clone_from(&app.app_id);
        let mut absent = None;
        let files = self.read_files(name, element, &instance.folder, |file| {
            instance.layers.push(match file {
                BusinessFile::Present { path, text, .. } => ConfigLayer::parse(path, text)?,
                BusinessFile::Absent { path } => {
                    absent = Some(path.display().to_string());
                    ConfigLayer::from_entries::<String, bool>(path, [])
                }
            });
            Ok(())
        })?;
        // They come nearest first, and the loader takes the nearest last.
        instance.layers.reverse();
        let element = resolved.chain.build(instance).map_err(|error| match (absent, error.advice()) {
            (Some(file), advice) if error.kind() == ErrorKind::Config => {
                let advice = advice.map_or(String::new(), |advice| format!("; {advice}"));
                error.with_advice(format!("there is no file `{file}`, create it{advice}"))
            }
            _ => error,
        })?;
        Ok((element, Ingredients { files, variables: variables.into_used() }))
    }

    /// Reads the business files of an element, the nearest first, and returns a hash of them.
    fn read_files(
        &self,
        name: &FullName,
        element: &Element,
        folder: &Path,
        mut take: impl FnMut(BusinessFile<'_>) -> Result<()>,
    ) -> Result<u64> {
        let mut buffer = FileBuffer::new();
        let mut hasher = DefaultHasher::new();
        for (at, declared) in element.line().enumerate() {
            let file = match at {
                0 => BusinessFile::of_instance(name, folder, &mut buffer)?,
                _ => BusinessFile::of_instance(name, &declared.folder(name, &self.lineage.apps), &mut buffer)?,
            };
            match &file {
                BusinessFile::Present { text, kind, .. } => (at, kind, text).hash(&mut hasher),
                BusinessFile::Absent { .. } if at > 0 => continue,
                BusinessFile::Absent { .. } => {}
            }
            take(file)?;
        }
        Ok(hasher.finish())
    }

    fn variables_of<'a>(
        &'a self,
        name: &FullName,
        element: &Element,
        resolved: &'a ResolvedType,
    ) -> ElementVariables<'a> {
        let defines = element.line().filter_map(|declared| declared.define(name, &self.lineage.apps).ok());
        let own = defines.flat_map(|define| define.declared_variables().collect::<Vec<_>>()).collect();
        ElementVariables { given: &self.sources.variables, own, of_type: &resolved.variables, of_apps: &self.variables }
    }

    /// Builds what is to be built while the app loads.
    ///
    /// # Errors
    /// Those of building.
    pub(crate) fn build_after_app_init(&self, shared: &Shared) -> Result<()> {
        let is_early = |element: &Element| element.nearest.declaration.load_time == LoadTime::AfterAppInit;
        let early = self.elements.iter().filter(|(_, element)| is_early(element));
        let mut names: Vec<_> = early.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        for name in names {
            let is_storage = self.elements.get(name.as_str()).is_some_and(|(n, e)| self.storage_type(n, e).is_some());
            if is_storage {
                self.get(name.as_str(), shared)?;
            }
        }
        Ok(())
    }

    /// Takes over from the reading before what has not changed, and builds anew what has and was in use.
    ///
    /// # Errors
    /// Those of building.
    pub(crate) fn succeed(&self, before: &Self, shared: &Shared) -> Result<()> {
        let mut changed = Vec::new();
        for (name, old, built, ingredients) in before.elements.all_built() {
            let Some((_, new)) = self.elements.slot(name.as_str()) else { continue };
            if self.is_unchanged(name, &new.element, before, old, ingredients) {
                new.keep(built.clone(), ingredients.clone());
            } else {
                changed.push(name);
            }
        }
        changed.sort_unstable();
        changed.into_iter().try_for_each(|name| self.get(name.as_str(), shared).map(drop))
    }

    fn is_unchanged(&self, name: &FullName, new: &Element, before: &Self, old: &Element, built: &Ingredients) -> bool {
        let (Some(new_type), Some(old_type)) = (self.storage_type(name, new), before.storage_type(name, old)) else {
            return false;
        };
        let declares = |state: &Self, element: &Element| -> Vec<_> {
            let place = |app: usize| (state.lineage.apps[app].folder.clone(), state.lineage.apps[app].app_id.clone());
            element.line().map(|declared| (place(declared.app), declared.declaration.text.clone())).collect()
        };
        if !new_type.builds_like(old_type) || declares(self, new) != declares(before, old) {
            return false;
        }
        let folder = new.nearest.folder(name, &self.lineage.apps);
        let variables = self.variables_of(name, new, new_type);
        self.read_files(name, new, &folder, |_| Ok(())).is_ok_and(|files| files == built.files)
            && built
                .variables
                .iter()
                .all(|used| *used == UsedVariable::new(&used.name, variables.get(&used.name).as_deref()))
    }
}

/// The variables of one element.
struct ElementVariables<'a> {
    given: &'a GivenVariables,
    own: Vec<VariableDefine>,
    of_type: &'a [VariableDefine],
    of_apps: &'a [VariableDefine],
}

impl Variables for ElementVariables<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.given.find(name, [&self.own, self.of_type, self.of_apps])
    }
}
