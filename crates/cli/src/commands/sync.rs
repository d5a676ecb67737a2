//! `storages sync`: a folder made like another, one way, by what differs.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::Args;
use futures_util::stream::{Stream, StreamExt, TryStreamExt};
use jit_storages::App;
use serde::Serialize;

use super::cp::INTERRUPTED_FETCH;
use crate::app_folder;
use crate::batch::{Batch, Mode, Step, Tally};
use crate::cli::Global;
use crate::closed::Closed;
use crate::deletion::Deletion;
use crate::exclude::LeftOut;
use crate::exit::{Failure, Outcome};
use crate::extra::Extra;
use crate::folder::{Content, Entry, Pair, pairs, source_entries, target_entries};
use crate::glob::is_pattern;
use crate::ground::{Intent, refuse_overlap, refuse_precious};
use crate::interrupt::until_interrupted;
use crate::local::holds_ours;
use crate::notes::{self, Notes};
use crate::output::Output;
use crate::plan::{Below, TransferOptions};
use crate::size;
use crate::target::Target;
use crate::transfer::{Check, End, Job, Manner};

const EXAMPLES: &str = "\
Examples:
  storages sync dist MyOss:web/               send what is new or has changed
  storages sync --delete dist MyOss:web/      and delete there what is not in dist
  storages sync -n --delete MyOss:web/ copy/  what would be fetched and deleted
  storages sync --delete --all dist MyOss:    all of a storage needs to be said
  storages sync --exclude .git . MyOss:src/   without what matches, here and there
  storages sync MyOss:web/ Backup:web/        between elements

What has the same size counts as the same where it is 15 minutes younger than its source; otherwise CRC-64 sums decide.
Where clocks may be further apart than that, say `--checksum`.
Interrupted, even by kill -9, the same command goes on: large files with the parts that are missing.";

/// How far the clocks of the two ends are taken to be apart at most: OSS takes requests up to there. Clients correct their
/// clocks to be taken beyond that, too; then `--checksum` alone is sure.
const CLOCKS_APART: Duration = Duration::from_secs(15 * 60);

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
    /// Delete in the target what the source did not have, when all is sent; never what is left out, nor a `.git`
    #[arg(long)]
    delete: bool,
    /// Let `--delete` take away all that is in a whole storage and not in the source
    #[arg(long, requires = "delete")]
    all: bool,
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

/// A folder to make like another.
struct Sync {
    source: Below,
    target: Below,
    left_out: LeftOut,
    by: By,
}

/// The last line in JSON. In a dry run it counts what would be done.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    sent: u64,
    bytes: u64,
    same: u64,
    deleted: u64,
    failed: u64,
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { source, target, delete, all, checksum, options } = arguments;
    let (source, target) = (Target::parse(&source), Target::parse(&target));
    if !matches!(source, Target::Object(_)) && !matches!(target, Target::Object(_)) {
        return Err(Failure::usage(
            "neither end is an element: write one as `NAME:folder/`, or `:folder/` for the default storage",
        ));
    }
    target.refuse_empty()?;
    let app = app_folder::load(global.app.as_deref())?;
    if let Target::Local(folder) = &source
        && !folder.is_dir()
    {
        return Err(Failure::usage(format!("there is no folder `{}` to sync from", folder.display())));
    }
    if let Target::Object(object) = &target
        && object.path.contains(['*', '?'])
    {
        return Err(Failure::usage(format!("sync takes no patterns: write a folder instead of `{}`", object.shown())));
    }
    let (source, target) = (side(&app, source)?, side(&app, target)?);
    let intent = if delete { Intent::Delete } else { Intent::Write };
    refuse_overlap(&app, &source, &target, intent)?;
    if intent == Intent::Delete {
        refuse_precious(&app, &target)?;
        if !all && !options.dry_run {
            refuse_whole_storage(&target)?;
        }
    }
    let sync = Sync {
        left_out: LeftOut::new(&options.exclude, &app)?,
        by: if checksum { By::Checksum } else { By::SizeAndTime },
        source,
        target,
    };
    let mode = Mode::dry_if(options.dry_run);
    let manner = Manner { content_type: options.content_type, notes: Notes::of_app(app.folder()) };
    let batch = Batch { output, manner, parallel: options.parallel.into(), mode, prints_content: false };
    let advice = || sync.advice().to_owned();
    let mut extra = Extra::new().map_err(cannot_note)?;
    let sent = batch.run(sync.steps(&mut extra)?, advice).await?;
    // What is passed over is there; it is no reason to empty the target.
    let is_empty = sent.passed_over == 0 || intent == Intent::Delete;
    if is_empty && sent.done + sent.failed + sent.same == 0 {
        sync.refuse_nothing(intent)?;
    }
    let mut deleted = Tally::default();
    if intent == Intent::Delete && sent.failed > 0 {
        output.warning("nothing is deleted, since not all could be sent");
    } else if intent == Intent::Delete {
        let output = output.for_changes(mode);
        deleted = until_interrupted(sync.delete(extra, mode, &output), advice).await?;
    }
    if let (Below::Object(place), Mode::Do) = (&sync.target, mode) {
        notes::sweep(&app, &place.element).await;
    }
    let would = if mode == Mode::DryRun { "would be " } else { "" };
    if output.is_json() {
        let summary = Summary {
            sent: sent.done,
            bytes: sent.bytes,
            same: sent.same,
            deleted: deleted.done,
            failed: sent.failed + deleted.failed,
            dry_run: mode == Mode::DryRun,
        };
        output.for_changes(mode).fact(&summary, String::new)?;
    }
    output.note(format!(
        "{} {would}sent ({}), {} the same, {} {would}deleted",
        sent.done,
        size::bytes(sent.bytes),
        sent.same,
        deleted.done
    ));
    Tally { failed: sent.failed + deleted.failed, done: sent.done + deleted.done, ..sent }.outcome()
}

/// The time by which a source was written, by the clock of the target. One end is a store, which cuts times to whole
/// seconds, and its clock is not ours: what was copied a moment ago may have been written again since.
fn surely_written(modified: SystemTime) -> Option<SystemTime> {
    modified.checked_add(CLOCKS_APART)
}

/// A storage holds more than one folder's copy, as a rule.
fn refuse_whole_storage(target: &Below) -> Outcome {
    match target {
        Below::Object(place) if place.path.is_empty() => Err(Failure::usage(format!(
            "`{0}` is a whole storage, and `--delete` takes away all that the source does not have: choose a folder like \
             `{0}copy/`, or say `--all`; `-n` shows what would be deleted",
            place.shown()
        ))),
        _ => Ok(()),
    }
}

fn side(app: &App, target: Target) -> Outcome<Below> {
    match target {
        Target::Local(path) => Ok(Below::Local(path)),
        Target::Object(object) => {
            let place = object.find(app)?;
            let folder = place.folder();
            Ok(Below::Object(place.at(folder)))
        }
        Target::Standard => Err(Failure::usage("`-` is no folder: sync takes two folders, one way")),
    }
}

impl Sync {
    /// A step for each entry of the source; what the target alone has becomes extra.
    fn steps<'a>(&'a self, extra: &'a mut Extra) -> Outcome<impl Stream<Item = Outcome<Step>> + 'a> {
        let source = source_entries(&self.source, &self.left_out)?;
        let shown = self.target.shown();
        let target = target_entries(&self.target, &self.left_out)?.map_err(move |failure| {
            failure.with_more(format_args!("; nothing more is sent, since it is not known what `{shown}` has already"))
        });
        let mut links = Closed::default();
        let steps = pairs(source, target.boxed())
            .filter_map(move |pair| futures_util::future::ready(self.step(pair, extra, &mut links).transpose()));
        Ok(steps)
    }

    /// `links` gathers the folders of the target that are links.
    fn step(&self, pair: Outcome<Pair>, extra: &mut Extra, links: &mut Closed) -> Outcome<Option<Step>> {
        let Pair { source, target } = pair?;
        if let Some(Entry { name, content: Content::PassedOver(passed) }) = &target
            && passed.is_link_to_folder()
        {
            links.add(name);
        }
        match (source, target) {
            (Some(Entry { name, content: Content::PassedOver(passed) }), _) => {
                extra.keep(&name);
                Ok(Some(Step::PassedOver(passed)))
            }
            (Some(_), Some(Entry { content: Content::PassedOver(passed), .. })) if passed.holds_secrets() => {
                Ok(Some(Step::PassedOver(passed)))
            }
            (Some(Entry { name, content: Content::Object { size, modified, end } }), target) => {
                if let Some(link) = links.folder_of(&name) {
                    return Err(self.is_behind_link(&end, link));
                }
                let modified = modified.and_then(surely_written);
                let check = target.map_or(Check::Nothing, |target| self.check(size, modified, &target.content));
                let to = self.target.at(&name)?;
                Ok(Some(Step::Job(Job { from: end, to, size: Some(size), check })))
            }
            (None, Some(Entry { name, content: Content::Object { .. } })) if !self.is_kept(&name) => {
                extra.add(&name).map_err(cannot_note)?;
                Ok(None)
            }
            (None, _) => Ok(None),
        }
    }

    /// The failure of what would be written through a link: the folder behind it is not read, so nobody would know what is
    /// lost there.
    fn is_behind_link(&self, source: &End, link: &str) -> Failure {
        let folder = self.target.at(link).map_or_else(|_| link.to_owned(), |folder| folder.shown());
        Failure::failed(format!(
            "`{}` is not sent: `{folder}` is a link to a folder, and sync goes through none: leave it out with `--exclude \
             '/{link}'`, and sync the folder that it leads to by itself",
            source.shown()
        ))
    }

    /// Whether something is never deleted: what transfers and the server keep, and what git keeps below a local folder.
    fn is_kept(&self, name: &str) -> bool {
        let is_local = matches!(self.target, Below::Local(_));
        holds_ours(name) || is_local && name.split('/').any(|part| part == ".git")
    }

    /// What becomes of a source of this size that was surely written by then.
    fn check(&self, size: u64, written: Option<SystemTime>, target: &Content) -> Check {
        let Content::Object { size: target_size, modified: target_modified, .. } = target else {
            return Check::Nothing;
        };
        if size != *target_size {
            return Check::Nothing;
        }
        match (written, *target_modified) {
            // The target's time says when it was written, in whole seconds.
            (Some(source), Some(target)) if self.by == By::SizeAndTime && source <= target => Check::IsSame,
            _ => Check::Sums,
        }
    }

    /// An empty source is more often a slip than meant.
    fn refuse_nothing(&self, intent: Intent) -> Outcome {
        match &self.source {
            Below::Object(place) if is_pattern(&place.path) => Err(Failure::usage(format!(
                "nothing is below `{}`, and sync takes no patterns: copy what matches with `storages cp`",
                place.shown()
            ))),
            Below::Object(place) if intent == Intent::Write => Err(Failure::failed(format!(
                "nothing is below `{}`: look around with `storages ls {}`",
                place.shown(),
                place.shown_at("")
            ))),
            Below::Local(_) if intent == Intent::Write => Ok(()),
            _ => Err(Failure::failed("the source is empty: to empty the target too, use `storages rm -r` or `rm -r`")),
        }
    }

    /// What is true of an interrupted sync.
    fn advice(&self) -> &'static str {
        match (&self.source, &self.target) {
            (_, Below::Local(_)) => INTERRUPTED_FETCH,
            (Below::Object(_), Below::Object(_)) => "the same command copies only what is missing",
            _ => "the same command goes on where it was, and sends only what is missing",
        }
    }

    /// Deletes what the target has and the source had not when both were read.
    async fn delete(&self, extra: Extra, mode: Mode, output: &Output) -> Outcome<Tally> {
        let mut deletion = Deletion::new(mode, output);
        for name in extra.into_names().map_err(cannot_note)? {
            match self.target.at(&name.map_err(cannot_note)?)? {
                End::Object(place) => deletion.add(&place, place.path.clone()).await?,
                End::Local(path) => delete_file(&path, &self.target, &mut deletion)?,
                End::Standard => {}
            }
        }
        deletion.finish().await
    }
}

fn cannot_note(error: io::Error) -> Failure {
    Failure::failed(format!("cannot note in a temporary file what is to be deleted: {error}"))
}

fn delete_file(path: &Path, root: &Below, deletion: &mut Deletion<'_>) -> Outcome {
    let shown = path.display().to_string();
    if deletion.mode == Mode::DryRun {
        return deletion.tell_plan(&shown);
    }
    if let Err(error) = fs::remove_file(path) {
        return deletion.fail(&shown, &Failure::file("delete", path, &error));
    }
    if let Below::Local(root) = root {
        remove_empty_folders(path, root);
    }
    deletion.tell_done(&shown)
}

/// Folders that hold nothing are nothing that a store knows.
fn remove_empty_folders(path: &Path, root: &Path) {
    let above: BTreeSet<PathBuf> = path.ancestors().skip(1).take_while(|f| *f != root).map(Path::to_owned).collect();
    // The deepest first; one that holds something stays, and so do those above it.
    let _ = above.iter().rev().try_for_each(fs::remove_dir);
}
