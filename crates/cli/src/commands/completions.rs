//! `storages completions`: scripts for shells.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::{Cli, Global};
use crate::exit::{Failure, Outcome};
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  storages completions bash > ~/.local/share/bash-completion/completions/storages
  storages completions zsh > ~/.zfunc/_storages
  storages completions fish > ~/.config/fish/completions/storages.fish";

/// For which shell.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(crate) async fn run(arguments: Arguments, _: &Global, output: &Output) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "storages", &mut script);
    let script = String::from_utf8(script).map_err(|error| Failure::failed(error.to_string()))?;
    output.line(script.trim_end())
}
