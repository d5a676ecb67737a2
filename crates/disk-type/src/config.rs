//! The configuration of `storages.DiskType`.

use std::path::{Component, Path, PathBuf, absolute};

use meta::{ConfigKey, Result, TypeContext, holds_no_elements};

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
    /// Reads and checks the key `directory`. Creates nothing: the first write does.
    pub(crate) fn configured(context: TypeContext<'_>) -> Result<Self> {
        let config = context.config();
        let text = config.text("directory")?;
        let fault = |message: &str| config.error("directory", message);
        if text.trim().is_empty() {
            return Err(fault("it is empty").with_advice("name a folder, such as `appData/files`"));
        }
        if text.contains('\0') {
            return Err(fault("it holds a NUL character"));
        }
        let unusable = |error: std::io::Error| fault(&format!("it is no usable path: {error}"));
        let app = folded(&absolute(context.app_folder()).map_err(unusable)?);
        let path = folded(&absolute(context.app_folder().join(text)).map_err(unusable)?);
        // Links may lead to the elements from elsewhere, and elements may be links that lead elsewhere.
        if let Some(clash) = clash(&app, &path).or_else(|| clash(&real(&app), &real(&path))) {
            return Err(fault(clash)
                .with_advice("name a folder that holds no elements, such as `appData/files`, or one outside the app"));
        }
        Ok(Self { shown: shown(text), path })
    }

    /// A directory that comes from code.
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { shown: shown(&path.to_string_lossy()), path }
    }
}

/// Why objects must not lie at a path: there whoever may upload would declare elements, or overwrite them, and whoever may
/// download would read their configuration.
fn clash(app: &Path, path: &Path) -> Option<&'static str> {
    if app.starts_with(path) {
        return Some("it holds the app itself, whose configuration would be objects");
    }
    let mut folders = path.strip_prefix(app).ok()?.components().enumerate();
    let is_apart = folders.any(|(depth, folder)| holds_no_elements(folder.as_os_str(), depth == 0));
    (!is_apart).then_some("it lies where the app's elements are, and its objects would be taken for elements")
}

/// The path without links, as far as its folders are there.
fn real(path: &Path) -> PathBuf {
    let found = path.ancestors().find_map(|folder| Some((folder, folder.canonicalize().ok()?)));
    match found.and_then(|(folder, real)| Some(real.join(path.strip_prefix(folder).ok()?))) {
        Some(real) => real,
        None => path.to_owned(),
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
