//! Symbolic links to folders: followed, unless they lead in a circle.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use meta::{Error, ErrorKind, Result};

/// How many links one path may pass. Links that lead to each other's neighbours multiply without a circle.
const MOST_LINKS: usize = 8;

/// How many links all paths of an app may pass together: a few folders that all link to each other make millions of paths.
const MOST_FOLLOWED: usize = 10_000;

/// How many links were followed in an app.
#[derive(Debug, Clone, Default)]
pub(super) struct Followed(Arc<AtomicUsize>);

impl Followed {
    /// Whether the app has used up what it may follow.
    pub(super) fn is_enough(&self) -> bool {
        self.0.load(Ordering::Relaxed) > MOST_FOLLOWED
    }

    /// Counts the link at this path.
    ///
    /// # Errors
    /// One that names it, where it is the first too many.
    pub(super) fn count(&self, path: &Path) -> Result<()> {
        if self.0.fetch_add(1, Ordering::Relaxed) != MOST_FOLLOWED {
            return Ok(());
        }
        let message = format!(
            "the symbolic links of the app lead to more than {MOST_FOLLOWED} folders, the last of them `{}`",
            path.display()
        );
        Err(Error::new(ErrorKind::Config, message).with_advice("remove links to folders that link to each other"))
    }
}

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
