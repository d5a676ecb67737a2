//! The `.env` of an app, as the command writes it; `App` reads it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;

use jit_storages::app::EnvFile;
use jit_storages::meta::Template;
use jit_storages::{App, FullName};

use crate::exit::Outcome;
use crate::files;
use crate::output::Output;

/// What version control must not see.
pub(crate) const IGNORED: &[&str] = &[".env", ".storages/"];

/// Sets variables in the `.env` of an app, which only its owner may read from then on, and keeps it out of git. Those that
/// stand there already are replaced.
pub(crate) fn set(app: &Path, variables: &[(String, String)], output: &Output) -> Outcome {
    if variables.is_empty() {
        return Ok(());
    }
    let file = app.join(EnvFile::NAME);
    let (text, known) = (files::read_or_empty(&file)?, EnvFile::read(&file));
    let replaced: Vec<_> = variables.iter().flat_map(|(name, _)| known.lines_of(name)).collect();
    let kept = text.split_inclusive('\n').enumerate();
    let kept = kept.filter(|(at, _)| !replaced.iter().any(|lines| lines.contains(at)));
    let mut lines: String = kept.map(|(_, line)| line).collect();
    if !lines.is_empty() && !lines.ends_with('\n') {
        lines.push('\n');
    }
    for (name, value) in variables {
        lines.push_str(&format!("{name}={}\n", quoted(value)));
    }
    let was_open = files::is_open_to_others(&file);
    files::write_secret(&file, &lines)?;
    if was_open {
        output.note(format!("`{}` could be read by others; now its owner alone can", file.display()));
    }
    files::ensure_lines(&app.join(".gitignore"), IGNORED)
}

/// Warns of the variables of a `.env` for which the process environment has another value, which counts before it.
pub(crate) fn warn_of_environment(app: &Path, output: &Output) {
    let file = EnvFile::of_app(app);
    let is_other = |name: &&str| env::var(name).is_ok_and(|value| Some(value.as_str()) != file.get(name));
    let names: Vec<_> = file.names().into_iter().filter(is_other).map(|name| format!("`{name}`")).collect();
    if !names.is_empty() {
        output.warning(format!(
            "the environment has other values than `.env`, and they count: unset {} if they belong to something else",
            names.join(", ")
        ));
    }
}

/// The names of variables that are in use already.
#[derive(Debug)]
pub(crate) struct Names {
    /// In the business files of the element alone: it may set them anew.
    own: BTreeSet<String>,
    /// By whatever else.
    taken: BTreeSet<String>,
}

impl Names {
    /// Those that an element of this name finds in an app.
    pub(crate) fn of(app: &App, element: &FullName) -> Self {
        let (mut own, mut taken) = (BTreeSet::new(), BTreeSet::new());
        let note = |text: &str, names: &mut BTreeSet<String>| {
            names.extend(Template::all(text).map(|template| template.name().to_owned()));
        };
        let defines = app.get_all_elements_define();
        for name in defines.keys().filter(|name| name.namespace() == element.namespace()) {
            let names = if name == element { &mut own } else { &mut taken };
            for text in json_files(&app.folder().join(name.folder())) {
                note(&text, names);
            }
        }
        // Those of parent apps, too.
        for name in app.storage_names().iter().filter(|name| *name != element) {
            let Ok(inspection) = app.inspect(name.as_str()) else { continue };
            for file in inspection.business_files().unwrap_or_default() {
                note(&fs::read_to_string(file).unwrap_or_default(), &mut taken);
            }
        }
        for (_, define) in defines.iter().filter(|(name, _)| *name != element) {
            taken.extend(define.declared_variables().map(|variable| variable.name));
        }
        own.retain(|name| !taken.contains(name));
        taken.extend(EnvFile::of_app(app.folder()).names().into_iter().map(str::to_owned));
        Self { own, taken }
    }

    /// The variable for a key of the element: `PHOTOS_ACCESS_KEY_SECRET` for `accessKeySecret` of `storages.Photos`; with
    /// the whole fullName or a number where another has that name.
    pub(crate) fn choose(&self, element: &FullName, key: &str) -> String {
        let key = upper_snake(key);
        let [short, long] = [element.name(), element.as_str()].map(|name| format!("{}_{key}", word(name)));
        let is_free =
            |name: &str| self.own.contains(name) || !(self.taken.contains(name) || env::var_os(name).is_some());
        if is_free(&short) {
            return short;
        }
        let numbered = (2_u32..).map(|number| format!("{long}_{number}"));
        let mut candidates = std::iter::once(long.clone()).chain(numbered);
        candidates.find(|name| is_free(name)).expect("there are more numbers than variables")
    }
}

/// The texts of the files of JSON in a folder, as far as they can be read.
fn json_files(folder: &Path) -> impl Iterator<Item = String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let files = entries.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.filter_map(|path| fs::read_to_string(path).ok())
}

/// `my_oss` for `MyOss`.
pub(crate) fn snake(name: &str) -> String {
    upper_snake(name).to_ascii_lowercase()
}

/// What a variable can begin with that stands for a name; one without a letter of ASCII is just `STORAGE`.
fn word(name: &str) -> String {
    let word = upper_snake(name);
    match word.bytes().next() {
        None => "STORAGE".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("STORAGE_{word}"),
        Some(_) => word,
    }
}

fn upper_snake(name: &str) -> String {
    let mut upper = String::new();
    let mut was_lower = false;
    for letter in name.chars() {
        let is_new_word = !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && was_lower);
        if is_new_word && !upper.is_empty() && !upper.ends_with('_') {
            upper.push('_');
        }
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        if letter.is_ascii_alphanumeric() {
            upper.push(letter.to_ascii_uppercase());
        }
    }
    upper.truncate(upper.trim_end_matches('_').len());
    upper
}

fn quoted(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+@%=,".contains(&byte);
    if value.bytes().all(is_plain) {
        return value.to_owned();
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\n', "\\n");
    format!("\"{escaped}\"")
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
        for value in ["abc/+=", "", "a b", "a\"\\#\n", "p$w {{A}} ${B}", "'", "#", "密钥"] {
            set(folder.path(), &[variable("A", value)], &output()).unwrap();
            assert_eq!(EnvFile::of_app(folder.path()).get("A"), Some(value));
        }
    }

    #[test]
    fn variables_are_named_by_element_and_key() {
        let names = Names { own: BTreeSet::new(), taken: BTreeSet::new() };
        for (element, key, name) in [
            ("storages.MyOss", "accessKeySecret", "MY_OSS_ACCESS_KEY_SECRET"),
            ("storages.a.my-oss", "proxy", "MY_OSS_PROXY"),
            ("storages.照片", "crc64", "STORAGE_CRC64"),
            ("storages.照片2", "crc64", "STORAGE_2_CRC64"),
            ("storages._x_", "crc64", "X_CRC64"),
        ] {
            assert_eq!(names.choose(&FullName::parse(element).unwrap(), key), name);
        }
    }

    #[test]
    fn a_name_that_another_has_is_not_chosen() {
        let element = FullName::parse("storages.a.Photos").unwrap();
        let mut names = Names { own: BTreeSet::new(), taken: BTreeSet::new() };
        for expected in ["PHOTOS_KEY", "STORAGES_A_PHOTOS_KEY", "STORAGES_A_PHOTOS_KEY_2", "STORAGES_A_PHOTOS_KEY_3"] {
            assert_eq!(names.choose(&element, "key"), expected);
            names.taken.insert(expected.to_owned());
        }
        names.own.insert("PHOTOS_KEY".to_owned());
        assert_eq!(names.choose(&element, "key"), "PHOTOS_KEY");
    }

    #[test]
    fn variables_are_added_behind_what_is_there_or_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".env"), "A=1\nB=\"several\nlines\"\n# mine").unwrap();
        set(folder.path(), &[variable("B", "x y"), variable("C", "z")], &output()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(".env")).unwrap(), "A=1\n# mine\nB=\"x y\"\nC=z\n");
        assert_eq!(fs::read_to_string(folder.path().join(".gitignore")).unwrap(), ".env\n.storages/\n");
    }
}
