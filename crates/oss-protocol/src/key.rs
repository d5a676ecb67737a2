//! The rule for object keys: 1 to 1023 bytes of UTF-8 that do not start with `/` or `\`.
//!
//! Everything else is legal, dot segments, `//` and control characters included.

use std::fmt;

/// The longest key, in bytes of UTF-8.
pub const MAX_BYTES: usize = 1023;

/// Which part of the rule an object key breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidObjectKey {
    /// No character at all.
    Empty,
    /// Longer than [`MAX_BYTES`].
    TooLong {
        /// Length of the key in bytes.
        bytes: usize,
    },
    /// Starts with `/` or `\`.
    LeadingSlash(char),
}

impl fmt::Display for InvalidObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an object key has at least one character"),
            Self::TooLong { bytes } => {
                write!(f, "an object key has at most {MAX_BYTES} bytes of UTF-8, this one has {bytes}")
            }
            Self::LeadingSlash(found) => write!(f, "an object key does not start with `{found}`"),
        }
    }
}

impl std::error::Error for InvalidObjectKey {}

/// Checks an object key.
///
/// # Errors
/// The part of the rule that `key` breaks.
pub fn check(key: &str) -> Result<(), InvalidObjectKey> {
    let Some(first) = key.chars().next() else {
        return Err(InvalidObjectKey::Empty);
    };
    if matches!(first, '/' | '\\') {
        return Err(InvalidObjectKey::LeadingSlash(first));
    }
    if key.len() > MAX_BYTES {
        return Err(InvalidObjectKey::TooLong { bytes: key.len() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_emptiness_length_and_the_first_character_count() {
        for key in ["a", "../a", "a//b", "a/./b", "\u{1}", ".", "目录/文件.txt", "?", "a\\b"] {
            assert_eq!(check(key), Ok(()), "{key:?}");
        }
        assert_eq!(check(&"a".repeat(1023)), Ok(()));
        assert_eq!(check(&"目".repeat(342)), Err(InvalidObjectKey::TooLong { bytes: 1026 }));
        assert_eq!(check(""), Err(InvalidObjectKey::Empty));
        assert_eq!(check("/a"), Err(InvalidObjectKey::LeadingSlash('/')));
        assert_eq!(check("\\a"), Err(InvalidObjectKey::LeadingSlash('\\')));
    }
}
