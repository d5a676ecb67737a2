//! `storages sync`: a folder made like another, one way, by what differs.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::stream::{Stream, StreamExt};
use jit_storages::App;
use serde::Serialize;

use crate::app_folder;
use crate::batch::{Batch, Mode, Tally};
use crate::cli::Global;
use crate::deletion::{self, AT_A_TIME};
use crate::exit::{Failure, Outcome};
use crate::folder::{Entry, Pair, entries, pairs};
use crate::interrupt::until_interrupted;
use crate::output::{Output, printable};
use crate::plan::{Below, TransferOptions};
use crate::size;
use crate::target::{ObjectTarget, Target};
use crate::transfer::{Check, End, Job, Manner};

const EXAMPLES: &str = "\
Examples:
  storages sync dist MyOss:web/               send what is new or has changed
  storages sync --delete dist MyOss:web/      and delete there what is not in dist
  storages sync -n --delete MyOss:web/ copy/  what would be fetched and deleted
  storages sync MyOss:web/ Backup:web/        between elements

What has the same size and is not older than its source counts as the same; where it is older, CRC-64 sums decide.
Interrupted, even by kill -9, the same command goes on: large files with the parts that are missing.";

/// What to make alike.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A local folder, or `NAME:folder/`
    #[arg(value_name = "SOURCE")]
    source: OsString,
    /// A local folder, or `NAME:folder/`
    #[arg(value_name = "TARGET")]
    target: OsString,
    /// Delete in the target what the source does not have, when all is sent
    #[arg(long)]
    delete: bool,
    /// Compare CRC-64 sums of all that has the same size, whatever its time
    #[arg(long)]
    checksum: bool,
    #[command(flatten)]
    options: TransferOptions,
}

/// What tells that two entries differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    SizeAndTime,
    Checksum,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { source, target, delete, checksum, options } = arguments;
    let (source, target) = (Target::parse(&source), Target::parse(&target));
    if !matches!(source, Target::Object(_)) && !matches!(target, Target::Object(_)) {
        return Err(Failure::usage(
            "neither end is an element: write one as `NAME:folder/`, or `:folder/` for the default storage",
        ));
    }
    let app = app_folder::load(global.app.as_deref())?;
    let (source, target) = (side(&app, source)?, side(&app, target)?);
    if let Below::Local(folder) = &source
        && !folder.is_dir()
    {
        return Err(Failure::usage(format!("there is no folder `{}` to sync from", folder.display())));
    }
    let by = if checksum { By::Checksum } else { By::SizeAndTime };
    let mode = Mode::dry_if(options.dry_run);
    let notes = app_folder::state_folder(app.folder(), "transfers")?;
    let manner = Manner { content_type: options.content_type, notes };
    let batch = Batch { output, manner, parallel: options.parallel.into(), mode };
    let advice = || "the same command goes on where it was, and sends only what is missing".to_owned();

    let sent = batch.run(jobs(&source, &target, by)?, advice).await?;
    let mut deleted = Tally::default();
    if delete {
        if sent.failed > 0 {
            output.warning("nothing is deleted, since not all could be sent");
        } else if sent.done + sent.same == 0 {
            return Err(Failure::failed(
                "the source is empty: to empty the target too, use `storages rm -r` or `rm -r`",
            ));
        } else {
            until_interrupted(delete_extra(&source, &target, mode, &mut deleted, output), advice).await?;
        }
    }
    let would = if mode == Mode::DryRun { "would be " } else { "" };
    output.note(format!(
        "{} {would}sent ({}), {} the same, {} {would}deleted",
        sent.done,
        size::bytes(sent.bytes),
        sent.same,
        deleted.done
    ));
    Tally { failed: sent.failed + deleted.failed, done: sent.done + deleted.done, ..sent }.outcome()
}

fn side(app: &App, target: Target) -> Outcome<Below> {
    match target {
        Target::Local(path) => Ok(Below::Local(path)),
        Target::Object(ObjectTarget { name, path }) => {
            let place = ObjectTarget { name, path }.find(app)?;
            let folder = if place.path.is_empty() { String::new() } else { place.as_folder() };
            Ok(Below::Object(place.at(folder)))
        }
        Target::Standard => Err(Failure::usage("`-` is no folder: sync takes two folders, one way")),
    }
}

/// A job for each entry of the source.
fn jobs(source: &Below, target: &Below, by: By) -> Outcome<impl Stream<Item = Outcome<Job>>> {
    let below = target.clone();
    let jobs = pairs(entries(source)?, entries(target)?).filter_map(move |pair| {
        let job = match pair {
            Ok(Pair { source: Some(source), target }) => {
                let check = target.map_or(Check::Nothing, |target| check(&source, &target, by));
                Some(below.at(&source.name).map(|to| Job { from: source.end, to, size: Some(source.size), check }))
            }
            Ok(Pair { source: None, .. }) => None,
            Err(failure) => Some(Err(failure)),
        };
        futures_util::future::ready(job)
    });
    Ok(jobs)
}

fn check(source: &Entry, target: &Entry, by: By) -> Check {
    if source.size != target.size {
        return Check::Nothing;
    }
    match (source.modified, target.modified) {
        // The target's time says when it was written, in whole seconds.
        (Some(source), Some(target)) if by == By::SizeAndTime && source <= target => Check::IsSame,
        _ => Check::Sums,
    }
}

/// Deletes in the target what the source does not have. Both are read anew, so that no list of names is kept.
async fn delete_extra(source: &Below, target: &Below, mode: Mode, tally: &mut Tally, output: &Output) -> Outcome {
    let mut pairs = std::pin::pin!(pairs(entries(source)?, entries(target)?));
    let mut extra = Vec::new();
    while let Some(pair) = pairs.next().await {
        let Pair { source: None, target: Some(entry) } = pair? else { continue };
        match entry.end {
            End::Object(place) => extra.push(place.path),
            End::Local(path) => delete_file(&path, target, mode, tally, output)?,
            End::Standard => {}
        }
        if extra.len() == AT_A_TIME {
            delete_objects(target, std::mem::take(&mut extra), mode, tally, output).await?;
        }
    }
    delete_objects(target, extra, mode, tally, output).await
}

async fn delete_objects(target: &Below, names: Vec<String>, mode: Mode, tally: &mut Tally, output: &Output) -> Outcome {
    match target {
        Below::Object(place) if !names.is_empty() => deletion::delete(place, names, mode, tally, output).await,
        _ => Ok(()),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletedFile<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    would_delete: Option<&'a str>,
}

fn delete_file(path: &Path, root: &Below, mode: Mode, tally: &mut Tally, output: &Output) -> Outcome {
    let shown = path.display().to_string();
    if mode == Mode::DryRun {
        tally.done += 1;
        let line = DeletedFile { deleted: None, would_delete: Some(&shown) };
        return output.fact(&line, || format!("would delete {}", printable(&shown)));
    }
    if let Err(error) = fs::remove_file(path) {
        tally.failed += 1;
        output.error(format!("cannot delete `{shown}`: {error}"));
        return Ok(());
    }
    tally.done += 1;
    if let Below::Local(root) = root {
        remove_empty_folders(path, root);
    }
    output
        .report(&DeletedFile { deleted: Some(&shown), would_delete: None }, || format!("deleted {}", printable(&shown)))
}

/// Folders that hold nothing are nothing that a store knows.
fn remove_empty_folders(path: &Path, root: &Path) {
    let above: BTreeSet<PathBuf> = path.ancestors().skip(1).take_while(|f| *f != root).map(Path::to_owned).collect();
    // The deepest first; one that holds something stays, and so do those above it.
    let _ = above.iter().rev().try_for_each(fs::remove_dir);
}
