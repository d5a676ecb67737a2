//! Files of JSON as they stand there: which line holds a key, which variables its value names.

use std::path::Path;

use jit_storages::meta::{Template, strip_byte_order_mark};
use serde_json::{Map, Value};

/// The text of a file of JSON.
#[derive(Debug)]
pub(crate) struct BusinessFile {
    /// Without a byte order mark, which editors do not count.
    text: String,
    /// `None` where it is no JSON object.
    entries: Option<Map<String, Value>>,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Key,
    Value,
}

/// A key of a business file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    pub(crate) value: Value,
}

/// An object or an array that has begun and not ended, and where in it a reader is.
#[derive(Debug)]
enum Open {
    Object { key: String, awaits: Role },
    Array { index: usize },
}

impl BusinessFile {
    /// Reads it; `None` where it cannot be read.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        Self::parse(&std::fs::read(path).ok()?)
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(strip_byte_order_mark(text)).ok()?.to_owned();
        Some(Self { entries: serde_json::from_str(&text).ok(), text })
    }

    /// Whether it is the JSON object that it should be.
    pub(crate) fn is_object(&self) -> bool {
        self.entries.is_some()
    }

    /// A key at the top of the file.
    pub(crate) fn entry(&self, key: &str) -> Option<Entry> {
        let value = self.entries.as_ref()?.get(key)?.clone();
        let (line, column) = self.position(&[key])?;
        Some(Entry { line, column, value })
    }

    /// Line and column of a key, given the way to it from the top; items of arrays by their number.
    pub(crate) fn position(&self, path: &[&str]) -> Option<(usize, usize)> {
        self.position_of(path, Role::Key)
    }

    /// Line and column of the value that is reached on this way.
    pub(crate) fn position_of_value(&self, path: &[&str]) -> Option<(usize, usize)> {
        self.position_of(path, Role::Value)
    }

    /// Follows the text as far as it is JSON: the file may be broken behind what is looked for.
    fn position_of(&self, path: &[&str], role: Role) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let mut open: Vec<Open> = Vec::new();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let start = at;
            at += 1;
            let found = match (byte, open.last_mut()) {
                (b'}' | b']', _) => {
                    open.pop();
                    continue;
                }
                (b',', Some(Open::Object { awaits, .. })) => {
                    *awaits = Role::Key;
                    continue;
                }
                (b',', Some(Open::Array { index })) => {
                    *index += 1;
                    continue;
                }
                (b':', Some(Open::Object { awaits, .. })) => {
                    *awaits = Role::Value;
                    continue;
                }
                (byte, _) if byte.is_ascii_whitespace() => continue,
                (b'"', Some(Open::Object { key, awaits: Role::Key })) => {
                    at = end_of_string(bytes, start)?;
                    *key = serde_json::from_str(&self.text[start..at]).unwrap_or_default();
                    Role::Key
                }
                (b'"', _) => {
                    at = end_of_string(bytes, start)?;
                    Role::Value
                }
                (b'{' | b'[', _) => Role::Value,
                _ => {
                    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b",:]}\"".contains(byte);
                    at += bytes[at..].iter().position(is_end).unwrap_or(bytes.len() - at);
                    Role::Value
                }
            };
            if found == role && is_reached(&open, path) {
                return Some(self.place(start));
            }
            match byte {
                b'{' => open.push(Open::Object { key: String::new(), awaits: Role::Key }),
                b'[' => open.push(Open::Array { index: 0 }),
                _ => {}
            }
        }
        None
    }

    /// Line and column of a byte.
    fn place(&self, at: usize) -> (usize, usize) {
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// Whether a reader is where a path leads to.
fn is_reached(open: &[Open], path: &[&str]) -> bool {
    let is_at = |(open, step): (&Open, &&str)| match open {
        Open::Object { key, .. } => key == step,
        Open::Array { index } => step.parse() == Ok(*index),
    };
    open.len() == path.len() && open.iter().zip(path).all(is_at)
}

/// Where a string ends that begins here: behind its closing quote.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

impl Entry {
    /// The templates in the value, each once.
    pub(crate) fn templates(&self) -> Vec<Template<'_>> {
        let mut templates: Vec<Template<'_>> = Vec::new();
        for template in Template::all(self.value.as_str().unwrap_or_default()) {
            let is_same =
                |known: &Template<'_>| (known.name(), known.default()) == (template.name(), template.default());
            if !templates.iter().any(is_same) {
                templates.push(template);
            }
        }
        templates
    }

    /// The variables that the value's templates name, each once.
    pub(crate) fn variables(&self) -> Vec<String> {
        let mut names = Vec::new();
        for template in self.templates() {
            if !names.iter().any(|known| known == template.name()) {
                names.push(template.name().to_owned());
            }
        }
        names
    }
}

/// Whether a text, or a default in its templates, stands there for everybody to read.
pub(crate) fn is_plain(text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let mut templates = Template::all(text).peekable();
    templates.peek().is_none()
        || templates.any(|template| template.default().is_some_and(|default| !default.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> BusinessFile {
        BusinessFile::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn keys_are_found_where_they_stand_and_strings_are_no_keys() {
        let text = "\u{feff}{ \"目\": 1, \"0\": 2,\n  \"a\": \"b\\\": c\",\n  \"目录\": {\"deep\": 1}, \"b\": \"{{X}} ${Y:-z} {{ no }} ${X}\"\n}";
        let file = parse(text);
        assert_eq!((file.position(&["a"]), file.position(&["0"])), (Some((2, 3)), Some((1, 11))));
        assert_eq!((file.position(&["deep"]), file.position(&["目录", "deep"])), (None, Some((3, 10))));
        assert_eq!((file.position(&["c"]), file.position(&[])), (None, None));
        assert_eq!(file.position_of_value(&["a"]), Some((2, 8)));
        let entry = file.entry("b").unwrap();
        assert_eq!((entry.line, entry.column, entry.variables()), (3, 22, vec!["X".to_owned(), "Y".to_owned()]));
        let broken = parse("{\"a\": 1, \"b\": oops, \"c\": [}, \"d");
        assert_eq!((broken.position(&["b"]), broken.position(&["d"])), (Some((1, 10)), None));
        assert!(file.is_object() && !broken.is_object() && !parse("[]").is_object());
    }

    #[test]
    fn a_key_is_no_other_of_its_name_deeper_in_the_file() {
        let file = parse(
            "{\"variables\": [{\"name\": \"A\", \"type\": \"text\"}, 7, [true, {}],\n {\"name\": \"B\"}],\n \"type\": \"T\"}",
        );
        assert_eq!(file.position(&["type"]), Some((3, 2)));
        assert_eq!(file.position(&["variables", "3", "name"]), Some((2, 3)));
        assert_eq!(file.position_of_value(&["variables", "3", "name"]), Some((2, 11)));
        assert_eq!(file.position_of_value(&["variables", "2", "0"]), Some((1, 51)));
        assert_eq!(file.position(&["variables", "1", "name"]), None);
    }

    #[test]
    fn values_that_everybody_can_read_are_plain() {
        for (value, expected) in [
            ("hush", true),
            ("${A:-hush}", true),
            ("{{A}}${B:-hush}", true),
            // No template of ours.
            ("{{x:-hush}}", true),
            ("{{ A }}", true),
            ("", false),
            ("{{A}}", false),
            ("${A:-}", false),
            ("http://{{A}}:{{B}}@proxy:3128", false),
        ] {
            assert_eq!(is_plain(value), expected, "{value}");
        }
    }
}
