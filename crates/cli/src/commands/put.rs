//! `storages put`: local files to an element.

use std::ffi::OsString;

use clap::Args;

use super::cp;
use crate::cli::Global;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::plan::{Depth, TransferOptions};
use crate::target::{ObjectTarget, Target};

const EXAMPLES: &str = "\
Examples:
  storages put a.txt MyOss:docs/             as docs/a.txt
  storages put a.txt :b.txt                  under another name, to the default storage
  storages put -r dist MyOss:web/            what the folder holds, below web/
  tar c . | storages put - MyOss:backup.tar  standard input";

/// What to send where.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files, with `-r` folders, quoted patterns, or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    /// `NAME:path`; a path that ends with `/` is a folder
    #[arg(value_name = "NAME:PATH")]
    target: OsString,
    /// Send folders with all that they hold
    #[arg(short, long)]
    recursive: bool,
    #[command(flatten)]
    options: TransferOptions,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { files, target, recursive, options } = arguments;
    let target = Target::Object(ObjectTarget::demand(&target)?);
    let sources: Vec<_> = files.iter().map(|file| Target::parse(file)).collect();
    if let Some(Target::Object(object)) = sources.iter().find(|source| matches!(source, Target::Object(_))) {
        return Err(Failure::usage(format!(
            "`{}:{}` is no local file: copy between elements with `storages cp`",
            object.name, object.path
        )));
    }
    cp::transfer(&sources, &target, Depth::recursive_if(recursive), options, global, output).await
}
