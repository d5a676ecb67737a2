//! The `storages` command: create, check, use and serve storage elements from the terminal.

mod app_folder;
mod batch;
mod business_file;
mod checks;
mod cli;
mod closed;
mod commands;
mod compare;
mod deletion;
mod each;
mod env_file;
mod exclude;
mod exit;
mod extra;
mod files;
mod folder;
mod git;
mod glob;
mod ground;
mod interrupt;
mod key_pair;
mod listing;
mod local;
mod local_server;
mod meaning;
mod notes;
mod output;
mod plan;
mod progress;
mod reach;
mod settings;
mod shell;
mod size;
mod standard;
mod table;
mod target;
mod transfer;
mod types;
mod usage;
mod variable_names;
mod wizard;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
