//! The rules for tags: how many, how long, of which characters.

use std::collections::HashSet;

use oss_protocol::code::Code;
use oss_protocol::encode::decode;
use oss_protocol::header;

use crate::failure::Failure;
use crate::request::Request;
use crate::store::Tag;

/// How many tags an object may have.
const MOST_ON_OBJECT: usize = 10;
/// How many tags a bucket may have.
const MOST_ON_BUCKET: usize = 20;
/// The most bytes of a tag's key.
const KEY_LIMIT: usize = 128;
/// The most bytes of a tag's value.
const VALUE_LIMIT: usize = 256;

/// Reads `x-oss-tagging`, which holds tags as forms do: `k1=v1&k2=v2`, names and values encoded.
pub(super) fn of_header(request: &Request) -> Result<Vec<Tag>, Failure> {
    request.header(header::TAGGING).map_or(Ok(Vec::new()), of_text)
}

/// Reads tags in the form of `x-oss-tagging`.
pub(super) fn of_text(text: &str) -> Result<Vec<Tag>, Failure> {
    let refuse = || Failure::argument(header::TAGGING, text, "The tags are not of the form key=value&key=value.");
    let decoded = |part: &str| {
        let spaced = part.replace('+', " ");
        decode(&spaced).map(std::borrow::Cow::into_owned).map_err(|_| refuse())
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decoded(key)?, decoded(value)?))
    });
    let tags = pairs.collect::<Result<Vec<_>, Failure>>()?;
    check(&tags)?;
    Ok(tags)
}

/// Checks the tags of an object.
pub(super) fn check(tags: &[Tag]) -> Result<(), Failure> {
    check_set(tags, MOST_ON_OBJECT)?;
    match tags.iter().find(|tag| !is_of_objects(tag)) {
        Some((key, _)) => {
            Err(invalid("The tags of an object hold letters, digits, spaces and characters of +-=._:/ only.", key))
        }
        None => Ok(()),
    }
}

/// Checks the tags of a bucket, which may hold any character.
pub(super) fn check_of_bucket(tags: &[Tag]) -> Result<(), Failure> {
    check_set(tags, MOST_ON_BUCKET)
}

/// Whether a tag has no characters but those that objects may have in theirs.
pub(super) fn is_of_objects((key, value): &Tag) -> bool {
    key.chars().chain(value.chars()).all(is_allowed)
}

fn check_set(tags: &[Tag], most: usize) -> Result<(), Failure> {
    if tags.len() > most {
        return Err(Failure::with_message(Code::InvalidTag, format!("There are more than {most} tags.")));
    }
    let mut keys = HashSet::new();
    for (key, value) in tags {
        if key.is_empty() || key.len() > KEY_LIMIT {
            return Err(invalid("The key of a tag has 1 to 128 bytes.", key));
        }
        if value.len() > VALUE_LIMIT {
            return Err(invalid("The value of a tag has at most 256 bytes.", key));
        }
        if !keys.insert(key) {
            return Err(invalid("A tag is given twice.", key));
        }
    }
    Ok(())
}

fn invalid(message: &'static str, key: &str) -> Failure {
    Failure::with_message(Code::InvalidTag, message).detail("TagKey", key)
}

fn is_allowed(character: char) -> bool {
    character.is_alphanumeric() || " +-=._:/".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_forms() {
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(of_text("").unwrap(), []);
        assert_eq!(of_text("a=1&b").unwrap(), [tag("a", "1"), tag("b", "")]);
        assert_eq!(of_text("a+b=c%2Bd%20e&%3D==").unwrap(), [tag("a b", "c+d e"), tag("=", "=")]);
        for (wrong, code) in [
            ("a=%zz", Code::InvalidArgument),
            ("=1", Code::InvalidTag),
            ("a=1&a=2", Code::InvalidTag),
            ("a*=1", Code::InvalidTag),
        ] {
            assert_eq!(of_text(wrong).unwrap_err().code(), code, "{wrong}");
        }
    }

    #[test]
    fn limits_are_inclusive() {
        let numbered = |count: usize| (0..count).map(|n| (n.to_string(), String::new())).collect::<Vec<_>>();
        assert!(check(&numbered(10)).is_ok() && check(&numbered(11)).is_err());
        assert!(check_of_bucket(&numbered(20)).is_ok() && check_of_bucket(&numbered(21)).is_err());
        for (key, value, valid) in [(128, 256, true), (129, 0, false), (1, 257, false)] {
            assert_eq!(check(&[("k".repeat(key), "v".repeat(value))]).is_ok(), valid, "{key} {value}");
        }
    }
}
