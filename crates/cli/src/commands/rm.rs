//! `storages rm`: objects deleted, a thousand in a call.

use std::ffi::OsString;

use clap::Args;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use jit_storages::{ListOptions, StorageElement};

use crate::app_folder;
use crate::batch::{Mode, PARALLEL};
use crate::cli::Global;
use crate::deletion::Deletion;
use crate::exit::{Failure, Outcome};
use crate::glob::Depth;
use crate::interrupt::until_interrupted;
use crate::meaning::{Meaning, meaning};
use crate::output::{Output, printable};
use crate::target::{Place, find_all};

const EXAMPLES: &str = "\
Examples:
  storages rm MyOss:docs/a.txt :b.txt
  storages rm -r --dry-run MyOss:docs/    what would be deleted
  storages rm 'MyOss:logs/2025-*.gz'      what matches a pattern, in one folder
  storages rm -r 'MyOss:logs/**/*.gz'     and in all folders below
  storages rm -r --all MyOss:             all of the storage

An object, a folder or a pattern that nothing is found for fails, unless `--force`, which also saves looking for each
object that is named. An object of exactly this name comes before what it would match as a pattern.";

/// What to delete.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Objects as `NAME:path`, with `-r` folders, or quoted patterns
    #[arg(required = true, value_name = "NAME:PATH")]
    objects: Vec<OsString>,
    /// Delete folders with all that they hold, also those that a pattern matches
    #[arg(short, long)]
    recursive: bool,
    /// Let `-r`, or a pattern, empty a whole storage
    #[arg(long, requires = "recursive")]
    all: bool,
    /// Take it for done where nothing is found, without a look
    #[arg(short, long)]
    force: bool,
    /// Tell what would be deleted, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// How far the command line lets a deletion reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Single objects, and what a pattern matches in one folder.
    Single,
    /// Folders with all that they hold.
    Folders,
    /// All of the storage.
    All,
}

/// What one argument means.
struct Doomed {
    place: Place,
    names: Names,
    /// How it was typed.
    shown: String,
    /// What nothing is found for fails.
    must_be_found: bool,
    /// A name as it was typed, which nobody has looked for yet.
    is_unseen: bool,
}

impl Doomed {
    /// Whether there is anything to delete, as far as a look at a single name tells.
    async fn may_be_there(&self) -> Outcome<bool> {
        Ok(!self.is_unseen || self.place.element.exists(&self.place.path).await?)
    }
}

type Names = BoxStream<'static, Outcome<String>>;

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { objects, recursive, all, force, dry_run } = arguments;
    let reach = match (recursive, all) {
        (_, true) => Reach::All,
        (true, false) => Reach::Folders,
        (false, false) => Reach::Single,
    };
    let app = app_folder::load(global.app.as_deref())?;
    let mut doomed = Vec::new();
    // All of them are understood before the first one is deleted.
    for place in find_all(&app, &objects)? {
        doomed.push(understand(place, reach).await?);
    }
    let mode = Mode::dry_if(dry_run);
    let looks = !force || mode == Mode::DryRun;
    let output = output.for_changes(mode);
    let mut deletion = Deletion::new(mode, &output);
    let is_sole = doomed.len() == 1;
    let delete_all = async {
        let look = async |doomed: Doomed| {
            let is_there = if looks { doomed.may_be_there().await } else { Ok(true) };
            (doomed, is_there)
        };
        let mut sought = stream::iter(doomed).map(look).buffered(PARALLEL.into());
        while let Some(doomed) = sought.next().await {
            let (Doomed { place, mut names, shown, must_be_found, .. }, is_there) = doomed;
            let is_there = match is_there {
                Ok(is_there) => is_there,
                // Nothing was done, as where the command line is wrong.
                Err(failure) if is_sole => return Err(failure),
                Err(failure) => {
                    deletion.fail(&shown, &failure)?;
                    continue;
                }
            };
            let mut is_found = false;
            while is_there && let Some(name) = names.next().await {
                is_found = true;
                match name {
                    Ok(name) => deletion.add(&place, name).await?,
                    Err(failure) => deletion.fail(&shown, &failure)?,
                }
            }
            if must_be_found && !is_found && !force {
                deletion.fail(&shown, &Failure::failed(format!("nothing is found at `{}`", printable(&shown))))?;
            }
        }
        deletion.finish().await
    };
    until_interrupted(delete_all, || "what was told is deleted; the same command deletes the rest".to_owned())
        .await?
        .outcome()
}

/// The names that a place means. Refuses what reaches farther than it was said to.
async fn understand(place: Place, reach: Reach) -> Outcome<Doomed> {
    let depth = if reach == Reach::Single { Depth::Single } else { Depth::Recursive };
    let shown = place.shown();
    let may_empty = |what: &str| match reach {
        Reach::All => Ok(()),
        Reach::Single | Reach::Folders => {
            Err(Failure::usage(format!("`{shown}` {what}: say `--all` to empty the storage")))
        }
    };
    let mut is_unseen = false;
    let (names, must_be_found) = match meaning(&place, depth).await? {
        Meaning::Object => {
            is_unseen = true;
            (stream::iter([Ok(place.path.clone())]).boxed(), true)
        }
        Meaning::Folder(_) if depth == Depth::Single => {
            return Err(Failure::usage(format!("`{shown}` is a folder: delete it with `-r`")));
        }
        Meaning::Folder(folder) => {
            if folder.is_empty() {
                may_empty("is all that there is")?;
            }
            // An empty storage is as empty as was asked for.
            (listed(&place.element, &folder, |_| true), !folder.is_empty())
        }
        Meaning::Pattern(pattern) => {
            if pattern.crosses_folders() && reach == Reach::Single {
                return Err(Failure::usage(format!("`{shown}` reaches into folders: delete what matches with `-r`")));
            }
            if pattern.crosses_folders() && pattern.prefix.is_empty() {
                may_empty("may match all that there is")?;
            }
            let prefix = pattern.prefix.clone();
            (listed(&place.element, &prefix, move |name| pattern.matches(name)), true)
        }
    };
    Ok(Doomed { place, names, shown, must_be_found, is_unseen })
}

fn listed(element: &StorageElement, prefix: &str, is_meant: impl Fn(&str) -> bool + Send + 'static) -> Names {
    let names = element.list_stream(ListOptions::prefix(prefix)).map_err(Failure::from);
    names
        .try_filter_map(move |info| {
            let name = is_meant(info.name.as_str()).then(|| info.name.to_string());
            futures_util::future::ready(Ok(name))
        })
        .boxed()
}
