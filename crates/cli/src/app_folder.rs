//! Which app the command works on, and its storages.

use std::fs;
use std::path::{Path, PathBuf};

use jit_storages::{App, FullName, StorageElement};

use crate::exit::{Failure, Outcome};

/// What the command keeps in an app's folder: the server's data, notes of transfers.
pub(crate) const STATE_FOLDER: &str = ".storages";

/// Finds the app's folder: the given one, else the nearest above the working directory that holds `app.json` or
/// `storages/`.
pub(crate) fn find(given: Option<&Path>) -> Outcome<PathBuf> {
    if let Some(given) = given {
        return match given.is_dir() {
            true => Ok(given.to_owned()),
            false => Err(Failure::usage(format!(
                "there is no folder `{}`: give the app's folder with `--app`, or make one with `storages init {0}`",
                given.display()
            ))),
        };
    }
    let here = std::env::current_dir().map_err(|error| Failure::failed(format!("there is no folder here: {error}")))?;
    let is_app = |folder: &&Path| folder.join("app.json").is_file() || folder.join("storages").is_dir();
    match here.ancestors().find(is_app) {
        Some(folder) => Ok(folder.to_owned()),
        None => Err(Failure::usage(
            "there is no app here: make one with `storages init`, or name its folder with `--app DIR`",
        )),
    }
}

/// Loads the app, found as [`find`] does.
pub(crate) fn load(given: Option<&Path>) -> Outcome<App> {
    Ok(App::load(find(given)?)?)
}

/// The fullName that is meant on a command line: `MyOss` for `storages.MyOss`; empty for the default storage.
pub(crate) fn full_name(app: &App, name: &str) -> Outcome<String> {
    if name.is_empty() {
        return Ok(app.default_storage()?.full_name().to_string());
    }
    if name.contains('.') {
        return Ok(name.to_owned());
    }
    let mut alike: Vec<FullName> = app.storage_names().into_iter().filter(|known| known.name() == name).collect();
    Ok(match alike.len() {
        1 => alike.remove(0).to_string(),
        _ => format!("storages.{name}"),
    })
}

/// The storage that is meant.
pub(crate) fn storage(app: &App, name: &str) -> Outcome<StorageElement> {
    Ok(match name {
        "" => app.default_storage()?,
        name => app.get_element(&full_name(app, name)?)?,
    })
}

/// A folder for what the command keeps in the app's folder. Version control does not see it.
pub(crate) fn state_folder(app: &Path, name: &str) -> Outcome<PathBuf> {
    let folder = app.join(STATE_FOLDER);
    let wanted = folder.join(name);
    let made = fs::create_dir_all(&wanted).and_then(|()| {
        let ignored = folder.join(".gitignore");
        if ignored.exists() { Ok(()) } else { fs::write(ignored, "*\n") }
    });
    made.map_err(|error| Failure::file("make the folder", &wanted, &error))?;
    Ok(wanted)
}
