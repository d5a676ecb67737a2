//! MD5 as OSS uses it: `Content-MD5` and the ETag of simple uploads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

/// The value of `Content-MD5`: base64 of the 16 bytes, not of their hexadecimal text.
#[must_use]
pub fn content_md5(bytes: &[u8]) -> String {
    STANDARD.encode(Md5::digest(bytes))
}
