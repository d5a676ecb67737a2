//! `storages put`: local files to an element.

use std::ffi::OsString;
use std::path::Path;

use clap::Args;
use jit_storages::App;

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
  storages put a.txt MyOss:docs/             as docs/a.txt
  storages put a.txt :b.txt                  under another name, to the default storage
  storages put -r dist MyOss:web/            what the folder holds, below web/
  storages put -n -r dist MyOss:web/         what would be sent
  storages put -r --exclude .git . :src/     without what matches
  tar c . | storages put - MyOss:backup.tar  standard input";

/// What to send where.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, override_usage = "storages put [OPTIONS] <FILE>... <TARGET>")]
pub(crate) struct Arguments {
    /// Files, with `-r` folders, quoted patterns, or `-` for standard input; and last the target, `NAME:path`, where a path
    /// that ends with `/` is a folder
    #[arg(required = true, value_name = "FILE")]
    files: Vec<OsString>,
    /// Send folders with all that they hold
    #[arg(short, long)]
    recursive: bool,
    #[command(flatten)]
    options: TransferOptions,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { files, recursive, options } = arguments;
    let app = app_folder::load(global.app.as_deref())?;
    let Some((target, files)) = files.split_last().filter(|(_, files)| !files.is_empty()) else {
        return Err(one_end_alone(&files, &app));
    };
    let target = Target::Object(ObjectTarget::demand(target, &app)?);
    let sources: Vec<_> = files.iter().map(|file| Target::parse(file)).collect();
    let object = sources.iter().find_map(|source| match source {
        Target::Object(object) => Some(object.shown()),
        Target::Local(_) | Target::Standard => None,
    });
    if let Some(object) = object {
        return Err(Failure::usage(match Path::new(&object).exists() {
            true => format!("`{object}` reads as an object: write `./{object}` for the file"),
            false => format!("`{object}` is no local file: copy between elements with `storages cp`"),
        }));
    }
    cp::transfer(&app, &sources, &target, Depth::recursive_if(recursive), options, output).await
}

/// Refuses a command line that has either files or a target.
fn one_end_alone(files: &[OsString], app: &App) -> Failure {
    let typed = files.iter().map(|file| file.to_string_lossy()).collect::<String>();
    match files.first().map(|file| Target::parse(file)) {
        Some(Target::Object(target)) if !Path::new(&typed).exists() => {
            Failure::usage(format!("what to send is missing: `storages put FILE {}`", target.shown()))
        }
        _ => {
            let storage = app.storage_names().first().map_or("NAME", |name| name.name()).to_owned();
            Failure::usage(format!("the target is missing: `storages put {typed} {storage}:`"))
        }
    }
}
