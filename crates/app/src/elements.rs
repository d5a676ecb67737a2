//! The elements of an app and of those that it inherits from, by fullName.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

use meta::{AccessModifier, ElementDefine, Error, ErrorKind, FullName, Result, StorageElement};

use crate::declaration::Declaration;
use crate::inherit::AppFolder;
use crate::variables::UsedVariable;
use crate::walk::{ELEMENT_FILE, Walked};

/// All elements, each with everything that the apps declare of it.
#[derive(Debug, Default)]
pub(crate) struct Elements(HashMap<FullName, Element>);

/// One element.
#[derive(Debug)]
pub(crate) struct Element {
    /// The declaration that counts.
    pub(crate) nearest: Declared,
    /// Those that it overrides, nearest first.
    farther: Vec<Declared>,
    pub(crate) built: OnceLock<Built>,
    /// Held by whoever builds the element.
    pub(crate) building: Mutex<()>,
}

/// What one app declares of an element.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The app's place in the lineage.
    pub(crate) app: usize,
    pub(crate) declaration: Declaration,
}

/// An element that was asked for, and what it was built from.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    pub(crate) element: StorageElement,
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
        for (name, declaration) in walked.elements {
            if app > 0 && declaration.access == AccessModifier::Private {
                continue;
            }
            let declared = Declared { app, declaration };
            match self.0.get_mut(&name) {
                None => {
                    self.0.insert(name, Element::new(declared));
                }
                Some(element) if declared.declaration.access == AccessModifier::Protected => {
                    let error = overrides_protected(&name, &element.nearest, &declared, apps);
                    if least_conflict.as_ref().is_none_or(|(least, _)| name < *least) {
                        least_conflict = Some((name, error));
                    }
                }
                Some(element) => element.farther.push(declared),
            }
        }
        least_conflict.map_or(Ok(()), |(_, error)| Err(error))
    }

    pub(crate) fn get(&self, name: &str) -> Option<(&FullName, &Element)> {
        self.0.get_key_value(name)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&FullName, &Element)> {
        self.0.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
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
    fn new(nearest: Declared) -> Self {
        Self { nearest, farther: Vec::new(), built: OnceLock::new(), building: Mutex::new(()) }
    }

    /// The fullName of what the element is made of.
    pub(crate) fn element_type(&self) -> &Arc<str> {
        &self.nearest.declaration.element_type
    }

    /// The declarations whose configuration the element has, nearest first: up to the app that makes it of another Type.
    pub(crate) fn line(&self) -> impl Iterator<Item = &Declared> {
        let same_type = |farther: &&Declared| farther.declaration.element_type == *self.element_type();
        std::iter::once(&self.nearest).chain(self.farther.iter().take_while(same_type))
    }
}

impl Declared {
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
