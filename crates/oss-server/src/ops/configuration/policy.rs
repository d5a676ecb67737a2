//! Bucket policies: JSON of a certain form.

use oss_protocol::code::Code;
use oss_protocol::xml::Writer;
use serde_json::Value;

use crate::failure::Failure;

/// Checks a policy, and returns it as it is.
pub(super) fn check(document: &[u8]) -> Result<String, Failure> {
    let refuse = |reason| Failure::with_message(Code::InvalidPolicyDocument, reason);
    let policy: Value = serde_json::from_slice(document).map_err(|_| refuse("The policy is not JSON."))?;
    if policy.get("Version").and_then(Value::as_str) != Some("1") {
        return Err(refuse("The policy's Version is not \"1\"."));
    }
    let statements = policy.get("Statement").and_then(Value::as_array).filter(|statements| !statements.is_empty());
    for statement in statements.ok_or_else(|| refuse("The policy has no Statement."))? {
        if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
            return Err(refuse("A statement's Effect is neither Allow nor Deny."));
        }
        if ["Action", "Resource"].iter().any(|name| statement.get(name).is_none()) {
            return Err(refuse("A statement needs Action and Resource."));
        }
    }
    String::from_utf8(document.to_vec()).map_err(|_| refuse("The policy is not UTF-8."))
}

/// Whether a policy lets everybody in. A statement that names nobody speaks of all.
pub(super) fn is_public(document: &str) -> bool {
    let policy: Value = serde_json::from_str(document).unwrap_or_default();
    let for_all = |principal: &Value| match principal {
        Value::String(one) => one == "*",
        Value::Array(several) => several.iter().any(|one| one == "*"),
        _ => false,
    };
    let opens = |statement: &Value| {
        statement.get("Effect").is_some_and(|effect| effect == "Allow")
            && statement.get("Condition").is_none()
            && statement.get("Principal").is_none_or(for_all)
    };
    policy.get("Statement").and_then(Value::as_array).is_some_and(|all| all.iter().any(opens))
}

/// The answer of GetBucketPolicyStatus.
pub(super) fn status(is_public: bool) -> String {
    let mut xml = Writer::new();
    xml.open("PolicyStatus").flag("IsPublic", is_public).close("PolicyStatus");
    xml.finish()
}
