//! Building elements: their files read, their variables found, their Type's factory called, once.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use meta::{
    ConfigLayer, ErrorKind, FullName, Instance, Operation, Result, Shared, StorageElement, VariableDefine, Variables,
};

use crate::business_file::BusinessFile;
use crate::declaration::LoadTime;
use crate::elements::{Element, Ingredients};
use crate::env_file::EnvFile;
use crate::file::FileBuffer;
use crate::inspection::VariableOrigin;
use crate::state::State;
use crate::types::ResolvedType;
use crate::variables::{GivenVariables, Recording};

impl State {
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
    pub(crate) fn read_files(
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

    pub(crate) fn variables_of<'a>(
        &'a self,
        name: &FullName,
        element: &Element,
        resolved: &'a ResolvedType,
    ) -> ElementVariables<'a> {
        let defines = element.line().filter_map(|declared| declared.define(name, &self.lineage.apps).ok());
        let own = defines.flat_map(|define| define.declared_variables().collect::<Vec<_>>()).collect();
        let (given, env_file) = (&self.sources.variables, &self.env_file);
        ElementVariables { given, env_file, own, of_type: &resolved.variables, of_apps: &self.variables }
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
}

/// The variables of one element.
pub(crate) struct ElementVariables<'a> {
    given: &'a GivenVariables,
    env_file: &'a EnvFile,
    own: Vec<VariableDefine>,
    of_type: &'a [VariableDefine],
    of_apps: &'a [VariableDefine],
}

impl Variables for ElementVariables<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.find(name).map(|(value, _)| value)
    }

    fn hint(&self) -> Option<String> {
        self.env_file.hint()
    }
}

impl ElementVariables<'_> {
    /// The value of a variable, and where it comes from.
    pub(crate) fn find(&self, name: &str) -> Option<(Cow<'_, str>, VariableOrigin)> {
        self.given.find(name, self.env_file, [&self.own, self.of_type, self.of_apps])
    }
}
