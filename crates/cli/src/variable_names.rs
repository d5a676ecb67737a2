//! What the variables are called that elements take their secrets from.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;

use jit_storages::app::EnvFile;
use jit_storages::meta::Template;
use jit_storages::{App, FullName};

/// What the variables begin with that the real service reads its keys from, wherever it is used: whatever an app sets there
/// would reach programs that mean something else.
const OF_SERVICE: &[&str] = &["OSS_", "ALIBABA_CLOUD_"];

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
    /// the whole fullName or a number where another, or the real service, has that name.
    pub(crate) fn choose(&self, element: &FullName, key: &str) -> String {
        let key = upper_snake(key);
        let [short, long] = [element.name(), element.as_str()].map(|name| format!("{}_{key}", word(name)));
        let is_used = |name: &str| self.taken.contains(name) || env::var_os(name).is_some();
        let is_of_service = |name: &str| OF_SERVICE.iter().any(|prefix| name.starts_with(prefix));
        let is_free = |name: &str| self.own.contains(name) || !(is_used(name) || is_of_service(name));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_named_by_element_and_key() {
        let names = Names { own: BTreeSet::new(), taken: BTreeSet::new() };
        for (element, key, name) in [
            ("storages.MyOss", "accessKeySecret", "MY_OSS_ACCESS_KEY_SECRET"),
            ("storages.a.my-oss", "proxy", "MY_OSS_PROXY"),
            ("storages.照片", "crc64", "STORAGE_CRC64"),
            ("storages.照片2", "crc64", "STORAGE_2_CRC64"),
            ("storages._x_", "crc64", "X_CRC64"),
            ("storages.Oss", "accessKeySecret", "STORAGES_OSS_ACCESS_KEY_SECRET"),
            ("storages.AlibabaCloud", "accessKeyId", "STORAGES_ALIBABA_CLOUD_ACCESS_KEY_ID"),
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
}
