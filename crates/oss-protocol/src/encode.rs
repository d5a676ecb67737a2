//! Percent-encoding as OSS signs and sends it, and its strict inverse.
//!
//! Unreserved are `A-Z a-z 0-9 - . _ ~`; every other byte of the UTF-8 text becomes `%XX` in upper case. A path keeps its
//! `/`, a component (a query name or value) does not. A space is always `%20` and a plus sign always `%2B`.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &COMPONENT.remove(b'/');

/// Appends `text` to `out`, encoded like an object key in a URL: `/` stays.
pub fn encode_path(text: &str, out: &mut String) {
    out.extend(utf8_percent_encode(text, PATH));
}

/// Appends `text` to `out`, encoded like a query name or value: `/` becomes `%2F`.
pub fn encode_component(text: &str, out: &mut String) {
    out.extend(utf8_percent_encode(text, COMPONENT));
}

/// Appends a query string without its leading `?`; a pair with an empty value is written as its name alone.
pub fn encode_query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, out: &mut String) {
    let mut first = true;
    for (name, value) in pairs {
        if !first {
            out.push('&');
        }
        first = false;
        encode_component(name, out);
        if !value.is_empty() {
            out.push('=');
            encode_component(value, out);
        }
    }
}

/// Why a text is not valid percent-encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// A `%` at this byte offset is not followed by two hexadecimal digits.
    Escape {
        /// Offset of the `%` in the encoded text.
        at: usize,
    },
    /// The decoded bytes are not UTF-8 (overlong forms are not UTF-8 either).
    Utf8,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Escape { at } => write!(f, "`%` at byte {at} is not followed by two hexadecimal digits"),
            Self::Utf8 => f.write_str("the decoded text is not UTF-8"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Decodes one layer of percent-encoding. A `+` stays a plus sign.
///
/// # Errors
/// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
pub fn decode(text: &str) -> Result<Cow<'_, str>, DecodeError> {
    let Some(first) = text.bytes().position(|byte| byte == b'%') else {
        return Ok(Cow::Borrowed(text));
    };
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    decoded.extend_from_slice(&bytes[..first]);
    let mut at = first;
    while let Some(&byte) = bytes.get(at) {
        if byte != b'%' {
            decoded.push(byte);
            at += 1;
            continue;
        }
        let pair = bytes.get(at + 1).zip(bytes.get(at + 2));
        let Some((high, low)) = pair.and_then(|(high, low)| Some((nibble(*high)?, nibble(*low)?))) else {
            return Err(DecodeError::Escape { at });
        };
        decoded.push(high << 4 | low);
        at += 3;
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| DecodeError::Utf8)
}

/// A decoded name and value of a query.
pub type Parameter<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Decodes a name or a value of a query, where a `+` stands for a space, as forms write it: so does the official `oss2` for
/// Python, which signs `%20`. Whoever means a plus sign sends `%2B`.
///
/// # Errors
/// As [`decode`].
pub fn decode_parameter(text: &str) -> Result<Cow<'_, str>, DecodeError> {
    if !text.contains('+') {
        return decode(text);
    }
    decode(&text.replace('+', " ")).map(|decoded| Cow::Owned(decoded.into_owned()))
}

/// Splits a raw query string (without `?`) into decoded pairs, in order; `name` and `name=` both give an empty value.
///
/// # Errors
/// The first name or value that [`decode_parameter`] refuses.
pub fn decode_query(raw: &str) -> Result<Vec<Parameter<'_>>, DecodeError> {
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode_parameter(name)?, decode_parameter(value)?))
        })
        .collect()
}

pub(crate) fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_is_strict() {
        assert_eq!(decode("a%2Fb+c").unwrap(), "a/b+c");
        assert_eq!(decode("%E7%9B%AE").unwrap(), "目");
        assert_eq!(decode("plain").unwrap(), "plain");
        assert_eq!(decode("ab%2"), Err(DecodeError::Escape { at: 2 }));
        assert_eq!(decode("%zz"), Err(DecodeError::Escape { at: 0 }));
        assert_eq!(decode("%"), Err(DecodeError::Escape { at: 0 }));
        assert_eq!(decode("%c0%af"), Err(DecodeError::Utf8), "an overlong slash is not UTF-8");
        assert_eq!(decode("%FF"), Err(DecodeError::Utf8));
    }

    #[test]
    fn a_query_keeps_order_repetition_and_empty_values() {
        let pairs = decode_query("b=2&a&&a=%20x=y&c=&+d=+%2B+").unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(pairs, [("b", "2"), ("a", ""), ("a", " x=y"), ("c", ""), (" d", " + ")]);
        let mut out = String::new();
        encode_query(pairs, &mut out);
        assert_eq!(out, "b=2&a&a=%20x%3Dy&c&%20d=%20%2B%20");
    }

    #[test]
    fn encoding_and_decoding_are_inverse_for_any_text() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..2000 {
            let text: String = (0..random.usize(..24)).map(|_| random.char(..)).collect();
            let (mut path, mut component) = (String::new(), String::new());
            encode_path(&text, &mut path);
            encode_component(&text, &mut component);
            assert_eq!(decode(&path).unwrap(), text);
            assert_eq!(decode(&component).unwrap(), text);
            assert!(!component.contains('/'));
        }
    }
}
