//! What a signed URL says, and what is wrong with it: for whoever has a link that does not open.
//!
//! ```
//! let url = "https://docs.oss-cn-hangzhou.aliyuncs.com/a.txt?OSSAccessKeyId=ak&Expires=1702740000&Signature=c2ln";
//! let told = oss_type::explain_url(url, "the access key secret");
//! assert!(!told.is_valid());
//! println!("{told}");
//! ```

use std::time::SystemTime;

pub use oss_protocol::sign::explain::{
    Address, Explanation, Finding, Fit, Parameter, Question, Scope, Severity, Validity, Version,
};

/// Tells of any signed URL, V1 or V4: version, key id, expiry, region, bucket and key, bound headers, what else it asks for,
/// what is wrong with it, and whether its signature fits, where a `secret` is given (`None` for none).
///
/// Never fails: what is no signed URL is told to be none. The answer holds neither secret nor token nor signature, and its
/// `Display` is a report of several lines. The machine's clock says what has expired.
///
/// A URL tells neither its method nor all headers that it binds, so the usual ones are tried; where they are known, or the
/// bucket behind a custom domain is, ask a [`Question`] with them.
#[must_use]
pub fn explain_url<'a>(url: &'a str, secret: impl Into<Option<&'a str>>) -> Explanation {
    let question = Question::new(url, SystemTime::now());
    match secret.into() {
        Some(secret) => question.with_secret(secret).explain(),
        None => question.explain(),
    }
}
