//! `storages rm`: objects deleted, a thousand in a call.

use std::ffi::OsString;

use clap::Args;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use jit_storages::{ListOptions, StorageElement};

use crate::app_folder;
use crate::batch::{Mode, Tally};
use crate::cli::Global;
use crate::deletion::{self, AT_A_TIME};
use crate::exit::{Failure, Outcome};
use crate::glob::Pattern;
use crate::interrupt::until_interrupted;
use crate::output::Output;
use crate::target::{Place, find_all};

const EXAMPLES: &str = "\
Examples:
  storages rm MyOss:docs/a.txt :b.txt
  storages rm -r --dry-run MyOss:docs/    what would be deleted
  storages rm 'MyOss:logs/2025-*.gz'      what matches a pattern

An object that is not there counts as deleted.";

/// What to delete.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Objects as `NAME:path`, with `-r` folders, or quoted patterns
    #[arg(required = true, value_name = "NAME:PATH")]
    objects: Vec<OsString>,
    /// Delete all that lies below
    #[arg(short, long)]
    recursive: bool,
    /// Let `-r NAME:` empty a whole storage
    #[arg(long, requires = "recursive")]
    all: bool,
    /// Tell what would be deleted, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { objects, recursive, all, dry_run } = arguments;
    let app = app_folder::load(global.app.as_deref())?;
    let mut doomed = Vec::new();
    for place in find_all(&app, &objects)? {
        doomed.push((names(&place, recursive, all)?, place));
    }
    let mut tally = Tally::default();
    let delete_all = async {
        for (names, place) in doomed {
            delete(&place, names, Mode::dry_if(dry_run), &mut tally, output).await?;
        }
        Ok(())
    };
    until_interrupted(delete_all, || "what was told is deleted; the same command deletes the rest".to_owned()).await?;
    tally.outcome()
}

/// The names that a place means.
fn names(place: &Place, recursive: bool, all: bool) -> Outcome<BoxStream<'static, Outcome<String>>> {
    if let Some(pattern) = Pattern::parse(&place.path)? {
        let prefix = pattern.prefix.clone();
        return Ok(listed(&place.element, &prefix, move |name| pattern.matches(name)));
    }
    if recursive {
        return match place.path.is_empty() {
            true if !all => Err(Failure::usage(format!(
                "`{}` is all that there is: say `--all` to empty the storage",
                place.shown()
            ))),
            true => Ok(listed(&place.element, "", |_| true)),
            false => Ok(listed(&place.element, &place.as_folder(), |_| true)),
        };
    }
    if place.is_folder() {
        return Err(Failure::usage(format!("`{}` is a folder: delete it with `-r`", place.shown())));
    }
    Ok(stream::iter([Ok(place.path.clone())]).boxed())
}

fn listed(
    element: &StorageElement,
    prefix: &str,
    is_meant: impl Fn(&str) -> bool + Send + 'static,
) -> BoxStream<'static, Outcome<String>> {
    let names = element.list_stream(ListOptions::prefix(prefix)).map_err(Failure::from);
    names
        .try_filter_map(move |info| {
            let name = is_meant(info.name.as_str()).then(|| info.name.to_string());
            futures_util::future::ready(Ok(name))
        })
        .boxed()
}

async fn delete(
    place: &Place,
    names: BoxStream<'static, Outcome<String>>,
    mode: Mode,
    tally: &mut Tally,
    output: &Output,
) -> Outcome {
    let mut chunks = names.try_chunks(AT_A_TIME);
    while let Some(chunk) = chunks.next().await {
        let names = chunk.map_err(|error| error.1)?;
        deletion::delete(place, names, mode, tally, output).await?;
    }
    Ok(())
}
