//! The files of an app that does not load, each by itself: all that is wrong is told at once, not the first of it.

use std::fs;
use std::io;
use std::path::Path;

use jit_storages::ElementDefine;
use jit_storages::meta::{ConfigLayer, json_error, strip_byte_order_mark};

use super::finding::{Finding, Findings};
use crate::local::Walk;

/// Reads `app.json` and the files of all elements below `storages/`.
pub(crate) fn check_files(folder: &Path, findings: &mut Findings) {
    let app_json = folder.join("app.json");
    if let Ok(text) = fs::read(&app_json)
        && let Err(error) = serde_json::from_slice::<serde_json::Map<_, _>>(strip_byte_order_mark(&text))
    {
        findings.add(Finding::from_error(&json_error(&app_json, &error)));
    }
    let Ok(files) = Walk::files(&folder.join("storages")) else { return };
    for file in files.flatten().filter(|file| file.name.ends_with("/e.json")) {
        let Ok(text) = fs::read(&file.path) else { continue };
        if let Err(error) = ElementDefine::parse(&file.path, &text) {
            findings.add(Finding::from_error(&error));
        }
        if let Some((path, text)) = business_file(&file.path)
            && let Err(error) = ConfigLayer::parse(path, &text)
        {
            findings.add(Finding::from_error(&error));
        }
    }
}

fn business_file(e_json: &Path) -> Option<(std::path::PathBuf, Vec<u8>)> {
    let folder = e_json.parent()?;
    let named = folder.join(format!("{}.json", folder.file_name()?.to_str()?));
    match fs::read(&named) {
        Ok(text) => Some((named, text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let fallback = folder.join("config.json");
            fs::read(&fallback).ok().map(|text| (fallback, text))
        }
        Err(_) => None,
    }
}
