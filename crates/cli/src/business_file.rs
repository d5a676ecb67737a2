//! Files of JSON as they stand there: which line holds a key, which variables its value names.

use std::path::Path;

use jit_storages::meta::{Template, strip_byte_order_mark};
use serde_json::Value;

/// The text of a file of JSON.
#[derive(Debug)]
pub(crate) struct BusinessFile {
    text: String,
}

/// What a string is.
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

impl BusinessFile {
    /// Reads it; `None` where it cannot be read.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        Some(Self { text: std::fs::read_to_string(path).ok()? })
    }

    /// A key at the top of the file.
    pub(crate) fn entry(&self, key: &str) -> Option<Entry> {
        let (line, column) = self.position(key)?;
        let text = strip_byte_order_mark(self.text.as_bytes());
        let value = serde_json::from_slice::<Value>(text).ok()?.get(key)?.clone();
        Some(Entry { line, column, value })
    }

    /// Line and column of the first key of this name, at any depth.
    pub(crate) fn position(&self, key: &str) -> Option<(usize, usize)> {
        self.position_of(key, Role::Key)
    }

    /// Line and column of the first value that is this text.
    pub(crate) fn position_of_value(&self, text: &str) -> Option<(usize, usize)> {
        self.position_of(text, Role::Value)
    }

    fn position_of(&self, wanted: &str, role: Role) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] != b'"' {
                at += 1;
                continue;
            }
            let end = end_of_string(bytes, at)?;
            let found = if self.text[end..].trim_start().starts_with(':') { Role::Key } else { Role::Value };
            if found == role && serde_json::from_str::<String>(&self.text[at..end]).is_ok_and(|text| text == wanted) {
                let before = &self.text[..at];
                let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
                return Some((before.matches('\n').count() + 1, before[line_start..].chars().count() + 1));
            }
            at = end;
        }
        None
    }
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
    /// The variables that the value's templates name, each once.
    pub(crate) fn variables(&self) -> Vec<String> {
        let mut names = Vec::new();
        for template in Template::all(self.value.as_str().unwrap_or_default()) {
            if !names.iter().any(|known| known == template.name()) {
                names.push(template.name().to_owned());
            }
        }
        names
    }

    /// Whether the value, or a default in its templates, stands there for everybody to read.
    pub(crate) fn is_plain(&self) -> bool {
        let Some(text) = self.value.as_str().filter(|text| !text.is_empty()) else { return false };
        let mut templates = Template::all(text).peekable();
        templates.peek().is_none()
            || templates.any(|template| template.default().is_some_and(|default| !default.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_where_they_stand_and_strings_are_no_keys() {
        let text = "{\n  \"a\": \"b\\\": c\",\n  \"目\": {\"deep\": 1}, \"b\": \"{{X}} ${Y:-z} {{ no }} ${X}\"\n}";
        let file = BusinessFile { text: text.to_owned() };
        assert_eq!(file.position("a"), Some((2, 3)));
        assert_eq!(file.position("deep"), Some((3, 9)));
        assert_eq!(file.position("c"), None);
        assert_eq!((file.position_of_value("b\": c"), file.position_of_value("a")), (Some((2, 8)), None));
        let entry = file.entry("b").unwrap();
        assert_eq!((entry.line, entry.column, entry.variables()), (3, 21, vec!["X".to_owned(), "Y".to_owned()]));
        assert_eq!(BusinessFile { text: "{\"a".to_owned() }.position("a"), None);
    }

    #[test]
    fn values_that_everybody_can_read_are_plain() {
        for (value, is_plain) in [
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
            let entry = Entry { line: 1, column: 1, value: value.into() };
            assert_eq!(entry.is_plain(), is_plain, "{value}");
        }
    }
}
