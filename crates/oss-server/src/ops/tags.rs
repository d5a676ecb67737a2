//! The rules for tags: how many, how long, of which characters.

use std::collections::HashSet;

use oss_protocol::code::Code;
use oss_protocol::encode::decode;
use oss_protocol::header;

use crate::failure::Failure;
use crate::request::Request;
use crate::store::Tag;

/// How many tags an object may have.
pub(super) const MOST_ON_OBJECT: usize = 10;
/// The most characters of a tag's key.
const KEY_LIMIT: usize = 128;
/// The most characters of a tag's value.
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
    check(&tags, MOST_ON_OBJECT)?;
    Ok(tags)
}

/// Checks a set of tags.
pub(super) fn check(tags: &[Tag], most: usize) -> Result<(), Failure> {
    if tags.len() > most {
        return Err(Failure::with_message(Code::InvalidTag, format!("There are more than {most} tags.")));
    }
    let mut keys = HashSet::new();
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > KEY_LIMIT || !key.chars().all(is_allowed) {
            return Err(invalid(
                "The key of a tag has 1 to 128 letters, digits, spaces or characters of +-=._:/.",
                key,
            ));
        }
        if value.chars().count() > VALUE_LIMIT || !value.chars().all(is_allowed) {
            let message = "The value of a tag has at most 256 letters, digits, spaces or characters of +-=._:/.";
            return Err(invalid(message, key));
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
        assert!(check(&numbered(10), 10).is_ok());
        assert!(check(&numbered(11), 10).is_err());
        for (key, value, valid) in [(128, 256, true), (129, 0, false), (1, 257, false)] {
            assert_eq!(check(&[("k".repeat(key), "v".repeat(value))], 10).is_ok(), valid, "{key} {value}");
        }
    }
}
