//! What no text for people may hold: tokens and signatures.

use super::mismatch::Line;
use crate::header;

/// What stands in the place of a secret.
pub(super) const REDACTED: &str = "[redacted]";

/// A secret shorter than this is too common a text to be looked for in others.
const SHORTEST_MASKED: usize = 4;

/// Whether the value of a header or parameter is a secret, by its name in any case.
pub(super) fn is_secret(name: &str) -> bool {
    const NAMES: [&str; 5] =
        [header::SECURITY_TOKEN, "security-token", "x-oss-signature", "signature", "authorization"];
    NAMES.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

/// Replaces what the lines hold as a secret, wherever else it may have got to.
pub(super) fn mask(text: String, lines: &[Line<'_>]) -> String {
    lines
        .iter()
        .filter_map(Line::secret)
        .filter(|secret| secret.len() >= SHORTEST_MASKED)
        .fold(text, |text, secret| if text.contains(secret) { text.replace(secret, REDACTED) } else { text })
}
