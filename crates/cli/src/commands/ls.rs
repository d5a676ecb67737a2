//! `storages ls`: which objects there are.

use std::ffi::OsString;

use clap::Args;
use futures_util::StreamExt;
use jit_storages::{ErrorKind, ListOptions, ObjectInfo};
use serde::Serialize;

use crate::app_folder;
use crate::cli::Global;
use crate::exit::{Failure, Outcome};
use crate::glob::Pattern;
use crate::output::{DIM, NAME, Output, printable};
use crate::size;
use crate::target::{Place, find_all};

const EXAMPLES: &str = "\
Examples:
  storages ls MyOss:              what is at the top
  storages ls -l MyOss:docs/      with size and time
  storages ls -r :                all of the default storage
  storages ls 'MyOss:**/*.png'    what matches a pattern";

/// What to list.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folders or objects as `NAME:path`, or quoted patterns
    #[arg(required = true, value_name = "NAME:PATH")]
    places: Vec<OsString>,
    /// With size and time
    #[arg(short)]
    long: bool,
    /// Also what lies below
    #[arg(short, long)]
    recursive: bool,
}

/// How objects are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Short,
    Long,
}

#[derive(Serialize)]
struct Folder<'a> {
    folder: &'a str,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let app = app_folder::load(global.app.as_deref())?;
    let style = if arguments.long { Style::Long } else { Style::Short };
    for place in find_all(&app, &arguments.places)? {
        let mut shown = 0_u64;
        if let Some(pattern) = Pattern::parse(&place.path)? {
            let options = ListOptions::prefix(&pattern.prefix);
            shown += list_all(&place, options, |info| pattern.matches(info.name.as_str()), style, output).await?;
        } else if place.is_folder() {
            shown += list_folder(&place, &place.path, arguments.recursive, style, output).await?;
        } else {
            match place.element.get_object(&place.path).await {
                Ok(info) => {
                    show(&info, style, output)?;
                    shown += 1;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
            shown += list_folder(&place, &place.as_folder(), arguments.recursive, style, output).await?;
        }
        if shown == 0 && !place.path.is_empty() {
            return Err(Failure::failed(format!(
                "nothing is at `{}`: look around with `storages ls {}`",
                place.shown(),
                place.shown_at("")
            )));
        }
    }
    Ok(())
}

async fn list_folder(place: &Place, folder: &str, recursive: bool, style: Style, output: &Output) -> Outcome<u64> {
    let mut options = ListOptions::prefix(folder);
    if recursive {
        return list_all(place, options, |_| true, style, output).await;
    }
    options = options.with_delimiter("/");
    let mut shown = 0;
    loop {
        let page = place.element.list(options.clone()).await?;
        shown += (page.objects.len() + page.common_prefixes.len()) as u64;
        let mut folders = page.common_prefixes.iter().peekable();
        for info in &page.objects {
            while let Some(folder) = folders.next_if(|folder| folder.as_str() < info.name.as_str()) {
                show_folder(folder, style, output)?;
            }
            show(info, style, output)?;
        }
        for folder in folders {
            show_folder(folder, style, output)?;
        }
        match page.next {
            Some(next) => options = options.with_continuation(next),
            None => return Ok(shown),
        }
    }
}

async fn list_all(
    place: &Place,
    options: ListOptions,
    is_meant: impl Fn(&ObjectInfo) -> bool,
    style: Style,
    output: &Output,
) -> Outcome<u64> {
    let mut objects = std::pin::pin!(place.element.list_stream(options));
    let mut shown = 0;
    while let Some(info) = objects.next().await {
        let info = info?;
        if is_meant(&info) {
            show(&info, style, output)?;
            shown += 1;
        }
    }
    Ok(shown)
}

fn show(info: &ObjectInfo, style: Style, output: &Output) -> Outcome {
    let name = printable(info.name.as_str());
    output.fact(info, || match style {
        Style::Short => name.into_owned(),
        Style::Long => {
            let time = info.last_modified.map_or_else(|| "-".to_owned(), size::time);
            format!("{:>12}  {DIM}{time:<20}{DIM:#}  {}", info.size, name)
        }
    })
}

fn show_folder(folder: &str, style: Style, output: &Output) -> Outcome {
    let name = printable(folder);
    output.fact(&Folder { folder }, || match style {
        Style::Short => format!("{NAME}{name}{NAME:#}"),
        Style::Long => format!("{:>12}  {:<20}  {NAME}{name}{NAME:#}", "-", "-"),
    })
}
