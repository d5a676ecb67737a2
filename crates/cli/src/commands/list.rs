//! `storages list`: the storages of the app.

use clap::Args;
use jit_storages::App;
use serde::Serialize;

use crate::app_folder;
use crate::cli::Global;
use crate::exit::Outcome;
use crate::output::{DIM, NAME, Output};
use crate::table;

const EXAMPLES: &str = "\
Examples:
  storages list
  storages list --json | jq -r .fullName";

/// What to list.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    full_name: String,
    title: String,
    #[serde(rename = "type")]
    element_type: String,
    default: bool,
    file: String,
}

pub(crate) async fn run(_: Arguments, global: &Global, output: &Output) -> Outcome {
    let app = app_folder::load(global.app.as_deref())?;
    let listed = storages(&app)?;
    if output.is_json() {
        listed.iter().try_for_each(|storage| output.fact(storage, String::new))?;
    } else if listed.is_empty() {
        output.note("this app has no storages: make one with `storages new NAME`");
    } else {
        let rows = listed.iter().map(|storage| {
            let mark = if storage.default { "default" } else { "" };
            [storage.full_name.as_str(), &storage.element_type, &storage.title, mark]
        });
        for [name, element_type, title, mark] in table::aligned(rows.collect()) {
            let mark = if mark.is_empty() { mark } else { format!("  {DIM}{mark}{DIM:#}") };
            output.line(format!("{NAME}{name}{NAME:#}  {element_type}  {}{mark}", title.trim_end()))?;
        }
    }
    for warning in app.warnings() {
        output.warning(warning);
    }
    Ok(())
}

fn storages(app: &App) -> Outcome<Vec<Listed>> {
    let default = app.default_storage_name();
    let mut listed = Vec::new();
    for name in app.storage_names() {
        let define = app.get_element_define(name.as_str())?;
        let file = app.inspect(name.as_str())?.declarations().remove(0);
        listed.push(Listed {
            title: if define.title.is_empty() { name.name().to_owned() } else { define.title.clone() },
            element_type: define.element_type.clone(),
            default: default == name.as_str(),
            file: file.strip_prefix(app.folder()).unwrap_or(&file).display().to_string(),
            full_name: name.to_string(),
        });
    }
    Ok(listed)
}
