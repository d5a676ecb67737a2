//! `storages explain`: what a signed URL says, and why it fails.

use clap::Args;
use jit_storages::App;
use jit_storages::meta::{Config, ExposeSecret, SecretString};
use jit_storages::oss_type::explain::Explanation;
use jit_storages::oss_type::explain_url;
use serde::Serialize;

use crate::app_folder;
use crate::cli::Global;
use crate::exit::{Failure, Outcome};
use crate::output::Output;

const EXAMPLES: &str = "\
Examples:
  storages explain 'https://docs.oss-cn-hangzhou.aliyuncs.com/a.txt?x-oss-date=…'
  storages explain --element MyOss 'https://…'    whether the signature fits that element's key

In an app, the key of the element that the URL was signed with is found by its id. Quote the URL: it holds `&`.
It ends with 1 where the URL cannot work.";

/// What to explain.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The signed URL
    url: String,
    /// Compare the signature with the key of this element
    #[arg(long, value_name = "NAME")]
    element: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    valid: bool,
    report: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { url, element } = arguments;
    let secret = match element {
        Some(name) => {
            let app = app_folder::load(global.app.as_deref())?;
            let full_name = app_folder::full_name(&app, &name)?;
            let config = app.inspect(&full_name)?.configuration()?;
            let secret = secret_of(&config).ok_or_else(|| {
                Failure::failed(format!("{full_name} has no `accessKeySecret` in its configuration to compare with"))
            })?;
            Some(secret)
        }
        None => app_folder::load(global.app.as_deref()).ok().and_then(|app| secret_for(&app, &url)),
    };
    let told = explain_url(&url, secret.as_ref().map(ExposeSecret::expose_secret));
    tell(&told, output)?;
    if told.is_valid() { Ok(()) } else { Err(Failure::Told) }
}

fn tell(told: &Explanation, output: &Output) -> Outcome {
    let report = told.to_string();
    let report = report.trim_end();
    let document = Told { valid: told.is_valid(), report: report.lines().map(str::to_owned).collect() };
    output.document(&document, || report.to_owned())
}

/// The secret of the element whose key id stands in the URL.
fn secret_for(app: &App, url: &str) -> Option<SecretString> {
    app.storage_names().iter().find_map(|name| {
        let config = app.inspect(name.as_str()).ok()?.configuration().ok()?;
        let id = config.optional_text("accessKeyId").filter(|id| !id.is_empty())?;
        url.contains(id).then(|| secret_of(&config)).flatten()
    })
}

fn secret_of(config: &Config) -> Option<SecretString> {
    config.optional_secret("accessKeySecret").cloned()
}
