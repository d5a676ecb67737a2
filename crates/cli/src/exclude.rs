//! What transfers of folders leave alone: what `--exclude` names, and the secrets of the app.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jit_storages::App;
use jit_storages::app::EnvFile;

use crate::exit::Outcome;
use crate::glob::{Depth, Pattern, folders_above};

/// What is left alone: neither sent nor deleted, nor written over.
#[derive(Debug, Clone, Default)]
pub(crate) struct LeftOut {
    exclusions: Arc<[Exclusion]>,
    /// The app's own `.env`, or where it leads to.
    secrets: Option<PathBuf>,
}

#[derive(Debug)]
struct Exclusion {
    pattern: Pattern,
    /// Whether it is about the last part of a name, wherever that lies.
    is_anywhere: bool,
}

impl LeftOut {
    /// Patterns as in `.gitignore`: one without a `/` is about names in any folder, others begin at the top. A folder
    /// that matches is left out with all that it holds.
    pub(crate) fn new(patterns: &[String], app: &App) -> Outcome<Self> {
        let exclusions: Outcome<Vec<_>> = patterns.iter().map(|text| Exclusion::parse(text)).collect();
        let secrets = app.folder().join(EnvFile::NAME).canonicalize().ok();
        Ok(Self { exclusions: exclusions?.into(), secrets })
    }

    /// Whether a name below the folder, or a folder above it, is left out.
    pub(crate) fn covers(&self, name: &str) -> bool {
        let name = name.trim_end_matches('/');
        !self.exclusions.is_empty() && folders_above(name).chain([name]).any(|name| self.is_excluded(name))
    }

    /// Whether a file holds the secrets of the app, by whatever name.
    pub(crate) fn is_secret(&self, file: &Path) -> bool {
        let Some(secrets) = &self.secrets else { return false };
        // Where each file leads to would take long to ask. Some file systems make no difference of case.
        let is_named = |name: &OsStr| file.file_name().is_some_and(|file| file.eq_ignore_ascii_case(name));
        let may_be = is_named(EnvFile::NAME.as_ref()) || secrets.file_name().is_some_and(is_named) || file.is_symlink();
        may_be && file.canonicalize().is_ok_and(|file| file == *secrets)
    }

    fn is_excluded(&self, name: &str) -> bool {
        let last = name.rsplit('/').next().unwrap_or(name);
        self.exclusions
            .iter()
            .any(|Exclusion { pattern, is_anywhere }| pattern.matches(if *is_anywhere { last } else { name }))
    }
}

impl Exclusion {
    fn parse(text: &str) -> Outcome<Self> {
        let text = text.trim_end_matches('/');
        let pattern = Pattern::new(text.trim_start_matches('/'), Depth::Single)?;
        Ok(Self { pattern, is_anywhere: !text.contains('/') })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exclusions_are_those_of_gitignore() {
        let left_out = |text: &str| LeftOut { exclusions: [Exclusion::parse(text).unwrap()].into(), secrets: None };
        for (text, name, is_covered) in [
            (".git", ".git/config", true),
            (".git", "a/.git/config", true),
            (".git", "a.git", false),
            ("*.tmp", "a/b.tmp", true),
            ("target/", "target/x", true),
            ("/target", "a/target", false),
            ("a/*.log", "a/x.log", true),
            ("a/*.log", "b/a/x.log", false),
            ("**/cache", "x/y/cache/z", true),
        ] {
            assert_eq!(left_out(text).covers(name), is_covered, "{text} {name}");
        }
    }
}
