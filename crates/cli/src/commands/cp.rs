//! `storages cp`: between local files and elements, either way, and between elements.

use std::ffi::OsString;

use clap::Args;

use crate::app_folder;
use crate::batch::{Batch, Mode};
use crate::cli::Global;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::plan::{self, Depth, TransferOptions};
use crate::size;
use crate::target::Target;
use crate::transfer::Manner;

const EXAMPLES: &str = "\
Examples:
  storages cp a.txt MyOss:docs/              a file to an element
  storages cp -r MyOss:docs/ Backup:docs/    between elements
  storages cp 'MyOss:logs/**/*.gz' logs/     what matches a pattern
  storages cp -r dist MyOss:web/             what the folder holds, below web/";

/// What to copy.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files, objects as `NAME:path`, quoted patterns, or `-`
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<OsString>,
    /// A file, a folder, an object or a folder of an element
    #[arg(value_name = "TARGET")]
    target: OsString,
    /// Copy folders with all that they hold
    #[arg(short, long)]
    recursive: bool,
    #[command(flatten)]
    options: TransferOptions,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { sources, target, recursive, options } = arguments;
    let sources: Vec<_> = sources.iter().map(|source| Target::parse(source)).collect();
    let target = Target::parse(&target);
    transfer(&sources, &target, Depth::recursive_if(recursive), options, global, output).await
}

/// Copies, for this command and those that copy one way.
pub(crate) async fn transfer(
    sources: &[Target],
    target: &Target,
    depth: Depth,
    options: TransferOptions,
    global: &Global,
    output: &Output,
) -> Outcome {
    let is_object = |target: &Target| matches!(target, Target::Object(_));
    if !is_object(target) && !sources.iter().all(is_object) {
        return Err(Failure::usage(
            "neither end is an element: write one as `NAME:path`, or `:path` for the default storage",
        ));
    }
    let app = app_folder::load(global.app.as_deref())?;
    let jobs = plan::copy(&app, sources, target, depth)?;
    let notes = app_folder::state_folder(app.folder(), "transfers")?;
    let manner = Manner { content_type: options.content_type, notes };
    let mode = Mode::dry_if(options.dry_run);
    let batch = Batch { output, manner, parallel: options.parallel.into(), mode };
    let tally = batch
        .run(jobs, || {
            "nothing is left half-done: the same command goes on with large files where they are, and `storages sync` \
             sends only what is missing"
                .to_owned()
        })
        .await?;
    if tally.done + tally.failed == 0 {
        return Err(Failure::failed("nothing was found to copy: look with `storages ls -r NAME:`"));
    }
    if tally.done > 1 && mode == Mode::Do {
        output.note(format!("{} objects, {}", tally.done, size::bytes(tally.bytes)));
    }
    tally.outcome()
}
