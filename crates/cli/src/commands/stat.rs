//! `storages stat`: what is known about objects.

use std::ffi::OsString;

use clap::Args;
use jit_storages::ObjectInfo;

use crate::app_folder;
use crate::cli::Global;
use crate::each::for_each;
use crate::exit::Outcome;
use crate::meaning::{explain_absence, is_folder};
use crate::output::{NAME, Output, printable};
use crate::size;
use crate::target::{Place, find_all};

const EXAMPLES: &str = "\
Examples:
  storages stat MyOss:docs/a.txt
  storages stat --json MyOss:docs/a.txt | jq .crc64";

/// What to look at.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Objects, as `NAME:path`
    #[arg(required = true, value_name = "NAME:PATH")]
    objects: Vec<OsString>,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let app = app_folder::load(global.app.as_deref())?;
    let places = find_all(&app, &arguments.objects)?;
    for_each(places, output, async |place: Place| {
        if place.path.is_empty() {
            return Err(is_folder(&place));
        }
        let info = match place.element.get_object(&place.path).await {
            Ok(info) => info,
            Err(error) => return Err(explain_absence(&place, error).await),
        };
        output.fact(&info, || describe(&info, &place.shown()))
    })
    .await
}

fn describe(info: &ObjectInfo, shown: &str) -> String {
    let mut lines = vec![format!("{NAME}{}{NAME:#}", printable(shown))];
    let mut add = |name: &str, value: Option<String>| {
        lines.extend(value.map(|value| format!("  {name:<20} {}", printable(&value))));
    };
    add("size", Some(size::exact(info.size)));
    add("content type", info.content_type.clone());
    add("last modified", info.last_modified.map(size::time));
    add("etag", info.etag.clone());
    add("crc64", info.crc64.map(|crc64| crc64.to_string()));
    add("cache control", info.cache_control.clone());
    add("content disposition", info.content_disposition.clone());
    add("content encoding", info.content_encoding.clone());
    add("version", info.version_id.clone());
    add("storage class", info.storage_class.clone());
    for (name, value) in &info.metadata {
        add(&format!("metadata {name}"), Some(value.clone()));
    }
    for (name, value) in &info.other {
        add(name, Some(value.clone()));
    }
    lines.join("\n")
}
