//! Wrong command lines, told in one or two lines: what is wrong, and what to type instead.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Error};

use crate::cli::Cli;

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
    let suggested =
        [(ContextKind::SuggestedSubcommand, ""), (ContextKind::SuggestedArg, ""), (ContextKind::SuggestedValue, "")];
    for (kind, before) in suggested {
        let word = match error.get(kind) {
            Some(ContextValue::String(word)) => word.clone(),
            // The last one is the most alike.
            Some(ContextValue::Strings(words)) if !words.is_empty() => words[words.len() - 1].clone(),
            _ => continue,
        };
        return Some(format!("did you mean `{before}{word}`?"));
    }
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).or_else(|| usage_of_command(error))?;
    let usage = usage.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned();
    Some(match error.kind() {
        ErrorKind::InvalidSubcommand => "`storages --help` lists the commands".to_owned(),
        _ => format!("usage: {usage}"),
    })
}

/// The usage of the subcommand on the command line, where clap gives none.
fn usage_of_command(_: &Error) -> Option<String> {
    let mut command = Cli::command();
    command.build();
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-'))?;
    let found = command.find_subcommand_mut(&named)?;
    Some(found.render_usage().to_string())
}
