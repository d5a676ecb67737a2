//! Where transfers of large files note how far they are, so that the same command goes on there.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use jit_storages::meta::is_transfer_file;
use jit_storages::{App, Checkpoint, ErrorKind, StorageElement};
use serde::Deserialize;
use tokio::time::timeout;

use crate::app_folder::{STATE_FOLDER, state_folder};
use crate::interrupt::until_interrupted;

/// Below what the command keeps in the app's folder.
const FOLDER: &str = "transfers";

/// What is smaller is never moved in parts: OSS takes none below 100 KiB.
const SMALL: u64 = 100 * 1024;

/// Nobody goes on after that.
const OLD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many old notes one command takes away.
const AT_MOST: usize = 100;

/// How long it may take to take them away.
const PATIENCE: Duration = Duration::from_secs(10);

/// The folder of the notes, which is made when the first one is needed.
#[derive(Debug)]
pub(crate) struct Notes {
    app: PathBuf,
    /// `None` where it cannot be made, as in an app that may only be read: transfers then begin anew.
    folder: OnceLock<Option<PathBuf>>,
}

/// What the note of an upload says first.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Upload {
    bucket: String,
    object: String,
    upload_id: String,
}

impl Notes {
    pub(crate) fn of_app(app: &Path) -> Self {
        Self { app: app.to_owned(), folder: OnceLock::new() }
    }

    /// Where a transfer of so many bytes is noted, if it is.
    pub(crate) fn checkpoint(&self, size: u64) -> Option<Checkpoint> {
        if size < SMALL {
            return None;
        }
        let folder = self.folder.get_or_init(|| {
            let folder = state_folder(&self.app, FOLDER).ok()?;
            // One that is there may still be closed.
            tempfile::tempfile_in(&folder).ok()?;
            Some(folder)
        });
        folder.clone().map(Checkpoint::In)
    }
}

/// Takes notes away that nobody has used for long, and with those of uploads to this storage what they have left there.
/// All that was asked for is done by then, so it ends soon, also by Ctrl-C; another command takes the rest away.
pub(crate) async fn sweep(app: &App, storage: &StorageElement) {
    let swept = async {
        let _ = timeout(PATIENCE, take_away(app, storage)).await;
        Ok(())
    };
    let _ = until_interrupted(swept, String::new).await;
}

async fn take_away(app: &App, storage: &StorageElement) {
    let config = app.inspect(storage.full_name().as_str()).and_then(|inspection| inspection.configuration());
    let bucket = config.ok().and_then(|config| config.optional_text("bucketName").map(str::to_owned));
    for path in old_notes(&app.folder().join(STATE_FOLDER).join(FOLDER)) {
        let upload = fs::read_to_string(&path).ok().and_then(|text| {
            let first = text.lines().next().unwrap_or_default();
            serde_json::from_str::<Upload>(first).ok()
        });
        let is_over = match upload {
            // Other storages' uploads are theirs to end.
            Some(upload) if Some(&upload.bucket) != bucket.as_ref() => false,
            Some(upload) => match storage.abort_multipart(&upload.object, &upload.upload_id).await {
                Ok(()) => true,
                Err(error) => error.kind() == ErrorKind::NotFound,
            },
            None => true,
        };
        if is_over {
            // What cannot be taken away is in nobody's way.
            let _ = fs::remove_file(path);
        }
    }
}

fn old_notes(folder: &Path) -> Vec<PathBuf> {
    let Ok(found) = fs::read_dir(folder) else { return Vec::new() };
    let now = SystemTime::now();
    let is_old = |entry: &DirEntry| {
        let modified = entry.metadata().and_then(|found| found.modified());
        modified.is_ok_and(|then| now.duration_since(then).is_ok_and(|age| age > OLD))
            && entry.file_name().to_str().is_some_and(is_transfer_file)
    };
    found.flatten().filter(is_old).map(|entry| entry.path()).take(AT_MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_notes_are_told_from_new_ones_and_other_files() {
        let app = tempfile::tempdir().unwrap();
        let notes = Notes::of_app(app.path());
        assert!(notes.checkpoint(SMALL - 1).is_none() && !app.path().join(".storages").exists());
        let Some(Checkpoint::In(folder)) = notes.checkpoint(SMALL) else { panic!("no folder for notes") };
        for name in [".a.0123456789abcdef.upload", ".b.0123456789abcdef.upload", "mine"] {
            fs::write(folder.join(name), "").unwrap();
        }
        for name in [".a.0123456789abcdef.upload", "mine"] {
            let file = fs::File::options().write(true).open(folder.join(name)).unwrap();
            file.set_modified(SystemTime::now() - OLD - OLD).unwrap();
        }
        assert_eq!(old_notes(&folder), [folder.join(".a.0123456789abcdef.upload")]);
    }
}
