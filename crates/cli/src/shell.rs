//! What is typed in a shell.

use std::borrow::Cow;

/// A word as it is typed: quoted where a shell would read something else into it.
pub(crate) fn word(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:+@%=,\\".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) && (cfg!(windows) || !text.contains('\\')) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(match cfg!(windows) {
        // No name has a `"` there.
        true => format!("\"{text}\""),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_a_word_as_it_was() {
        for (text, typed) in [
            ("demo", "demo"),
            ("../目录/a-b_c.d", "../目录/a-b_c.d"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            (r"a\b", r"'a\b'"),
            ("", "''"),
        ] {
            assert_eq!(word(text), typed);
        }
    }
}
