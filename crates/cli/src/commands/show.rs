//! `storages show`: the merged configuration of a storage, and where each value comes from.

use std::path::Path;

use clap::Args;
use jit_storages::App;
use jit_storages::app::{Inspection, VariableOrigin};
use serde::Serialize;

use crate::app_folder;
use crate::business_file::BusinessFile;
use crate::cli::Global;
use crate::exit::Outcome;
use crate::output::{DIM, NAME, Output, printable};
use crate::table;

const EXAMPLES: &str = "\
Examples:
  storages show MyOss
  storages show --json MyOss | jq '.values[] | select(.key == \"endPoint\")'

Secrets are masked. Defaults of keys that nothing sets are told by `storages describe TYPE`.";

/// What to show.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The storage; the app's default storage where it is not given
    #[arg(value_name = "NAME", default_value = "")]
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    full_name: String,
    #[serde(rename = "type")]
    element_type: String,
    declared: Vec<String>,
    values: Vec<ShownValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownValue {
    key: &'static str,
    value: String,
    /// `file:line`.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    variables: Vec<ShownVariable>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownVariable {
    name: String,
    from: &'static str,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let app = app_folder::load(global.app.as_deref())?;
    let full_name = app_folder::full_name(&app, arguments.name.trim_end_matches(':'))?;
    let inspection = app.inspect(&full_name)?;
    let relative = |path: &Path| path.strip_prefix(app.folder()).unwrap_or(path).display().to_string();
    let shown = Shown {
        element_type: inspection.element_type().to_string(),
        declared: inspection.declarations().iter().map(|file| relative(file)).collect(),
        values: values(&app, &inspection)?,
        full_name,
    };
    output.document(&shown, || text(&shown))
}

fn values(app: &App, inspection: &Inspection) -> Outcome<Vec<ShownValue>> {
    let config = inspection.configuration()?;
    let keys = inspection.chain().keys();
    let mut values = Vec::new();
    for (key, value, file) in config.shown() {
        let file = file.map(|file| (file, BusinessFile::read(file)));
        let entry = file.as_ref().and_then(|(_, business)| business.as_ref()?.entry(key.name()));
        let from = file.as_ref().map(|(path, _)| {
            let path = path.strip_prefix(app.folder()).unwrap_or(path).display();
            entry.as_ref().map_or_else(|| path.to_string(), |entry| format!("{path}:{}", entry.line))
        });
        let mut variables: Vec<ShownVariable> = Vec::new();
        for template in entry.iter().flat_map(|entry| entry.templates()) {
            let from = origin(inspection.template(&template));
            if !variables.iter().any(|known| known.name == template.name() && known.from == from) {
                variables.push(ShownVariable { name: template.name().to_owned(), from });
            }
        }
        values.push(ShownValue { key: key.name(), value, from, variables });
    }
    // In the order of the Type's table.
    values.sort_by_key(|value| keys.iter().position(|key| key.name() == value.key));
    Ok(values)
}

fn origin(origin: Option<VariableOrigin>) -> &'static str {
    match origin {
        Some(VariableOrigin::Environment) => "environment",
        Some(VariableOrigin::EnvFile) => ".env",
        Some(VariableOrigin::Declared) => "declared default",
        Some(_) => "given",
        None => "default in the template",
    }
}

fn text(shown: &Shown) -> String {
    let mut lines = vec![format!("{NAME}{}{NAME:#}  {}", shown.full_name, shown.element_type)];
    lines.push(format!("{DIM}declared in {}{DIM:#}", printable(&shown.declared.join(", which shadows "))));
    let origins: Vec<_> = shown.values.iter().map(origin_text).collect();
    let rows = shown.values.iter().zip(&origins).map(|(value, from)| [value.key, value.value.as_str(), from.as_str()]);
    for [key, value, from] in table::aligned(rows.collect()) {
        lines.push(format!("  {key}  {value}  {DIM}{from}{DIM:#}"));
    }
    lines.join("\n")
}

fn origin_text(value: &ShownValue) -> String {
    let mut text = value.from.clone().unwrap_or_default();
    for ShownVariable { name, from } in &value.variables {
        text.push_str(&format!(", {name} from {from}"));
    }
    text
}
