//! The policy itself: an expiry and conditions, as JSON text.

use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::time::{iso8601, parse_iso8601};

/// What a policy asks of the form that carries it. Names of fields are compared in any case, values exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// A field has this value: `["eq","$key","a.txt"]`, or `{"bucket":"docs"}`.
    Equals {
        /// Name of the field, without `$`.
        field: String,
        /// Its value.
        value: String,
    },
    /// A field's value begins so; an empty prefix allows any value: `["starts-with","$key","avatars/"]`.
    StartsWith {
        /// Name of the field, without `$`.
        field: String,
        /// How its value begins.
        prefix: String,
    },
    /// A field has one of these values: `["in","$content-type",["image/png"]]`.
    In {
        /// Name of the field, without `$`.
        field: String,
        /// The values that it may have.
        values: Vec<String>,
    },
    /// A field has none of these values: `["not-in","$cache-control",["no-cache"]]`.
    NotIn {
        /// Name of the field, without `$`.
        field: String,
        /// The values that it may not have.
        values: Vec<String>,
    },
    /// The file has so many bytes, both ends included: `["content-length-range",1,1048576]`.
    Size {
        /// The fewest bytes.
        least: u64,
        /// The most bytes.
        most: u64,
    },
}

impl Condition {
    /// Whether a form meets the condition. `value_of` gives the value of a field by its name, which may be in any case; one
    /// that is missing counts as empty. The size of the file is not a field, so [`Size`](Self::Size) holds here: see
    /// [`Document::size`].
    #[must_use]
    pub fn holds<'a>(&self, value_of: impl Fn(&str) -> Option<&'a str>) -> bool {
        let value = |name: &str| value_of(name).unwrap_or_default();
        match self {
            Self::Equals { field, value: expected } => value(field) == expected,
            Self::StartsWith { field, prefix } => value(field).starts_with(prefix.as_str()),
            Self::In { field, values } => values.iter().any(|allowed| allowed == value(field)),
            Self::NotIn { field, values } => !values.iter().any(|refused| refused == value(field)),
            Self::Size { .. } => true,
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            // The form in which the documentation writes these.
            Self::Equals { field, value } if field == "bucket" || field.starts_with("x-oss-") => {
                out.push('{');
                write_text(field, out);
                out.push(':');
                write_text(value, out);
                out.push('}');
            }
            Self::Equals { field, value } => write_match("eq", field, value, out),
            Self::StartsWith { field, prefix } => write_match("starts-with", field, prefix, out),
            Self::In { field, values } => write_list("in", field, values, out),
            Self::NotIn { field, values } => write_list("not-in", field, values, out),
            Self::Size { least, most } => out.push_str(&format!("[\"content-length-range\",{least},{most}]")),
        }
    }

    /// Reads one element of `conditions`; an object gives a condition for each of its members.
    fn read(element: &Value, out: &mut Vec<Self>) -> Option<()> {
        if let Some(members) = element.as_object() {
            for (field, value) in members {
                out.push(Self::Equals { field: field.clone(), value: text(value)? });
            }
            return Some(());
        }
        let [operator, first, second] = element.as_array()?.as_slice() else {
            return None;
        };
        let operator = operator.as_str()?.to_ascii_lowercase();
        if operator == "content-length-range" {
            out.push(Self::Size { least: number(first)?, most: number(second)? });
            return Some(());
        }
        let field = first.as_str()?.strip_prefix('$')?.to_owned();
        let values = || second.as_array()?.iter().map(text).collect::<Option<Vec<_>>>();
        out.push(match operator.as_str() {
            "eq" => Self::Equals { field, value: text(second)? },
            "starts-with" => Self::StartsWith { field, prefix: text(second)? },
            "in" => Self::In { field, values: values()? },
            "not-in" => Self::NotIn { field, values: values()? },
            _ => return None,
        });
        Some(())
    }
}

/// A policy: until when a form may be sent, and what it must fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The moment after which the form is refused.
    pub expiration: SystemTime,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
}

/// A `policy` field that is no policy: answered with `InvalidPolicyDocument`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidDocument(&'static str);

impl fmt::Display for InvalidDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid policy: {}", self.0)
    }
}

impl std::error::Error for InvalidDocument {}

impl Document {
    /// Reads a `policy` field.
    ///
    /// # Errors
    /// What is not base64 of UTF-8, not JSON, without an expiry or conditions, or with a condition of an unknown form.
    pub fn decode(policy: &str) -> Result<Self, InvalidDocument> {
        let bytes = STANDARD.decode(policy.trim()).map_err(|_| InvalidDocument("the field is not base64"))?;
        let text = String::from_utf8(bytes).map_err(|_| InvalidDocument("the text is not UTF-8"))?;
        Self::read(&text)
    }

    /// Reads the JSON text of a policy, in which `\$` stands for a dollar sign.
    ///
    /// # Errors
    /// What is not JSON, without an expiry or conditions, or with a condition of an unknown form.
    pub fn read(json: &str) -> Result<Self, InvalidDocument> {
        let parsed: Value =
            serde_json::from_str(&unescape_dollars(json)).map_err(|_| InvalidDocument("the text is not JSON"))?;
        let expiration = parsed.get("expiration").and_then(Value::as_str).and_then(parse_iso8601);
        let expiration =
            expiration.ok_or(InvalidDocument("`expiration` is not a time like 2024-12-01T12:00:00.000Z"))?;
        let elements = parsed.get("conditions").and_then(Value::as_array);
        let mut conditions = Vec::new();
        for element in elements.ok_or(InvalidDocument("`conditions` is not a list"))? {
            Condition::read(element, &mut conditions).ok_or(InvalidDocument("a condition has no known form"))?;
        }
        Ok(Self { expiration, conditions })
    }

    /// Writes the JSON text, for [`encode`](super::encode).
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = format!("{{\"expiration\":\"{}\",\"conditions\":[", iso8601(self.expiration));
        for (index, condition) in self.conditions.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            condition.write(&mut out);
        }
        out.push_str("]}");
        out
    }

    /// The first condition that a form does not meet; see [`Condition::holds`]. The bucket counts as a field, `bucket`.
    #[must_use]
    pub fn unmet<'a>(&self, value_of: impl Fn(&str) -> Option<&'a str>) -> Option<&Condition> {
        self.conditions.iter().find(|condition| !condition.holds(&value_of))
    }

    /// Whether a field must have exactly this value.
    #[must_use]
    pub fn demands(&self, field: &str, value: &str) -> bool {
        self.conditions.iter().any(|condition| match condition {
            Condition::Equals { field: named, value: wanted } => named.eq_ignore_ascii_case(field) && wanted == value,
            _ => false,
        })
    }

    /// The least and the greatest size that the file may have, both included; `None` where nothing is said of it.
    #[must_use]
    pub fn size(&self) -> Option<(u64, u64)> {
        let ranges = self.conditions.iter().filter_map(|condition| match condition {
            Condition::Size { least, most } => Some((*least, *most)),
            _ => None,
        });
        ranges.reduce(|left, right| (left.0.max(right.0), left.1.min(right.1)))
    }
}

fn write_match(operator: &str, field: &str, value: &str, out: &mut String) {
    write_start(operator, field, out);
    write_text(value, out);
    out.push(']');
}

fn write_list(operator: &str, field: &str, values: &[String], out: &mut String) {
    write_start(operator, field, out);
    out.push('[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(value, out);
    }
    out.push_str("]]");
}

fn write_start(operator: &str, field: &str, out: &mut String) {
    out.push_str("[\"");
    out.push_str(operator);
    out.push_str("\",\"$");
    // The dollar sign in front of the name is none of the text's own.
    let mut name = String::new();
    write_text(field, &mut name);
    out.push_str(&name[1..]);
    out.push(',');
}

/// A JSON string in which a dollar sign is escaped, as the documentation of OSS asks for.
fn write_text(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string().replace('$', "\\$"));
}

/// Replaces `\$`, which is no JSON, and `\\$`, which some write instead.
fn unescape_dollars(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("\\$").or_else(|| rest.strip_prefix("\\\\$")) {
            out.push('$');
            rest = after;
            continue;
        }
        // The escaped character goes along, so that the second of two backslashes starts nothing.
        let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        // Clients write `["eq","$success_action_status",201]` as well.
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
