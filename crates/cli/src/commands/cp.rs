//! `storages cp`: between local files and elements, either way, and between elements.

use std::ffi::OsString;

use clap::Args;
use jit_storages::App;

use crate::app_folder;
use crate::batch::{Batch, Mode};
use crate::cli::Global;
use crate::exclude::LeftOut;
use crate::exit::{Failure, Outcome};
use crate::glob::Depth;
use crate::notes::{self, Notes};
use crate::output::Output;
use crate::plan::{self, Plan, TransferOptions};
use crate::size;
use crate::target::Target;
use crate::transfer::{End, Manner};

const EXAMPLES: &str = "\
Examples:
  storages cp a.txt MyOss:docs/              a file to an element
  storages cp -r MyOss:docs/ Backup:docs/    between elements
  storages cp 'MyOss:logs/**/*.gz' logs/     what matches a pattern
  storages cp -r dist MyOss:web/             what the folder holds, below web/
  storages cp -n -r MyOss:docs/ copy/        what would be copied
  storages cp --content-type text/html MyOss:a MyOss:a
                                             with another content type

What a pattern is made of may stand in names too: an object of exactly this name comes first.";

/// What is true of interrupted copies to local files.
pub(crate) const INTERRUPTED_FETCH: &str = "no file is half-done: what has come of large ones stays beside them as hidden \
    `.NAME.….part`, until the same command goes on there";

/// What to copy.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, override_usage = "storages cp [OPTIONS] <SOURCE>... <TARGET>")]
pub(crate) struct Arguments {
    /// Files, objects as `NAME:path`, quoted patterns, or `-`; and last the target: a file, a folder, an object or a folder
    /// of an element
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<OsString>,
    /// Copy folders with all that they hold
    #[arg(short, long)]
    recursive: bool,
    #[command(flatten)]
    options: TransferOptions,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { sources, recursive, options } = arguments;
    let mut sources: Vec<_> = sources.iter().map(|source| Target::parse(source)).collect();
    let target = match sources.pop() {
        Some(target) if !sources.is_empty() => target,
        sole => {
            let shown = sole.map(|sole| sole.shown()).unwrap_or_default();
            return Err(Failure::usage(format!("the target is missing: `storages cp {shown} TARGET`")));
        }
    };
    let app = app_folder::load(global.app.as_deref())?;
    transfer(&app, &sources, &target, Depth::recursive_if(recursive), options, output).await
}

/// Copies, for this command and those that copy one way.
pub(crate) async fn transfer(
    app: &App,
    sources: &[Target],
    target: &Target,
    depth: Depth,
    options: TransferOptions,
    output: &Output,
) -> Outcome {
    let is_object = |target: &Target| matches!(target, Target::Object(_));
    if !is_object(target) && !sources.iter().all(is_object) {
        return Err(Failure::usage(
            "neither end is an element: write one as `NAME:path`, or `:path` for the default storage",
        ));
    }
    target.refuse_empty()?;
    let to = plan::end(app, target)?;
    let plan = Plan {
        app,
        to: to.clone(),
        sources: sources.len(),
        depth,
        left_out: LeftOut::new(&options.exclude, app)?,
        new_content_type: options.content_type.is_some(),
    };
    let steps = plan.copy(sources).await?;
    if let End::Object(place) = &to
        && has_no_place_in_folders(&place.path)
    {
        output.warning(format!(
            "`{}` has a `.`, `..` or empty part in its path: no folder can hold such objects, only a `get` of each to a file \
             that is named",
            place.shown()
        ));
    }
    let manner = Manner { content_type: options.content_type, notes: Notes::of_app(app.folder()) };
    let mode = Mode::dry_if(options.dry_run);
    let prints_content = mode == Mode::Do && matches!(to, End::Standard);
    let batch = Batch { output, manner, parallel: options.parallel.into(), mode, prints_content };
    let tally = batch.run(steps, || advice(sources, target).to_owned()).await?;
    if tally.done + tally.failed + tally.passed_over == 0 {
        return Err(nothing_found(sources));
    }
    if let (End::Object(place), Mode::Do) = (&to, mode) {
        notes::sweep(app, &place.element).await;
    }
    if tally.done > 1 && mode == Mode::Do {
        output.note(format!("{} objects, {}", tally.done, size::bytes(tally.bytes)));
    }
    tally.outcome()
}

/// Whether a name has parts that are no names of files. One `/` at the end means a folder to put things in.
fn has_no_place_in_folders(path: &str) -> bool {
    let parts = path.strip_suffix('/').unwrap_or(path);
    !parts.is_empty() && parts.split('/').any(|part| matches!(part, "" | "." | ".."))
}

/// What is true of an interrupted copy.
fn advice(sources: &[Target], target: &Target) -> &'static str {
    let has = |wanted: fn(&Target) -> bool| sources.iter().any(wanted);
    match target {
        Target::Standard => "what was printed is a part of the content",
        _ if has(|source| matches!(source, Target::Standard)) => {
            "nothing is left half-done: what came on standard input is not stored; send it again"
        }
        Target::Local(_) => INTERRUPTED_FETCH,
        Target::Object(_) if has(|source| matches!(source, Target::Object(_))) => {
            "nothing is left half-done: `storages sync` copies only what is missing"
        }
        _ => {
            "nothing is left half-done: the same command goes on with large files where they are, and `storages sync` \
             sends only what is missing"
        }
    }
}

fn nothing_found(sources: &[Target]) -> Failure {
    let shown: Vec<_> = sources.iter().map(|source| format!("`{}`", source.shown())).collect();
    let shown = shown.join(", ");
    match sources.iter().any(|source| matches!(source, Target::Object(_))) {
        true => Failure::failed(format!("nothing to copy is at {shown}: look around with `storages ls -r NAME:`")),
        false => Failure::usage(format!("nothing to copy is in {shown}: there are no files")),
    }
}
