//! Names of objects: the one place that knows which are legal.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Error, ErrorKind, Result};

const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The name of an object within its storage, such as `users/avatar.jpg`.
///
/// OSS's rules hold for every Type, so that an app can change its Type: 1 to 1023 bytes of UTF-8, not beginning with
/// `/` or `\`, and no NUL. Everything else is legal, also `//`, `..`, spaces and emoji, and is never normalised.
/// Cloning is cheap.
///
/// ```
/// use meta::ObjectName;
///
/// assert_eq!(ObjectName::parse("用户/头像 (1).jpg")?.as_str(), "用户/头像 (1).jpg");
/// assert!(ObjectName::parse("/etc/passwd").is_err());
/// # Ok::<(), meta::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName(Arc<str>);

impl ObjectName {
    /// The longest name, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 1023;

    /// Checks a name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] with the rule that the name breaks.
    pub fn parse(name: &str) -> Result<Self> {
        let problem = match name.as_bytes() {
            [] => "an object's name may not be empty".to_owned(),
            bytes if bytes.len() > Self::MAX_BYTES => {
                format!("an object's name has at most {} bytes of UTF-8, this one has {}", Self::MAX_BYTES, bytes.len())
            }
            [b'/', ..] => "an object's name may not begin with `/`".to_owned(),
            [b'\\', ..] => "an object's name may not begin with `\\`".to_owned(),
            bytes if bytes.contains(&0) => "an object's name may not hold a NUL character".to_owned(),
            _ => return Ok(Self(name.into())),
        };
        let error = Error::new(ErrorKind::InvalidName, problem).with_object(name);
        Err(match name.trim_start_matches(['/', '\\']) {
            rest if rest.len() < name.len() && !rest.is_empty() && rest.len() <= Self::MAX_BYTES => {
                error.with_advice(format!("use `{}`", rest.escape_debug()))
            }
            _ => error,
        })
    }

    /// A name that a store itself reports, in a listing for example. Another tool may have written it against the rules
    /// here, so it is not checked.
    pub fn from_store(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as it stands in the path of a URL: everything but `A-Z a-z 0-9 - . _ ~ /` as `%XX`.
    pub fn percent_encoded(&self) -> String {
        utf8_percent_encode(&self.0, PATH).to_string()
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl AsRef<str> for ObjectName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::parse(name)
    }
}

impl TryFrom<&str> for ObjectName {
    type Error = Error;

    fn try_from(name: &str) -> Result<Self> {
        Self::parse(name)
    }
}

impl serde::Serialize for ObjectName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awkward_names_are_legal() {
        let longest = "x".repeat(1023);
        for name in ["a", "a//b", "..", "./a", "a/../b", "dir/", "a b+%?#&=", "🦀", "\u{1}\t", "a\\b", " ", &longest]
        {
            assert_eq!(ObjectName::parse(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn names_are_encoded_for_urls() {
        let name = ObjectName::parse("目录/a b+%~.txt").unwrap();
        assert_eq!(name.percent_encoded(), "%E7%9B%AE%E5%BD%95/a%20b%2B%25~.txt");
    }

    #[test]
    fn illegal_names_state_the_rule() {
        let long = "存".repeat(342);
        for (name, rule) in [
            ("", "empty"),
            ("/a", "begin with `/`"),
            ("\\a", "begin with `\\`"),
            ("a\0b", "NUL"),
            (&long, "this one has 1026"),
        ] {
            let error = ObjectName::parse(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidName);
            assert!(error.to_string().contains(rule), "{error}");
        }
    }
}
