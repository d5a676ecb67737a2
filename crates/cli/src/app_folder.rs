//! Which app the command works on, and its storages.

use std::fs;
use std::path::{Path, PathBuf};

use jit_storages::meta::nearest;
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
    let at_root = format!("storages.{name}");
    let names = app.storage_names();
    let alike: Vec<_> = names.iter().filter(|known| known.name() == name).map(FullName::as_str).collect();
    match alike[..] {
        [sole] => Ok(sole.to_owned()),
        // What is wrong with it, the app tells.
        _ if app.get_element_define(&at_root).is_ok() => Ok(at_root),
        [] => match nearest(name, names.iter().map(FullName::name)) {
            Some(near) => {
                let meant = names.iter().filter(|known| known.name() == near);
                let meant: Vec<_> = meant.map(|known| format!("`{known}`")).collect();
                Err(Failure::usage(format!("no storage is called `{name}`: did you mean {}?", meant.join(" or "))))
            }
            // Of whole names, which all begin alike, the app would call any short one near.
            None if !names.is_empty() => {
                Err(Failure::usage(format!("no storage is called `{name}`: `storages list` tells which there are")))
            }
            None => Ok(at_root),
        },
        _ => Err(Failure::usage(format!("`{name}` may be each of `{}`: write the whole name", alike.join("`, `")))),
    }
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
    fs::create_dir_all(&wanted).map_err(|error| Failure::file("make the folder", &wanted, &error))?;
    let ignored = folder.join(".gitignore");
    if !ignored.exists() {
        crate::files::write(&ignored, "*\n")?;
    }
    Ok(wanted)
}
