//! Patterns in names: `*` and `?` within a folder, `**` across folders, `[…]` and `{a,b}`.

use globset::{GlobBuilder, GlobMatcher};

use crate::exit::{Failure, Outcome};

/// What makes a name a pattern.
const SPECIAL: [char; 5] = ['*', '?', '[', '{', '\\'];

/// How far a source reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Single objects and what a pattern matches.
    Single,
    /// Folders with all that they hold, also those that a pattern matches.
    Recursive,
}

/// A pattern of names.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    text: String,
    matcher: GlobMatcher,
    depth: Depth,
    /// One for each folder on the way, up to a `**`; `None` where the pattern cannot be taken apart.
    folders: Option<Vec<GlobMatcher>>,
    /// What all names begin with that match.
    pub(crate) prefix: String,
}

impl Depth {
    pub(crate) fn recursive_if(recursive: bool) -> Self {
        if recursive { Self::Recursive } else { Self::Single }
    }
}

impl Pattern {
    /// The pattern that a path is; `None` for a plain path.
    pub(crate) fn parse(path: &str, depth: Depth) -> Outcome<Option<Self>> {
        if is_pattern(path) { Self::new(path, depth).map(Some) } else { Ok(None) }
    }

    /// A pattern, which may match one name only.
    pub(crate) fn new(path: &str, depth: Depth) -> Outcome<Self> {
        // A `/` behind means a folder, which is meant anyway.
        let path = if depth == Depth::Recursive { path.trim_end_matches('/') } else { path };
        let matcher = compile(path).map_err(|error| {
            Failure::usage(format!(
                "`{path}` is no pattern: {}; write `\\` before a character that is meant",
                error.kind()
            ))
        })?;
        let folders = || {
            let parts = path.split('/').take_while(|part| *part != "**");
            parts.map(|part| compile(part).ok()).collect::<Option<Vec<_>>>()
        };
        Ok(Self {
            text: path.to_owned(),
            matcher,
            depth,
            // A choice may hold a `/`.
            folders: if path.contains('{') { None } else { folders() },
            prefix: path[..path.find(SPECIAL).unwrap_or(path.len())].to_owned(),
        })
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.matches_exactly(name)
            || self.depth == Depth::Recursive && folders_above(name).any(|folder| self.matches_exactly(folder))
    }

    /// Whether something below a folder, written without a `/` behind it, can match.
    pub(crate) fn may_match_below(&self, folder: &str) -> bool {
        let Some(wanted) = self.folders.as_ref().filter(|_| !folder.is_empty()) else { return true };
        let fits = folder.split('/').zip(wanted).all(|(part, wanted)| wanted.is_match(part));
        let has_more = wanted.len() > folder.split('/').count() || self.text.contains("**");
        fits && (has_more || self.depth == Depth::Recursive)
    }

    /// Whether it reaches into folders that it does not name one by one.
    pub(crate) fn crosses_folders(&self) -> bool {
        self.depth == Depth::Recursive || self.text.contains("**") || self.text.contains('[') && self.text.contains('{')
    }

    /// The folder that holds all that match, with a `/` behind it, or empty.
    pub(crate) fn folder(&self) -> &str {
        &self.prefix[..self.prefix.rfind('/').map_or(0, |at| at + 1)]
    }

    fn matches_exactly(&self, name: &str) -> bool {
        // A class like `[!a]` takes a `/` too, which nobody means.
        let slashes = |text: &str| text.matches('/').count();
        self.matcher.is_match(name) && (self.crosses_folders() || !self.has_class() || slashes(name) == self.slashes())
    }

    fn has_class(&self) -> bool {
        self.text.contains('[')
    }

    fn slashes(&self) -> usize {
        self.text.matches('/').count()
    }
}

/// Whether a path is written as a pattern.
pub(crate) fn is_pattern(path: &str) -> bool {
    path.contains(SPECIAL)
}

/// `a` and `a/b` of `a/b/c`.
pub(crate) fn folders_above(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(at, _)| &name[..at])
}

fn compile(pattern: &str) -> Result<GlobMatcher, globset::Error> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build()?;
    Ok(glob.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str, depth: Depth) -> Pattern {
        Pattern::parse(text, depth).unwrap().unwrap()
    }

    #[test]
    fn patterns_match_as_shells_do() {
        for (text, folder, matching, others) in [
            ("logs/**/*.gz", "logs/", &["logs/a.gz", "logs/x/y/a.gz"][..], &["logs/a.txt", "a.gz"][..]),
            ("*.txt", "", &["a.txt"], &["d/a.txt"]),
            ("a/b?/[xy]{1,2}", "a/", &["a/bc/x1", "a/bc/y2"], &["a/b/x1", "a/bc/z1"]),
            ("a[!b]c", "", &["axc"], &["abc", "a/c"]),
            ("a\\*b", "", &["a*b"], &["axb"]),
        ] {
            let parsed = pattern(text, Depth::Single);
            assert_eq!(parsed.folder(), folder, "{text}");
            assert!(matching.iter().all(|name| parsed.matches(name)), "{text}");
            assert!(!others.iter().any(|name| parsed.matches(name)), "{text}");
        }
        assert!(Pattern::parse("plain/name.txt", Depth::Single).unwrap().is_none());
        assert!(Pattern::parse("a[", Depth::Single).is_err());
    }

    #[test]
    fn folders_that_match_are_meant_with_all_that_they_hold_where_that_is_said() {
        for (text, name, alone, with_folders) in [
            ("web*", "web1/a/b", false, true),
            ("web*/", "web1/a", false, true),
            ("*/s", "d/s/x", false, true),
            ("*/s", "d/t/x", false, false),
            ("*.txt", "a.txt", true, true),
        ] {
            assert_eq!(pattern(text, Depth::Single).matches(name), alone, "{text} {name}");
            assert_eq!(pattern(text, Depth::Recursive).matches(name), with_folders, "{text} {name}");
        }
    }

    #[test]
    fn folders_are_entered_only_where_something_can_match() {
        for (text, folder, single) in [
            ("*.txt", "d", false),
            ("*/x", "d", true),
            ("*/x", "d/e", false),
            ("a*/**/x", "b", false),
            ("a*/**/x", "ab/c/d", true),
            ("{a/b,c}/x", "z", true),
        ] {
            assert_eq!(pattern(text, Depth::Single).may_match_below(folder), single, "{text} {folder}");
        }
        assert!(pattern("d*", Depth::Recursive).may_match_below("d1/e"));
        assert!(!pattern("d*", Depth::Recursive).may_match_below("e"));
    }
}
