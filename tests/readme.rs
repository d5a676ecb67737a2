//! The READMEs say what the code says. `UPDATE_README=1 cargo test --test readme` writes the tables of `README.md` anew.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use jit_storages as _;
use jit_storages::meta::{ConfigDefault, ConfigKey, Registry};

const TYPES: [&str; 2] = ["storages.DiskType", "storages.OssType"];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn keys(type_name: &str) -> &'static [ConfigKey] {
    let [registration] = Registry::linked().candidates(type_name) else { panic!("{type_name} is not linked once") };
    registration.keys
}

/// What a row says beside the words of the meaning, in any language.
fn facts(key: &ConfigKey) -> [String; 3] {
    let default = match key.default() {
        None if key.is_required() => "**required**".to_owned(),
        None => "–".to_owned(),
        Some(ConfigDefault::Text(text)) => format!("`{text}`"),
        Some(default) => format!("`{default}`"),
    };
    [format!("`{}`", key.name()), key.kind().to_string(), default]
}

/// The part of a README between the marker of a Type's keys and its end, behind the two lines of the table's head.
fn rows<'a>(readme: &'a str, type_name: &str) -> (usize, &'a str) {
    let marker = format!("<!-- keys of {type_name} -->\n");
    let start = readme.find(&marker).expect("the README has the table") + marker.len();
    let head: usize = readme[start..].split_inclusive('\n').take(2).map(str::len).sum();
    let start = start + head;
    let end = start + readme[start..].find("<!-- end -->").expect("the table ends");
    (start, &readme[start..end])
}

#[test]
fn the_tables_of_keys_are_those_of_the_code() {
    let mut readme = fs::read_to_string(path("README.md")).unwrap();
    for type_name in TYPES {
        let mut expected = String::new();
        for key in keys(type_name) {
            let [name, kind, default] = facts(key);
            writeln!(expected, "| {name} | {kind} | {default} | {} |", key.doc()).unwrap();
        }
        let (start, found) = rows(&readme, type_name);
        if found != expected && std::env::var_os("UPDATE_README").is_some() {
            let end = start + found.len();
            readme.replace_range(start..end, &expected);
            fs::write(path("README.md"), &readme).unwrap();
            continue;
        }
        assert_eq!(found, expected, "UPDATE_README=1 cargo test --test readme writes it");
    }
}

#[test]
fn the_chinese_tables_have_the_same_keys_and_defaults() {
    let readme = fs::read_to_string(path("README.zh-CN.md")).unwrap();
    for type_name in TYPES {
        let (_, found) = rows(&readme, type_name);
        let rows: Vec<Vec<&str>> =
            found.lines().map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
        let names: Vec<_> = rows.iter().map(|row| row[0].to_owned()).collect();
        let expected: Vec<_> = keys(type_name).iter().map(|key| facts(key)[0].clone()).collect();
        assert_eq!(names, expected);
        for (row, key) in rows.iter().zip(keys(type_name)) {
            let default = facts(key)[2].replace("required", "必填");
            assert_eq!(row[2], default, "{key}");
            assert!(!row[3].is_empty(), "{key} has no meaning");
        }
    }
}

/// The names of the public methods of `StorageElement`.
fn methods() -> BTreeSet<String> {
    let folder = path("crates/meta/src/storage/element");
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut is_element = false;
        for line in source.lines() {
            if line.starts_with("impl") {
                is_element = line.starts_with("impl StorageElement");
            }
            let Some(line) = line.strip_prefix("    pub ").filter(|_| is_element) else { continue };
            let Some(name) = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ") else { continue };
            let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
            names.insert(name[..end].to_owned());
        }
    }
    names
}

#[test]
fn the_tables_of_methods_are_those_of_the_code() {
    let expected = methods();
    assert!(expected.contains("upload_by_file") && expected.len() > 40, "{expected:?}");
    for readme in ["README.md", "README.zh-CN.md"] {
        let text = fs::read_to_string(path(readme)).unwrap();
        let (_, table) = text.split_once("<!-- methods -->").unwrap();
        let (table, _) = table.split_once("<!-- end -->").unwrap();
        let first_columns = table.lines().skip(3).filter_map(|row| row.strip_prefix("| ")?.split(" | ").next());
        let told: BTreeSet<String> = first_columns
            .flat_map(|column| column.split('`').skip(1).step_by(2))
            .map(|code| code.split('(').next().unwrap().to_owned())
            .collect();
        assert_eq!(told, expected, "{readme}");
    }
}

#[test]
fn the_official_types_are_linked() {
    let linked: Vec<_> = Registry::linked().names().collect();
    assert_eq!(linked, TYPES);
}

#[test]
fn both_readmes_name_the_two_commands_and_have_the_same_sections() {
    let sections = |name: &str| {
        let readme = fs::read_to_string(path(name)).unwrap();
        for command in ["cargo run --example quickstart", "cargo test --workspace"] {
            assert!(readme.contains(command), "{name} lacks `{command}`");
        }
        readme.lines().filter(|line| line.starts_with("## ")).count()
    };
    assert_eq!(sections("README.md"), sections("README.zh-CN.md"));
}
