//! What a storage is made of, told without building it: for tools that show and check apps.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use meta::{Config, ConfigLayer, Error, ErrorKind, FullName, Instance, Result, Shared, Template, TypeChain};

use crate::business_file::BusinessFile;
use crate::elements::Element;
use crate::file::FileBuffer;
use crate::state::State;
use crate::types::ResolvedType;
use crate::walk::APP_FILE;

/// A storage as the app declares it. Made by [`App::inspect`](crate::App::inspect).
#[derive(Debug)]
pub struct Inspection {
    state: Arc<State>,
    name: FullName,
}

/// Where the value of a variable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum VariableOrigin {
    /// The app's builder was given it.
    Given,
    /// The process environment.
    Environment,
    /// The `.env` in the app's folder.
    EnvFile,
    /// A default that `variables` in an `e.json` or `app.json` declares.
    Declared,
}

/// Something that is wrong with a business file or a declaration.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConfigProblem {
    /// The file.
    pub file: PathBuf,
    /// The key, where it is about one.
    pub key: Option<String>,
    /// What is wrong, and what to do.
    pub error: Error,
}

impl Inspection {
    pub(crate) fn new(state: Arc<State>, full_name: &str) -> Result<Self> {
        let found = state.elements.get(full_name);
        match found.and_then(|(name, element)| state.storage_type(name, element).map(|_| name.clone())) {
            Some(name) => Ok(Self { name, state }),
            None => Err(state.refusal(full_name)),
        }
    }

    /// The fullName.
    pub fn full_name(&self) -> &FullName {
        &self.name
    }

    /// The fullName of the Type.
    pub fn element_type(&self) -> &FullName {
        self.chain().full_name()
    }

    /// The Type, with its keys and all that it extends.
    pub fn chain(&self) -> &TypeChain {
        &self.parts().1.chain
    }

    /// The declarations of the element, nearest app first. The first one counts; those of the same Type behind it add to
    /// its configuration.
    pub fn declarations(&self) -> Vec<PathBuf> {
        let apps = &self.state.lineage.apps;
        self.parts().0.all().map(|declared| declared.file(&self.name, apps)).collect()
    }

    /// The business files that its configuration comes from beside those of its Type, nearest app first.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn business_files(&self) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        self.each_file(|path, text| {
            files.extend(text.map(|_| path.to_owned()));
            Ok(())
        })?;
        Ok(files)
    }

    /// The business files of its Type and of those that it extends, the nearest app's last.
    pub fn type_files(&self) -> Vec<PathBuf> {
        self.chain().layers().iter().map(|layer| layer.file().to_owned()).collect()
    }

    /// The files that may declare variables for its configuration, in the order in which they count: its own
    /// declarations, those of its Type and of what that extends, and the `app.json` of the app and all that it inherits
    /// from.
    pub fn variable_files(&self) -> Vec<PathBuf> {
        let apps = &self.state.lineage.apps;
        let (element, resolved) = self.parts();
        let own = element.line().map(|declared| declared.file(&self.name, apps));
        let of_apps = apps.iter().map(|app| app.folder.join(APP_FILE));
        own.chain(resolved.declarations.iter().cloned()).chain(of_apps).collect()
    }

    /// Where the value of a variable comes from; `None` where it has none.
    pub fn variable(&self, name: &str) -> Option<VariableOrigin> {
        let (element, resolved) = self.parts();
        self.state.variables_of(&self.name, element, resolved).find(name).map(|(_, origin)| origin)
    }

    /// Where a template's value comes from; `None` where it is its own default, or there is none.
    pub fn template(&self, template: &Template<'_>) -> Option<VariableOrigin> {
        let (element, resolved) = self.parts();
        let variables = self.state.variables_of(&self.name, element, resolved);
        let found = variables.find(template.name());
        found.filter(|(value, _)| !value.is_empty() || template.default().is_none()).map(|(_, origin)| origin)
    }

    /// The merged configuration, as the Type's factory gets it.
    ///
    /// # Errors
    /// Those of [`Config::merge`].
    pub fn configuration(&self) -> Result<Config> {
        let mut layers = Vec::new();
        self.each_file(|path, text| {
            layers.push(match text {
                Some(text) => ConfigLayer::parse(path, text)?,
                None => ConfigLayer::from_entries::<String, bool>(path, []),
            });
            Ok(())
        })?;
        layers.reverse();
        self.configure(layers)
    }

    /// Everything that is wrong with the business files, where [`configuration`](Self::configuration) stops at the first
    /// of it: also the required keys that are missing. What is wrong with a business file of the Type stands behind what
    /// is wrong with its own. What only the Type's factory can judge is not among it.
    pub fn problems(&self) -> Vec<ConfigProblem> {
        let mut problems = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        let (mut layers, mut nearest, mut is_whole) = (Vec::new(), None, true);
        let read = self.each_file(|path, text| {
            nearest.get_or_insert_with(|| (path.to_owned(), text.is_some()));
            let layer = match text.map(|text| ConfigLayer::parse(path, text)) {
                Some(Ok(layer)) => layer,
                Some(Err(error)) => {
                    is_whole = false;
                    problems.push(ConfigProblem { file: path.to_owned(), key: None, error });
                    return Ok(());
                }
                None => return Ok(()),
            };
            self.check(&layer, &mut seen, &mut problems);
            layers.push(layer);
            Ok(())
        });
        for layer in self.chain().layers().iter().rev() {
            self.check(layer, &mut seen, &mut problems);
        }
        if let Err(error) = read {
            problems.push(ConfigProblem { file: self.folder(), key: None, error });
        } else if let (true, Some((file, is_there))) = (is_whole, nearest) {
            let known = self.chain().keys();
            let is_misspelt = |name: &str| {
                let unknown = seen.iter().filter(|seen| !known.iter().any(|key| key.name() == **seen));
                unknown.into_iter().any(|unknown| meta::nearest(unknown, [name]).is_some())
            };
            for key in self.chain().missing_keys(&layers).into_iter().filter(|key| !is_misspelt(key.name())) {
                let message = format!("`{}`: key `{key}` is missing", file.display());
                let create = if is_there { "" } else { "there is no such file, create it; " };
                let error = Error::new(ErrorKind::Config, message).with_advice(format!(
                    "{create}it is required, {}: {}",
                    key.kind(),
                    key.doc()
                ));
                problems.push(ConfigProblem { file: file.clone(), key: Some(key.name().to_owned()), error });
            }
        }
        problems
    }

    /// Checks the keys of one file by themselves. What a nearer file says counts alone: `seen` are its keys.
    fn check(&self, layer: &ConfigLayer, seen: &mut Vec<String>, problems: &mut Vec<ConfigProblem>) {
        let (element, resolved) = self.parts();
        let variables = self.state.variables_of(&self.name, element, resolved);
        for key in layer.keys() {
            if seen.iter().any(|known| known == key) {
                continue;
            }
            seen.push(key.to_owned());
            if let Err(error) = Config::merge(&[&layer.only(key)], self.chain().keys().into(), &variables) {
                problems.push(ConfigProblem { file: layer.file().to_owned(), key: Some(key.to_owned()), error });
            }
        }
    }

    /// The folder of the element in the app that declares it.
    pub fn folder(&self) -> PathBuf {
        self.parts().0.nearest.folder(&self.name, &self.state.lineage.apps)
    }

    fn parts(&self) -> (&Element, &ResolvedType) {
        let (name, element) = self.state.elements.get(self.name.as_str()).expect("it was found when this was made");
        (element, self.state.storage_type(name, element).expect("it had a Type when this was made"))
    }

    fn configure(&self, layers: Vec<ConfigLayer>) -> Result<Config> {
        let (element, resolved) = self.parts();
        let app = &self.state.lineage.apps[element.nearest.app];
        let define = element.nearest.define(&self.name, &self.state.lineage.apps)?;
        let variables = self.state.variables_of(&self.name, element, resolved);
        let shared = Shared::default();
        resolved.chain.configure(&Instance::new(self.name.clone(), define, &app.folder, layers, &variables, &shared))
    }

    /// Reads the business files, the nearest first; the first one also where it is not there.
    fn each_file(&self, mut take: impl FnMut(&Path, Option<&[u8]>) -> Result<()>) -> Result<()> {
        let mut buffer = FileBuffer::new();
        for (at, declared) in self.parts().0.line().enumerate() {
            let folder = declared.folder(&self.name, &self.state.lineage.apps);
            match BusinessFile::of_instance(&self.name, &folder, &mut buffer)? {
                BusinessFile::Present { path, text, .. } => take(&path, Some(text))?,
                BusinessFile::Absent { path } if at == 0 => take(&path, None)?,
                BusinessFile::Absent { .. } => {}
            }
        }
        Ok(())
    }
}
