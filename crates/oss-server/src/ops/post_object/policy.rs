//! The policy of a form, enforced: what it says is read by `oss_protocol`.

use std::collections::HashMap;
use std::time::SystemTime;

use oss_protocol::code::Code;
use oss_protocol::sign::policy::{Condition, Document};

use crate::failure::Failure;

/// The values of a form, by their names in lower case.
pub(super) type Fields = HashMap<String, String>;

/// How long the file may be, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LengthRange {
    pub(super) least: u64,
    pub(super) most: u64,
}

/// Reads the `policy` field.
pub(super) fn read(field: &str) -> Result<Document, Failure> {
    Document::decode(field).map_err(|_| Failure::new(Code::InvalidPolicyDocument))
}

/// Checks that a policy still holds and the form is as it says, and returns how long the file may be.
pub(super) fn enforce(policy: &Document, fields: &Fields, now: SystemTime, most: u64) -> Result<LengthRange, Failure> {
    if now >= policy.expiration {
        return Err(Failure::with_message(Code::AccessDenied, "Invalid according to Policy: Policy expired."));
    }
    let value_of = |name: &str| fields.get(&name.to_ascii_lowercase()).map(String::as_str);
    if let Some(condition) = policy.unmet(value_of) {
        let message = format!("Invalid according to Policy: Policy Condition failed: {}", shown(condition));
        return Err(Failure::with_message(Code::AccessDenied, message));
    }
    let (least, greatest) = policy.size().unwrap_or((0, most));
    Ok(LengthRange { least, most: greatest.min(most) })
}

/// The name of what failed; values stay out of it, since forms may hold what is nobody else's business.
fn shown(condition: &Condition) -> String {
    let (operator, field) = match condition {
        Condition::Equals { field, .. } => ("eq", field),
        Condition::StartsWith { field, .. } => ("starts-with", field),
        Condition::In { field, .. } => ("in", field),
        Condition::NotIn { field, .. } => ("not-in", field),
        _ => return "[\"content-length-range\", …]".to_owned(),
    };
    format!("[\"{operator}\", \"${field}\", …]")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn enforced(conditions: &str, fields: &[(&str, &str)]) -> Result<LengthRange, Code> {
        let text = format!("{{\"expiration\":\"1970-01-01T00:01:00.000Z\",\"conditions\":{conditions}}}");
        let policy = read(&STANDARD.encode(text)).map_err(|failure| failure.code())?;
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        enforce(&policy, &fields, UNIX_EPOCH + Duration::from_secs(59), 1000).map_err(|failure| failure.code())
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
            assert_eq!(enforced(conditions, &fields), expected, "{conditions}");
        }
        let range = enforced(r#"[["content-length-range",10,"20"]]"#, &fields);
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
            r#"[{"key":true}]"#,
            r#"[["content-length-range",-1,5]]"#,
        ] {
            assert_eq!(enforced(conditions, &[]), Err(Code::InvalidPolicyDocument), "{conditions}");
        }
        for field in ["", "e", &STANDARD.encode("{}"), &STANDARD.encode(r#"{"expiration":"soon","conditions":[]}"#)] {
            assert_eq!(read(field).unwrap_err().code(), Code::InvalidPolicyDocument);
        }
    }

    #[test]
    fn policies_expire() {
        let field = STANDARD.encode(r#"{"expiration":"1970-01-01T00:01:00.000Z","conditions":[]}"#);
        let policy = read(&field).unwrap();
        let at = |seconds| enforce(&policy, &Fields::new(), UNIX_EPOCH + Duration::from_secs(seconds), 1).is_ok();
        assert!(at(59) && !at(60));
    }
}
