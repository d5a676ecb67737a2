//! Configuration of elements: from the layers of business files to checked values that remember where they came from.

mod key;
mod layer;
mod template;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

pub use self::key::{ConfigDefault, ConfigKey, ConfigKind};
pub use self::layer::{ConfigLayer, json_error, strip_byte_order_mark};
pub use self::template::{Template, Variables};
use self::template::{TemplateError, expand};
use crate::error::{Error, ErrorKind, Result};
use crate::spelling::{code_list, nearest};

/// The checked configuration of one element, as its Type's factory gets it.
///
/// Every value was checked against the Type's table of [`ConfigKey`]s; `Debug` shows no secret.
#[derive(Clone)]
pub struct Config {
    entries: Vec<Entry>,
    keys: Arc<[&'static ConfigKey]>,
    nearest_file: Arc<Path>,
}

#[derive(Clone)]
struct Entry {
    key: &'static ConfigKey,
    value: Checked,
    file: Option<Arc<Path>>,
}

#[derive(Clone)]
enum Checked {
    Text(String),
    Secret(SecretString),
    Integer(u64),
    Bool(bool),
}

/// What stands where a secret would.
const MASK: &str = "••••••";

/// Shorter secrets, in characters, are no secrets, and masking them would garble texts that happen to hold them.
const SHORTEST_MASKED: usize = 4;

impl Config {
    /// Merges layers, the nearest last, and checks them against the keys of the whole Type chain.
    ///
    /// A key that stands in several layers has the value of the nearest; templates are replaced in that one only.
    /// `null` is as good as absent, and so is a template without a value, such as `${TOKEN:-}`, on a key that is not
    /// required.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], with file and key, for an unknown key (and the nearest spelling), a wrong kind of value
    /// and a variable without a value. Whether required keys are there is asked when a level of the chain is built,
    /// since a level above it may supply them.
    pub fn merge(layers: &[&ConfigLayer], keys: Arc<[&'static ConfigKey]>, variables: &dyn Variables) -> Result<Self> {
        let nearest_file = layers.last().map_or_else(|| Arc::from(Path::new("")), |layer| layer.file.clone());
        let mut config =
            Self { entries: Vec::with_capacity(layers.last().map_or(0, |l| l.entries.len())), keys, nearest_file };
        for layer in layers.iter().rev() {
            for (name, value) in &layer.entries {
                let key = find(&config.keys, name).ok_or_else(|| unknown_key(&config.keys, &layer.file, name))?;
                if value.is_null() || config.entry(key.name()).is_some() {
                    continue;
                }
                let checked = check(key, value, variables).map_err(|problem| problem.at(&layer.file, key))?;
                let Some(value) = checked else { continue };
                config.entries.push(Entry { key, value, file: Some(layer.file.clone()) });
            }
        }
        Ok(config)
    }

    /// The text of a key of kind text or choice.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when it has neither value nor default.
    pub fn text(&self, name: &str) -> Result<&str> {
        self.optional_text(name).ok_or_else(|| self.missing(name))
    }

    /// The text of a key of kind text or choice, or its default.
    pub fn optional_text(&self, name: &str) -> Option<&str> {
        match (self.value(name), self.default_of(name)) {
            (Some(Checked::Text(text)), _) => Some(text),
            (None, Some(ConfigDefault::Text(text))) => Some(text),
            _ => None,
        }
    }

    /// The secret of a key of kind secret.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when it has no value.
    pub fn secret(&self, name: &str) -> Result<&SecretString> {
        self.optional_secret(name).ok_or_else(|| self.missing(name))
    }

    /// The secret of a key of kind secret.
    pub fn optional_secret(&self, name: &str) -> Option<&SecretString> {
        match self.value(name) {
            Some(Checked::Secret(secret)) => Some(secret),
            _ => None,
        }
    }

    /// The number of a key of kind integer, or its default.
    pub fn integer(&self, name: &str) -> Option<u64> {
        match (self.value(name), self.default_of(name)) {
            (Some(Checked::Integer(number)), _) => Some(*number),
            (None, Some(ConfigDefault::Integer(number))) => Some(number),
            _ => None,
        }
    }

    /// The value of a key of kind boolean, or its default.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match (self.value(name), self.default_of(name)) {
            (Some(Checked::Bool(value)), _) => Some(*value),
            (None, Some(ConfigDefault::Bool(value))) => Some(value),
            _ => None,
        }
    }

    /// Sets a key, for a Type that changes its base's configuration; see [`Base::build_with`](crate::Base::build_with).
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for a key that no Type of the chain has, or a value of the wrong kind.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) -> Result<()> {
        let origin = Path::new("the overriding Type");
        let key = find(&self.keys, name).ok_or_else(|| unknown_key(&self.keys, origin, name))?;
        let value = check_literal(key, &value.into(), Echo::No).map_err(|problem| problem.at(origin, key))?;
        self.entries.retain(|entry| entry.key.name() != name);
        self.entries.push(Entry { key, value, file: None });
        Ok(())
    }

    /// An error about a key's value that names the file that gave it, for checks that a table cannot express.
    ///
    /// The message may show the value: where a secret of this configuration stands in it, which a template can put into
    /// the wrong key, it is masked.
    pub fn error(&self, name: &str, message: impl fmt::Display) -> Error {
        let file = self.entry(name).and_then(|entry| entry.file.as_ref()).unwrap_or(&self.nearest_file);
        let message = self.masked(message.to_string());
        Error::new(ErrorKind::Config, format!("`{}`: key `{name}`: {message}", file.display()))
    }

    fn masked(&self, mut text: String) -> String {
        let secrets = self.entries.iter().filter_map(|entry| match &entry.value {
            Checked::Secret(secret) => Some(secret.expose_secret()),
            Checked::Text(_) | Checked::Integer(_) | Checked::Bool(_) => None,
        });
        let mut secrets: Vec<_> =
            secrets.filter(|secret| secret.chars().count() >= SHORTEST_MASKED && text.len() >= secret.len()).collect();
        // A secret may hold another one.
        secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets {
            // Hosts are compared in lower case, and shown so.
            for form in [secret, &secret.to_lowercase()] {
                if text.contains(form) {
                    text = text.replace(form, MASK);
                }
            }
        }
        text
    }

    /// The keys that were given, each with its value as it may be shown (secrets masked) and the file that gave it.
    pub fn shown(&self) -> impl Iterator<Item = (&'static ConfigKey, String, Option<&Path>)> {
        self.entries.iter().map(|entry| (entry.key, entry.value.to_string(), entry.file.as_deref()))
    }

    pub(crate) fn check_required(&self, keys: &[ConfigKey]) -> Result<()> {
        let missing: Vec<_> = keys
            .iter()
            .filter(|key| key.is_required() && self.entry(key.name()).is_none())
            .map(ConfigKey::name)
            .collect();
        match missing[..] {
            [] => Ok(()),
            [name] => Err(self.missing(name)),
            _ => Err(Error::new(
                ErrorKind::Config,
                format!("`{}`: the keys {} are missing", self.nearest_file.display(), code_list(missing)),
            )
            .with_advice("they are required; add them")),
        }
    }

    fn missing(&self, name: &str) -> Error {
        let error =
            Error::new(ErrorKind::Config, format!("`{}`: key `{name}` is missing", self.nearest_file.display()));
        match find(&self.keys, name) {
            Some(key) => error.with_advice(format!("it is required, {}: {}", key.kind(), key.doc())),
            None => error,
        }
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.name() == name)
    }

    fn value(&self, name: &str) -> Option<&Checked> {
        self.entry(name).map(|entry| &entry.value)
    }

    fn default_of(&self, name: &str) -> Option<ConfigDefault> {
        find(&self.keys, name).and_then(ConfigKey::default)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries.iter().map(|entry| (entry.key.name(), entry.value.to_string()))).finish()
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Secret(_) => f.write_str(MASK),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Bool(value) => write!(f, "{value}"),
        }
    }
}

fn find(keys: &[&'static ConfigKey], name: &str) -> Option<&'static ConfigKey> {
    keys.iter().copied().find(|key| key.name() == name)
}

fn unknown_key(keys: &[&'static ConfigKey], file: &Path, name: &str) -> Error {
    let error =
        Error::new(ErrorKind::Config, format!("`{}`: key `{}` is not known", file.display(), name.escape_debug()));
    match nearest(name, keys.iter().map(|key| key.name())) {
        Some(near) => error.with_advice(format!("did you mean `{near}`?")),
        None if keys.is_empty() => error.with_advice("the Type has no configuration keys"),
        None => error.with_advice(format!("the known keys are {}", code_list(keys.iter().map(|key| key.name())))),
    }
}

/// Whether an error may show the value. Literals of keys that are no secret may be shown; what came out of a variable
/// may be a secret in the wrong place.
#[derive(Clone, Copy, PartialEq)]
enum Echo {
    Yes,
    No,
}

/// What is wrong with a value, before file and key are named.
struct Problem {
    message: String,
    advice: Option<String>,
}

impl Problem {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), advice: None }
    }

    fn at(self, file: &Path, key: &ConfigKey) -> Error {
        let error = Error::new(ErrorKind::Config, format!("`{}`: key `{key}`: {}", file.display(), self.message));
        match self.advice {
            Some(advice) => error.with_advice(advice),
            None => error,
        }
    }
}

/// The value, or `None` where templates have left nothing of one that need not be there.
fn check(key: &ConfigKey, value: &Value, variables: &dyn Variables) -> Result<Option<Checked>, Problem> {
    let Value::String(text) = value else { return check_literal(key, value, Echo::Yes).map(Some) };
    match expand(text, variables) {
        Ok(Cow::Borrowed(_)) => check_literal(key, value, Echo::Yes).map(Some),
        Ok(Cow::Owned(text)) if text.is_empty() && !key.is_required() => Ok(None),
        Ok(Cow::Owned(text)) => check_literal(key, &Value::String(text), Echo::No).map(Some),
        Err(TemplateError::Unset(name)) => Err(Problem {
            message: format!("variable `{name}` has no value"),
            advice: Some(format!(
                "set `{name}` in the environment or in `.env`, give it to the app's builder, or write a default: \
                 `${{{name}:-…}}`{}",
                variables.hint().map(|hint| format!("; {hint}")).unwrap_or_default()
            )),
        }),
        Err(TemplateError::Spaces(name)) => Err(Problem {
            message: format!("`{{{{ {name} }}}}` holds spaces"),
            advice: Some(format!("write `{{{{{name}}}}}`")),
        }),
    }
}

fn check_literal(key: &ConfigKey, value: &Value, echo: Echo) -> Result<Checked, Problem> {
    let wrong = || {
        let shown = match value {
            Value::String(_) if key.is_secret() || echo == Echo::No => "this text".to_owned(),
            Value::String(text) if text.chars().count() > 40 => "this text".to_owned(),
            Value::String(_) | Value::Number(_) | Value::Bool(_) => format!("`{value}`"),
            Value::Null => "`null`".to_owned(),
            Value::Array(_) => "an array".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        Problem::new(format!("{shown} is not what it takes: {}", key.kind()))
    };
    match key.kind() {
        ConfigKind::Text => match value {
            Value::String(text) => Ok(Checked::Text(text.clone())),
            _ => Err(wrong()),
        },
        ConfigKind::Secret => match value {
            Value::String(text) => Ok(Checked::Secret(SecretString::from(text.as_str()))),
            _ => Err(wrong()),
        },
        ConfigKind::Integer { min, max } => {
            let number = match value {
                Value::Number(number) => number.as_u64(),
                Value::String(text) => text.trim().parse().ok(),
                _ => None,
            };
            number.filter(|number| (min..=max).contains(number)).map(Checked::Integer).ok_or_else(wrong)
        }
        ConfigKind::Bool => match value {
            Value::Bool(value) => Ok(Checked::Bool(*value)),
            Value::String(text) => text.trim().parse().map(Checked::Bool).map_err(|_| wrong()),
            _ => Err(wrong()),
        },
        ConfigKind::Choice(choices) => match value {
            Value::String(text) if choices.contains(&text.as_str()) => Ok(Checked::Text(text.clone())),
            _ => Err(wrong()),
        },
    }
}

/// Lets `ConfigKind::Secret` values travel back into [`Config::set`], for example from a vault.
impl Config {
    /// Sets a key of kind secret.
    ///
    /// # Errors
    /// As [`set`](Config::set).
    pub fn set_secret(&mut self, name: &str, secret: &SecretString) -> Result<()> {
        self.set(name, secret.expose_secret())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[ConfigKey] = &[
        ConfigKey::text("endPoint", "Host.").required(),
        ConfigKey::secret("accessKeySecret", "Secret.").required(),
        ConfigKey::integer("maxAttempts", 1, 20, "Attempts.").default_integer(3),
        ConfigKey::boolean("crc64", "Check.").default_bool(true),
        ConfigKey::choice("signatureVersion", &["v4", "v1"], "Signature.").default_text("v4"),
    ];

    fn keys() -> Arc<[&'static ConfigKey]> {
        KEYS.iter().collect()
    }

    fn merge(layers: &[&str]) -> Result<Config> {
        let layers: Vec<_> = layers
            .iter()
            .enumerate()
            .map(|(at, text)| ConfigLayer::parse(Path::new(&format!("{at}.json")), text.as_bytes()).unwrap())
            .collect();
        Config::merge(&layers.iter().collect::<Vec<_>>(), keys(), &())
    }

    #[test]
    fn the_nearest_layer_wins_and_defaults_fill_in() {
        let config =
            merge(&[r#"{"endPoint": "far", "crc64": false}"#, r#"{"endPoint": "near", "maxAttempts": "7"}"#]).unwrap();
        assert_eq!(config.text("endPoint").unwrap(), "near");
        assert_eq!(config.integer("maxAttempts"), Some(7));
        assert_eq!(config.boolean("crc64"), Some(false));
        assert_eq!(config.optional_text("signatureVersion"), Some("v4"));
    }

    #[test]
    fn a_template_that_leaves_nothing_counts_as_absent_unless_the_key_is_required() {
        let config = merge(&[
            r#"{"maxAttempts": 7}"#,
            r#"{"maxAttempts": "${NOPE:-}", "signatureVersion": "${NOPE:-}${NOPE:-}", "endPoint": "${NOPE:-}"}"#,
        ])
        .unwrap();
        assert_eq!(config.integer("maxAttempts"), Some(7));
        assert_eq!(config.optional_text("signatureVersion"), Some("v4"));
        assert_eq!(config.text("endPoint").unwrap(), "");
        // An empty text that stands there is what its author meant.
        assert!(merge(&[r#"{"maxAttempts": ""}"#]).is_err());
    }

    #[test]
    fn errors_name_file_key_and_what_to_do() {
        for (text, expected) in [
            (r#"{"endpoint": "x"}"#, "`0.json`: key `endpoint` is not known: did you mean `endPoint`?"),
            (
                r#"{"maxAttempts": 0}"#,
                "`0.json`: key `maxAttempts`: `0` is not what it takes: a whole number from 1 to 20",
            ),
            (r#"{"crc64": "yes"}"#, "`0.json`: key `crc64`: `\"yes\"` is not what it takes: `true` or `false`"),
            (
                r#"{"signatureVersion": "v2"}"#,
                "`0.json`: key `signatureVersion`: `\"v2\"` is not what it takes: one of `v4`, `v1`",
            ),
            (r#"{"endPoint": "{{HOST}}"}"#, "`0.json`: key `endPoint`: variable `HOST` has no value: set `HOST`"),
            (r#"{"endPoint": ["a"]}"#, "`0.json`: key `endPoint`: an array is not what it takes: a text"),
        ] {
            let error = merge(&[text]).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn missing_required_keys_are_named_together() {
        let config = merge(&["{}"]).unwrap();
        let error = config.check_required(KEYS).unwrap_err().to_string();
        assert_eq!(error, "`0.json`: the keys `endPoint`, `accessKeySecret` are missing: they are required; add them");
    }

    #[test]
    fn secrets_show_in_no_debug_and_no_error() {
        let config = merge(&[r#"{"accessKeySecret": "hidden"}"#]).unwrap();
        assert!(!format!("{config:?}").contains("hidden"));
        assert!(config.shown().all(|(_, value, _)| !value.contains("hidden")));
        let error = merge(&[r#"{"accessKeySecret": ["hidden"]}"#]).unwrap_err().to_string();
        assert!(!error.contains("hidden"), "{error}");
    }

    #[test]
    fn a_secret_in_the_wrong_key_is_masked_in_errors_about_it() {
        let config = merge(&[r#"{"accessKeySecret": "HidDen", "endPoint": "HidDen"}"#]).unwrap();
        let error = config.error("endPoint", "`http://HidDen:80` and `hidden.HidDen` are no hosts").to_string();
        assert_eq!(error, "`0.json`: key `endPoint`: `http://••••••:80` and `••••••.••••••` are no hosts");
        let config = merge(&[r#"{"accessKeySecret": "a"}"#]).unwrap();
        assert!(config.error("endPoint", "a host is missing").to_string().ends_with("a host is missing"));
    }
}
