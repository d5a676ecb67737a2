//! Who sends a form: what its signature, V1 or V4, says.

use std::time::Duration;

use oss_protocol::code::Code;
use oss_protocol::sign::v4::{self, MAX_LIFETIME};
use oss_protocol::sign::{policy as signed_policy, spaced_hex, v1};
use oss_protocol::time::BasicTime;

use super::policy::Fields;
use crate::auth::Identity;
use crate::failure::Failure;
use crate::ops::Context;

/// Fields that a policy must repeat under signature V4.
const REPEATED: &[&str] = &["x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-security-token"];

/// Checks the signature of a form. A form without a key pair is anonymous.
pub(super) fn identify(
    context: &Context<'_>,
    fields: &Fields,
    policy: Option<&signed_policy::Document>,
) -> Result<Identity, Failure> {
    let field = |name: &'static str| fields.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let required = |name: &'static str| {
        field(name).ok_or_else(|| Failure::new(Code::MissingArgument).detail("ArgumentName", name))
    };
    let token = field("x-oss-security-token");
    if let Some(version) = field("x-oss-signature-version") {
        if version != v4::ALGORITHM {
            let message = "The signature version is not OSS4-HMAC-SHA256.";
            return Err(Failure::argument("x-oss-signature-version", version, message));
        }
        let (text, signature) = (required("policy")?, required("x-oss-signature")?);
        let time = check_scope(context, required("x-oss-credential")?, required("x-oss-date")?)?;
        let id = required("x-oss-credential")?.split('/').next().unwrap_or_default();
        let repeats = |name: &&str| {
            fields.get(*name).is_none_or(|value| policy.is_some_and(|policy| policy.demands(name, value)))
        };
        if let Some(missing) = REPEATED.iter().find(|name| !repeats(name)) {
            let message = format!("Invalid according to Policy: the policy does not demand the form's {missing}.");
            return Err(Failure::with_message(Code::AccessDenied, message));
        }
        let credential = context.shared.credentials.find(id, token, context.now)?;
        let key = credential.v4_key(time.to_system_time(), &context.shared.region, v4::PRODUCT);
        let is_right = signed_policy::verify_v4(&key, text, signature);
        return if is_right { Ok(credential.identity()) } else { Err(mismatch(id, text, signature)) };
    }
    let Some(id) = field("ossaccesskeyid") else {
        return Ok(Identity::Anonymous);
    };
    let (text, signature) = (required("policy")?, required("signature")?);
    let credential = context.shared.credentials.find(id, token, context.now)?;
    let is_right = signed_policy::verify_v1(credential.v1_key(), text, signature);
    if is_right { Ok(credential.identity()) } else { Err(mismatch(id, text, signature)) }
}

/// Checks a V4 credential's scope and date, and returns the moment of signing.
fn check_scope(context: &Context<'_>, credential: &str, date: &str) -> Result<BasicTime, Failure> {
    let refuse = |message| Failure::argument("x-oss-credential", credential, message);
    let time = BasicTime::parse(date)
        .ok_or_else(|| Failure::argument("x-oss-date", date, "The date is not of the form 20231216T162057Z."))?;
    let [id, day, region, product, terminator] = credential.split('/').collect::<Vec<_>>()[..] else {
        return Err(refuse("The credential is not {id}/{date}/{region}/oss/aliyun_v4_request."));
    };
    if id.is_empty() || terminator != "aliyun_v4_request" {
        return Err(refuse("The credential is not {id}/{date}/{region}/oss/aliyun_v4_request."));
    }
    if day != time.date() {
        return Err(refuse("The date of the credential is not that of x-oss-date."));
    }
    if region != context.shared.region {
        return Err(refuse("Invalid signing region in x-oss-credential."));
    }
    if product != v4::PRODUCT {
        return Err(refuse("Invalid signing product in x-oss-credential."));
    }
    let signed = time.to_system_time();
    if signed > context.now + v1::MAX_SKEW {
        return Err(Failure::with_message(Code::AccessDenied, "Invalid according to Policy: Policy is not yet valid."));
    }
    if context.now.duration_since(signed).unwrap_or(Duration::ZERO) > MAX_LIFETIME {
        return Err(Failure::with_message(Code::AccessDenied, "Invalid according to Policy: Policy expired."));
    }
    Ok(time)
}

fn mismatch(id: &str, policy: &str, signature: &str) -> Failure {
    Failure::new(Code::SignatureDoesNotMatch)
        .detail("OSSAccessKeyId", id)
        .detail("SignatureProvided", signature)
        .detail("StringToSign", policy)
        .detail("StringToSignBytes", spaced_hex(policy))
}
