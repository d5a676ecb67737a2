//! Rules for texts that travel as HTTP headers, the same for every Type so that an app can change its Type.

use std::collections::BTreeMap;

use super::options::UploadOptions;
use crate::error::{Error, ErrorKind, Result};

/// The most that the names and values of the user's metadata may hold together, in bytes (OSS's limit).
const MAX_METADATA: usize = 8 * 1024;
/// The most tags of an object (OSS's limit).
const MAX_TAGS: usize = 10;

/// Checks a MIME type: `type/subtype`, then parameters if any, in printable ASCII.
pub(super) fn check_content_type(content_type: &str) -> Result<()> {
    let essence = content_type.split(';').next().unwrap_or_default().trim_end();
    let well_formed = essence
        .split_once('/')
        .is_some_and(|(main, sub)| [main, sub].iter().all(|part| !part.is_empty() && part.bytes().all(is_token)));
    if well_formed && content_type.bytes().all(is_printable) {
        return Ok(());
    }
    Err(invalid(format!("`{}` is not a content type", content_type.escape_debug()))
        .with_advice("it looks like `image/jpeg` or `text/plain; charset=utf-8`"))
}

/// Checks everything in the options of a write that becomes a header.
pub(super) fn check_upload(options: &UploadOptions) -> Result<()> {
    let UploadOptions { content_type, cache_control, content_disposition, content_encoding, metadata, tags, .. } =
        options;
    if let Some(content_type) = content_type {
        check_content_type(content_type)?;
    }
    for (name, value) in [
        ("Cache-Control", cache_control),
        ("Content-Disposition", content_disposition),
        ("Content-Encoding", content_encoding),
    ] {
        if let Some(value) = value {
            check_value(name, value)?;
        }
    }
    let mut total = 0;
    for (name, value) in metadata {
        if name.is_empty() || !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
            return Err(invalid(format!("`{}` cannot name metadata", name.escape_debug()))
                .with_advice("use lower-case letters, digits and `-`"));
        }
        check_value(name, value)?;
        total += name.len() + value.len();
    }
    if total > MAX_METADATA {
        return Err(invalid(format!("the metadata has {total} bytes, and {MAX_METADATA} are allowed")));
    }
    check_tags(tags)
}

/// Checks tags (OSS's limits). Which characters they may hold is the store's own business.
pub(super) fn check_tags(tags: &BTreeMap<String, String>) -> Result<()> {
    if tags.len() > MAX_TAGS {
        return Err(invalid(format!("an object has at most {MAX_TAGS} tags, not {}", tags.len())));
    }
    for (name, value) in tags {
        if name.is_empty() || name.chars().count() > 128 || value.chars().count() > 256 {
            return Err(invalid(format!("the tag `{}` is too long or has no name", name.escape_debug()))
                .with_advice("names have 1 to 128 characters, values at most 256"));
        }
    }
    Ok(())
}

/// Checks the value of a header.
pub(super) fn check_value(name: &str, value: &str) -> Result<()> {
    if value.bytes().all(is_printable) && value.trim() == value {
        return Ok(());
    }
    Err(invalid(format!("the value of `{name}` is not header text"))
        .with_advice("use printable ASCII without white space at the ends; percent-encode or base64-encode the rest"))
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_are_checked() {
        for good in ["image/jpeg", "text/plain; charset=utf-8", "application/vnd.ms-excel", "image/svg+xml"] {
            check_content_type(good).unwrap();
        }
        for bad in ["", "jpeg", "image/", "/jpeg", "image/jp eg", "text/plain\r\nx-evil: 1", "text/普通"] {
            assert_eq!(check_content_type(bad).unwrap_err().kind(), ErrorKind::InvalidInput, "{bad}");
        }
    }

    #[test]
    fn metadata_that_no_header_can_carry_is_refused() {
        for (name, value) in
            [("a", "x\ny"), ("a b", "x"), ("", "x"), ("a", "名"), ("a", " x"), ("a", &"x".repeat(9000))]
        {
            assert!(check_upload(&UploadOptions::default().with_metadata(name, value)).is_err(), "{name:?}");
        }
        check_upload(&UploadOptions::default().with_metadata("Author", "alice").with_cache_control("no-cache"))
            .unwrap();
    }
}
