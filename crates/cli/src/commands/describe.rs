//! `storages describe`: the configuration keys of a Type.

use std::io::IsTerminal;

use clap::Args;
use jit_storages::App;
use jit_storages::meta::{ConfigDefault, ConfigKey, ConfigKind, Template, TypeChain};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::app_folder;
use crate::cli::Global;
use crate::exit::Outcome;
use crate::output::{DIM, NAME, Output, printable};
use crate::types;

const EXAMPLES: &str = "\
Examples:
  storages describe OssType
  storages describe OssType --json-schema > oss.schema.json    for editors

In VS Code: \"json.schemas\": [{\"fileMatch\": [\"storages/*/MyOss.json\"], \"url\": \"./oss.schema.json\"}]";

/// What to describe.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The Type's fullName, or its last part
    #[arg(value_name = "TYPE")]
    name: String,
    /// Print a JSON schema of the business file
    #[arg(long)]
    json_schema: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described<'a> {
    full_name: &'a str,
    title: &'a str,
    keys: Vec<Key<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Key<'a> {
    name: &'a str,
    takes: String,
    required: bool,
    secret: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<Value>,
    doc: &'a str,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let app: Option<App> = match global.app {
        Some(_) => Some(app_folder::load(global.app.as_deref())?),
        None => app_folder::load(None).ok(),
    };
    let chain = types::chain(app.as_ref(), &arguments.name)?;
    if arguments.json_schema {
        return output.line(format!("{:#}", schema(&chain)));
    }
    let described = Described {
        full_name: chain.full_name().as_str(),
        title: chain.title(),
        keys: chain.keys().iter().map(|key| describe(&chain, key)).collect(),
    };
    output.document(&described, || text(&described))
}

fn describe(chain: &TypeChain, key: &'static ConfigKey) -> Key<'static> {
    let is_given = chain.layers().iter().any(|layer| layer.gives(key.name()));
    Key {
        name: key.name(),
        takes: key.kind().to_string(),
        required: key.is_required() && !is_given,
        secret: key.is_secret(),
        default: key.default().map(value_of),
        doc: key.doc(),
    }
}

fn value_of(default: ConfigDefault) -> Value {
    match default {
        ConfigDefault::Integer(number) => number.into(),
        ConfigDefault::Bool(value) => value.into(),
        text => text.to_string().into(),
    }
}

fn text(described: &Described<'_>) -> String {
    let mut lines = vec![format!("{NAME}{}{NAME:#}  {}", described.full_name, printable(described.title))];
    let width = width();
    for key in &described.keys {
        let mut facts = vec![key.takes.clone()];
        if key.required {
            facts.push("required".to_owned());
        }
        if key.secret {
            facts.push("secret".to_owned());
        }
        if let Some(default) = &key.default {
            facts.push(format!("default {}", default.as_str().map_or_else(|| default.to_string(), str::to_owned)));
        }
        lines.push(format!("\n{NAME}{}{NAME:#}  {DIM}{}{DIM:#}", key.name, facts.join(", ")));
        lines.extend(wrapped(key.doc, width - 2).into_iter().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

/// As wide as the terminal, within what is read well.
fn width() -> usize {
    let columns = || std::env::var("COLUMNS").ok()?.parse::<usize>().ok();
    let width = if std::io::stdout().is_terminal() { columns() } else { None };
    width.unwrap_or(100).clamp(40, 120)
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(last) if line == 0 => last.push_str(word),
            Some(last) if line + 1 + word.chars().count() <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A schema that knows that templates may stand for any value.
fn schema(chain: &TypeChain) -> Value {
    let properties: Map<_, _> = chain.keys().iter().map(|key| (key.name().to_owned(), property(key))).collect();
    let required: Vec<_> = chain.missing_keys(&[]).into_iter().map(ConfigKey::name).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": format!("{} ({})", chain.title(), chain.full_name()),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(key: &ConfigKey) -> Value {
    let template = json!({"type": "string", "pattern": Template::PATTERN});
    let mut property = match key.kind() {
        ConfigKind::Integer { min, max } => {
            let mut number = json!({"type": "integer", "minimum": min});
            if max < u64::MAX {
                number["maximum"] = max.into();
            }
            json!({"anyOf": [number, template]})
        }
        ConfigKind::Bool => json!({"anyOf": [{"type": "boolean"}, template]}),
        ConfigKind::Choice(choices) => json!({"anyOf": [{"enum": choices}, template]}),
        _ => json!({"type": "string"}),
    };
    property["description"] = key.doc().into();
    if let Some(default) = key.default() {
        property["default"] = value_of(default);
    }
    property
}
