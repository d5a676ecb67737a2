//! Secrets that stand where others can read them: in version control, and in files that are open to everybody.

use std::path::{Path, PathBuf};

use jit_storages::App;
use jit_storages::app::{EnvFile, Inspection};

use super::finding::{Finding, Findings, Severity};
use super::git::{Tracking, tracking};
use crate::app_folder::STATE_FOLDER;
use crate::business_file::BusinessFile;
use crate::env_file::Names;
use crate::files;

/// Finds the secrets of an element that stand in plain text: in its business files and those of its Type, in defaults of
/// templates, and in defaults of the variables that its secrets name.
pub(crate) fn check_secrets(app: &App, inspection: &Inspection, findings: &mut Findings) {
    let mut files = inspection.business_files().unwrap_or_default();
    files.extend(inspection.type_files());
    for path in files {
        let Some(file) = BusinessFile::read(&path) else { continue };
        for key in inspection.chain().keys().iter().filter(|key| key.is_secret()) {
            let Some(entry) = file.entry(key.name()) else { continue };
            if entry.is_plain() {
                let remedy = || {
                    let owner = app.parse_element_by_path(&path).unwrap_or_else(|| inspection.full_name().clone());
                    let variable = Names::of(app, &owner).choose(&owner, key.name());
                    format!(
                        "write \"{{{{{variable}}}}}\" here, and {variable}=… into `.env`; replace the key if it was shared"
                    )
                };
                let what = match entry.variables().is_empty() {
                    true => format!("the secret `{key}`"),
                    false => format!("a default of the secret `{key}`"),
                };
                let position = Some((entry.line, entry.column));
                add(inspection, &what, &path, position, remedy, findings);
            }
            for variable in entry.variables() {
                check_declared(app, inspection, &variable, findings);
            }
        }
    }
}

/// Finds a default of a variable that a secret names, which is as good as the secret.
fn check_declared(app: &App, inspection: &Inspection, variable: &str, findings: &mut Findings) {
    let mut files: Vec<PathBuf> = inspection.declarations();
    files.push(app.folder().join("app.json"));
    for path in files {
        let Some(file) = BusinessFile::read(&path) else { continue };
        let Some(declared) = file.entry("variables") else { continue };
        let has_default = |item: &serde_json::Value| {
            item["name"] == variable && item["default"].as_str().is_some_and(|default| !default.is_empty())
        };
        if declared.value.as_array().is_some_and(|items| items.iter().any(has_default)) {
            let what = format!("the default of the variable `{variable}`, which a secret is taken from,");
            let remedy = || {
                format!("take the default out, and write {variable}=… into `.env`; replace the key if it was shared")
            };
            add(inspection, &what, &path, file.position_of_value(variable), remedy, findings);
        }
    }
}

fn add(
    inspection: &Inspection,
    what: &str,
    path: &Path,
    position: Option<(usize, usize)>,
    remedy: impl Fn() -> String,
    findings: &mut Findings,
) {
    let (severity, who) = match tracking(path) {
        Tracking::Tracked => (Severity::Error, "in a file that git tracks"),
        Tracking::Untracked => (Severity::Warning, "in a file that git does not ignore"),
        Tracking::Unseen => return,
    };
    let finding = Finding::new(severity, format!("{what} stands in plain text {who}")).with_remedy(remedy());
    // What several elements share is told once.
    let finding = match path.starts_with(inspection.folder()) {
        true => finding.of_element(inspection.full_name().as_str()),
        false => finding,
    };
    let (line, column) = (position.map(|position| position.0), position.map(|position| position.1));
    findings.add(Finding { file: Some(path.to_owned()), line, column, ..finding });
}

/// Finds files of keys that others on this machine can read.
pub(crate) fn check_key_files(folder: &Path, findings: &mut Findings) {
    let keys = Path::new(STATE_FOLDER).join("server/keys.env");
    for name in [Path::new(EnvFile::NAME), &keys] {
        let file = folder.join(name);
        if files::is_open_to_others(&file) {
            findings.add(
                Finding::new(Severity::Warning, "others on this machine can read this file, and it holds secrets")
                    .in_file(&file, None)
                    .with_remedy(format!("chmod 600 {}", name.display())),
            );
        }
    }
}
