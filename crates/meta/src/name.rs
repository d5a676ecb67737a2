//! fullNames of elements: the one place that knows their rules.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The fullName of the Meta that every storage Type implements.
pub const META: &str = "storages.Meta";

/// The fullName of an element: its folder's path from the app root with `/` turned into `.`, such as `storages.MyOss`.
///
/// Segments are free text (case-sensitive, any script) but not empty, without `.`, `/`, `\` and control characters, and
/// without white space at their ends. Cloning is cheap.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FullName(Arc<str>);

impl FullName {
    /// Parses a fullName.
    ///
    /// # Errors
    /// [`NameError`] states the rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::new(text, "it is empty"));
        }
        for segment in text.split('.') {
            check_segment(segment).map_err(|rule| NameError::new(text, rule))?;
        }
        Ok(Self(text.into()))
    }

    /// Joins folder names, outermost first, to a fullName.
    ///
    /// # Errors
    /// [`NameError`] when a folder's name cannot be a segment, for example because it holds a dot.
    pub fn from_segments<'a>(segments: impl IntoIterator<Item = &'a str>) -> Result<Self, NameError> {
        let mut text = String::new();
        for segment in segments {
            check_segment(segment).map_err(|rule| NameError::new(segment, rule))?;
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(segment);
        }
        Self::parse(&text)
    }

    /// The whole fullName: `storages.MyOss`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment, which is also the name of the business file: `MyOss`.
    pub fn name(&self) -> &str {
        self.0.rsplit('.').next().unwrap_or(&self.0)
    }

    /// The first segment, a folder at the app root: `storages`.
    pub fn namespace(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }

    /// The segments, outermost first.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }

    /// The element's folder, relative to the app root, with `/`: `storages/MyOss`.
    pub fn folder(&self) -> String {
        self.0.replace('.', "/")
    }
}

/// Says whether the text may be a fullName; `storage_type!` asks at compile time.
pub(crate) const fn is_full_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut segment = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'.' if segment == 0 => return false,
            b'.' => segment = 0,
            b'/' | b'\\' | 0..=0x20 | 0x7f => return false,
            _ => segment += 1,
        }
        at += 1;
    }
    segment > 0
}

fn check_segment(segment: &str) -> Result<(), &'static str> {
    // Nearly every segment is plain, and an app has thousands.
    if !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Ok(());
    }
    if segment.is_empty() {
        return Err("a segment is empty");
    }
    if segment.contains('.') {
        return Err("a folder's name holds a dot, which separates segments");
    }
    if segment.contains(['/', '\\']) {
        return Err("segments are separated by dots, not slashes");
    }
    if segment.chars().any(char::is_control) {
        return Err("it holds a control character");
    }
    if segment.trim() != segment {
        return Err("a segment begins or ends with white space");
    }
    Ok(())
}

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl FromStr for FullName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

impl AsRef<str> for FullName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for FullName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for FullName {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for FullName {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl Serialize for FullName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FullName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A text that is no fullName, and the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not the fullName of an element: {rule} (a fullName looks like `storages.MyOss`)", .text.escape_debug())]
pub struct NameError {
    text: String,
    rule: &'static str,
}

impl NameError {
    fn new(text: &str, rule: &'static str) -> Self {
        Self { text: text.to_owned(), rule }
    }

    /// The rule that the text breaks, such as `a segment is empty`.
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_names_split_into_segments() {
        let name = FullName::parse("storages.services.StorageSvc").unwrap();
        assert_eq!(name.name(), "StorageSvc");
        assert_eq!(name.namespace(), "storages");
        assert_eq!(name.folder(), "storages/services/StorageSvc");
        assert_eq!(name.segments().count(), 3);
        assert_eq!(FullName::from_segments(["storages", "我的存储"]).unwrap(), "storages.我的存储");
    }

    #[test]
    fn what_is_no_full_name_names_the_rule() {
        for (text, rule) in [
            ("", "empty"),
            (".", "segment is empty"),
            ("storages.", "segment is empty"),
            ("storages..MyOss", "segment is empty"),
            ("storages/MyOss", "dots, not slashes"),
            ("storages.My\0Oss", "control character"),
            ("storages. MyOss", "white space"),
        ] {
            let error = FullName::parse(text).unwrap_err().to_string();
            assert!(error.contains(rule), "{text:?} gave {error}");
        }
        assert!(FullName::from_segments(["storages", "v1.2"]).is_err());
    }

    #[test]
    fn the_compile_time_check_agrees_with_the_parser() {
        for text in ["storages.OssType", "a", "a.b.c", "", ".", "a.", ".a", "a..b", "a/b", "a\\b", "存储.类型"] {
            assert_eq!(is_full_name(text), FullName::parse(text).is_ok(), "{text:?}");
        }
    }
}
