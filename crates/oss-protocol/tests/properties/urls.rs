//! URLs of our own signer explain as valid, and with one character of the signed part changed as invalid.

use std::time::Duration;

use oss_protocol::encode::{decode, decode_query, encode_path, encode_query};
use oss_protocol::sign::explain::Question;
use oss_protocol::sign::{Request, v1, v4};
use proptest::prelude::*;

use crate::config;
use crate::targets::{SECRET, is_taken, now};

const BASE: &str = "https://docs.oss-cn-hangzhou.aliyuncs.com/";
const METHODS: [&str; 5] = ["GET", "PUT", "HEAD", "POST", "DELETE"];
const NAMES: [&str; 6] =
    ["acl", "uploadId", "partNumber", "response-content-disposition", "x-oss-process", "versionId"];

/// What is signed.
#[derive(Debug, Clone)]
struct Wanted {
    is_v4: bool,
    method: &'static str,
    key: String,
    query: Vec<(&'static str, String)>,
    content_type: Option<&'static str>,
    token: Option<String>,
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let text = || prop_oneof!["[a-zA-Z0-9/+=&?%# ._~-]{0,12}", "\\PC{0,8}"];
    let key = text().prop_map(|text| format!("k{text}"));
    let query = prop::collection::btree_map(proptest::sample::select(&NAMES[..]), text(), 0..4);
    let content_type = proptest::option::of(proptest::sample::select(&["text/plain", "image/png"][..]));
    let token = proptest::option::of("[A-Za-z0-9+/=]{8,40}");
    (any::<bool>(), proptest::sample::select(&METHODS[..]), key, query, content_type, token).prop_map(
        |(is_v4, method, key, query, content_type, token)| Wanted {
            is_v4,
            method,
            key,
            query: query.into_iter().collect(),
            content_type,
            token,
        },
    )
}

impl Wanted {
    fn sign(&self) -> String {
        let query: Vec<_> = self.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let headers: Vec<_> = self.content_type.iter().map(|value| ("content-type", *value)).collect();
        let request = Request {
            method: self.method,
            bucket: Some("docs"),
            key: Some(&self.key),
            query: &query,
            headers: &headers,
        };
        let lifetime = Duration::from_secs(300);
        let security_token = self.token.as_deref();
        let parameters = if self.is_v4 {
            let key = v4::SigningKey::derive(SECRET, now(), "cn-hangzhou", v4::PRODUCT);
            let signer = v4::Signer { access_key_id: "LTAIexample", security_token, key: &key };
            signer.sign_query(&request, &[], now(), lifetime).unwrap()
        } else {
            let key = v1::SigningKey::new(SECRET);
            v1::Signer { access_key_id: "LTAIexample", security_token, key: &key }
                .sign_query(&request, now() + lifetime)
        };
        let mut url = BASE.to_owned();
        encode_path(&self.key, &mut url);
        url.push('?');
        encode_query(query.into_iter().chain(parameters.iter().map(|(name, value)| (*name, value.as_str()))), &mut url);
        url
    }
}

/// One URL of each kind.
pub(crate) fn samples() -> Vec<String> {
    let plain = Wanted {
        is_v4: true,
        method: "GET",
        key: "a/目 b+c.txt".to_owned(),
        query: Vec::new(),
        content_type: None,
        token: None,
    };
    let full = Wanted {
        method: "PUT",
        query: vec![("uploadId", "U".to_owned()), ("partNumber", "1".to_owned())],
        content_type: Some("image/png"),
        token: Some("CAIStoken".to_owned()),
        ..plain.clone()
    };
    [plain, full]
        .iter()
        .flat_map(|wanted| [true, false].map(|is_v4| Wanted { is_v4, ..wanted.clone() }.sign()))
        .collect()
}

/// Host, path and parameters of a URL, as far as they are signed; `None` where they cannot be decoded.
fn signed_part(url: &str, is_v4: bool) -> Option<Vec<String>> {
    let (host, rest) = url.strip_prefix("https://")?.split_once('/')?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_signed = |name: &str| {
        // V1 signs neither the key id, which finds the secret, nor parameters that are none of its own.
        is_v4 || v1::is_sub_resource(name) || ["Expires", "Signature"].contains(&name)
    };
    let pairs = decode_query(query).ok()?.into_iter().filter(|(name, _)| is_signed(name));
    let mut part: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    part.sort();
    part.extend([host.to_ascii_lowercase(), decode(path).ok()?.into_owned()]);
    Some(part)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn our_own_urls_are_valid(wanted in wanted()) {
        let url = wanted.sign();
        let told = Question::new(&url, now()).with_secret(SECRET).explain();
        prop_assert!(told.is_valid() && is_taken(&url, &told), "{url}\n{told}");
        let address = told.address.clone().unwrap();
        prop_assert_eq!((address.bucket.as_deref(), &address.key), (Some("docs"), &wanted.key));
        let shown = format!("{told}{told:?}");
        prop_assert!(!shown.contains(SECRET) && wanted.token.is_none_or(|token| !shown.contains(&token)), "{shown}");
        let wrong = Question::new(&url, now()).with_secret("another").explain();
        prop_assert!(!wrong.is_valid(), "{wrong}");
    }

    #[test]
    fn one_changed_character_is_invalid(wanted in wanted(), at in any::<prop::sample::Index>(), to in "[ -~]") {
        let url = wanted.sign();
        // The bucket, the path and the query are signed; scheme and the rest of the host are not.
        let signed: Vec<usize> = (8..12).chain(BASE.len()..url.len()).collect();
        let at = signed[at.index(signed.len())];
        let mut changed = url.clone();
        changed.replace_range(at..=at, &to);
        if signed_part(&changed, wanted.is_v4) == signed_part(&url, wanted.is_v4) {
            return Ok(());
        }
        let told = Question::new(&changed, now()).with_secret(SECRET).explain();
        prop_assert!(!told.is_valid(), "{changed}\n{told}");
    }
}
