//! `storages get`: objects to local files.

use std::ffi::OsString;

use clap::Args;

use super::cp;
use crate::app_folder;
use crate::cli::Global;
use crate::exit::{Failure, Outcome};
use crate::glob::Depth;
use crate::output::Output;
use crate::plan::TransferOptions;
use crate::target::{ObjectTarget, Target};

const EXAMPLES: &str = "\
Examples:
  storages get MyOss:docs/a.txt              as ./a.txt
  storages get MyOss:docs/a.txt b.txt        to another file
  storages get -r MyOss:docs/ copy/          all below docs/, below copy/
  storages get 'MyOss:logs/*.gz' logs/       what matches a pattern
  storages get MyOss:backup.tar - | tar x    to standard output";

/// What to fetch.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, override_usage = "storages get [OPTIONS] <NAME:PATH>... [TARGET]")]
pub(crate) struct Arguments {
    /// Objects as `NAME:path`, with `-r` folders, or quoted patterns; and last a file, a folder or `-` where it is not the
    /// working directory
    #[arg(required = true, value_name = "NAME:PATH")]
    objects: Vec<OsString>,
    /// Fetch folders with all that they hold
    #[arg(short, long)]
    recursive: bool,
    #[command(flatten)]
    options: TransferOptions,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { mut objects, recursive, options } = arguments;
    let target = match objects.last().map(|last| Target::parse(last)) {
        Some(target @ (Target::Local(_) | Target::Standard)) if objects.len() > 1 => {
            objects.pop();
            target
        }
        _ => Target::Local(".".into()),
    };
    if options.content_type.is_some() {
        return Err(Failure::usage("local files have no content type: leave `--content-type` out"));
    }
    let app = app_folder::load(global.app.as_deref())?;
    let sources: Outcome<Vec<_>> =
        objects.iter().map(|object| Ok(Target::Object(ObjectTarget::demand(object, &app)?))).collect();
    cp::transfer(&app, &sources?, &target, Depth::recursive_if(recursive), options, output).await
}
