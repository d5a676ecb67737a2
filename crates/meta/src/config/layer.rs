//! One business file, parsed: a layer of a configuration.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};

/// The keys and values of one business file, as they stand there, and the file's path for errors.
#[derive(Clone)]
pub struct ConfigLayer {
    pub(super) file: Arc<Path>,
    pub(super) entries: Vec<(String, Value)>,
}

impl ConfigLayer {
    /// Parses a business file. `file` is how errors name it.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with line and column where the text is not a JSON object, or where a key stands twice.
    pub fn parse(file: impl Into<Arc<Path>>, text: &[u8]) -> Result<Self> {
        let file = file.into();
        match serde_json::from_slice::<Entries>(strip_byte_order_mark(text)) {
            Ok(Entries(entries)) => Ok(Self { file, entries }),
            Err(error) => Err(json_error(&file, text, &error)),
        }
    }

    /// A layer without a file, for configuration that comes from code; `origin` is how errors name it.
    pub fn from_entries<K: Into<String>, V: Into<Value>>(
        origin: impl Into<Arc<Path>>,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Self { file: origin.into(), entries }
    }

    /// The keys that stand in it, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.as_str())
    }

    /// Whether a key stands in it with a value.
    pub fn gives(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, value)| name == key && !value.is_null())
    }

    /// The layer with just one of its keys, for whoever wants to know what is wrong with each.
    #[must_use]
    pub fn only(&self, key: &str) -> Self {
        let entries = self.entries.iter().filter(|(name, _)| name == key).cloned().collect();
        Self { file: self.file.clone(), entries }
    }

    /// The file's path as errors name it.
    pub fn file(&self) -> &Path {
        &self.file
    }
}

/// The error for a file that is not the JSON that it should be: file, line, column (in characters) and reason. `text` is
/// what was parsed.
pub fn json_error(file: &Path, text: &[u8], error: &serde_json::Error) -> Error {
    let reason = error.to_string();
    // serde_json appends the position, which stands here in a form that editors and terminals understand.
    let reason = without_text(reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason));
    let line = strip_byte_order_mark(text).split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1));
    let message =
        format!("`{}:{}:{}`: {reason}", file.display(), error.line(), column(line.unwrap_or_default(), error));
    Error::new(ErrorKind::Config, message)
}

/// The reason without the text that stands where something else should: it may be a secret.
fn without_text(reason: &str) -> Cow<'_, str> {
    match (reason.split_once(" string \""), reason.rsplit_once("\", expected ")) {
        (Some((before, _)), Some((_, expected))) => format!("{before} a text, expected {expected}").into(),
        _ => reason.into(),
    }
}

/// serde_json counts bytes, from 0 where the first one is wrong already, and editors count characters from 1.
fn column(line: &[u8], error: &serde_json::Error) -> usize {
    let begins_character = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
    line.iter().take(error.column()).filter(begins_character).count().max(1)
}

/// Editors on Windows put a byte order mark before UTF-8 text, which JSON does not allow.
pub fn strip_byte_order_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

impl fmt::Debug for ConfigLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.entries.iter().map(|(key, _)| key).collect();
        f.debug_struct("ConfigLayer").field("file", &self.file).field("keys", &keys).finish_non_exhaustive()
    }
}

/// A JSON object that keeps its order and refuses a key that stands twice, where a map would drop one in silence.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object of configuration keys")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries: Vec<(String, Value)> = Vec::with_capacity(8);
                let mut known = HashSet::with_capacity(8);
                while let Some(key) = map.next_key::<String>()? {
                    if !known.insert(key.clone()) {
                        return Err(serde::de::Error::custom(format_args!("key `{key}` stands twice")));
                    }
                    entries.push((key, map.next_value()?));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_json_names_file_line_and_column() {
        let error =
            ConfigLayer::parse(Path::new("storages/MyOss/MyOss.json"), b"{\n  \"a\": 1,\n  oops\n}").unwrap_err();
        assert_eq!(error.to_string(), "`storages/MyOss/MyOss.json:3:3`: key must be a string");
        let text = "\u{feff}{\"目\": \"录\", oops}";
        let error = ConfigLayer::parse(Path::new("x.json"), text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "`x.json:1:12`: key must be a string");
        let error = ConfigLayer::parse(Path::new("x.json"), b"[]").unwrap_err();
        assert!(error.to_string().contains("expected a JSON object"), "{error}");
    }

    #[test]
    fn a_text_in_the_place_of_an_object_is_not_shown() {
        for text in [r#""hush""#, r#""a\", expected hush""#, r#""hush string \"hush""#] {
            let error = ConfigLayer::parse(Path::new("x.json"), text.as_bytes()).unwrap_err();
            assert_eq!(
                error.to_string().rsplit_once("`: ").unwrap().1,
                "invalid type: a text, expected a JSON object of \
                configuration keys",
                "{text}"
            );
            assert!(!format!("{error:?}").contains("hush"), "{error:?}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let error = ConfigLayer::parse(Path::new("x.json"), br#"{"a": 1, "a": 2}"#).unwrap_err();
        assert!(error.to_string().contains("key `a` stands twice"), "{error}");
    }

    /// Were each key compared with all before it, this would take minutes.
    #[test]
    fn many_keys_are_no_trouble() {
        let entries: Vec<_> = (0..300_000).map(|key| format!("\"{key}\": 0")).collect();
        let layer = ConfigLayer::parse(Path::new("x.json"), format!("{{{}}}", entries.join(",")).as_bytes()).unwrap();
        assert_eq!(layer.keys().count(), 300_000);
    }

    #[test]
    fn a_byte_order_mark_is_no_error_and_debug_shows_no_value() {
        let layer = ConfigLayer::parse(Path::new("x.json"), b"\xef\xbb\xbf{\"accessKeySecret\": \"hidden\"}").unwrap();
        let debug = format!("{layer:?}");
        assert!(debug.contains("accessKeySecret") && !debug.contains("hidden"), "{debug}");
    }
}
