//! What a check has found: where, what, and what to do.

use std::path::{Path, PathBuf};

use jit_storages::Error;
use serde::{Serialize, Serializer};

use crate::business_file::BusinessFile;
use crate::output::{BAD, DIM, DOUBTFUL, NAME, printable};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Severity {
    /// Worth knowing.
    Note,
    Warning,
    Error,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) element: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "serialize_shown")]
    pub(crate) file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<usize>,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

impl Finding {
    pub(crate) fn new(severity: Severity, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { severity, element: None, file: None, line: None, column: None, message, remedy: None }
    }

    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    pub(crate) fn of_element(mut self, element: impl Into<String>) -> Self {
        self.element = Some(element.into());
        self
    }

    /// In this file, and there where a key stands, given the way to it; an empty one for the file as a whole.
    pub(crate) fn in_file(mut self, file: &Path, key: &[&str]) -> Self {
        let position = BusinessFile::read(file).and_then(|file| file.position(key));
        self.file = Some(file.to_owned());
        (self.line, self.column) = (position.map(|position| position.0), position.map(|position| position.1));
        self
    }

    /// What an error says. Errors about files begin with where: `` `file:line:column`: key `x`: … ``.
    pub(crate) fn from_error(error: &Error) -> Self {
        let (place, message) = match error.message().strip_prefix('`').and_then(|rest| rest.split_once("`: ")) {
            Some((place, message)) if place.contains(['/', '\\', '.']) => (Some(place), message),
            _ => (None, error.message()),
        };
        let message = match error.service() {
            Some(service) => format!("{message} ({service})"),
            None => message.to_owned(),
        };
        let key = message.strip_prefix("key `").and_then(|rest| rest.split_once('`')).map(|(key, _)| key.to_owned());
        let mut finding = Self::new(Severity::Error, message);
        finding.remedy = error.advice().map(str::to_owned);
        finding.element = error.element().map(ToString::to_string);
        let Some(place) = place else { return finding };
        let (file, line, column) = split_position(place);
        match line {
            Some(_) => Self { file: Some(file), line, column, ..finding },
            None => finding.in_file(&file, &key.iter().map(String::as_str).collect::<Vec<_>>()),
        }
    }

    /// As a person reads it; files below `root` without it.
    pub(crate) fn text(&self, root: &Path) -> String {
        let mut text = match self.severity {
            Severity::Error => format!("{BAD}error:{BAD:#} "),
            Severity::Warning => format!("{DOUBTFUL}warning:{DOUBTFUL:#} "),
            Severity::Note => "note: ".to_owned(),
        };
        let file = self.file.as_ref().map(|file| file.strip_prefix(root).unwrap_or(file).display().to_string());
        let file = file.as_deref().map(printable);
        match (file, self.line, self.column) {
            (Some(file), Some(line), Some(column)) => text.push_str(&format!("{NAME}{file}:{line}:{column}{NAME:#}: ")),
            (Some(file), Some(line), None) => text.push_str(&format!("{NAME}{file}:{line}{NAME:#}: ")),
            (Some(file), None, _) => text.push_str(&format!("{NAME}{file}{NAME:#}: ")),
            (None, ..) => {
                if let Some(element) = &self.element {
                    text.push_str(&format!("{NAME}{element}{NAME:#}: "));
                }
            }
        }
        text.push_str(&printable(&self.message));
        if let Some(remedy) = &self.remedy {
            text.push_str(&format!("\n  {DIM}→{DIM:#} {}", printable(remedy)));
        }
        text
    }
}

/// JSON takes no path that is not UTF-8.
fn serialize_shown<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.display().to_string()).serialize(serializer)
}

/// `file`, `file:line` or `file:line:column`.
fn split_position(place: &str) -> (PathBuf, Option<usize>, Option<usize>) {
    let split = |text: &str| {
        let (rest, number) = text.rsplit_once(':')?;
        Some((rest.to_owned(), number.parse::<usize>().ok()?))
    };
    match split(place) {
        None => (place.into(), None, None),
        Some((rest, last)) => match split(&rest) {
            None => (rest.into(), Some(last), None),
            Some((file, line)) => (file.into(), Some(line), Some(last)),
        },
    }
}

/// All that was found, each once.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        let differ = |one: Option<usize>, other: Option<usize>| one.zip(other).is_some_and(|(one, other)| one != other);
        let is_known = self.0.iter().any(|known| {
            known.message == finding.message
                && known.file == finding.file
                && known.element == finding.element
                && !differ(known.line, finding.line)
                && !differ(known.column, finding.column)
        });
        if !is_known {
            self.0.push(finding);
        }
    }

    /// Those that are about files in the order of files and lines, the others behind them.
    pub(crate) fn sorted(mut self) -> Vec<Finding> {
        self.0.sort_by_key(|finding| (finding.file.is_none(), finding.file.clone(), finding.line, finding.column));
        self.0
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether an error is about this element.
    pub(crate) fn has_error_of(&self, element: &str) -> bool {
        let is_about = |finding: &Finding| finding.element.as_deref() == Some(element);
        self.0.iter().any(|finding| finding.severity == Severity::Error && is_about(finding))
    }
}

#[cfg(test)]
mod tests {
    use jit_storages::ErrorKind;

    use super::*;

    #[test]
    fn errors_tell_where_they_are() {
        for (message, file, line, column, rest) in [
            ("`a/b.json:3:5`: expected value", Some("a/b.json"), Some(3), Some(5), "expected value"),
            ("`a/.env:2`: this is no `NAME=value`", Some("a/.env"), Some(2), None, "this is no `NAME=value`"),
            ("`a/x.json`: key `b` is not known", Some("a/x.json"), None, None, "key `b` is not known"),
            ("`x` is odd", None, None, None, "`x` is odd"),
        ] {
            let finding = Finding::from_error(&Error::new(ErrorKind::Config, message));
            let found = (finding.file.as_deref(), finding.line, finding.column, finding.message.as_str());
            assert_eq!(found, (file.map(Path::new), line, column, rest));
        }
    }

    #[test]
    fn what_stands_in_several_places_is_told_of_each() {
        let mut findings = Findings::default();
        for (line, column) in [(Some(2), None), (Some(3), None), (Some(3), None), (Some(3), Some(1)), (None, None)] {
            findings.add(Finding { line, column, ..Finding::new(Severity::Warning, "odd") });
        }
        let places: Vec<_> = findings.sorted().iter().map(|finding| finding.line).collect();
        assert_eq!(places, [Some(2), Some(3)]);
    }

    #[test]
    fn what_files_hold_takes_no_terminal_over() {
        let finding = Finding::new(Severity::Note, "a\u{1b}[2J").with_remedy("b\u{1b}c");
        let finding = Finding { file: Some("d\u{1b}e".into()), ..finding };
        assert_eq!(finding.text(Path::new("x")).matches("\\u{1b}").count(), 3);
    }
}
