//! The RPC style of Alibaba Cloud's services, which STS speaks: a form of parameters, signed with HMAC-SHA1.
//!
//! <https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

use crate::encode::encode_component;

/// The signature over all parameters of a call, for its parameter `Signature`: base64 of the HMAC-SHA1 of method, path `/`
/// and the sorted parameters, with the secret and `&` as key. Parameters in the query and in the form count alike.
#[must_use]
pub fn sign(method: &str, parameters: &[(&str, &str)], secret: &str) -> String {
    let mut sorted = parameters.to_vec();
    sorted.sort_unstable();
    let mut text = format!("{method}&%2F&");
    encode_component(&form(&sorted), &mut text);
    let key = format!("{secret}&");
    let mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    STANDARD.encode(mac.chain_update(text).finalize().into_bytes())
}

/// The parameters as a form or a query, percent-encoded, in the order given.
#[must_use]
pub fn form(parameters: &[(&str, &str)]) -> String {
    let mut form = String::with_capacity(parameters.len() * 48);
    for (name, value) in parameters {
        if !form.is_empty() {
            form.push('&');
        }
        encode_component(name, &mut form);
        form.push('=');
        encode_component(value, &mut form);
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Alibaba Cloud's documentation of the mechanism.
    #[test]
    fn the_documented_example_gives_the_documented_signature() {
        let parameters = [
            ("Timestamp", "2016-02-23T12:46:24Z"),
            ("Format", "XML"),
            ("AccessKeyId", "testid"),
            ("Action", "DescribeRegions"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
            ("Version", "2014-05-26"),
            ("SignatureVersion", "1.0"),
        ];
        assert_eq!(sign("GET", &parameters, "testsecret"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
    }

    #[test]
    fn forms_keep_empty_values_and_encode_what_forms_would_take_apart() {
        assert_eq!(
            form(&[("a b", "x&y=z"), ("c", ""), ("t", "2016-02-23T12:46:24Z*~+")]),
            "a%20b=x%26y%3Dz&c=&t=2016-02-23T12%3A46%3A24Z%2A~%2B"
        );
    }
}
