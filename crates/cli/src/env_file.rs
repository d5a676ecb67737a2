//! The `.env` of an app, as the command writes it; `App` reads it.

use std::env;
use std::fs;
use std::path::Path;

use jit_storages::app::EnvFile;

use crate::exit::{Failure, Outcome};
use crate::files;
use crate::git::{Tracking, tracking};
use crate::output::Output;

/// What version control must not see.
pub(crate) const IGNORED: &[&str] = &[".env", ".storages/"];

/// Sets variables in the `.env` of an app, which only its owner may read from then on, and keeps it out of git. Those that
/// stand there already are replaced. Nothing is written where they would not be read back, or git would take them.
pub(crate) fn set(app: &Path, variables: &[(String, String)], output: &Output) -> Outcome {
    if variables.is_empty() {
        return Ok(());
    }
    let file = app.join(EnvFile::NAME);
    if fs::metadata(&file).is_ok_and(|metadata| !metadata.is_file()) {
        let shown = file.display();
        return Err(Failure::failed(format!("`{shown}` must be an ordinary file, and is none: rename or remove it")));
    }
    let text = files::read_or_empty(&file)?;
    let known = EnvFile::parse(&file, text.as_bytes());
    let lines = with_variables(&text, &known, variables);
    check_read_back(&file, &known, &EnvFile::parse(&file, lines.as_bytes()), variables)?;
    if tracking(&file) == Tracking::Tracked {
        return Err(Failure::failed(format!(
            "git tracks `{}`, and would take the secrets: `git rm --cached {}` in its folder, then try again",
            file.display(),
            EnvFile::NAME
        )));
    }
    // Before there is something to be ignored.
    files::ensure_lines(&app.join(".gitignore"), IGNORED)?;
    let was_open = files::is_open_to_others(&file);
    files::write_secret(&file, &lines)?;
    if was_open {
        output.note(format!("`{}` could be read by others; now its owner alone can", file.display()));
    }
    Ok(())
}

/// Warns of the variables of an app's `.env` that the process environment hides.
pub(crate) fn warn_of_environment(app: &Path, output: &Output) {
    let file = EnvFile::of_app(app);
    let names: Vec<_> = hidden_by_environment(&file).map(|name| format!("`{name}`")).collect();
    if !names.is_empty() {
        output.warning(format!(
            "the environment has other values than `.env`, and they count: unset {} if they belong to something else",
            names.join(", ")
        ));
    }
}

/// The variables of a `.env` for which the process environment has another value, which counts before it.
pub(crate) fn hidden_by_environment(file: &EnvFile) -> impl Iterator<Item = &str> {
    let is_other = |name: &&str| env::var(name).is_ok_and(|value| Some(value.as_str()) != file.get(name));
    file.names().into_iter().filter(is_other)
}

/// The file with these variables at its end, and nowhere else.
fn with_variables(text: &str, known: &EnvFile, variables: &[(String, String)]) -> String {
    let replaced: Vec<_> = variables.iter().flat_map(|(name, _)| known.lines_of(name)).collect();
    let kept = (1..).zip(text.split_inclusive('\n'));
    let kept = kept.filter(|(line, _)| !replaced.iter().any(|lines| lines.contains(line)));
    let mut lines: String = kept.map(|(_, line)| line).collect();
    if !lines.is_empty() && !lines.ends_with('\n') {
        lines.push('\n');
    }
    for (name, value) in variables {
        lines.push_str(&format!("{name}={}\n", quoted(value)));
    }
    lines
}

/// Refuses where quotes that are open in the file would take in what is written behind them.
fn check_read_back(file: &Path, known: &EnvFile, now: &EnvFile, variables: &[(String, String)]) -> Outcome {
    let is_set = |name: &str| variables.iter().any(|(set, _)| set == name);
    let changed = now.names().into_iter().find(|name| !is_set(name) && now.get(name) != known.get(name));
    let are_read = variables.iter().all(|(name, value)| now.get(name) == Some(value));
    let are_kept = known.names().into_iter().all(|name| is_set(name) || now.get(name).is_some());
    if changed.is_none() && are_read && are_kept {
        return Ok(());
    }
    let begin = changed.and_then(|name| now.lines_of(name).last()).map(|lines| lines.start);
    let begin = begin.or_else(|| known.problems().iter().find_map(|problem| problem.line));
    let place = begin.map(|line| format!(":{line}")).unwrap_or_default();
    Err(Failure::failed(format!(
        "`{}{place}`: what begins here would take in what is written behind it: end its quotes, then try again",
        file.display()
    )))
}

/// A value as shells read it, too, where they can.
fn quoted(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+@%=,".contains(&byte);
    if value.bytes().all(is_plain) {
        return value.to_owned();
    }
    if !value.contains(['\'', '\n', '\r']) {
        return format!("'{value}'");
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
    format!("\"{}\"", escaped.replace('\n', "\\n").replace('\r', "\\r"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Format, Verbosity};

    fn output() -> Output {
        Output::new(Format::Text, Verbosity::Quiet)
    }

    fn variable(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn what_is_written_is_what_the_app_reads() {
        let folder = tempfile::tempdir().unwrap();
        for value in
            ["abc/+=", "", "a b", "a\"\\#\n", "p$w {{A}} ${B}", "'", "#", "密钥", "a\r\nb", "\r", "`id`'", "`$x`\\"]
        {
            set(folder.path(), &[variable("A", value)], &output()).unwrap();
            assert_eq!(EnvFile::of_app(folder.path()).get("A"), Some(value));
        }
    }

    #[test]
    fn variables_are_added_behind_what_is_there_or_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".env"), "A=1\nB=\"several\nlines\"\n# mine").unwrap();
        set(folder.path(), &[variable("B", "x y"), variable("C", "z")], &output()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(".env")).unwrap(), "A=1\n# mine\nB='x y'\nC=z\n");
        assert_eq!(fs::read_to_string(folder.path().join(".gitignore")).unwrap(), ".env\n.storages/\n");
    }

    #[test]
    fn what_would_not_be_read_back_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        for (text, value, line) in
            [("X=1\nA='oops", "x' #y", Some(2)), ("A=\"oops\n", "p'\"", None), ("A='oops\nB='1'\n", "x' #", Some(1))]
        {
            fs::write(&file, text).unwrap();
            let set = set(folder.path(), &[variable("B", value)], &output());
            let Some(line) = line else {
                set.unwrap();
                assert_eq!(EnvFile::read(&file).get("B"), Some(value), "{text}");
                continue;
            };
            let failure = set.unwrap_err().text().unwrap();
            assert!(failure.contains(&format!(".env:{line}`: ")) && !failure.contains(value), "{failure}");
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
    }

    #[test]
    fn a_file_that_git_tracks_takes_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        fs::write(&file, "A=1\n").unwrap();
        for arguments in [&["init", "--quiet"][..], &["add", ".env"]] {
            assert!(
                std::process::Command::new("git")
                    .arg("-C")
                    .arg(folder.path())
                    .args(arguments)
                    .status()
                    .unwrap()
                    .success()
            );
        }
        let failure = set(folder.path(), &[variable("B", "hush")], &output()).unwrap_err().text().unwrap();
        assert!(failure.contains("git rm --cached .env"), "{failure}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "A=1\n");
    }

    #[test]
    fn what_is_no_ordinary_file_is_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".env")).unwrap();
        let failure = set(folder.path(), &[variable("B", "hush")], &output()).unwrap_err().text().unwrap();
        assert!(failure.contains("must be an ordinary file"), "{failure}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_ignored_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".gitignore")).unwrap();
        set(folder.path(), &[variable("B", "hush")], &output()).unwrap_err();
        assert!(!folder.path().join(".env").exists());
    }
}
