//! From what is typed to the transfers that it means: files, folders, patterns, and where each of them goes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use jit_storages::App;

use crate::batch::Step;
use crate::exclude::LeftOut;
use crate::exit::{Failure, Outcome};
use crate::glob::{Depth, Pattern};
use crate::ground::{Intent, mixed, refuse_circle, refuse_overlap};
use crate::listing;
use crate::local::{self, Found, PassedOver, Walk, not_utf8};
use crate::meaning::{Meaning, meaning};
use crate::target::{Place, Target, base_name};
use crate::transfer::{Check, End, Identity, Job};

/// Options of all commands that transfer.
#[derive(Debug, Args)]
pub(crate) struct TransferOptions {
    /// Tell what would be done, and do nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// How many objects are transferred at a time
    #[arg(short = 'j', long, value_name = "N", default_value_t = crate::batch::PARALLEL,
          value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) parallel: u16,
    /// The content type of what is written [default: guessed from its name]
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Leave alone what matches in folders, as in `.gitignore`: `.git`, `*.tmp`, `/logs/*.gz`; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
}

/// The steps of a command, as they are found.
pub(crate) type Steps = BoxStream<'static, Outcome<Step>>;

/// A folder to copy from or to.
#[derive(Debug, Clone)]
pub(crate) enum Below {
    Local(PathBuf),
    /// Its path ends with `/` or is empty.
    Object(Place),
}

/// Plans the copying of sources to a target.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) app: &'a App,
    pub(crate) to: End,
    /// How many sources there are: with one alone the target may be its new name.
    pub(crate) sources: usize,
    pub(crate) depth: Depth,
    pub(crate) left_out: LeftOut,
    /// Whether what is copied to itself is changed by that.
    pub(crate) new_content_type: bool,
}

/// What a source stands for.
enum Source {
    Single(Job),
    Many(Many),
}

/// What lies below a folder, each below another.
struct Many {
    from: Below,
    to: Below,
    steps: Steps,
}

impl Below {
    pub(crate) fn at(&self, name: &str) -> Outcome<End> {
        match self {
            Self::Local(folder) => Ok(End::Local(local::file_of(folder, name)?)),
            Self::Object(place) => Ok(End::Object(place.at(format!("{}{name}", place.path)))),
        }
    }

    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Local(folder) => folder.display().to_string(),
            Self::Object(place) => place.shown(),
        }
    }
}

/// Finds a target.
pub(crate) fn end(app: &App, target: &Target) -> Outcome<End> {
    Ok(match target {
        Target::Local(path) => End::Local(path.clone()),
        Target::Object(object) => End::Object(object.find(app)?),
        Target::Standard => End::Standard,
    })
}

impl Plan<'_> {
    /// The steps of copying these sources. Fails before anything is done where two of them would go to one place.
    pub(crate) async fn copy(&self, sources: &[Target]) -> Outcome<Steps> {
        if sources.iter().filter(|source| **source == Target::Standard).count() > 1 {
            return Err(Failure::usage("standard input can be read once: give `-` once"));
        }
        if matches!(self.to, End::Standard) && sources.len() > 1 {
            return Err(too_many_to_print());
        }
        if let (End::Local(path), 2..) = (&self.to, sources.len()) {
            refuse_file(path)?;
        }
        let mut found = Vec::new();
        for source in sources {
            found.push(match source {
                Target::Local(path) => self.local_source(path)?,
                Target::Object(object) => self.object_source(object.find(self.app)?).await?,
                Target::Standard => Source::Single(self.standard_source()?),
            });
        }
        let taken = distinct_targets(self.app, &found)?;
        let taken = std::sync::Arc::new(taken);
        let steps = found.into_iter().map(move |source| match source {
            Source::Single(job) => stream::iter([Ok(Step::Job(job))]).boxed(),
            Source::Many(many) => {
                let taken = std::sync::Arc::clone(&taken);
                many.steps.map(move |step| unless_taken(step?, &taken)).boxed()
            }
        });
        Ok(stream::iter(steps.collect::<Vec<_>>()).flatten().boxed())
    }

    fn standard_source(&self) -> Outcome<Job> {
        match &self.to {
            End::Object(place) if place.is_folder() => Err(Failure::usage(format!(
                "standard input has no name: write the object's, like `{}`",
                place.shown_at(&format!("{}data.bin", place.path))
            ))),
            to => Ok(Job { from: End::Standard, to: to.clone(), size: None, check: Check::Nothing }),
        }
    }

    fn local_source(&self, path: &Path) -> Outcome<Source> {
        let found = match std::fs::metadata(path) {
            Ok(found) => found,
            Err(error) => {
                return match self.local_pattern(path)? {
                    Some(pattern) => Ok(Source::Many(self.pattern_source(pattern)?)),
                    None => Err(Failure::usage(format!("cannot read `{}`: {error}", path.display()))),
                };
            }
        };
        if !found.is_dir() {
            let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| unusable(path))?;
            // What is no ordinary file, such as a pipe, has no size.
            let size = found.is_file().then_some(found.len());
            let (from, to) = (End::Local(path.to_owned()), self.single_target(name));
            return Ok(Source::Single(Job { from, to, size, check: Check::Nothing }));
        }
        if self.depth == Depth::Single {
            return Err(Failure::usage(format!("`{}` is a folder: copy it with `-r`", path.display())));
        }
        let base = match path.file_name().filter(|_| self.sources > 1) {
            Some(name) => Some(name.to_str().ok_or_else(|| unusable(path))?),
            None => None,
        };
        let (from, to) = (Below::Local(path.to_owned()), self.folder_target(base)?);
        refuse_overlap(self.app, &from, &to, Intent::Write)?;
        let steps = local_steps(Walk::new(path, &self.left_out)?, to.clone(), |_| true);
        Ok(Source::Many(Many { from, to, steps }))
    }

    fn local_pattern(&self, path: &Path) -> Outcome<Option<Pattern>> {
        let Some(text) = path.to_str() else { return Ok(None) };
        // There `\` is what `/` is elsewhere.
        let text = if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() };
        Pattern::parse(&text, self.depth)
    }

    fn pattern_source(&self, pattern: Pattern) -> Outcome<Many> {
        let folder = pattern.folder().to_owned();
        let root = if folder.is_empty() { PathBuf::from(".") } else { PathBuf::from(&folder) };
        let (from, to) = (Below::Local(root.clone()), self.folder_target(None)?);
        refuse_circle(self.app, &pattern, &from, &to)?;
        let (entered, above) = (pattern.clone(), folder.clone());
        let walk =
            Walk::through(&root, &self.left_out, move |below| entered.may_match_below(&format!("{above}{below}")))?;
        let steps = local_steps(walk, to.clone(), move |name| pattern.matches(&format!("{folder}{name}")));
        Ok(Many { from, to, steps })
    }

    async fn object_source(&self, from: Place) -> Outcome<Source> {
        Ok(match meaning(&from, self.depth).await? {
            Meaning::Folder(_) if self.depth == Depth::Single => {
                return Err(Failure::usage(format!("`{}` is a folder: copy it with `-r`", from.shown())));
            }
            Meaning::Object => {
                let to = self.single_target(base_name(&from.path));
                let from = End::Object(from);
                if from.identity() == to.identity() && !self.new_content_type {
                    return Err(Failure::usage(format!("`{}` would be copied to itself", from.shown())));
                }
                Source::Single(Job { from, to, size: None, check: Check::Nothing })
            }
            Meaning::Folder(folder) => {
                let base = Some(base_name(&from.path)).filter(|base| self.sources > 1 && !base.is_empty());
                let (from, to) = (from.at(folder), self.folder_target(base)?);
                refuse_overlap(self.app, &Below::Object(from.clone()), &to, Intent::Write)?;
                let prefix = from.path.clone();
                let steps = object_steps(&from, &prefix, to.clone(), self.left_out.clone(), |_| true);
                Source::Many(Many { from: Below::Object(from), to, steps })
            }
            Meaning::Pattern(pattern) => {
                let (from, to) = (from.at(pattern.folder()), self.folder_target(None)?);
                refuse_circle(self.app, &pattern, &Below::Object(from.clone()), &to)?;
                let prefix = pattern.prefix.clone();
                let matches = move |name: &str| pattern.matches(name);
                let steps = object_steps(&from, &prefix, to.clone(), self.left_out.clone(), matches);
                Source::Many(Many { from: Below::Object(from), to, steps })
            }
        })
    }

    /// Where a single file or object goes: below a target that is a folder, else to the target itself.
    fn single_target(&self, name: &str) -> End {
        match &self.to {
            End::Object(place) if place.is_folder() => End::Object(place.at(format!("{}{name}", place.path))),
            End::Object(place) if self.sources > 1 => End::Object(place.at(format!("{}/{name}", place.path))),
            End::Local(path) if self.sources > 1 || is_local_folder(path) => End::Local(path.join(name)),
            to => to.clone(),
        }
    }

    /// The target as a folder, or one of this name below it.
    fn folder_target(&self, name: Option<&str>) -> Outcome<Below> {
        match &self.to {
            End::Local(path) => {
                refuse_file(path)?;
                Ok(Below::Local(name.map_or_else(|| path.clone(), |name| path.join(name))))
            }
            End::Object(place) => {
                let name = name.map(|name| format!("{name}/")).unwrap_or_default();
                Ok(Below::Object(place.at(format!("{}{name}", place.folder()))))
            }
            End::Standard => Err(too_many_to_print()),
        }
    }
}

/// What is named on the command line is wrong there; what is found in a folder fails by itself.
fn unusable(path: &Path) -> Failure {
    match not_utf8(path) {
        Failure::Failed(text) => Failure::Usage(text),
        failure => failure,
    }
}

/// Several things need a folder to go to, which may not be there yet.
fn refuse_file(path: &Path) -> Outcome {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_dir() => Err(Failure::usage(format!("`{}` is a file, not a folder", path.display()))),
        _ => Ok(()),
    }
}

fn too_many_to_print() -> Failure {
    Failure::usage("standard output takes one object: print several with `storages cat`")
}

/// Where single sources go. None may go where another one goes, nor may two folders be mixed.
fn distinct_targets(app: &App, sources: &[Source]) -> Outcome<BTreeSet<Identity>> {
    let mut singles = BTreeSet::new();
    let mut folders = Vec::new();
    for source in sources {
        match source {
            Source::Single(job) => {
                if job.to.identity().is_some_and(|to| !singles.insert(to)) {
                    return Err(Failure::usage(format!(
                        "`{}` is not the only source that would become `{}`: copy them to different folders or names",
                        job.from.shown(),
                        job.to.shown()
                    )));
                }
            }
            Source::Many(Many { from, to, .. }) => folders.push((from, to)),
        }
    }
    if let Some((other, one)) = mixed(app, &folders) {
        return Err(Failure::usage(format!(
            "what is below `{}` and `{}` would be mixed in `{}`: copy them one by one, or to folders of their own",
            folders[other].0.shown(),
            folders[one].0.shown(),
            folders[one].1.shown()
        )));
    }
    Ok(singles)
}

fn unless_taken(step: Step, taken: &BTreeSet<Identity>) -> Outcome<Step> {
    match &step {
        Step::Job(job) if job.to.identity().is_some_and(|to| taken.contains(&to)) => Err(Failure::failed(format!(
            "`{}` is not copied: another source goes to `{}` too",
            job.from.shown(),
            job.to.shown()
        ))),
        _ => Ok(step),
    }
}

fn local_steps(walk: Walk, to: Below, is_meant: impl Fn(&str) -> bool + Send + 'static) -> Steps {
    let steps = stream::iter(walk).try_filter_map(move |found| {
        let step = match found {
            Found::File(file) if is_meant(&file.name) => to.at(&file.name).map(|to| {
                let from = End::Local(file.path);
                Some(Step::Job(Job { from, to, size: Some(file.size), check: Check::Nothing }))
            }),
            Found::PassedOver(passed) if is_meant(&passed.name) => Ok(Some(Step::PassedOver(passed))),
            Found::File(_) | Found::PassedOver(_) => Ok(None),
            Found::NotUtf8(path) => Err(not_utf8(&path)),
        };
        futures_util::future::ready(step)
    });
    steps.boxed()
}

/// The objects whose names begin with a prefix, each to its place below the target.
fn object_steps(
    from: &Place,
    prefix: &str,
    to: Below,
    left_out: LeftOut,
    is_meant: impl Fn(&str) -> bool + Send + 'static,
) -> Steps {
    let found = listing::objects(from, prefix);
    let from = from.clone();
    let steps = found.try_filter_map(move |info| {
        let name = info.name.as_str();
        let relative = name.strip_prefix(&*from.path).filter(|below| is_meant(name) && !left_out.covers(below));
        let step = relative.map(|below| {
            let to = to.at(below)?;
            if let End::Local(file) = &to
                && left_out.is_secret(file)
            {
                return Ok(Step::PassedOver(PassedOver::secrets(file.clone(), below.to_owned())));
            }
            Ok(Step::Job(Job { from: End::Object(from.at(name)), to, size: Some(info.size), check: Check::Nothing }))
        });
        // One that has no place fails by itself.
        futures_util::future::ready(Ok::<_, Failure>(step))
    });
    steps.map(|step| step.and_then(|step| step)).boxed()
}

fn is_local_folder(path: &Path) -> bool {
    // No separator is in the middle of a character, whatever the others are.
    path.is_dir()
        || path.as_os_str().as_encoded_bytes().ends_with(b"/")
        || path.to_string_lossy().ends_with(std::path::MAIN_SEPARATOR)
}
