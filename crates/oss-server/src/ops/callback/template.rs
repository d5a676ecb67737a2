//! The body of a callback: a template with variables that the server knows, and with the caller's own.

use std::collections::HashMap;

use oss_protocol::encode::encode_component;

use crate::ops::Context;
use crate::store::ObjectRecord;

/// The most bytes of a body: what a template names, it may name hundreds of times.
const BODY_LIMIT: usize = 256 * 1024;

/// What the body of a callback is, which decides how values are written into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Values are percent-encoded.
    Form,
    /// Values are JSON texts with their quotes, unless the template has quotes around them already.
    Json,
}

impl Format {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Form => "application/x-www-form-urlencoded",
            Self::Json => "application/json",
        }
    }
}

/// What variables stand for.
pub(super) struct Facts<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) operation: &'a str,
    pub(super) record: &'a ObjectRecord,
    pub(super) variables: &'a HashMap<String, String>,
}

enum Value {
    Text(String),
    Number(u64),
}

impl Facts<'_> {
    /// Writes the body; `None` if it would be too long. A variable that nobody defined is empty.
    pub(super) fn fill(&self, template: &str, format: Format) -> Option<String> {
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((name, after)) = behind.split_once('}') else { break };
            out.push_str(before);
            let value = self.value(name).unwrap_or(Value::Text(String::new()));
            write(&mut out, value, format);
            if out.len() > BODY_LIMIT {
                return None;
            }
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }

    fn value(&self, name: &str) -> Option<Value> {
        let record = self.record;
        Some(Value::Text(match name {
            "bucket" => self.context.bucket_name().to_owned(),
            "object" => self.context.key().to_owned(),
            "etag" => record.etag.clone(),
            "size" => return Some(Value::Number(record.size)),
            "mimeType" => {
                let headers = &record.attributes.headers;
                let found = headers.iter().find(|(name, _)| name == "content-type");
                found.map_or("application/octet-stream", |(_, value)| value).to_owned()
            }
            "crc64" => record.crc64.to_string(),
            "contentMd5" => record.md5.clone()?,
            "clientIp" => self.context.peer.to_string(),
            "reqId" => self.context.request_id.to_owned(),
            "operation" => self.operation.to_owned(),
            own => self.variables.get(own)?.clone(),
        }))
    }
}

fn write(out: &mut String, value: Value, format: Format) {
    match (format, value) {
        (_, Value::Number(number)) => out.push_str(&number.to_string()),
        (Format::Form, Value::Text(text)) => encode_component(&text, out),
        (Format::Json, Value::Text(text)) => {
            let quoted = serde_json::Value::String(text).to_string();
            if out.ends_with('"') {
                out.push_str(quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default());
            } else {
                out.push_str(&quoted);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_format_needs_them() {
        let written = |before: &str, text: &str, format| {
            let mut out = before.to_owned();
            write(&mut out, Value::Text(text.to_owned()), format);
            out
        };
        assert_eq!(written("a=", "b/c d+\"", Format::Form), "a=b%2Fc%20d%2B%22");
        assert_eq!(written("{\"a\":", "b\"c", Format::Json), r#"{"a":"b\"c""#);
        assert_eq!(written("{\"a\":\"", "b\"c", Format::Json), r#"{"a":"b\"c"#);
        assert_eq!(written("{\"a\":\"", "\"c", Format::Json), r#"{"a":"\"c"#);
        assert_eq!(written("{\"a\":\"", "", Format::Json), r#"{"a":""#);
    }
}
