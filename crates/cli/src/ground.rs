//! Where the ends of a transfer lie, whatever element they are reached by: a folder must not be copied into itself.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use jit_storages::App;

use crate::app_folder::STATE_FOLDER;
use crate::exit::{Failure, Outcome};
use crate::glob::Pattern;
use crate::plan::Below;
use crate::target::Place;

/// Where a folder lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Ground {
    Local(PathBuf),
    Objects {
        /// The same for all elements that reach the same objects.
        store: String,
        prefix: String,
    },
}

/// What may be done to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    Write,
    /// Also to what the source does not have.
    Delete,
}

/// Refuses where one of two folders lies in the other.
///
/// A local folder may be written to that holds the source, such as the app's folder with the data of a storage.
pub(crate) fn refuse_overlap(app: &App, from: &Below, to: &Below, intent: Intent) -> Outcome {
    let (source, target) = (Ground::of(app, from), Ground::of(app, to));
    let both_objects = matches!((from, to), (Below::Object(_), Below::Object(_)));
    let is_above = (both_objects || intent == Intent::Delete) && target.holds(&source).is_some();
    if is_above || source.holds(&target).is_some() { Err(overlap(from, to)) } else { Ok(()) }
}

/// Refuses where copies of what matches a pattern would match it too, or take the place of what matches.
pub(crate) fn refuse_circle(app: &App, pattern: &Pattern, from: &Below, to: &Below) -> Outcome {
    let (source, target) = (Ground::of(app, from), Ground::of(app, to));
    if source == target {
        return Err(Failure::usage(format!("`{}` and `{}` are the same folder", from.shown(), to.shown())));
    }
    if !pattern.crosses_folders() {
        return Ok(());
    }
    let matches_again = |below: String| pattern.may_match_below(&format!("{}{below}", pattern.folder()));
    let both_objects = matches!((from, to), (Below::Object(_), Below::Object(_)));
    let is_above = both_objects && target.holds(&source).is_some();
    if is_above || source.holds(&target).is_some_and(matches_again) { Err(overlap(from, to)) } else { Ok(()) }
}

/// Of copies from folder to folder, two that would be mixed: the target of one lies in that of the other, and its source
/// does not lie just so in the other's.
pub(crate) fn mixed(app: &App, copies: &[(&Below, &Below)]) -> Option<(usize, usize)> {
    let grounds: Vec<_> = copies.iter().map(|(from, to)| (Ground::of(app, from), Ground::of(app, to))).collect();
    let mut targets = BTreeMap::new();
    for (at, (_, to)) in grounds.iter().enumerate() {
        targets.entry(to).or_insert(at);
    }
    grounds.iter().enumerate().find_map(|(at, (from, to))| {
        let others = to.with_all_above().into_iter().filter_map(|above| targets.get(&above).copied());
        let is_mixed = |other: &usize| {
            let (other_from, other_to) = &grounds[*other];
            other_from.holds(from) != other_to.holds(to)
        };
        Some((others.into_iter().find(is_mixed)?, at))
    })
}

fn overlap(from: &Below, to: &Below) -> Failure {
    Failure::usage(format!(
        "`{}` and `{}` lie in each other: what is copied would be a source again, or lost; choose folders beside each other",
        from.shown(),
        to.shown()
    ))
}

/// Refuses to delete in a local folder whose loss nobody means: that of the app, or one that git keeps.
pub(crate) fn refuse_precious(app: &App, target: &Below) -> Outcome {
    let Below::Local(folder) = target else { return Ok(()) };
    let (place, root) = (settled(folder), settled(app.folder()));
    let refused = |why: &str| {
        Err(Failure::usage(format!(
            "`{}` {why}, and `--delete` takes away what the source does not have: leave it out, or choose a folder of its own",
            folder.display()
        )))
    };
    if root.starts_with(&place) {
        return refused("holds the app");
    }
    if place.starts_with(root.join("storages")) {
        return refused("is a part of the app's configuration");
    }
    if place.starts_with(root.join(STATE_FOLDER)) {
        return refused("is what the command itself keeps");
    }
    if place.join(".git").exists() || place.components().any(|part| part.as_os_str() == ".git") {
        return refused("holds a `.git`");
    }
    Ok(())
}

impl Ground {
    fn of(app: &App, folder: &Below) -> Self {
        match folder {
            Below::Local(folder) => Self::Local(settled(folder)),
            Below::Object(place) => Self::of_objects(app, place),
        }
    }

    fn of_objects(app: &App, place: &Place) -> Self {
        let full_name = place.element.full_name().as_str();
        let prefix = place.path.clone();
        let config = app.inspect(full_name).and_then(|inspection| inspection.configuration());
        let Ok(config) = config else { return Self::Objects { store: full_name.to_owned(), prefix } };
        if let Some(folder) = config.optional_text("directory") {
            return Self::Local(settled(&app.folder().join(folder).join(prefix)));
        }
        let store = match (config.optional_text("bucketName"), config.optional_text("endPoint")) {
            (Some(bucket), Some(end_point)) => format!("{bucket} at {}", service(end_point)),
            _ => full_name.to_owned(),
        };
        Self::Objects { store, prefix }
    }

    /// This folder and those that hold it.
    fn with_all_above(&self) -> Vec<Self> {
        match self {
            Self::Local(folder) => folder.ancestors().map(|folder| Self::Local(folder.to_owned())).collect(),
            Self::Objects { store, prefix } => {
                let ends = prefix.match_indices('/').map(|(at, _)| at + 1).chain([0]);
                ends.map(|end| Self::Objects { store: store.clone(), prefix: prefix[..end].to_owned() }).collect()
            }
        }
    }

    /// Whether another one lies here, and where: without a `/` behind, empty for the same.
    fn holds(&self, other: &Self) -> Option<String> {
        match (self, other) {
            (Self::Local(folder), Self::Local(other)) => {
                let below = other.strip_prefix(folder).ok()?.components();
                let below: Vec<_> = below.map(|part| part.as_os_str().to_string_lossy()).collect();
                Some(below.join("/"))
            }
            (Self::Objects { store, prefix }, Self::Objects { store: other_store, prefix: other }) => {
                let below = other.strip_prefix(prefix.as_str()).filter(|_| store == other_store)?;
                Some(below.trim_end_matches('/').to_owned())
            }
            _ => None,
        }
    }
}

/// The hosts of one bucket at Alibaba Cloud are many; no two of its buckets have the same name.
fn service(end_point: &str) -> &str {
    let host = end_point.trim_end_matches('/');
    let host = host.split_once("://").map_or(host, |(_, host)| host);
    if host.ends_with(".aliyuncs.com") { "aliyuncs.com" } else { host }
}

/// The path without links and `..`, as far as it is there.
fn settled(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut settled = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                settled.pop();
            }
            part => settled.push(part),
        }
        if let Ok(real) = settled.canonicalize() {
            settled = real;
        }
    }
    settled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_lie_in_each_other_by_their_parts() {
        let objects =
            |store: &str, prefix: &str| Ground::Objects { store: store.to_owned(), prefix: prefix.to_owned() };
        let local = |path: &str| Ground::Local(path.into());
        for (one, other, below) in [
            (objects("a", ""), objects("a", "docs/x/"), Some("docs/x")),
            (objects("a", "docs/"), objects("a", "docs/"), Some("")),
            (objects("a", "docs/"), objects("a", "docs2/"), None),
            (objects("a", ""), objects("b", "docs/"), None),
            (local("/a"), local("/a/b/c"), Some("b/c")),
            (local("/a"), local("/ab"), None),
            (objects("a", ""), local("/a"), None),
        ] {
            assert_eq!(one.holds(&other).as_deref(), below, "{one:?} {other:?}");
        }
        assert_eq!(service("https://oss-cn-hangzhou.aliyuncs.com/"), service("oss-cn-hangzhou-internal.aliyuncs.com"));
        assert_ne!(service("http://127.0.0.1:9380"), service("http://127.0.0.1:9381"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_the_folders_that_they_lead_to() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", folder.path().join("link")).unwrap();
        assert_eq!(settled(&folder.path().join("link/new/../x")), settled(&folder.path().join("real/x")));
    }
}
