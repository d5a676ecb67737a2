//! Patterns in names: `*` and `?` within a folder, `**` across folders, `[…]` and `{a,b}`.

use globset::{GlobBuilder, GlobMatcher};

use crate::exit::{Failure, Outcome};

/// A pattern of names.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    matcher: GlobMatcher,
    /// What all names begin with that match.
    pub(crate) prefix: String,
}

impl Pattern {
    /// The pattern that a path is; `None` for a plain path.
    pub(crate) fn parse(path: &str) -> Outcome<Option<Self>> {
        let Some(at) = path.find(['*', '?', '[', '{', '\\']) else { return Ok(None) };
        let glob = GlobBuilder::new(path).literal_separator(true).backslash_escape(true).build();
        let glob = glob.map_err(|error| {
            Failure::usage(format!(
                "`{path}` is no pattern: {}; write `\\` before a character that is meant",
                error.kind()
            ))
        })?;
        Ok(Some(Self { matcher: glob.compile_matcher(), prefix: path[..at].to_owned() }))
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }

    /// The folder that holds all that match, with a `/` behind it, or empty.
    pub(crate) fn folder(&self) -> &str {
        &self.prefix[..self.prefix.rfind('/').map_or(0, |at| at + 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_shells_do() {
        for (pattern, folder, matching, others) in [
            ("logs/**/*.gz", "logs/", &["logs/a.gz", "logs/x/y/a.gz"][..], &["logs/a.txt", "a.gz"][..]),
            ("*.txt", "", &["a.txt"], &["d/a.txt"]),
            ("a/b?/[xy]{1,2}", "a/", &["a/bc/x1", "a/bc/y2"], &["a/b/x1", "a/bc/z1"]),
            ("a\\*b", "", &["a*b"], &["axb"]),
        ] {
            let parsed = Pattern::parse(pattern).unwrap().unwrap();
            assert_eq!(parsed.folder(), folder, "{pattern}");
            assert!(matching.iter().all(|name| parsed.matches(name)), "{pattern}");
            assert!(!others.iter().any(|name| parsed.matches(name)), "{pattern}");
        }
        assert!(Pattern::parse("plain/name.txt").unwrap().is_none());
        assert!(Pattern::parse("a[").is_err());
    }
}
