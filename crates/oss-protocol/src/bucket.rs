//! The rule for bucket names: 3 to 63 characters of `a-z`, `0-9` and `-`, with no `-` at either end.

use std::fmt;

/// Which part of the rule a bucket name breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidBucketName {
    /// Not 3 to 63 bytes long.
    Length,
    /// Holds something else than `a-z`, `0-9` and `-`.
    Character(char),
    /// Starts or ends with `-`.
    Edge,
}

impl fmt::Display for InvalidBucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => f.write_str("a bucket name has 3 to 63 characters"),
            Self::Character(found) => {
                write!(f, "a bucket name holds only `a-z`, `0-9` and `-`, not {found:?}")
            }
            Self::Edge => f.write_str("a bucket name neither starts nor ends with `-`"),
        }
    }
}

impl std::error::Error for InvalidBucketName {}

/// Checks a bucket name.
///
/// # Errors
/// The part of the rule that `name` breaks.
pub fn check(name: &str) -> Result<(), InvalidBucketName> {
    if let Some(found) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return Err(InvalidBucketName::Character(found));
    }
    if !(3..=63).contains(&name.len()) {
        return Err(InvalidBucketName::Length);
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Err(InvalidBucketName::Edge);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_the_rule_is_told_apart() {
        assert_eq!(check("abc"), Ok(()));
        assert_eq!(check(&"a".repeat(63)), Ok(()));
        assert_eq!(check("my-bucket-01"), Ok(()));
        assert_eq!(check("ab"), Err(InvalidBucketName::Length));
        assert_eq!(check(""), Err(InvalidBucketName::Length));
        assert_eq!(check(&"a".repeat(64)), Err(InvalidBucketName::Length));
        assert_eq!(check("-ab"), Err(InvalidBucketName::Edge));
        assert_eq!(check("ab-"), Err(InvalidBucketName::Edge));
        assert_eq!(check("my.bucket"), Err(InvalidBucketName::Character('.')));
        assert_eq!(check("Bucket"), Err(InvalidBucketName::Character('B')));
        assert_eq!(check("a_b_c"), Err(InvalidBucketName::Character('_')));
    }
}
