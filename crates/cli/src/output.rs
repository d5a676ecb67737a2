//! What is printed, where and how: facts on standard output, everything else on standard error.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;
use serde::Serialize;

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

/// A name from outside, for persons: control characters, which could take over a terminal, escaped. JSON has it as it is.
pub(crate) fn printable(name: &str) -> Cow<'_, str> {
    if !name.contains(char::is_control) {
        return Cow::Borrowed(name);
    }
    let escape =
        |letter: char| if letter.is_control() { letter.escape_debug().to_string() } else { letter.to_string() };
    Cow::Owned(name.chars().map(escape).collect())
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

/// Where everything is printed.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) verbosity: Verbosity,
    /// Drawn below whatever is printed.
    bar: Option<ProgressBar>,
}

impl Output {
    pub(crate) fn new(format: Format, verbosity: Verbosity) -> Self {
        Self { format, verbosity, bar: None }
    }

    /// Prints above this bar from now on.
    pub(crate) fn with_bar(&self, bar: ProgressBar) -> Self {
        Self { bar: Some(bar), ..self.clone() }
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
        self.above_bar(|| writeln!(anstream::stdout(), "{text}"))?;
        Ok(())
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
            self.say(format_args!("{DIM}{text}{DIM:#}"));
        }
    }

    /// Says what went wrong, always.
    pub(crate) fn error(&self, text: impl fmt::Display) {
        self.say(format_args!("{BAD}error:{BAD:#} {text}"));
    }

    /// Says what may be wrong, unless `--quiet`.
    pub(crate) fn warning(&self, text: impl fmt::Display) {
        self.note(format_args!("{DOUBTFUL}warning:{DOUBTFUL:#} {text}"));
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
