//! The suite that every Type passes, on `storages.DiskType`.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::sync::LazyLock;

use conformance::{Profile, element};
use disk_type as _;
use meta::{Ability, Operation};

/// One directory for all cases, below a folder that goes with the process's temporary files.
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("there is room for a folder"));

fn profile() -> Profile {
    let directory = FOLDER.path().join("files").display().to_string();
    Profile::new(move || {
        let directory = directory.clone();
        async move { element("storages.DiskType", [("directory", directory)]) }
    })
    .with_abilities(&[Ability::List])
    .without(&[Operation::Sign])
    .with_lasting_store()
    // No error and no `Debug` shows the full path of the system.
    .with_secrets([FOLDER.path().display().to_string()])
    .with_load_errors(|| {
        let of = |entries: &[(&str, &str)]| {
            element("storages.DiskType", entries.iter().copied()).map(|_| ()).expect_err("the configuration is wrong")
        };
        vec![of(&[]), of(&[("directory", "")]), of(&[("directroy", "files")]), of(&[("directory", ".")])]
    })
}

conformance::suite!(profile);
