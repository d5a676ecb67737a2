//! Wrong command lines, told in one or two lines: what is wrong, and what to type instead.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Error};

use crate::cli::Cli;

/// What other tools call it, and what it is here.
const WORDS_OF_OTHERS: &[(&str, &str)] = &[
    ("delete", "`rm`"),
    ("remove", "`rm`"),
    ("del", "`rm`"),
    ("upload", "`put`"),
    ("push", "`put`"),
    ("download", "`get`"),
    ("pull", "`get`"),
    ("copy", "`cp`"),
    ("mv", "`cp`, and then `rm`"),
    ("move", "`cp`, and then `rm`"),
    ("rename", "`cp`, and then `rm`"),
    ("dir", "`ls`"),
    ("sign", "`url`"),
];

/// What clap says, without its blank lines and its hint to look elsewhere.
pub(crate) fn explain(error: &Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing: `storages --help` lists them, `storages init demo` begins".to_owned();
    }
    let text = error.render().to_string();
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let end = lines.iter().position(|line| is_behind(line)).unwrap_or(lines.len());
    let what = lines[..end].join(" ");
    let what = what.strip_prefix("error: ").unwrap_or(&what).to_owned();
    match advice(error) {
        Some(advice) => format!("{what}\n{advice}"),
        None => what,
    }
}

/// Whether a line belongs to what clap writes behind what is wrong.
fn is_behind(line: &str) -> bool {
    ["tip:", "Usage:", "For more information"].iter().any(|start| line.starts_with(start))
}

fn advice(error: &Error) -> Option<String> {
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && let Some((_, ours)) = WORDS_OF_OTHERS.iter().find(|(theirs, _)| theirs == word)
    {
        return Some(format!("did you mean {ours}?"));
    }
    for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue] {
        let word = match error.get(kind) {
            Some(ContextValue::String(word)) => word,
            // The last one is the most alike.
            Some(ContextValue::Strings(words)) if !words.is_empty() => &words[words.len() - 1],
            _ => continue,
        };
        return Some(format!("did you mean `{word}`?"));
    }
    if error.kind() == ErrorKind::InvalidSubcommand {
        return Some("`storages --help` lists the commands".to_owned());
    }
    let usage = error.get(ContextKind::Usage).map(ToString::to_string);
    let usage = usage.or_else(|| usage_of_command(std::env::args_os().skip(1)))?;
    let usage = usage.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    Some(format!("usage: {}", usage.strip_prefix("Usage: ").unwrap_or(&usage)))
}

/// The usage of the subcommand on the command line, where clap gives none.
fn usage_of_command(mut arguments: impl Iterator<Item = OsString>) -> Option<String> {
    let mut command = Cli::command();
    command.build();
    let named = loop {
        let argument = arguments.next()?;
        match argument.to_str() {
            // The only option before commands that takes a value.
            Some("--app") => drop(arguments.next()),
            Some(name) if command.find_subcommand(name).is_some() => break name.to_owned(),
            _ => {}
        }
    };
    Some(command.find_subcommand_mut(&named)?.render_usage().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_found_among_options_and_their_values() {
        let usage = |line: &str| usage_of_command(line.split(' ').map(OsString::from));
        assert!(usage("--app get -v put x").unwrap().contains("storages put"));
        assert!(usage("--json ls").unwrap().contains("storages ls"));
        assert_eq!(usage("--app put"), None);
    }
}
