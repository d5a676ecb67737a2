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
    /// There is a repository, and git does not answer: it is not installed, or refuses the folder.
    Unknown,
}

/// What to do about [`Tracking::Unknown`].
pub(crate) const REMEDY_OF_UNKNOWN: &str = "run `git status` in its folder, which tells what is in git's way";

/// Variables that point git at another repository than the one around the file, as hooks have them.
const OF_OTHER_REPOSITORY: &[&str] = &["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"];

/// Asks git.
pub(crate) fn tracking(file: &Path) -> Tracking {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return Tracking::Unseen };
    let ask = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(folder).args(arguments).arg("--").arg(name);
        for name in OF_OTHER_REPOSITORY {
            git.env_remove(name);
        }
        git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?.code()
    };
    // Each answers 1 for no; everything else is no answer.
    match ask(&["ls-files", "--error-unmatch"]) {
        Some(0) => return Tracking::Tracked,
        Some(1) => {}
        _ => return without_answer(folder),
    }
    match ask(&["check-ignore", "-q"]) {
        Some(0) => Tracking::Unseen,
        Some(1) => Tracking::Untracked,
        _ => without_answer(folder),
    }
}

/// Git answers nothing also where there is nothing to be asked.
fn without_answer(folder: &Path) -> Tracking {
    match folder.ancestors().any(|folder| folder.join(".git").exists()) {
        true => Tracking::Unknown,
        false => Tracking::Unseen,
    }
}
