//! The `.env` of an app, as the command writes it; `App` reads it.

use std::fs;
use std::path::Path;

use crate::exit::Outcome;
use crate::files;

/// In the app's folder.
pub(crate) const ENV_FILE: &str = ".env";

/// What version control must not see.
pub(crate) const IGNORED: &[&str] = &[".env", ".storages/"];

/// Adds variables to the `.env` of an app and keeps it out of git. Those that it has already get their new value in a
/// later line, which counts.
pub(crate) fn add(app: &Path, variables: &[(String, String)]) -> Outcome {
    if variables.is_empty() {
        return Ok(());
    }
    let lines: String = variables.iter().map(|(name, value)| format!("{name}={}\n", quoted(value))).collect();
    files::append_secret(&app.join(ENV_FILE), &lines)?;
    files::ensure_lines(&app.join(".gitignore"), IGNORED)
}

/// Whether the `.env` of an app has a line for this variable.
pub(crate) fn has(app: &Path, name: &str) -> bool {
    let text = fs::read_to_string(app.join(ENV_FILE)).unwrap_or_default();
    text.lines().any(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        line.split_once('=').is_some_and(|(known, _)| known.trim() == name)
    })
}

/// The variable for a key of an element: `MY_OSS_ACCESS_KEY_SECRET` for `accessKeySecret` of `MyOss`.
pub(crate) fn variable_for(element: &str, key: &str) -> String {
    format!("{}_{}", upper_snake(element), upper_snake(key))
}

fn upper_snake(name: &str) -> String {
    let mut upper = String::new();
    let mut was_lower = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && was_lower {
            upper.push('_');
        }
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        upper.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' });
    }
    upper
}

fn quoted(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+@%=,".contains(&byte);
    if value.bytes().all(is_plain) {
        return value.to_owned();
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_need_quotes_get_them() {
        for (value, written) in [("abc/+=", "abc/+="), ("", ""), ("a b", "\"a b\""), ("a\"\\#\n", "\"a\\\"\\\\#\\n\"")]
        {
            assert_eq!(quoted(value), written);
        }
    }

    #[test]
    fn variables_are_named_by_element_and_key() {
        assert_eq!(variable_for("MyOss", "accessKeySecret"), "MY_OSS_ACCESS_KEY_SECRET");
        assert_eq!(variable_for("照片2", "crc64"), "__2_CRC64");
    }

    #[test]
    fn variables_are_added_behind_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(ENV_FILE), "A=1").unwrap();
        add(folder.path(), &[("B".to_owned(), "x y".to_owned())]).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(ENV_FILE)).unwrap(), "A=1\nB=\"x y\"\n");
        assert!(has(folder.path(), "B") && !has(folder.path(), "C"));
        add(folder.path(), &[("C".to_owned(), "z".to_owned())]).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(".gitignore")).unwrap(), ".env\n.storages/\n");
    }
}
