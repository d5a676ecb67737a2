//! Errors of the file system, told with the path relative to the directory: never the full path of the system.

use std::io;

use meta::{Error, ErrorKind};

/// What was tried on which path below the directory, and what came of it.
pub(super) fn failed(what: &str, components: &[String], error: io::Error) -> Error {
    let place = shown(components);
    match error.kind() {
        io::ErrorKind::InvalidFilename => {
            Error::new(ErrorKind::InvalidName, "the path of this object is longer than the file system allows")
                .with_advice("shorten the name, or move the storage's directory nearer to the root")
                .with_source(error)
        }
        io::ErrorKind::CrossesDevices => Error::io(format!("cannot {what} `{place}`"), error)
            .with_advice("the storage's directory must lie on one file system with all its folders"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::io(format!("cannot {what} `{place}`"), error).with_advice("free some space")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Error::io(format!("cannot {what} `{place}`"), error)
                .with_advice("let the process's user read and write the storage's directory")
        }
        _ => Error::io(format!("cannot {what} `{place}`"), error),
    }
}

/// A path that something takes which is neither file nor folder.
pub(super) fn foreign(components: &[String], what: &str) -> Error {
    Error::denied(format!("`{}` is {what}, which storages.DiskType does not follow", shown(components)))
        .with_advice("put a file or a folder in its place")
}

fn shown(components: &[String]) -> String {
    if components.is_empty() { ".".to_owned() } else { components.join("/") }
}
