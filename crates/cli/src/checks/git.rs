//! What git sees of an app's folder.

use std::path::Path;
use std::process::{Command, Stdio};

/// How a file stands to version control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tracking {
    Tracked,
    /// The next `git add .` would take it.
    Untracked,
    /// Ignored, or not in a repository at all.
    Unseen,
}

/// Asks git; where there is none, nothing is seen.
pub(crate) fn tracking(file: &Path) -> Tracking {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return Tracking::Unseen };
    let ask = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(folder).args(arguments).arg("--").arg(name);
        git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?.code()
    };
    match (ask(&["ls-files", "--error-unmatch"]), ask(&["check-ignore", "-q"])) {
        (Some(0), _) => Tracking::Tracked,
        // 0 is ignored, 1 not, and everything else no repository.
        (_, Some(1)) => Tracking::Untracked,
        _ => Tracking::Unseen,
    }
}
