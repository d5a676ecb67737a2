//! Secrets that stand where others can read them: in version control, and in files that are open to everybody.

use std::path::Path;

use jit_storages::App;
use jit_storages::app::{EnvFile, Inspection};
use jit_storages::meta::ConfigKey;

use super::finding::{Finding, Findings, Severity};
use crate::app_folder::STATE_FOLDER;
use crate::business_file::{BusinessFile, is_plain};
use crate::files;
use crate::git::{REMEDY_OF_UNKNOWN, Tracking, tracking};
use crate::variable_names::Names;

/// The one key whose value need not be a secret: most proxies ask for no password.
const PROXY: &str = "proxy";

/// Finds the secrets of an element that stand in plain text: in its business files and those of its Type, in defaults of
/// templates, and in defaults of the variables that its secrets name.
pub(crate) fn check_secrets(app: &App, inspection: &Inspection, findings: &mut Findings) {
    let mut files = inspection.business_files().unwrap_or_default();
    files.extend(inspection.type_files());
    for path in files {
        let Some(file) = BusinessFile::read(&path) else { continue };
        for key in inspection.chain().keys().iter().filter(|key| key.is_secret()) {
            let Some(entry) = file.entry(key.name()) else { continue };
            let text = entry.value.as_str().unwrap_or_default();
            if secret_part(key, text).is_some_and(is_plain) {
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
            let is_secret = |default: &str| match secret_part(key, text) {
                Some(_) => !default.is_empty(),
                // A whole proxy may be in the variable.
                None => secret_part(key, default).is_some_and(|part| !part.is_empty()),
            };
            for variable in entry.variables() {
                check_declared(inspection, &variable, is_secret, findings);
            }
        }
    }
}

/// What of a key's value nobody must see; `None` where that is nothing.
fn secret_part<'a>(key: &ConfigKey, text: &'a str) -> Option<&'a str> {
    if key.name() != PROXY {
        return Some(text);
    }
    let (user, _) = text.split_once("://").map_or(text, |(_, rest)| rest).rsplit_once('@')?;
    Some(user.split_once(':').map_or(user, |(_, password)| password))
}

/// Finds a default of a variable that a secret names, which is as good as the secret.
fn check_declared(inspection: &Inspection, variable: &str, is_secret: impl Fn(&str) -> bool, findings: &mut Findings) {
    for path in inspection.variable_files() {
        let Some(file) = BusinessFile::read(&path) else { continue };
        let Some(declared) = file.entry("variables") else { continue };
        let has_default =
            |item: &serde_json::Value| item["name"] == variable && item["default"].as_str().is_some_and(&is_secret);
        for (at, _) in declared.value.as_array().into_iter().flatten().enumerate().filter(|(_, item)| has_default(item))
        {
            let what = format!("the default of the variable `{variable}`, which a secret is taken from,");
            let remedy = || {
                format!("take the default out, and write {variable}=… into `.env`; replace the key if it was shared")
            };
            let position = file.position_of_value(&["variables", &at.to_string(), "name"]);
            add(inspection, &what, &path, position, remedy, findings);
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
    let tracking = tracking(path);
    let (severity, who) = match tracking {
        Tracking::Tracked => (Severity::Error, "in a file that git tracks"),
        Tracking::Untracked => (Severity::Warning, "in a file that git does not ignore"),
        Tracking::Unknown => (Severity::Warning, "in a file that git may track, and git does not answer"),
        Tracking::Unseen => return,
    };
    let remedy = match tracking {
        Tracking::Unknown => format!("{REMEDY_OF_UNKNOWN}; {}", remedy()),
        _ => remedy(),
    };
    let finding = Finding::new(severity, format!("{what} stands in plain text {who}")).with_remedy(remedy);
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
                    .in_file(&file, &[])
                    .with_remedy(format!("chmod 600 {}", name.display())),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_proxy_the_password_alone_is_secret() {
        let proxy = ConfigKey::secret("proxy", "A proxy.");
        for (text, expected) in [
            ("none", false),
            ("http://proxy:3128", false),
            ("{{PROXY}}", false),
            ("http://me:{{PASSWORD}}@{{HOST}}:3128", false),
            ("http://me:hush@proxy:3128", true),
            ("http://me:hush@{{HOST}}:3128", true),
            ("http://token@proxy", true),
            ("${PROXY:-http://me:hush@proxy}", true),
            ("${PROXY:-http://proxy:3128}", false),
        ] {
            assert_eq!(secret_part(&proxy, text).is_some_and(is_plain), expected, "{text}");
        }
        assert_eq!(secret_part(&ConfigKey::secret("accessKeySecret", "A key."), "a@b"), Some("a@b"));
    }
}
