//! The elements of an app and of those that it inherits from, by fullName.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use meta::{AccessModifier, ElementDefine, Error, ErrorKind, FullName, Result, StorageElement};

use crate::declaration::Declaration;
use crate::inherit::AppFolder;
use crate::variables::UsedVariable;
use crate::walk::{ELEMENT_FILE, Walked};

/// All elements, each with everything that the apps declare of it.
#[derive(Debug, Default)]
pub(crate) struct Elements(HashMap<FullName, Slot>);

/// What `get_element` looks at, small enough that thousands of them stay near the processor; the rest is elsewhere.
#[derive(Debug)]
pub(crate) struct Slot {
    built: OnceLock<StorageElement>,
    pub(crate) element: Box<Element>,
}

/// One element.
#[derive(Debug)]
pub(crate) struct Element {
    /// The declaration that counts.
    pub(crate) nearest: Declared,
    /// Those that it overrides, nearest first.
    farther: Vec<Declared>,
    /// Whether another element is made of it, or a crate registers it as a Type.
    pub(crate) is_type: bool,
    /// Held by whoever builds the element.
    building: Mutex<()>,
    ingredients: OnceLock<Ingredients>,
}

/// What one app declares of an element.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The app's place in the lineage.
    pub(crate) app: usize,
    pub(crate) declaration: Declaration,
}

/// What an element was built from, beside its declarations.
#[derive(Debug, Clone)]
pub(crate) struct Ingredients {
    /// A hash of the business files.
    pub(crate) files: u64,
    pub(crate) variables: Vec<UsedVariable>,
}

impl Elements {
    /// Adds what one app declares. Apps come in the order of the lineage.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where an element overrides a `protected` one.
    pub(crate) fn add(&mut self, app: usize, walked: Walked, apps: &[AppFolder]) -> Result<()> {
        self.0.reserve(walked.elements.len());
        let mut least_conflict: Option<(FullName, Error)> = None;
        for (name, mut element) in walked.elements {
            let access = element.nearest.declaration.access;
            if app > 0 && access == AccessModifier::Private {
                continue;
            }
            element.nearest.app = app;
            match self.0.entry(name) {
                Entry::Vacant(vacant) => {
                    vacant.insert(Slot { built: OnceLock::new(), element });
                }
                Entry::Occupied(occupied) if access == AccessModifier::Protected => {
                    let name = occupied.key();
                    if least_conflict.as_ref().is_none_or(|(least, _)| name < least) {
                        let error = overrides_protected(name, &occupied.get().element.nearest, &element.nearest, apps);
                        least_conflict = Some((name.clone(), error));
                    }
                }
                Entry::Occupied(mut occupied) => occupied.get_mut().element.farther.push(element.nearest),
            }
        }
        least_conflict.map_or(Ok(()), |(_, error)| Err(error))
    }

    pub(crate) fn get(&self, name: &str) -> Option<(&FullName, &Element)> {
        self.slot(name).map(|(name, slot)| (name, &*slot.element))
    }

    pub(crate) fn slot(&self, name: &str) -> Option<(&FullName, &Slot)> {
        self.0.get_key_value(name)
    }

    pub(crate) fn mark_as_type(&mut self, name: &str) {
        if let Some(slot) = self.0.get_mut(name) {
            slot.element.is_type = true;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&FullName, &Element)> {
        self.0.iter().map(|(name, slot)| (name, &*slot.element))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The elements that were built, and from what.
    pub(crate) fn all_built(&self) -> impl Iterator<Item = (&FullName, &Element, &StorageElement, &Ingredients)> {
        self.0
            .iter()
            .filter_map(|(name, slot)| Some((name, &*slot.element, slot.built.get()?, slot.element.ingredients.get()?)))
    }
}

impl Slot {
    /// The element, where it was built already.
    pub(crate) fn built(&self) -> Option<&StorageElement> {
        self.built.get()
    }

    /// Keeps an element that was built before.
    pub(crate) fn keep(&self, built: StorageElement, ingredients: Ingredients) {
        self.element.ingredients.get_or_init(|| ingredients);
        self.built.get_or_init(|| built);
    }

    /// Builds the element, unless it was built already. One builds while the others wait for it; when it fails, the next
    /// one tries again.
    ///
    /// # Errors
    /// Those of `build`.
    pub(crate) fn build_once(
        &self,
        build: impl FnOnce() -> Result<(StorageElement, Ingredients)>,
    ) -> Result<StorageElement> {
        let _building = self.element.building.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(built) = self.built() {
            return Ok(built.clone());
        }
        let (built, ingredients) = build()?;
        self.keep(built.clone(), ingredients);
        Ok(built)
    }
}

fn overrides_protected(name: &FullName, near: &Declared, far: &Declared, apps: &[AppFolder]) -> Error {
    let message = format!(
        "`{}` overrides `{}`, which is `protected`",
        near.file(name, apps).display(),
        far.file(name, apps).display()
    );
    Error::new(ErrorKind::Config, message)
        .with_advice("remove or rename the one that overrides")
        .with_element(name, None)
}

impl Element {
    pub(crate) fn new(declaration: Declaration) -> Self {
        let nearest = Declared { app: 0, declaration };
        Self { nearest, farther: Vec::new(), is_type: false, building: Mutex::new(()), ingredients: OnceLock::new() }
    }

    /// The fullName of what the element is made of.
    pub(crate) fn element_type(&self) -> &Arc<str> {
        &self.nearest.declaration.element_type
    }

    /// All declarations, nearest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Declared> {
        std::iter::once(&self.nearest).chain(&self.farther)
    }

    /// The declarations whose configuration the element has, nearest first: up to the app that makes it of another Type.
    pub(crate) fn line(&self) -> impl Iterator<Item = &Declared> {
        let same_type = |farther: &&Declared| farther.declaration.element_type == *self.element_type();
        std::iter::once(&self.nearest).chain(self.farther.iter().take_while(same_type))
    }
}

impl Declared {
    /// The folder of the element in the app that declares it.
    pub(crate) fn folder(&self, name: &FullName, apps: &[AppFolder]) -> PathBuf {
        apps[self.app].folder.join(name.folder())
    }

    pub(crate) fn file(&self, name: &FullName, apps: &[AppFolder]) -> PathBuf {
        self.folder(name, apps).join(ELEMENT_FILE)
    }

    pub(crate) fn define(&self, name: &FullName, apps: &[AppFolder]) -> Result<Arc<ElementDefine>> {
        self.declaration.define(|| self.file(name, apps))
    }
}
