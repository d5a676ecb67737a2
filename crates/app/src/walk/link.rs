//! Symbolic links to folders: followed, unless they lead in a circle.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many links one path may pass. Links that lead to each other's neighbours multiply without a circle.
const MOST_LINKS: usize = 8;

/// A link that was followed, and those before it.
#[derive(Debug)]
pub(super) struct Link {
    /// The real path of the folder in which it stands.
    stands_in: PathBuf,
    before: Option<Arc<Link>>,
    depth: usize,
}

impl Link {
    /// Follows the link at `path` in `folder`, where it leads to a folder that is not on the way to it.
    pub(super) fn follow(path: &Path, folder: &Path, before: Option<&Arc<Self>>) -> Option<Arc<Self>> {
        let depth = before.map_or(1, |link| link.depth + 1);
        let target = fs::canonicalize(path).ok().filter(|target| target.is_dir())?;
        let stands_in = fs::canonicalize(folder).ok()?;
        // Whoever enters a folder above one of these comes by the same link again.
        let mut passed = std::iter::successors(before, |link| link.before.as_ref()).map(|link| &link.stands_in);
        if depth > MOST_LINKS || stands_in.starts_with(&target) || passed.any(|folder| folder.starts_with(&target)) {
            return None;
        }
        Some(Arc::new(Self { stands_in, before: before.cloned(), depth }))
    }
}
