//! Form uploads: what a browser may send without knowing a secret, and how that is signed.
//!
//! A form carries a `policy`, base64 of a JSON text with an expiry and conditions, and a signature over that base64 text.
//! [`Form`] makes the fields for a signer, [`Document`] is the policy itself, which a verifier reads and checks.
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//! use oss_protocol::sign::{policy, v4};
//!
//! let now = UNIX_EPOCH + Duration::from_secs(1_702_743_657);
//! let key = v4::SigningKey::derive("sk", now, "cn-hangzhou", v4::PRODUCT);
//! let signer = v4::Signer { access_key_id: "ak", security_token: None, key: &key };
//! let form = policy::Form::under("docs", "avatars/", now + Duration::from_secs(600))
//!     .with_size(1, 5 << 20)
//!     .with_content_types(["image/png", "image/jpeg"]);
//! let fields = form.sign_v4(&signer, now)?;
//! // To be sent as they are and in this order, then `Content-Type`, then the file as the last field, `file`.
//! assert_eq!(fields.iter().next(), Some(("key", "avatars/${filename}")));
//! # Ok::<(), policy::InvalidForm>(())
//! ```

mod document;
mod form;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac as _;

pub use self::document::{Condition, Document, InvalidDocument};
pub use self::form::{Fields, Form, InvalidForm};
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
