//! What is printed, where and how: facts on standard output, everything else on standard error.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::batch::Mode;
use crate::exit::Outcome;

/// Names of things.
pub(crate) const NAME: Style = Style::new().bold();
/// What is beside the point.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What may be wrong.
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
/// What is right.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();

/// A name from outside, for persons: characters that could take over a terminal, or turn what is read around, escaped. JSON
/// has it as it is.
pub(crate) fn printable(name: &str) -> Cow<'_, str> {
    escaped(name, is_dangerous)
}

/// A text of ours, which may have several lines, with names from outside in it.
fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter != '\n' && is_dangerous(letter))
}

fn escaped(text: &str, is_dangerous: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match is_dangerous(letter) {
            true => escaped.extend(letter.escape_debug()),
            false => escaped.push(letter),
        }
    }
    Cow::Owned(escaped)
}

/// Control characters, and those that change the direction of writing.
fn is_dangerous(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How facts are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For persons.
    Text,
    /// A document, or a line per object.
    Json,
}

/// How much is said beside the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    Quiet,
    Normal,
    Verbose,
}

/// What becomes of a command whose output nobody reads on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WhenClosed {
    /// It ends: it was for what it prints.
    End,
    /// It goes on: it was for what it does.
    GoOn,
}

/// Where everything is printed.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) verbosity: Verbosity,
    /// What it means that nobody reads standard output on, as with `| head`.
    when_closed: WhenClosed,
    /// Drawn below whatever is printed.
    bar: Option<ProgressBar>,
}

impl Output {
    pub(crate) fn new(format: Format, verbosity: Verbosity) -> Self {
        Self { format, verbosity, when_closed: WhenClosed::End, bar: None }
    }

    /// Prints above this bar from now on.
    pub(crate) fn with_bar(&self, bar: ProgressBar) -> Self {
        Self { bar: Some(bar), ..self.clone() }
    }

    /// For commands that change something: they do all of it, whoever listens. In a dry run they only tell.
    pub(crate) fn for_changes(&self, mode: Mode) -> Self {
        let when_closed = match mode {
            Mode::Do => WhenClosed::GoOn,
            Mode::DryRun => WhenClosed::End,
        };
        Self { when_closed, ..self.clone() }
    }

    /// For commands that print content, between which no JSON stands.
    pub(crate) fn for_content(&self) -> Self {
        Self { format: Format::Text, ..self.clone() }
    }

    pub(crate) fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints a fact, for persons as `text` says it.
    pub(crate) fn fact<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) -> Outcome {
        match self.format {
            Format::Json => self.line(serde_json::to_string(value).map_err(io::Error::from)?),
            Format::Text => self.line(text()),
        }
    }

    /// Prints a fact that is beside the point of the command, such as each object that was sent: not with `--quiet`.
    pub(crate) fn report<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) -> Outcome {
        if self.verbosity == Verbosity::Quiet && self.format == Format::Text {
            return Ok(());
        }
        self.fact(value, text)
    }

    /// Prints one document, readable in JSON too.
    pub(crate) fn document<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) -> Outcome {
        match self.format {
            Format::Json => self.line(serde_json::to_string_pretty(value).map_err(io::Error::from)?),
            Format::Text => self.line(text()),
        }
    }

    /// Prints a line on standard output.
    pub(crate) fn line(&self, text: impl fmt::Display) -> Outcome {
        match self.above_bar(|| writeln!(anstream::stdout(), "{text}")) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self.when_closed == WhenClosed::GoOn => Ok(()),
            written => Ok(written?),
        }
    }

    /// Says something on standard error, unless `--quiet`.
    pub(crate) fn note(&self, text: impl fmt::Display) {
        if self.verbosity > Verbosity::Quiet {
            self.say(text);
        }
    }

    /// Says something on standard error with `-v`.
    pub(crate) fn detail(&self, text: impl fmt::Display) {
        if self.verbosity == Verbosity::Verbose {
            self.say(format_args!("{DIM}{}{DIM:#}", printable_lines(&text.to_string())));
        }
    }

    /// Says what went wrong, always.
    pub(crate) fn error(&self, text: impl fmt::Display) {
        self.say(format_args!("{BAD}error:{BAD:#} {}", printable_lines(&text.to_string())));
    }

    /// Says what may be wrong, unless `--quiet`.
    pub(crate) fn warning(&self, text: impl fmt::Display) {
        self.note(format_args!("{DOUBTFUL}warning:{DOUBTFUL:#} {}", printable_lines(&text.to_string())));
    }

    fn say(&self, text: impl fmt::Display) {
        // Where nobody reads standard error there is nobody to be told of it.
        let _ = self.above_bar(|| writeln!(anstream::stderr(), "{text}"));
    }

    fn above_bar<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Whether somebody is there who can be asked.
    pub(crate) fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal() && self.format == Format::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_are_escaped() {
        assert_eq!(printable("目 录/ü"), "目 录/ü");
        assert_eq!(printable("a\u{1b}[2J\nb\u{202e}c"), "a\\u{1b}[2J\\nb\\u{202e}c");
        assert_eq!(printable_lines("a\u{9b}\nb"), "a\\u{9b}\nb");
    }
}
