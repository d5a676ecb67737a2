//! The command line: its commands and the options that all of them have.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::exit::{self, Failure};
use crate::output::{Format, Output, Verbosity};
use crate::usage;

/// How long the last tasks may take to end.
const PATIENCE: Duration = Duration::from_secs(3);

/// Names the app's folder where the command line does not.
const APP_VARIABLE: &str = "STORAGES_APP";

const EXAMPLES: &str = "\
Examples:
  storages init demo              an app that works at once on the embedded server
  storages new Photos             a storage element, asked for step by step
  storages check --online         what is wrong, and what to do about it
  storages put -r dist MyOss:web/ a folder to an element
  storages sync MyOss:web/ copy/  one way, only what has changed

Objects are written `NAME:path`, `:path` for the app's default storage. Quote patterns: 'MyOss:logs/**/*.gz'.";

/// Storage elements of JitAi apps from the terminal: create, check, use and serve them.
#[derive(Debug, Parser)]
#[command(name = "storages", version, max_term_width = 110, subcommand_required = true)]
#[command(after_help = help_after())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The app's folder, instead of the nearest one above that holds `app.json` or `storages/` [env: STORAGES_APP]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) app: Option<PathBuf>,
    /// Print facts as JSON: one document, or a line per object
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print facts and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more: what is passed over, and what the storages log
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident, $module:ident;)*) => {
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($(#[$doc])* $variant(commands::$module::Arguments),)*
        }

        async fn dispatch(command: Command, global: &Global, output: &Output) -> exit::Outcome {
            match command {
                $(Command::$variant(arguments) => commands::$module::run(arguments, global, output).await,)*
            }
        }
    };
}

commands! {
    /// Make an app that works at once on the embedded server
    Init, init;
    /// Make a storage element
    New, new;
    /// Tell what is wrong with the app's storages, and what to do about it
    Check, check;
    /// List the storages of the app
    List, list;
    /// List the Types that storages can be of
    Types, types;
    /// Tell the configuration keys of a Type
    Describe, describe;
    /// Show a storage's configuration, and where each value comes from
    Show, show;
    /// Send local files to an element
    Put, put;
    /// Fetch objects to local files
    Get, get;
    /// Print objects
    Cat, cat;
    /// List objects
    Ls, ls;
    /// Tell what is known about objects
    Stat, stat;
    /// Delete objects
    Rm, rm;
    /// Copy between files and elements, or between elements
    Cp, cp;
    /// Make a folder like another, one way, by what differs
    Sync, sync;
    /// Print a signed URL of an object
    Url, url;
    /// Tell what is in a signed URL, and why it fails
    Explain, explain;
    /// Run the embedded OSS server
    Serve, serve;
    /// Print a completion script for a shell
    Completions, completions;
}

/// The app's folder by the environment, where an empty value says nothing, as that of `PATH` and its like.
fn app_of_environment() -> Option<PathBuf> {
    std::env::var_os(APP_VARIABLE).filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// Runs the command line of this process.
pub(crate) fn run() -> ExitCode {
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            return match error.print().and_then(|()| std::io::stdout().flush()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(unwritten) => end(&Failure::from(unwritten), &Output::new(Format::Text, Verbosity::Normal)),
            };
        }
        Err(error) => {
            Output::new(Format::Text, Verbosity::Normal).error(usage::explain(&error));
            return exit::USAGE.into();
        }
    };
    cli.global.app = cli.global.app.or_else(app_of_environment);
    let Global { json, quiet, verbose, .. } = cli.global;
    let format = if json { Format::Json } else { Format::Text };
    let verbosity = match (quiet, verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    };
    let output = Output::new(format, verbosity);
    if verbose {
        log_to_standard_error();
    }
    let outcome = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let outcome = runtime.block_on(async {
                let outcome = dispatch(cli.command, &cli.global, &output).await;
                let_tasks_end().await;
                outcome
            });
            // A read of standard input may never end.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(Failure::failed(format!("the system gives no threads: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => end(&failure, &output),
    }
}

fn end(failure: &Failure, output: &Output) -> ExitCode {
    if let Some(text) = failure.text() {
        output.error(text);
    }
    failure.code().into()
}

/// What our storages log, from `debug` on; other crates' logs are not about what the user does.
fn log_to_standard_error() {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::prelude::*;

    let ours = ["meta", "app", "oss_type", "disk_type", "oss_server"].map(|name| (name, LevelFilter::DEBUG));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false).without_time();
    tracing_subscriber::registry().with(lines.with_filter(Targets::new().with_targets(ours))).init();
}

/// What was dropped tidies up behind itself: an upload takes its parts away.
async fn let_tasks_end() {
    let tasks = tokio::runtime::Handle::current().metrics();
    let all_ended = async {
        while tasks.num_alive_tasks() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let _ = tokio::time::timeout(PATIENCE, all_ended).await;
}

fn help_after() -> String {
    format!("{EXAMPLES}\n\n{}", exit::HELP)
}
