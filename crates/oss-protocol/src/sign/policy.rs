//! Signatures of form uploads: the string to sign is the `policy` field itself, base64 of the policy's JSON text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac as _;

use super::{v1, v4};

/// The `policy` field of a form: the policy's JSON text in base64.
#[must_use]
pub fn encode(json: &str) -> String {
    STANDARD.encode(json)
}

/// The `Signature` field of signature V1, for a policy that is already in base64.
#[must_use]
pub fn sign_v1(key: &v1::SigningKey, policy: &str) -> String {
    let mut out = String::with_capacity(28);
    key.sign(policy, &mut out);
    out
}

/// Checks the `Signature` field of signature V1, in constant time.
#[must_use]
pub fn verify_v1(key: &v1::SigningKey, policy: &str, signature: &str) -> bool {
    key.verify(policy, signature)
}

/// The `x-oss-signature` field of signature V4, for a policy that is already in base64.
#[must_use]
pub fn sign_v4(key: &v4::SigningKey, policy: &str) -> String {
    let mut out = String::with_capacity(64);
    super::hex(&key.tag(policy).finalize().into_bytes(), &mut out);
    out
}

/// Checks the `x-oss-signature` field of signature V4, in constant time.
#[must_use]
pub fn verify_v4(key: &v4::SigningKey, policy: &str, signature: &str) -> bool {
    v4::unhex(signature).is_some_and(|tag| key.tag(policy).verify_slice(&tag).is_ok())
}
