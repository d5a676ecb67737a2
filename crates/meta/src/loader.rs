//! Meta → Type → instance: the only place that calls a factory.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::{Config, ConfigKey, ConfigLayer, Variables};
use crate::define::ElementDefine;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::name::{FullName, META};
use crate::registry::{Pin, Registry, TypeKind, TypeRegistration};
use crate::storage::{ClosedBy, ElementParts, Storage, StorageElement};

/// The longest chain of Types that extend each other.
const MAX_CHAIN: usize = 32;

/// The folders of Types in the apps at hand: where the loader learns of them without knowing apps.
pub trait TypeFolders {
    /// The folders of a Type, the nearest app's first.
    fn folders(&self, full_name: &FullName) -> Vec<TypeFolder>;

    /// The configuration that those folders give to all instances, the nearest app's last.
    ///
    /// # Errors
    /// Those of reading and parsing.
    fn layers(&self, full_name: &FullName) -> Result<Vec<ConfigLayer>>;

    /// What else to say when a Type is unknown, such as that a parent app is missing.
    fn hint(&self) -> Option<String>;
}

/// No folders: only what is linked.
impl TypeFolders for () {
    fn folders(&self, _: &FullName) -> Vec<TypeFolder> {
        Vec::new()
    }

    fn layers(&self, _: &FullName) -> Result<Vec<ConfigLayer>> {
        Ok(Vec::new())
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

/// The folder of a Type in one app.
#[derive(Debug, Clone)]
pub struct TypeFolder {
    /// Its `e.json`'s path, as errors name it.
    pub file: PathBuf,
    /// Its `e.json`.
    pub define: Arc<ElementDefine>,
}

/// A Type with everything below it down to the Meta, ready to build instances.
#[derive(Debug)]
pub struct TypeChain {
    full_name: FullName,
    title: String,
    /// From the Type itself down to the one that implements the Meta.
    levels: Vec<Level>,
    /// The defaults that the folders of Types give, the nearest last.
    layers: Vec<ConfigLayer>,
    /// The keys of all levels; a level's own before those that it inherits.
    keys: Arc<[&'static ConfigKey]>,
}

/// A level of a chain: a registration, or a folder that only configures.
#[derive(Debug)]
struct Level {
    full_name: FullName,
    registration: Option<&'static TypeRegistration>,
}

/// An instance to build.
#[derive(Clone)]
#[non_exhaustive]
pub struct Instance<'a> {
    /// The fullName.
    pub full_name: FullName,
    /// The `e.json`.
    pub define: Arc<ElementDefine>,
    /// The id of the app that declares it.
    pub app_id: Option<Arc<str>>,
    /// The root folder of the app that declares it; relative paths in configuration start there.
    pub app_folder: &'a Path,
    /// The element's folder.
    pub folder: PathBuf,
    /// The instance's business files, the nearest app's last.
    pub layers: Vec<ConfigLayer>,
    /// Where templates get their values.
    pub variables: &'a dyn Variables,
    /// What the elements of an app share.
    pub shared: &'a Shared,
}

impl<'a> Instance<'a> {
    /// An instance with its business files.
    pub fn new(
        full_name: FullName,
        define: Arc<ElementDefine>,
        app_folder: &'a Path,
        layers: Vec<ConfigLayer>,
        variables: &'a dyn Variables,
        shared: &'a Shared,
    ) -> Self {
        let mut folder = PathBuf::with_capacity(app_folder.as_os_str().len() + 1 + full_name.as_str().len());
        folder.push(app_folder);
        folder.extend(full_name.segments());
        Self { full_name, define, app_id: None, app_folder, folder, layers, variables, shared }
    }
}

impl fmt::Debug for Instance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("full_name", &self.full_name)
            .field("layers", &self.layers)
            .finish_non_exhaustive()
    }
}

impl TypeChain {
    /// Follows a Type down to the Meta.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownType`] or [`ErrorKind::TypeConflict`]: a Type that nobody provides, that several claim
    /// without a decision, or that extends itself.
    pub fn resolve(full_name: &FullName, registry: &Registry, folders: &dyn TypeFolders) -> Result<Self> {
        let mut chain = Self {
            full_name: full_name.clone(),
            title: full_name.name().to_owned(),
            levels: Vec::new(),
            layers: Vec::new(),
            keys: Arc::from([]),
        };
        let mut current = full_name.clone();
        let mut passed: Vec<FullName> = Vec::new();
        while current != META {
            if passed.contains(&current) || passed.len() >= MAX_CHAIN {
                passed.push(current);
                let line: Vec<_> = passed.iter().map(FullName::as_str).collect();
                return Err(Error::new(
                    ErrorKind::TypeConflict,
                    format!("a Type extends itself: {}", line.join(" → ")),
                )
                .with_advice(format!("one of them must end at `{META}`")));
            }
            passed.push(current.clone());
            current = chain.descend(current, registry, folders)?;
        }
        let keys: Vec<_> = chain.levels.iter().filter_map(|level| level.registration).flat_map(|r| r.keys).collect();
        chain.keys = keys.into();
        chain.layers.reverse();
        Ok(chain)
    }

    /// Adds the levels of one Type and returns the next one down.
    fn descend(&mut self, name: FullName, registry: &Registry, folders: &dyn TypeFolders) -> Result<FullName> {
        let found = folders.folders(&name);
        let with_hint = |error: Error| match (folders.hint(), error.advice().map(str::to_owned)) {
            (Some(hint), Some(advice)) => error.with_advice(format!("{advice}; {hint}")),
            (Some(hint), None) => error.with_advice(hint),
            (None, _) => error,
        };
        let pins: Vec<_> = found
            .iter()
            .filter_map(|folder| {
                let package = folder.define.implementing_package()?.to_owned();
                Some(Pin { package, file: folder.file.clone() })
            })
            .collect();
        let declared = found.first().map(|folder| &folder.define);
        if self.levels.is_empty()
            && let Some(title) = declared.map(|define| &define.title).filter(|title| !title.is_empty())
        {
            self.title.clone_from(title);
        }
        let mut layers = folders.layers(&name)?;
        layers.reverse();
        self.layers.append(&mut layers);

        let line = match registry.resolve(name.as_str(), &pins) {
            Ok(line) => line,
            // A folder may declare a Type with configuration alone.
            Err(error) if error.kind() == ErrorKind::UnknownType && pins.is_empty() => {
                let parent = declared.filter(|define| !define.element_type.is_empty() && define.element_type != META);
                let Some(parent) = parent else { return Err(with_hint(error)) };
                let parent = parse_type(&parent.element_type, &found[0].file)?;
                self.levels.push(Level { full_name: name, registration: None });
                return Ok(parent);
            }
            Err(error) => return Err(with_hint(error)),
        };
        if let (true, Some(head)) =
            (self.levels.is_empty() && declared.is_none_or(|d| d.title.is_empty()), line.first())
            && !head.title.is_empty()
        {
            head.title.clone_into(&mut self.title);
        }
        let parent = match line.last().map(|registration| registration.kind) {
            Some(TypeKind::Extends { parent, .. }) => parent,
            _ => META,
        };
        if let Some(folder) = found.first()
            && !folder.define.element_type.is_empty()
            && folder.define.element_type != parent
        {
            return Err(Error::new(
                ErrorKind::TypeConflict,
                format!(
                    "`{}` says that `{name}` is made of `{}`, and its implementation is made of `{parent}`",
                    folder.file.display(),
                    folder.define.element_type
                ),
            )
            .with_advice(format!("write `\"type\": \"{parent}\"`")));
        }
        self.levels.extend(
            line.into_iter().map(|registration| Level { full_name: name.clone(), registration: Some(registration) }),
        );
        FullName::parse(parent).map_err(|error| Error::new(ErrorKind::TypeConflict, error.to_string()))
    }

    /// The Type's fullName.
    pub fn full_name(&self) -> &FullName {
        &self.full_name
    }

    /// The display name: of the nearest folder, else of the registration, else the last segment of the fullName.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The configuration keys of the Type and all that it extends.
    pub fn keys(&self) -> &[&'static ConfigKey] {
        &self.keys
    }

    /// The registrations behind the Type, from the one in force down to the one that implements the Meta.
    pub fn registrations(&self) -> impl Iterator<Item = &'static TypeRegistration> {
        self.levels.iter().filter_map(|level| level.registration)
    }

    /// The configuration that the Types' folders give to all instances, the nearest last.
    pub fn layers(&self) -> &[ConfigLayer] {
        &self.layers
    }

    /// The required keys that neither the Types' folders nor these business files have. Only the Type in force is asked:
    /// those below it may get their keys from it.
    pub fn missing_keys(&self, layers: &[ConfigLayer]) -> Vec<&'static ConfigKey> {
        let Some(in_force) = self.registrations().next() else { return Vec::new() };
        let layers = || self.layers.iter().chain(layers);
        let is_missing = |key: &&ConfigKey| key.is_required() && !layers().any(|layer| layer.gives(key.name()));
        in_force.keys.iter().filter(is_missing).collect()
    }

    /// The merged configuration of an instance, as [`build`](Self::build) will use it.
    ///
    /// # Errors
    /// Those of [`Config::merge`].
    pub fn configure(&self, instance: &Instance<'_>) -> Result<Config> {
        let layers: Vec<_> = self.layers.iter().chain(&instance.layers).collect();
        Config::merge(&layers, self.keys.clone(), instance.variables)
    }

    /// Builds an instance: merges and checks its configuration and calls the factories of the chain.
    ///
    /// # Errors
    /// Those of the configuration and of the factories, with the element's and the Type's name.
    pub fn build(&self, instance: Instance<'_>) -> Result<StorageElement> {
        let build = || {
            let config = self.configure(&instance)?;
            let closed_by = Mutex::new(ClosedBy::default());
            let building = Building { chain: self, instance: &instance, closed_by: &closed_by };
            let storage = building.level(0, &config)?;
            Ok((storage, closed_by.into_inner().unwrap_or_else(PoisonError::into_inner)))
        };
        let (storage, closed_by) = build().map_err(|error: Error| {
            error.with_element(&instance.full_name, Some(&self.full_name)).with_operation(Operation::Load)
        })?;
        Ok(StorageElement::new(ElementParts {
            full_name: instance.full_name,
            element_type: self.full_name.clone(),
            define: instance.define,
            app_id: instance.app_id,
            folder: instance.folder,
            storage,
            closed_by,
        }))
    }
}

fn parse_type(text: &str, file: &Path) -> Result<FullName> {
    FullName::parse(text)
        .map_err(|error| Error::new(ErrorKind::Config, format!("`{}`: key `type`: {error}", file.display())))
}

/// One run of the factories of a chain.
#[derive(Clone, Copy)]
struct Building<'a> {
    chain: &'a TypeChain,
    instance: &'a Instance<'a>,
    closed_by: &'a Mutex<ClosedBy>,
}

impl Building<'_> {
    fn level(&self, level: usize, config: &Config) -> Result<Arc<dyn Storage>> {
        let Some(Level { full_name, registration }) = self.chain.levels.get(level) else {
            return Err(Error::new(
                ErrorKind::TypeConflict,
                format!("`{}` ends at no implementation", self.chain.full_name),
            ));
        };
        let Some(registration) = registration else { return self.level(level + 1, config) };
        config.check_required(registration.keys)?;
        let context = TypeContext { building: *self, level, config };
        let storage = match registration.kind {
            TypeKind::Root { factory } => factory(context)?,
            TypeKind::Extends { factory, .. } | TypeKind::Replaces { factory, .. } => factory(Base { context })?,
        };
        self.closed_by.lock().unwrap_or_else(PoisonError::into_inner).note(full_name, &*storage);
        Ok(storage)
    }
}

/// What a Type's factory gets: the checked configuration and where the instance stands.
#[derive(Clone, Copy)]
pub struct TypeContext<'a> {
    building: Building<'a>,
    level: usize,
    config: &'a Config,
}

impl<'a> TypeContext<'a> {
    /// The checked configuration: the instance's own, over the defaults of the Types' folders.
    pub fn config(&self) -> &'a Config {
        self.config
    }

    /// The instance's fullName.
    pub fn element(&self) -> &'a FullName {
        &self.building.instance.full_name
    }

    /// The fullName of the instance's Type (of the outermost level, where Types extend each other).
    pub fn element_type(&self) -> &'a FullName {
        &self.building.chain.full_name
    }

    /// The root folder of the app that declares the instance. Relative paths in configuration start here.
    pub fn app_folder(&self) -> &'a Path {
        self.building.instance.app_folder
    }

    /// What the elements of the app share, such as a pool of connections.
    pub fn shared(&self) -> &'a Shared {
        self.building.instance.shared
    }
}

impl fmt::Debug for TypeContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypeContext")
            .field("element", self.element())
            .field("element_type", self.element_type())
            .field("config", self.config)
            .finish_non_exhaustive()
    }
}

/// What the factory of a Type that extends or replaces another gets: the means to build the storage below it.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    context: TypeContext<'a>,
}

impl<'a> Base<'a> {
    /// The configuration and where the instance stands.
    pub fn context(&self) -> TypeContext<'a> {
        self.context
    }

    /// The checked configuration; it holds the keys of this Type and of those below.
    pub fn config(&self) -> &'a Config {
        self.context.config
    }

    /// Builds the storage below from the instance's configuration.
    ///
    /// # Errors
    /// Those of the Type below: missing keys, wrong values.
    pub fn build(&self) -> Result<Arc<dyn Storage>> {
        self.context.building.level(self.context.level + 1, self.context.config)
    }

    /// Builds the storage below from a changed configuration: a secret from a vault, a tenant's bucket.
    ///
    /// # Errors
    /// Those of the closure and of the Type below.
    pub fn build_with(&self, change: impl FnOnce(&mut Config) -> Result<()>) -> Result<Arc<dyn Storage>> {
        let mut config = self.context.config.clone();
        change(&mut config)?;
        self.context.building.level(self.context.level + 1, &config)
    }
}

/// What the elements of an app share: at most one value of each Rust type, made on first use and dropped with the app.
#[derive(Default)]
pub struct Shared {
    values: Mutex<HashMap<TypeId, SharedValue>>,
}

struct SharedValue {
    type_name: &'static str,
    value: Arc<dyn Any + Send + Sync>,
}

impl Shared {
    /// The app's value of type `T`, made by `make` where there is none yet. `make` may ask for other values. Of several
    /// that make one at the same time all get the value of who was ready first.
    pub fn get_or_insert_with<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let known = self.values().get(&TypeId::of::<T>()).map(|shared| Arc::clone(&shared.value));
        let value = known.unwrap_or_else(|| {
            let made = SharedValue { type_name: type_name::<T>(), value: Arc::new(make()) };
            Arc::clone(&self.values().entry(TypeId::of::<T>()).or_insert(made).value)
        });
        value.downcast().expect("the value under a TypeId is of that type")
    }

    fn values(&self) -> MutexGuard<'_, HashMap<TypeId, SharedValue>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values().values().map(|shared| shared.type_name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_value_may_be_made_of_others_and_is_made_once() {
        let shared = Shared::default();
        let text = shared.get_or_insert_with(|| format!("{}!", shared.get_or_insert_with(|| 7_u64)));
        assert_eq!(*text, "7!");
        // Who was ready first wins, also over who began first.
        let byte = shared.get_or_insert_with(|| {
            shared.get_or_insert_with(|| 1_u8);
            2_u8
        });
        assert_eq!(*byte, 1);
        assert!(Arc::ptr_eq(&text, &shared.get_or_insert_with(|| unreachable!("it is there already"))));
    }
}
