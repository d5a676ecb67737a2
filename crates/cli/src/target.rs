//! What commands work on: `NAME:path`, `:path`, a local path, or `-`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use jit_storages::{App, FullName, StorageElement};

use crate::app_folder;
use crate::exit::{Failure, Outcome};
use crate::local_server;

/// Something on the command line that has content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A local file or folder.
    Local(PathBuf),
    /// An object, or what lies below a name.
    Object(ObjectTarget),
    /// Standard input or output.
    Standard,
}

/// `NAME:path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectTarget {
    /// The element as it was typed; empty for the app's default storage.
    pub(crate) name: String,
    pub(crate) path: String,
}

/// An object of a storage that was found.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) element: StorageElement,
    /// The element as it was typed.
    label: String,
    pub(crate) path: String,
}

impl Target {
    pub(crate) fn parse(text: &OsStr) -> Self {
        if text == "-" {
            return Self::Standard;
        }
        match text.to_str().and_then(ObjectTarget::parse) {
            Some(object) => Self::Object(object),
            None => Self::Local(text.into()),
        }
    }

    /// Refuses to write to a path that is empty, as a variable that is not set leaves it.
    pub(crate) fn refuse_empty(&self) -> Outcome {
        match self {
            Self::Local(path) if path.as_os_str().is_empty() => {
                Err(Failure::usage("the target is empty: write `.` where the working directory is meant"))
            }
            _ => Ok(()),
        }
    }

    /// As it is typed.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Local(path) => path.display().to_string(),
            Self::Object(object) => object.shown(),
            Self::Standard => "-".to_owned(),
        }
    }
}

impl ObjectTarget {
    /// What stands before the first colon is an element if it can be a name; `C:\` and `./a:b` are local.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, path) = text.split_once(':')?;
        let is_name = name.is_empty() || FullName::parse(name).is_ok();
        let is_drive = cfg!(windows) && name.len() == 1;
        let is_url = path.starts_with("//");
        (is_name && !is_drive && !is_url).then(|| Self { name: name.to_owned(), path: path.to_owned() })
    }

    /// Takes an argument that must be `NAME:path`.
    pub(crate) fn demand(text: &OsStr, app: &App) -> Outcome<Self> {
        let Some(text) = text.to_str() else {
            return Err(Failure::usage(format!("`{}` is not UTF-8, which names of objects must be", text.display())));
        };
        match Self::parse(text) {
            Some(target) => Ok(target),
            None if text == "-" => Err(Failure::usage("`-` is no object: write `NAME:path`, or `:path`")),
            None if text.contains("://") => {
                Err(Failure::usage(format!("`{text}` is a URL: write `NAME:path`, or ask `storages explain URL`")))
            }
            None => Err(Failure::usage(match text.split_once('/') {
                _ if is_storage(app, text) => {
                    format!("`{text}` is a storage: write `{text}:` for what it holds, or `{text}:path`")
                }
                Some((name, path)) if is_storage(app, name) => {
                    format!("`{name}` is a storage: write `{name}:{path}`, or `:{text}` for the default storage")
                }
                _ => format!("`{text}` names no element: write `NAME:{text}`, or `:{text}` for the default storage"),
            })),
        }
    }

    /// Finds the element, and waits for its server where that is one of this machine.
    pub(crate) fn find(&self, app: &App) -> Outcome<Place> {
        let place = self.find_offline(app)?;
        // The only thing that runs yet: nothing else waits.
        tokio::task::block_in_place(|| local_server::wait_for(app, place.element.full_name().as_str()));
        Ok(place)
    }

    /// Finds the element, which is not going to be asked anything.
    pub(crate) fn find_offline(&self, app: &App) -> Outcome<Place> {
        if self.path.starts_with('/') {
            let rest = self.path.trim_start_matches('/');
            return Err(Failure::usage(format!(
                "names of objects do not begin with `/`: write `{}:{rest}`",
                self.name
            )));
        }
        let element = app_folder::storage(app, &self.name).map_err(|failure| match failure {
            Failure::Usage(text) if Path::new(&self.shown()).exists() => {
                Failure::Usage(format!("{text}; for the local file write `./{}`", self.shown()))
            }
            failure => failure,
        })?;
        Ok(Place { element, label: self.name.clone(), path: self.path.clone() })
    }

    pub(crate) fn shown(&self) -> String {
        format!("{}:{}", self.name, self.path)
    }
}

impl Place {
    /// Another path of the same storage.
    pub(crate) fn at(&self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self.clone() }
    }

    /// Whether both are of the same storage, written the same way.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        self.label == other.label && self.element.full_name() == other.element.full_name()
    }

    /// The folder that the path names: itself with a `/` behind it, or empty for all of the storage.
    pub(crate) fn folder(&self) -> String {
        match self.is_folder() {
            true => self.path.clone(),
            false => format!("{}/", self.path),
        }
    }

    /// Whether the path cannot be an object that somebody means.
    pub(crate) fn is_folder(&self) -> bool {
        self.path.is_empty() || self.path.ends_with('/')
    }

    /// As it is typed: `MyOss:docs/a.txt`.
    pub(crate) fn shown(&self) -> String {
        format!("{}:{}", self.label, self.path)
    }

    /// Another path of the same storage, as it is typed.
    pub(crate) fn shown_at(&self, path: &str) -> String {
        format!("{}:{path}", self.label)
    }
}

fn is_storage(app: &App, name: &str) -> bool {
    app.storage_names().iter().any(|known| known.as_str() == name || known.name() == name)
}

/// The last part of a name or path.
pub(crate) fn base_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// Arguments that must be objects or folders of elements, found in the app.
pub(crate) fn find_all(app: &App, arguments: &[OsString]) -> Outcome<Vec<Place>> {
    arguments.iter().map(|argument| ObjectTarget::demand(argument, app)?.find(app)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_told_from_local_paths() {
        let object = |name: &str, path: &str| Target::Object(ObjectTarget { name: name.into(), path: path.into() });
        for (text, target) in [
            ("MyOss:docs/a:b.txt", object("MyOss", "docs/a:b.txt")),
            ("storages.MyOss:", object("storages.MyOss", "")),
            (":a", object("", "a")),
            ("my-oss:a", object("my-oss", "a")),
            ("存储:a", object("存储", "a")),
            ("-", Target::Standard),
            ("a.txt", Target::Local("a.txt".into())),
            ("./a:b", Target::Local("./a:b".into())),
            ("a/b:c", Target::Local("a/b:c".into())),
            ("http://host/x", Target::Local("http://host/x".into())),
        ] {
            assert_eq!(Target::parse(OsStr::new(text)), target, "{text}");
        }
    }
}
