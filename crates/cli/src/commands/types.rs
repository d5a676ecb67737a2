//! `storages types`: the Types that elements can be of.

use std::collections::BTreeSet;

use clap::Args;
use jit_storages::App;
use jit_storages::meta::{META, Registry, TypeChain};
use serde::Serialize;

use crate::app_folder;
use crate::cli::Global;
use crate::exit::Outcome;
use crate::output::{DIM, NAME, Output};
use crate::table;

const EXAMPLES: &str = "\
Examples:
  storages types
  storages describe storages.OssType    the configuration keys of one

Types in crates of your own are linked into your program, not into this command.";

/// What to list.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    full_name: String,
    title: String,
    keys: usize,
    origin: String,
}

pub(crate) async fn run(_: Arguments, global: &Global, output: &Output) -> Outcome {
    let app = match app_folder::load(global.app.as_deref()) {
        Ok(app) => Some(app),
        Err(failure) if global.app.is_some() => return Err(failure),
        Err(_) => None,
    };
    let mut listed = Vec::new();
    for name in names(app.as_ref()) {
        match crate::types::chain(app.as_ref(), &name) {
            Ok(chain) => listed.push(describe(&chain)),
            Err(failure) => output.warning(failure.text().unwrap_or_default()),
        }
    }
    if output.is_json() {
        return listed.iter().try_for_each(|listed| output.fact(listed, String::new));
    }
    let rows = listed.iter().map(|listed| [listed.full_name.as_str(), &listed.title, &listed.origin]).collect();
    for [name, title, origin] in table::aligned(rows) {
        output.line(format!("{NAME}{name}{NAME:#}  {title}  {DIM}{origin}{DIM:#}"))?;
    }
    Ok(())
}

/// Linked ones, and those that folders declare.
pub(crate) fn names(app: Option<&App>) -> BTreeSet<String> {
    let mut names: BTreeSet<_> = Registry::linked().names().map(str::to_owned).collect();
    let Some(app) = app else { return names };
    let storages = app.storage_names();
    for (name, define) in app.get_all_elements_define() {
        let is_used = |storage: &_| {
            app.get_element_define(jit_storages::FullName::as_str(storage))
                .is_ok_and(|storage| storage.element_type == name.as_str())
        };
        if name != META && (define.element_type == META || storages.iter().any(is_used)) {
            names.insert(name.to_string());
        }
    }
    names
}

fn describe(chain: &TypeChain) -> Listed {
    let origin = chain.registrations().next().map(|registration| registration.origin);
    let is_own = origin.is_some() && chain.registrations().next().is_some_and(|r| *chain.full_name() == r.full_name);
    Listed {
        full_name: chain.full_name().to_string(),
        title: chain.title().to_owned(),
        keys: chain.keys().len(),
        origin: match (origin, is_own) {
            (Some(origin), true) => format!("{} {}", origin.package, origin.version),
            _ => "declared in this app".to_owned(),
        },
    }
}
