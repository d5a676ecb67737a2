//! What both versions share: which headers are signed, in which order, and how names compare.

use std::cmp::Ordering;

use crate::header::OSS_PREFIX;

pub(super) type Pair<'a> = (&'a str, &'a str);

/// Whether a header name starts with `x-oss-`, in any case.
pub(super) fn is_oss_header(name: &str) -> bool {
    name.as_bytes().get(..OSS_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(OSS_PREFIX.as_bytes()))
}

/// Compares header names as the bytes of their lower-case form.
fn compare_names(left: &str, right: &str) -> Ordering {
    let lower = |byte: &u8| byte.to_ascii_lowercase();
    left.as_bytes().iter().map(lower).cmp(right.as_bytes().iter().map(lower))
}

/// Puts headers in canonical order; the sort is stable, so repeated names keep theirs. What is in order stays untouched.
pub(super) fn sort_headers(headers: &mut [Pair<'_>]) {
    if !headers.is_sorted_by(|left, right| compare_names(left.0, right.0) != Ordering::Greater) {
        headers.sort_by(|left, right| compare_names(left.0, right.0));
    }
}

/// Writes sorted headers as `name:value⏎`, repeated names joined by `,`.
pub(super) fn write_headers(headers: &[Pair<'_>], out: &mut String) {
    let mut previous: Option<&str> = None;
    for (name, value) in headers {
        if previous.is_some_and(|previous| previous.eq_ignore_ascii_case(name)) {
            out.pop();
            out.push(',');
        } else {
            push_lower(name, out);
            out.push(':');
        }
        out.push_str(value.trim());
        out.push('\n');
        previous = Some(name);
    }
}

pub(super) fn push_lower(name: &str, out: &mut String) {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        out.extend(name.chars().map(|c| c.to_ascii_lowercase()));
    } else {
        out.push_str(name);
    }
}

/// Compares two texts as their percent-encoded forms would compare, without encoding them.
///
/// Texts share a prefix, then differ in one byte. An encoded byte starts with `%`, below every unreserved character, and
/// upper-case hexadecimal keeps the order of bytes.
pub(super) fn compare_encoded(left: &str, right: &str) -> Ordering {
    let reserved = |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
    for (l, r) in left.bytes().zip(right.bytes()) {
        if l != r {
            return reserved(r).cmp(&reserved(l)).then(l.cmp(&r));
        }
    }
    left.len().cmp(&right.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::encode_component;

    #[test]
    fn comparing_without_encoding_agrees_with_encoding_first() {
        let mut random = fastrand::Rng::with_seed(11);
        let alphabet: Vec<char> = "ab-._~%+/| é目".chars().collect();
        let mut word =
            || -> String { (0..random.usize(..5)).map(|_| alphabet[random.usize(..alphabet.len())]).collect() };
        for _ in 0..5000 {
            let (left, right) = (word(), word());
            let (mut l, mut r) = (String::new(), String::new());
            encode_component(&left, &mut l);
            encode_component(&right, &mut r);
            assert_eq!(compare_encoded(&left, &right), l.cmp(&r), "{left:?} {right:?}");
        }
    }

    #[test]
    fn repeated_headers_are_joined() {
        let mut headers = [("x-oss-meta-b", " 2 "), ("X-Oss-Meta-A", "1"), ("x-oss-meta-a", "0")];
        sort_headers(&mut headers);
        let mut out = String::new();
        write_headers(&headers, &mut out);
        assert_eq!(out, "x-oss-meta-a:1,0\nx-oss-meta-b:2\n");
    }
}
