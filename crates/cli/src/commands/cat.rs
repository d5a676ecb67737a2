//! `storages cat`: the content of objects on standard output.

use std::ffi::OsString;

use clap::Args;
use jit_storages::{ByteRange, DownloadOptions};

use crate::app_folder;
use crate::cli::Global;
use crate::each::for_each;
use crate::exit::{Failure, Outcome};
use crate::interrupt::until_interrupted;
use crate::output::Output;
use crate::standard;
use crate::target::{Place, find_all};

const EXAMPLES: &str = "\
Examples:
  storages cat MyOss:docs/a.txt
  storages cat :logs/1.log :logs/2.log | grep ERROR
  storages cat --range 0-1023 MyOss:video.mp4    the first KiB";

/// What to print.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Objects, as `NAME:path`
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
        return Err(Failure::usage(format!("`{}` is no object: list it with `storages ls`", folder.shown())));
    }
    let print_all = for_each(places, output, async |place: Place| {
        let mut options = DownloadOptions::default();
        options.range = arguments.range;
        let mut download = place.element.download_stream(&place.path, options).await?;
        standard::print(&mut download).await
    });
    until_interrupted(print_all, || "what was printed is a part of the content".to_owned()).await
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
