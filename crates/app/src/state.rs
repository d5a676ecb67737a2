//! The app as it was read last: immutable but for the elements that are built on first use.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use meta::{Error, ErrorKind, FullName, META, Registry, Result, VariableDefine, nearest};

use crate::case;
use crate::elements::{Element, Elements};
use crate::env_file::EnvFile;
use crate::inherit::{Lineage, ParentPlaces};
use crate::inspection::ConfigProblem;
use crate::types::{End, ResolvedType, Types};
use crate::variables::GivenVariables;
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
    pub(crate) variables: Vec<VariableDefine>,
    pub(crate) env_file: EnvFile,
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
        let env_file = EnvFile::of_app(root);
        let lineage = Lineage::resolve(root, &sources.parents)?;
        let mut warnings: Vec<_> = lineage.missing.iter().map(ToString::to_string).collect();
        warnings.extend(env_file.problems().iter().map(ToString::to_string));
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
        let mut state = Self { sources, lineage, elements, warnings, types, variables, env_file };
        state.resolve_types()?;
        // One of each Type says it all.
        let mut told = HashSet::new();
        let unknown =
            state.unknown_types().into_iter().filter(|(element_type, _)| told.insert(Arc::clone(element_type)));
        state.warnings.extend(unknown.map(|(_, problem)| problem.error.to_string()));
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
                // Its elements are told by `unknown_types`.
                Err(error) if error.kind() == ErrorKind::UnknownType => {}
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

    /// The elements that cannot be used since the Type that they name is neither linked nor declared, or its
    /// implementation is not linked. Below `storages/` also what looks like a slip of the pen; elements of other families
    /// stand there, too.
    pub(crate) fn unknown_types(&self) -> Vec<(Arc<str>, ConfigProblem)> {
        let is_ours = |name: &str| name.starts_with("storages.");
        let is_known = |name: &str| name.is_empty() || name == META || self.types.contains_key(name);
        let mut elements: Vec<_> = self
            .elements
            .iter()
            .filter(|(name, element)| is_ours(name.as_str()) || is_ours(element.element_type()))
            .filter(|(_, element)| !is_known(element.element_type()))
            .filter(|(_, element)| is_ours(element.element_type()) || self.means_ours(element.element_type()))
            .collect();
        elements.sort_unstable_by_key(|(name, _)| *name);
        let problem_of = |(name, element): (&FullName, &Element)| {
            Some((Arc::clone(element.element_type()), self.unknown_type(name, element)?))
        };
        elements.into_iter().filter_map(problem_of).collect()
    }

    /// Whether a name is like that of a linked Type, or of none at all.
    fn means_ours(&self, element_type: &str) -> bool {
        !element_type.contains('.') || nearest(element_type, self.sources.registry().names()).is_some()
    }

    fn unknown_type(&self, name: &FullName, element: &Element) -> Option<ConfigProblem> {
        let element_type = &**element.element_type();
        let cause = match FullName::parse(element_type) {
            Ok(full_name) => match self.types().end_of(element_type) {
                // What is wrong is told where that one is named.
                End::Undeclared(last) if last != element_type => return None,
                End::OtherMeta(_) | End::Circle => return None,
                End::Undeclared(_) | End::Storage => self.types().resolve(&full_name).err()?,
            },
            Err(error) => Error::new(ErrorKind::UnknownType, error.to_string()),
        };
        let file = element.nearest.file(name, &self.lineage.apps);
        let message = format!("`{}`: key `type`: {}", file.display(), cause.message());
        let error = Error::new(cause.kind(), message);
        let error = match cause.advice() {
            Some(advice) => error.with_advice(advice),
            None => error,
        };
        Some(ConfigProblem { file, key: Some("type".to_owned()), error })
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
}
