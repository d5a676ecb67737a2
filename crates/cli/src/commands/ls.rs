//! `storages ls`: which objects there are.

use std::ffi::OsString;

use clap::Args;
use futures_util::StreamExt;
use jit_storages::{ErrorKind, ListOptions, ObjectInfo};
use serde::Serialize;

use crate::app_folder;
use crate::cli::Global;
use crate::each::for_each;
use crate::exit::{Failure, Outcome};
use crate::glob::{Depth, Pattern};
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
    #[arg(short, long)]
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

/// What is listed, and how.
#[derive(Debug, Clone, Copy)]
struct Listing<'a> {
    depth: Depth,
    style: Style,
    output: &'a Output,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let app = app_folder::load(global.app.as_deref())?;
    let listing = Listing {
        depth: Depth::recursive_if(arguments.recursive),
        style: if arguments.long { Style::Long } else { Style::Short },
        output,
    };
    for_each(find_all(&app, &arguments.places)?, output, async |place: Place| listing.list(&place).await).await
}

impl Listing<'_> {
    async fn list(self, place: &Place) -> Outcome {
        let shown = match self.list_named(place).await? {
            // Nothing has exactly this name.
            0 => match Pattern::parse(&place.path, self.depth)? {
                Some(pattern) => {
                    let options = ListOptions::prefix(&pattern.prefix);
                    self.list_all(place, options, |info| pattern.matches(info.name.as_str())).await?
                }
                None => 0,
            },
            shown => shown,
        };
        match shown {
            0 if !place.path.is_empty() => Err(Failure::failed(format!(
                "nothing is at `{}`: look around with `storages ls {}`",
                place.shown(),
                place.shown_at("")
            ))),
            _ => Ok(()),
        }
    }

    /// Lists the object of this name and what is below it; how many there were.
    async fn list_named(self, place: &Place) -> Outcome<u64> {
        let mut shown = 0;
        if !place.is_folder() {
            match place.element.get_object(&place.path).await {
                Ok(info) => {
                    self.show(&info)?;
                    shown += 1;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(shown + self.list_folder(place).await?)
    }

    async fn list_folder(self, place: &Place) -> Outcome<u64> {
        let mut options = ListOptions::prefix(place.folder());
        if self.depth == Depth::Recursive {
            return self.list_all(place, options, |_| true).await;
        }
        options = options.with_delimiter("/");
        let mut shown = 0;
        loop {
            let page = place.element.list(options.clone()).await?;
            shown += (page.objects.len() + page.common_prefixes.len()) as u64;
            let mut folders = page.common_prefixes.iter().peekable();
            for info in &page.objects {
                while let Some(folder) = folders.next_if(|folder| folder.as_str() < info.name.as_str()) {
                    self.show_folder(folder)?;
                }
                self.show(info)?;
            }
            for folder in folders {
                self.show_folder(folder)?;
            }
            match page.next {
                Some(next) => options = options.with_continuation(next),
                None => return Ok(shown),
            }
        }
    }

    async fn list_all(
        self,
        place: &Place,
        options: ListOptions,
        is_meant: impl Fn(&ObjectInfo) -> bool,
    ) -> Outcome<u64> {
        let mut objects = std::pin::pin!(place.element.list_stream(options));
        let mut shown = 0;
        while let Some(info) = objects.next().await {
            let info = info?;
            if is_meant(&info) {
                self.show(&info)?;
                shown += 1;
            }
        }
        Ok(shown)
    }

    fn show(self, info: &ObjectInfo) -> Outcome {
        let name = printable(info.name.as_str());
        self.output.fact(info, || match self.style {
            Style::Short => name.into_owned(),
            Style::Long => {
                let time = info.last_modified.map_or_else(|| "-".to_owned(), size::time);
                format!("{:>12}  {DIM}{time:<20}{DIM:#}  {}", info.size, name)
            }
        })
    }

    fn show_folder(self, folder: &str) -> Outcome {
        let name = printable(folder);
        self.output.fact(&Folder { folder }, || match self.style {
            Style::Short => format!("{NAME}{name}{NAME:#}"),
            Style::Long => format!("{:>12}  {:<20}  {NAME}{name}{NAME:#}", "-", "-"),
        })
    }
}
