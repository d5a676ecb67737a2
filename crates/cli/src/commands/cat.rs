//! `storages cat`: the content of objects on standard output.

use std::ffi::OsString;

use clap::Args;
use futures_util::StreamExt;
use jit_storages::{ByteRange, DownloadOptions};

use crate::app_folder;
use crate::batch::Tally;
use crate::cli::Global;
use crate::each::{count, for_each};
use crate::exit::{Failure, Outcome};
use crate::glob::{Depth, Pattern};
use crate::interrupt::until_interrupted;
use crate::listing;
use crate::meaning::{Meaning, explain_absence, is_folder, meaning};
use crate::output::Output;
use crate::standard;
use crate::target::{Place, find_all};

const EXAMPLES: &str = "\
Examples:
  storages cat MyOss:docs/a.txt
  storages cat :logs/1.log :logs/2.log | grep ERROR
  storages cat 'MyOss:logs/*.log'                what matches a pattern, in the order of names
  storages cat --range 0-1023 MyOss:video.mp4    the first KiB

An object of exactly this name comes before what it would match as a pattern.";

/// What to print.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Objects as `NAME:path`, or quoted patterns
    #[arg(required = true, value_name = "NAME:PATH")]
    objects: Vec<OsString>,
    /// Print these bytes only, from the first to the last, both included and counted from 0; `-N` for the last N
    #[arg(long, value_name = "FIRST-LAST", value_parser = parse_range, allow_hyphen_values = true)]
    range: Option<ByteRange>,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let app = app_folder::load(global.app.as_deref())?;
    let places = find_all(&app, &arguments.objects)?;
    if let Some(folder) = places.iter().find(|place| place.is_folder()) {
        return Err(is_folder(folder));
    }
    let output = &output.for_content();
    let print_all = for_each(places, output, async |place: Place| match meaning(&place, Depth::Single).await? {
        Meaning::Pattern(pattern) => print_matching(&place, &pattern, arguments.range, output).await,
        Meaning::Object | Meaning::Folder(_) => print(&place, arguments.range).await,
    });
    until_interrupted(print_all, || "what was printed is a part of the content".to_owned()).await
}

async fn print(place: &Place, range: Option<ByteRange>) -> Outcome {
    let mut options = DownloadOptions::default();
    options.range = range;
    match place.element.download_stream(&place.path, options).await {
        Ok(mut download) => standard::print(&mut download).await,
        Err(error) => Err(explain_absence(place, error).await),
    }
}

/// Prints all that matches, also where one fails.
async fn print_matching(place: &Place, pattern: &Pattern, range: Option<ByteRange>, output: &Output) -> Outcome {
    let mut found = listing::objects(place, &pattern.prefix);
    let mut tally = Tally::default();
    while let Some(info) = found.next().await {
        let info = info?;
        let name = info.name.as_str();
        if !pattern.matches(name) {
            continue;
        }
        let place = place.at(name);
        count(print(&place, range).await, &place.shown(), &mut tally, output)?;
    }
    if tally.done + tally.failed == 0 {
        return Err(Failure::failed(format!(
            "nothing matches `{}`: look around with `storages ls {}`",
            place.shown(),
            place.shown_at(pattern.folder())
        )));
    }
    tally.outcome()
}

fn parse_range(text: &str) -> Result<ByteRange, String> {
    let wrong = || "write the first and the last byte, like `0-1023`, or `1024-`, or `-1024`".to_owned();
    let (first, last) = text.split_once('-').ok_or_else(wrong)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| wrong());
    match (first, last) {
        ("", last) => Ok(ByteRange::Last(number(last)?)),
        (first, "") => Ok(ByteRange::From(number(first)?)),
        (first, last) => {
            let (offset, last) = (number(first)?, number(last)?);
            let length = last.checked_sub(offset).and_then(|length| length.checked_add(1)).ok_or_else(wrong)?;
            Ok(ByteRange::Span { offset, length })
        }
    }
}
