//! Files of JSON as they stand there: which line holds a key, which variables its value names.

use std::path::Path;

use serde_json::Value;

/// The text of a file of JSON.
#[derive(Debug)]
pub(crate) struct BusinessFile {
    text: String,
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
        let text = self.text.trim_start_matches('\u{feff}');
        let value = serde_json::from_str::<Value>(text).ok()?.get(key)?.clone();
        Some(Entry { line, column, value })
    }

    /// Line and column of the first key of this name, at any depth.
    pub(crate) fn position(&self, key: &str) -> Option<(usize, usize)> {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] != b'"' {
                at += 1;
                continue;
            }
            let end = end_of_string(bytes, at)?;
            let is_key = self.text[end..].trim_start().starts_with(':');
            if is_key && serde_json::from_str::<String>(&self.text[at..end]).is_ok_and(|name| name == key) {
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
    /// The variables that the value's templates name.
    pub(crate) fn variables(&self) -> Vec<String> {
        let Some(text) = self.value.as_str() else { return Vec::new() };
        let mut names = Vec::new();
        for (open, close) in [("{{", "}}"), ("${", "}")] {
            for piece in text.split(open).skip(1) {
                let Some((inner, _)) = piece.split_once(close) else { continue };
                let name = inner.split(":-").next().unwrap_or(inner);
                let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if is_name && !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
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
        let entry = file.entry("b").unwrap();
        assert_eq!((entry.line, entry.column, entry.variables()), (3, 21, vec!["X".to_owned(), "Y".to_owned()]));
        assert_eq!(BusinessFile { text: "{\"a".to_owned() }.position("a"), None);
    }
}
