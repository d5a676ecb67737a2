//! The values of a new element's business file: given as `KEY=VALUE` or asked for, checked against the Type's keys.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jit_storages::app::EnvFile;
use jit_storages::meta::{
    Config, ConfigKey, ConfigKind, ConfigLayer, Instance, Shared, Template, TypeChain, Variables,
};
use jit_storages::{App, ElementDefine, FullName};
use serde_json::{Map, Value};

use crate::exit::{Failure, Outcome};

const OSS_TYPE: &str = "storages.OssType";
/// How errors name what was given on the command line, or asked for.
const GIVEN: &str = "--set";

/// What the business file will hold, in the order of the Type's keys.
#[derive(Debug)]
pub(crate) struct Settings<'a> {
    chain: &'a TypeChain,
    values: Vec<(&'static ConfigKey, String)>,
}

/// Where secrets stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrets {
    /// In `.env`, with a variable in the business file.
    EnvFile,
    /// In the business file itself.
    Plain,
}

/// Values that do not make an element.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The key to give another value, where it is one alone.
    pub(crate) key: Option<&'static ConfigKey>,
    pub(crate) text: String,
}

/// The variables of the process and of the app.
struct AtHand {
    env_file: EnvFile,
    /// Whether one was asked for that has no value here.
    is_missing: AtomicBool,
}

impl Variables for AtHand {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let of_process = std::env::var(name).ok().map(Cow::Owned);
        let found = of_process.or_else(|| self.env_file.get(name).map(Cow::Borrowed));
        if found.is_none() {
            self.is_missing.store(true, Ordering::Relaxed);
        }
        found
    }
}

/// Variables whose values are not known yet; what they will hold cannot be checked.
struct Unknown;

impl Variables for Unknown {
    fn get(&self, _: &str) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(""))
    }
}

impl<'a> Settings<'a> {
    /// Takes what was given as `KEY=VALUE`.
    pub(crate) fn parse(chain: &'a TypeChain, given: &[String]) -> Outcome<Self> {
        let mut settings = Self { chain, values: Vec::new() };
        for text in given {
            let given = text.split_once('=').map(|(name, value)| (name.trim(), value));
            let Some((name, value)) = given.filter(|(name, _)| is_like_key(name)) else {
                return Err(settings.no_pair(text));
            };
            settings.set(name, value)?;
        }
        Ok(settings)
    }

    /// Sets a key, where it is one and the value fits.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Outcome {
        let keys: Arc<[&'static ConfigKey]> = self.chain.keys().into();
        let key = keys.iter().copied().find(|key| key.name() == name);
        if value.trim().is_empty() && key.is_some_and(|key| self.is_needed(key)) {
            return Err(Failure::usage(format!("key `{name}` needs a value, and is empty")));
        }
        // What a template will hold is checked when it is used.
        let checked = match (key, is_template(value)) {
            (Some(_), true) => Ok(()),
            _ => {
                let layer = ConfigLayer::from_entries(Path::new(GIVEN), [(name, value)]);
                Config::merge(&[&layer], keys, &Unknown).map(drop)
            }
        };
        checked.map_err(|error| Failure::usage(error.to_string()))?;
        if let Some(key) = key {
            self.values.retain(|(known, _)| known.name() != name);
            self.values.push((key, value.to_owned()));
        }
        Ok(())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.iter().any(|(key, _)| key.name() == name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(key, _)| key.name() == name).map(|(_, value)| value.as_str())
    }

    /// What was given in the place of KEY=VALUE may hold a secret: it is told what it begins with, where that is a key.
    fn no_pair(&self, given: &str) -> Failure {
        let begun = self.chain.keys().iter().map(|key| key.name()).filter(|name| given.starts_with(name));
        let example = match begun.max_by_key(|name| name.len()) {
            Some(name) => format!(", like `--set {name}=…`"),
            None => String::new(),
        };
        Failure::usage(format!("`--set` takes KEY=VALUE{example}"))
    }

    /// The keys that have no value, neither here nor in the Type's folders, and must have one.
    pub(crate) fn missing(&self) -> Vec<&'static ConfigKey> {
        let gives = |name: &str| self.chain.layers().iter().any(|layer| layer.gives(name));
        self.chain
            .keys()
            .iter()
            .copied()
            .filter(|key| self.is_needed(key))
            .filter(|key| !self.has(key.name()) && !gives(key.name()))
            .collect()
    }

    /// Whether a key must have a value, by itself or by what the others are.
    fn is_needed(&self, key: &ConfigKey) -> bool {
        let of_type = self.of_type("credentials");
        let of_signer = keys_of_signer(self.chain, self.get("credentials").or(of_type.as_deref()));
        key.is_required() || of_signer.iter().any(|known| known.name() == key.name())
    }

    /// Has the Type make an element of the values, which nothing is sent for. It alone knows what they mean; where a variable
    /// has no value yet, nobody does.
    pub(crate) fn try_out(&self, app: &App, name: &FullName) -> Result<(), Refused> {
        let values = self.values.iter().map(|(key, value)| (key.name(), value.as_str()));
        let layers = vec![ConfigLayer::from_entries(Path::new(GIVEN), values)];
        let variables = AtHand { env_file: EnvFile::of_app(app.folder()), is_missing: AtomicBool::new(false) };
        let (define, shared) = (Arc::new(ElementDefine::default()), Shared::default());
        let instance = Instance::new(name.clone(), define, app.folder(), layers, &variables, &shared);
        let Err(error) = self.chain.build(instance) else { return Ok(()) };
        // What is wrong with a file of the Type is not for these values to mend.
        let about = error.message().strip_prefix(&format!("`{GIVEN}`: "));
        let Some(about) = about.filter(|_| !variables.is_missing.load(Ordering::Relaxed)) else { return Ok(()) };
        let key = about.strip_prefix("key `").and_then(|rest| rest.split('`').next());
        let advice = error.advice().map(|advice| format!(": {advice}")).unwrap_or_default();
        Err(Refused {
            key: self.chain.keys().iter().copied().find(|known| key == Some(known.name())),
            text: format!("{}{advice}", error.message()),
        })
    }

    /// What the Type's folders say of a key, as far as it is known without variables.
    fn of_type(&self, name: &str) -> Option<String> {
        let layer = self.chain.layers().iter().rev().find(|layer| layer.gives(name))?.only(name);
        let config = Config::merge(&[&layer], self.chain.keys().into(), &Unknown).ok()?;
        config.optional_text(name).map(str::to_owned)
    }

    /// Whether the Type is OSS or extends it.
    pub(crate) fn is_oss(&self) -> bool {
        self.chain.registrations().any(|registration| registration.full_name == OSS_TYPE)
    }

    /// Whether a secret stands among the values as it is.
    pub(crate) fn has_plain_secret(&self) -> bool {
        self.values.iter().any(|(key, value)| key.is_secret() && !is_template(value))
    }

    /// The business file, and the variables that it needs beside it.
    pub(crate) fn document(
        mut self,
        secrets: Secrets,
        variable: impl Fn(&str) -> String,
    ) -> (Value, Vec<(String, String)>) {
        let keys = self.chain.keys();
        self.values.sort_by_key(|(key, _)| keys.iter().position(|known| known.name() == key.name()));
        let (mut document, mut variables) = (Map::new(), Vec::new());
        for (key, value) in self.values {
            let written = match key.kind() {
                ConfigKind::Secret if secrets == Secrets::EnvFile && !is_template(&value) => {
                    let name = variable(key.name());
                    let template = format!("{{{{{name}}}}}");
                    variables.push((name, value));
                    template.into()
                }
                ConfigKind::Integer { .. } => value.trim().parse::<u64>().map_or_else(|_| value.into(), Value::from),
                ConfigKind::Bool => value.trim().parse::<bool>().map_or_else(|_| value.into(), Value::from),
                _ => value.into(),
            };
            document.insert(key.name().to_owned(), written);
        }
        (Value::Object(document), variables)
    }
}

/// The keys that OSS signs with: none where `credentials` brings others, or where a Type above OSS may bring them.
pub(crate) fn keys_of_signer(chain: &TypeChain, credentials: Option<&str>) -> Vec<&'static ConfigKey> {
    let is_oss = chain.registrations().next().is_some_and(|registration| registration.full_name == OSS_TYPE);
    if !is_oss || credentials.is_some_and(|credentials| credentials != "static") {
        return Vec::new();
    }
    let keys = chain.keys().iter().copied();
    keys.filter(|key| matches!(key.name(), "accessKeyId" | "accessKeySecret")).collect()
}

/// Whether it can be told without telling a value.
fn is_like_key(name: &str) -> bool {
    name.chars().all(|letter| letter.is_alphanumeric() || "_-.".contains(letter))
}

fn is_template(value: &str) -> bool {
    Template::all(value).next().is_some()
}
