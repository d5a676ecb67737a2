//! How a bucket encrypts new objects. Objects are told to be encrypted so; what lies in the data folder is not.

use oss_protocol::code::Code;
use oss_protocol::header::{DATA_ENCRYPTION, ENCRYPTION, ENCRYPTION_KEY_ID};
use oss_protocol::xml::ServerSideEncryptionRule;

use super::Kind;
use crate::failure::Failure;
use crate::ops::Context;
use crate::request::Request;

/// The rule of the bucket that is addressed.
pub(in crate::ops) fn rule(context: &Context<'_>) -> Result<Option<ServerSideEncryptionRule>, Failure> {
    let document = context.shared.store.configuration(context.bucket_name(), Kind::Encryption.name())?;
    Ok(document.map(|document| ServerSideEncryptionRule::read(document.as_bytes())).transpose()?)
}

/// The rule that the headers of a request ask for.
pub(in crate::ops) fn of_headers(request: &Request) -> Result<Option<ServerSideEncryptionRule>, Failure> {
    let given = |name: &str| request.header(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let algorithm = given(ENCRYPTION);
    let has_no_key = algorithm.as_deref().is_none_or(|algorithm| matches!(algorithm, "AES256" | "SM4"));
    if has_no_key && given(ENCRYPTION_KEY_ID).is_some() {
        return Err(Failure::new(Code::InvalidEncryptionRequest).detail("Header", ENCRYPTION_KEY_ID));
    }
    let rule = algorithm.map(|sse_algorithm| ServerSideEncryptionRule {
        sse_algorithm,
        kms_master_key_id: given(ENCRYPTION_KEY_ID),
        kms_data_encryption: given(DATA_ENCRYPTION),
    });
    rule.map(check).transpose()
}

pub(super) fn check(rule: ServerSideEncryptionRule) -> Result<ServerSideEncryptionRule, Failure> {
    let unknown = |name: &str| Failure::new(Code::InvalidEncryptionAlgorithmError).detail("Algorithm", name);
    match rule.sse_algorithm.as_str() {
        "KMS" => match rule.kms_data_encryption.as_deref() {
            None | Some("SM4") => Ok(rule),
            Some(other) => Err(unknown(other)),
        },
        "AES256" | "SM4" => match rule.kms_master_key_id {
            Some(key) => Err(Failure::argument("KMSMasterKeyID", key, "Only the algorithm KMS has keys of its own.")),
            // What only KMS knows counts for nothing here, and is no error.
            None => Ok(ServerSideEncryptionRule { kms_data_encryption: None, ..rule }),
        },
        other => Err(unknown(other)),
    }
}
