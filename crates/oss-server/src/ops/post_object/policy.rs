//! The policy of a form: until when it holds, and what the form must be like.

use std::collections::HashMap;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oss_protocol::code::Code;
use oss_protocol::time::parse_iso8601;
use serde_json::Value;

use crate::failure::Failure;

/// The values of a form, by their names in lower case.
pub(super) type Fields = HashMap<String, String>;

/// A policy, read but not yet enforced.
#[derive(Debug)]
pub(super) struct Policy {
    expiration: SystemTime,
    conditions: Vec<Condition>,
}

#[derive(Debug)]
enum Condition {
    Equal(String, String),
    StartsWith(String, String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Length(u64, u64),
}

/// How long the file may be, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LengthRange {
    pub(super) least: u64,
    pub(super) most: u64,
}

impl Policy {
    /// Reads the `policy` field.
    pub(super) fn read(field: &str) -> Result<Self, Failure> {
        let refuse = || Failure::new(Code::InvalidPolicyDocument);
        let text = STANDARD.decode(field.trim()).ok().and_then(|text| String::from_utf8(text).ok());
        // `\$` stands for a dollar sign, which JSON does not know.
        let text = text.ok_or_else(refuse)?.replace("\\\\$", "$").replace("\\$", "$");
        let document: Value = serde_json::from_str(&text).map_err(|_| refuse())?;
        let expiration = document.get("expiration").and_then(Value::as_str).and_then(parse_iso8601);
        let conditions = document.get("conditions").and_then(Value::as_array).ok_or_else(refuse)?;
        let mut read = Vec::new();
        for condition in conditions {
            match condition {
                Value::Object(pairs) => {
                    for (name, value) in pairs {
                        let value = value.as_str().ok_or_else(refuse)?;
                        read.push(Condition::Equal(name.to_ascii_lowercase(), value.to_owned()));
                    }
                }
                Value::Array(items) => read.push(Condition::read(items).ok_or_else(refuse)?),
                _ => return Err(refuse()),
            }
        }
        Ok(Self { expiration: expiration.ok_or_else(refuse)?, conditions: read })
    }

    /// Whether the policy says that a field must have exactly this value.
    pub(super) fn demands(&self, name: &str, value: &str) -> bool {
        let demanded = |condition: &Condition| matches!(condition, Condition::Equal(named, wanted) if named == name && wanted == value);
        self.conditions.iter().any(demanded)
    }

    /// Checks that the policy still holds and the form is as it says, and returns how long the file may be.
    pub(super) fn enforce(&self, fields: &Fields, now: SystemTime, most: u64) -> Result<LengthRange, Failure> {
        if now >= self.expiration {
            return Err(Failure::with_message(Code::AccessDenied, "Invalid according to Policy: Policy expired."));
        }
        let mut range = LengthRange { least: 0, most };
        for condition in &self.conditions {
            if let Condition::Length(least, most) = condition {
                range = LengthRange { least: range.least.max(*least), most: range.most.min(*most) };
                continue;
            }
            if !condition.holds(fields) {
                let message = format!("Invalid according to Policy: Policy Condition failed: {condition}");
                return Err(Failure::with_message(Code::AccessDenied, message));
            }
        }
        Ok(range)
    }
}

impl Condition {
    fn read(items: &[Value]) -> Option<Self> {
        let [kind, name, value] = items else { return None };
        let kind = kind.as_str()?.to_ascii_lowercase();
        if kind == "content-length-range" {
            return Some(Self::Length(number(name)?, number(value)?));
        }
        let name = name.as_str()?.strip_prefix('$')?.to_ascii_lowercase();
        let text = || value.as_str().map(str::to_owned);
        let list = || value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
        Some(match kind.as_str() {
            "eq" => Self::Equal(name, text()?),
            "starts-with" => Self::StartsWith(name, text()?),
            "in" => Self::In(name, list()?),
            "not-in" => Self::NotIn(name, list()?),
            _ => return None,
        })
    }

    fn holds(&self, fields: &Fields) -> bool {
        let value = |name: &String| fields.get(name).map_or("", String::as_str);
        match self {
            Self::Equal(name, wanted) => value(name) == wanted,
            Self::StartsWith(name, prefix) => value(name).starts_with(prefix.as_str()),
            Self::In(name, allowed) => allowed.iter().any(|allowed| allowed == value(name)),
            Self::NotIn(name, banned) => banned.iter().all(|banned| banned != value(name)),
            Self::Length(..) => true,
        }
    }
}

/// The name of what failed; values stay out of it, since forms may hold what is nobody else's business.
impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Equal(name, _) => write!(f, "[\"eq\", \"${name}\", …]"),
            Self::StartsWith(name, _) => write!(f, "[\"starts-with\", \"${name}\", …]"),
            Self::In(name, _) => write!(f, "[\"in\", \"${name}\", …]"),
            Self::NotIn(name, _) => write!(f, "[\"not-in\", \"${name}\", …]"),
            Self::Length(least, most) => write!(f, "[\"content-length-range\", {least}, {most}]"),
        }
    }
}

/// Numbers come as such and as texts.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn enforce(conditions: &str, fields: &[(&str, &str)]) -> Result<LengthRange, Code> {
        let text = format!("{{\"expiration\":\"1970-01-01T00:01:00.000Z\",\"conditions\":{conditions}}}");
        let policy = Policy::read(&STANDARD.encode(text)).map_err(|failure| failure.code())?;
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        policy.enforce(&fields, UNIX_EPOCH + Duration::from_secs(59), 1000).map_err(|failure| failure.code())
    }

    #[test]
    fn every_kind_of_condition() {
        let fields = [("key", "user/a$.txt"), ("content-type", "image/jpg"), ("bucket", "docs")];
        for (conditions, allowed) in [
            ("[]", true),
            (r#"[{"bucket":"docs"}]"#, true),
            (r#"[{"Bucket":"other"}]"#, false),
            (r#"[["eq","$key","user/a$.txt"]]"#, true),
            (r#"[["eq","$key","user/a\$.txt"]]"#, true),
            (r#"[["eq","$key","user/a\\$.txt"]]"#, true),
            (r#"[["EQ","$Key","user"]]"#, false),
            (r#"[["starts-with","$key","user/"]]"#, true),
            (r#"[["starts-with","$key","other/"]]"#, false),
            (r#"[["starts-with","$x-oss-meta-a",""]]"#, true),
            (r#"[["eq","$x-oss-meta-a","1"]]"#, false),
            (r#"[["in","$content-type",["image/jpg","image/png"]]]"#, true),
            (r#"[["in","$content-type",["image/png"]]]"#, false),
            (r#"[["not-in","$content-type",["image/png"]]]"#, true),
            (r#"[["not-in","$content-type",["image/jpg"]]]"#, false),
        ] {
            let expected = if allowed { Ok(LengthRange { least: 0, most: 1000 }) } else { Err(Code::AccessDenied) };
            assert_eq!(enforce(conditions, &fields), expected, "{conditions}");
        }
        let range = enforce(r#"[["content-length-range",10,"20"]]"#, &fields);
        assert_eq!(range, Ok(LengthRange { least: 10, most: 20 }));
    }

    #[test]
    fn what_is_no_policy() {
        for conditions in [
            "{}",
            "[1]",
            r#"[["eq","key","a"]]"#,
            r#"[["like","$key","a"]]"#,
            r#"[["eq","$key"]]"#,
            r#"[["in","$key","a"]]"#,
            r#"[{"key":1}]"#,
            r#"[["content-length-range",-1,5]]"#,
        ] {
            assert_eq!(enforce(conditions, &[]), Err(Code::InvalidPolicyDocument), "{conditions}");
        }
        for field in ["", "e", &STANDARD.encode("{}"), &STANDARD.encode(r#"{"expiration":"soon","conditions":[]}"#)] {
            assert_eq!(Policy::read(field).unwrap_err().code(), Code::InvalidPolicyDocument);
        }
    }

    #[test]
    fn policies_expire() {
        let field = STANDARD.encode(r#"{"expiration":"1970-01-01T00:01:00.000Z","conditions":[]}"#);
        let policy = Policy::read(&field).unwrap();
        let at = |seconds| policy.enforce(&Fields::new(), UNIX_EPOCH + Duration::from_secs(seconds), 1).is_ok();
        assert!(at(59) && !at(60));
    }
}
