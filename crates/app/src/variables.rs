//! Where the templates in business files get their values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::env;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use meta::{VariableDefine, Variables};

use crate::env_file::EnvFile;
use crate::inspection::VariableOrigin;

/// The values that the app's builder was given. They may be secrets: `Debug` shows the names alone.
#[derive(Clone, Default)]
pub(crate) struct GivenVariables(HashMap<String, String>);

impl GivenVariables {
    pub(crate) fn set(&mut self, name: String, value: String) {
        self.0.insert(name, value);
    }

    /// The value of a variable: given, else from the process environment, else from the `.env`, else the first declared
    /// default.
    pub(crate) fn find<'a>(
        &'a self,
        name: &str,
        env_file: &'a EnvFile,
        declared: impl IntoIterator<Item = &'a [VariableDefine]>,
    ) -> Option<(Cow<'a, str>, VariableOrigin)> {
        if let Some(value) = self.0.get(name) {
            return Some((Cow::Borrowed(value), VariableOrigin::Given));
        }
        if let Ok(value) = env::var(name) {
            return Some((Cow::Owned(value), VariableOrigin::Environment));
        }
        if let Some(value) = env_file.get(name) {
            return Some((Cow::Borrowed(value), VariableOrigin::EnvFile));
        }
        let mut declared = declared.into_iter().flatten().filter(|variable| variable.name == name);
        declared
            .find_map(|variable| variable.default.as_deref())
            .map(|value| (Cow::Borrowed(value), VariableOrigin::Declared))
    }
}

impl fmt::Debug for GivenVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A variable that an element was built with, to tell later whether it has changed. The value itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsedVariable {
    pub(crate) name: String,
    pub(crate) value: Option<u64>,
}

impl UsedVariable {
    pub(crate) fn new(name: &str, value: Option<&str>) -> Self {
        let value = value.map(|value| {
            let mut hasher = DefaultHasher::new();
            value.hash(&mut hasher);
            hasher.finish()
        });
        Self { name: name.to_owned(), value }
    }
}

/// Variables that remember which of them were asked for.
pub(crate) struct Recording<V> {
    variables: V,
    used: Mutex<Vec<UsedVariable>>,
}

impl<V> Recording<V> {
    pub(crate) fn new(variables: V) -> Self {
        Self { variables, used: Mutex::new(Vec::new()) }
    }

    pub(crate) fn into_used(self) -> Vec<UsedVariable> {
        self.used.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Variables> Variables for Recording<V> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self.variables.get(name);
        let used = UsedVariable::new(name, value.as_deref());
        self.used.lock().unwrap_or_else(PoisonError::into_inner).push(used);
        value
    }

    fn hint(&self) -> Option<String> {
        self.variables.hint()
    }
}
