//! The configuration of `storages.DiskType`.

use std::path::{Component, Path, PathBuf, absolute};

use meta::{ConfigKey, Result, TypeContext};

/// The keys of `storages.DiskType`.
pub const KEYS: &[ConfigKey] =
    &[ConfigKey::text("directory", "Folder of the files: relative to the app's root folder, or absolute.").required()];

/// Where a storage keeps its files, and how errors call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory {
    pub(crate) path: PathBuf,
    /// Never the full path of the system: what was configured, or its last part where that is absolute.
    pub(crate) shown: String,
}

impl Directory {
    /// Reads and checks the key `directory`. Looks at no file: the directory is created by the first write.
    pub(crate) fn configured(context: TypeContext<'_>) -> Result<Self> {
        let config = context.config();
        let text = config.text("directory")?;
        let fault = |message: &str| config.error("directory", message);
        if text.trim().is_empty() {
            return Err(fault("it is empty").with_advice("name a folder, such as `data/files`"));
        }
        if text.contains('\0') {
            return Err(fault("it holds a NUL character"));
        }
        let unusable = |error: std::io::Error| fault(&format!("it is no usable path: {error}"));
        let app = folded(&absolute(context.app_folder()).map_err(unusable)?);
        let path = folded(&absolute(context.app_folder().join(text)).map_err(unusable)?);
        if app.starts_with(&path) {
            return Err(fault("it holds the app itself, whose configuration would be objects")
                .with_advice("name a folder of its own, such as `data/files`"));
        }
        Ok(Self { shown: shown(text), path })
    }

    /// A directory that comes from code.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { shown: shown(&path.to_string_lossy()), path }
    }
}

/// The path without `..`, read as text: the folders need not exist yet.
fn folded(path: &Path) -> PathBuf {
    let mut folded = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                folded.pop();
            }
            other => folded.push(other),
        }
    }
    folded
}

fn shown(text: &str) -> String {
    let path = Path::new(text);
    if !path.has_root() {
        return text.to_owned();
    }
    path.file_name().map_or_else(|| "/".to_owned(), |name| name.to_string_lossy().into_owned())
}
