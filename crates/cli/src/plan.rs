//! From what is typed to the transfers that it means: files, folders, patterns, and where each of them goes.

use std::path::{Path, PathBuf};

use clap::Args;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use jit_storages::{App, ListOptions};

use crate::exit::{Failure, Outcome};
use crate::glob::Pattern;
use crate::local::{self, Walk};
use crate::target::{Place, Target, base_name};
use crate::transfer::{Check, End, Job};

/// How sources are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Single objects and patterns.
    Single,
    /// Folders with all that they hold.
    Recursive,
}

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
}

impl Depth {
    pub(crate) fn recursive_if(recursive: bool) -> Self {
        if recursive { Self::Recursive } else { Self::Single }
    }
}

/// The jobs of a command, as they are found.
pub(crate) type Jobs = BoxStream<'static, Outcome<Job>>;

/// Plans the copying of sources to a target.
pub(crate) fn copy(app: &App, sources: &[Target], to: &Target, depth: Depth) -> Outcome<Jobs> {
    let to = match to {
        Target::Local(path) => End::Local(path.clone()),
        Target::Object(object) => End::Object(object.find(app)?),
        Target::Standard => End::Standard,
    };
    let mut all = Vec::new();
    for source in sources {
        all.push(match source {
            Target::Local(path) => from_local(path, &to, sources.len(), depth)?,
            Target::Object(object) => from_object(object.find(app)?, &to, sources.len(), depth)?,
            Target::Standard => from_standard(&to)?,
        });
    }
    Ok(stream::iter(all).flatten().boxed())
}

fn from_standard(to: &End) -> Outcome<Jobs> {
    match to {
        End::Object(place) if place.is_folder() => Err(Failure::usage(format!(
            "standard input has no name: write the object's, like `{}`",
            place.shown_at(&format!("{}data.bin", place.path))
        ))),
        to => Ok(one(Job { from: End::Standard, to: to.clone(), size: None, check: Check::Nothing })),
    }
}

fn from_local(path: &Path, to: &End, sources: usize, depth: Depth) -> Outcome<Jobs> {
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        Err(error) => {
            let pattern = path.to_str().map(|text| Pattern::parse(&text.replace('\\', "/"))).transpose()?.flatten();
            return match pattern {
                Some(pattern) => local_pattern(pattern, to),
                None => Err(Failure::usage(format!("cannot read `{}`: {error}", path.display()))),
            };
        }
    };
    if found.is_dir() {
        if depth == Depth::Single {
            return Err(Failure::usage(format!("`{}` is a folder: copy it with `-r`", path.display())));
        }
        let base = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let below = folder_target(to, base.as_deref().filter(|_| sources > 1))?;
        let files = stream::iter(Walk::new(path)?).map(move |file| {
            let file = file?;
            let to = below.at(&file.name)?;
            Ok(Job { from: End::Local(file.path), to, size: Some(file.size), check: Check::Nothing })
        });
        return Ok(files.boxed());
    }
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
        Failure::usage(format!("the name of `{}` is not UTF-8, which names of objects must be", path.display()))
    })?;
    let size = found.is_file().then_some(found.len());
    Ok(one(Job {
        from: End::Local(path.to_owned()),
        to: single_target(to, name, sources),
        size,
        check: Check::Nothing,
    }))
}

fn local_pattern(pattern: Pattern, to: &End) -> Outcome<Jobs> {
    let base = PathBuf::from(pattern.folder());
    let root = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
    let below = folder_target(to, None)?;
    let files = stream::iter(Walk::new(&root)?);
    let jobs = files.try_filter_map(move |file| {
        let matching = pattern.matches(&format!("{}{}", pattern.folder(), file.name));
        let job = matching.then(|| below.at(&file.name)).transpose();
        let job = job.map(|to| {
            to.map(|to| Job { from: End::Local(file.path), to, size: Some(file.size), check: Check::Nothing })
        });
        futures_util::future::ready(job)
    });
    Ok(jobs.boxed())
}

fn from_object(from: Place, to: &End, sources: usize, depth: Depth) -> Outcome<Jobs> {
    if let Some(pattern) = Pattern::parse(&from.path)? {
        let folder = pattern.folder().to_owned();
        let below = folder_target(to, None)?;
        return Ok(objects(from, pattern.prefix.clone(), folder, below, move |name| pattern.matches(name)));
    }
    if depth == Depth::Recursive {
        let folder = if from.path.is_empty() { String::new() } else { from.as_folder() };
        let base = Some(base_name(&from.path)).filter(|base| sources > 1 && !base.is_empty());
        let below = folder_target(to, base)?;
        return Ok(objects(from, folder.clone(), folder, below, |_| true));
    }
    if from.is_folder() {
        return Err(Failure::usage(format!("`{}` is a folder: copy it with `-r`", from.shown())));
    }
    let to = single_target(to, base_name(&from.path), sources);
    Ok(one(Job { from: End::Object(from), to, size: None, check: Check::Nothing }))
}

/// The objects below a prefix, each to its place below the target.
fn objects(
    from: Place,
    prefix: String,
    folder: String,
    below: Below,
    is_meant: impl Fn(&str) -> bool + Send + 'static,
) -> Jobs {
    let found = from.element.list_stream(ListOptions::prefix(prefix)).map_err(Failure::from);
    let jobs = found.try_filter_map(move |info| {
        let name = info.name.as_str();
        // What ends with `/` stands for a folder, and holds nothing.
        let is_marker = name.ends_with('/') && info.size == 0;
        let job = match name.strip_prefix(&*folder) {
            Some(relative) if !is_marker && is_meant(name) => below.at(relative).map(|to| {
                let from = End::Object(from.at(name));
                Some(Job { from, to, size: Some(info.size), check: Check::Nothing })
            }),
            _ => Ok(None),
        };
        // One that has no place fails by itself.
        futures_util::future::ready(Ok::<_, Failure>(job.transpose()))
    });
    jobs.map(|job| job.and_then(|job| job)).boxed()
}

/// Where a single file or object goes: below a target that is a folder, else to the target itself.
fn single_target(to: &End, name: &str, sources: usize) -> End {
    match to {
        End::Object(place) if place.is_folder() => End::Object(place.at(format!("{}{name}", place.path))),
        End::Object(place) if sources > 1 => End::Object(place.at(format!("{}/{name}", place.path))),
        End::Local(path) if sources > 1 || is_local_folder(path) => End::Local(path.join(name)),
        to => to.clone(),
    }
}

fn is_local_folder(path: &Path) -> bool {
    path.is_dir() || path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR])
}

/// A target that takes many.
#[derive(Debug, Clone)]
pub(crate) enum Below {
    Local(PathBuf),
    Object(Place),
}

/// The target as a folder, or one of this name below it.
fn folder_target(to: &End, name: Option<&str>) -> Outcome<Below> {
    match to {
        End::Local(path) => Ok(Below::Local(name.map_or_else(|| path.clone(), |name| path.join(name)))),
        End::Object(place) => {
            let mut folder = if place.path.is_empty() { String::new() } else { place.as_folder() };
            if let Some(name) = name {
                folder.push_str(name);
                folder.push('/');
            }
            Ok(Below::Object(place.at(folder)))
        }
        End::Standard => Err(Failure::usage("standard output takes one object: print several with `storages cat`")),
    }
}

impl Below {
    pub(crate) fn at(&self, name: &str) -> Outcome<End> {
        match self {
            Self::Local(folder) => Ok(End::Local(local::file_of(folder, name)?)),
            Self::Object(place) => Ok(End::Object(place.at(format!("{}{name}", place.path)))),
        }
    }
}

fn one(job: Job) -> Jobs {
    stream::iter([Ok(job)]).boxed()
}
