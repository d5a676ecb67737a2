//! The published figures of the official SDKs and of the documentation, and figures computed by official signers.

#![expect(clippy::unwrap_used, reason = "a vector that lacks a figure fails its test")]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use oss_protocol::crc64::{self, Crc64};
use oss_protocol::encode::{decode, decode_query, encode_component, encode_path};
use oss_protocol::sign::{Claim, Request, policy, v1, v4};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    signatures: Vec<Signature>,
    crc64: Vec<Checksum>,
    crc64_combine: Vec<Combination>,
    uri_encoding: Vec<Encoding>,
    digests: Vec<Digests>,
}

#[derive(Deserialize)]
struct Signature {
    name: String,
    kind: String,
    credentials: Option<Credentials>,
    #[serde(default)]
    method: String,
    bucket: Option<String>,
    key: Option<String>,
    #[serde(default)]
    query: Vec<(String, String)>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    region: String,
    #[serde(default)]
    product: String,
    time: Option<u64>,
    expires_at: Option<u64>,
    expires_in: Option<u64>,
    #[serde(default)]
    additional_headers: Vec<String>,
    policy: Option<String>,
    url: Option<String>,
    expected: Figures,
    derived: Figures,
}

#[derive(Deserialize)]
struct Credentials {
    access_key_id: String,
    access_key_secret: String,
    security_token: Option<String>,
}

#[derive(Deserialize)]
struct Figures {
    authorization: Option<String>,
    signature: Option<String>,
    string_to_sign: Option<String>,
    canonical_request: Option<String>,
    canonical_headers: Option<String>,
    policy_base64: Option<String>,
    credential: Option<String>,
    query: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Checksum {
    text: String,
    decimal: String,
    hex: String,
    start: Option<String>,
}

#[derive(Deserialize)]
struct Combination {
    name: String,
    first: String,
    second: String,
    second_len: u64,
    combined: String,
    first_text: Option<String>,
    second_text: Option<String>,
}

#[derive(Deserialize)]
struct Encoding {
    text: String,
    component: String,
    path: String,
}

#[derive(Deserialize)]
struct Digests {
    text: String,
    etag: String,
    content_md5: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/oss-signatures.json")).unwrap()
}

type Pairs<'a> = Vec<(&'a str, &'a str)>;

fn pairs(owned: &[(String, String)]) -> Pairs<'_> {
    owned.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

impl Signature {
    fn request<'a>(&'a self, query: &'a [(&'a str, &'a str)], headers: &'a [(&'a str, &'a str)]) -> Request<'a> {
        Request { method: &self.method, bucket: self.bucket.as_deref(), key: self.key.as_deref(), query, headers }
    }

    fn credentials(&self) -> &Credentials {
        self.credentials.as_ref().unwrap()
    }

    /// A figure of the origin or, where it gives none, the one recomputed from it.
    fn figure<'a>(&'a self, pick: impl Fn(&'a Figures) -> Option<&'a String>) -> &'a str {
        pick(&self.expected).or_else(|| pick(&self.derived)).unwrap()
    }

    fn time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.time.unwrap())
    }

    /// Checks the request as it arrives: it must be believed, and a change of any part must not be.
    fn check_verification(&self, query: &[(&str, &str)], headers: &[(&str, &str)], now: SystemTime) {
        let request = self.request(query, headers);
        verify(&request, self.credentials(), now, &self.region, &self.product)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));

        let refused = |what: &str, request: &Request<'_>, secret: Option<&str>| {
            let credentials = self.credentials();
            let credentials = Credentials {
                access_key_id: credentials.access_key_id.clone(),
                access_key_secret: secret.unwrap_or(&credentials.access_key_secret).to_owned(),
                security_token: credentials.security_token.clone(),
            };
            let refusal = verify(request, &credentials, now, &self.region, &self.product)
                .expect_err(&format!("{}: {what} must be refused", self.name));
            assert_eq!(refusal.code.as_str(), "SignatureDoesNotMatch", "{}: {what}", self.name);
        };
        refused("a wrong secret", &request, Some("wrong"));
        refused("another method", &Request { method: "DELETE", ..request }, None);
        refused("another bucket", &Request { bucket: Some("other"), ..request }, None);
        if self.bucket.is_some() {
            refused("another key", &Request { key: Some("other"), ..request }, None);
        }
        let mut more = headers.to_vec();
        more.push(("x-oss-meta-smuggled", "1"));
        refused("an extra x-oss- header", &Request { headers: &more, ..request }, None);
        let mut more = query.to_vec();
        more.push(("acl", ""));
        refused("an extra sub-resource", &Request { query: &more, ..request }, None);
    }
}

fn verify(
    request: &Request<'_>,
    credentials: &Credentials,
    now: SystemTime,
    region: &str,
    product: &str,
) -> Result<(), oss_protocol::sign::Refusal> {
    let claim = Claim::read(request)?.expect("a signed request makes a claim");
    assert_eq!(claim.access_key_id(), credentials.access_key_id);
    assert_eq!(claim.security_token(), credentials.security_token.as_deref());
    match claim {
        Claim::V1(claim) => {
            claim.check_time(now)?;
            claim.verify(&v1::SigningKey::new(&credentials.access_key_secret), request)
        }
        Claim::V4(claim) => {
            claim.check_time(now)?;
            claim.check_scope(region, product)?;
            let key =
                v4::SigningKey::derive(&credentials.access_key_secret, claim.time.to_system_time(), region, product);
            claim.verify(&key, request)
        }
        other => panic!("{other:?}"),
    }
}

fn with_headers<'a>(headers: &[(&'a str, &'a str)], more: impl Iterator<Item = (&'static str, &'a str)>) -> Pairs<'a> {
    let more: Pairs<'a> = more.collect();
    let mut all: Pairs<'a> = headers
        .iter()
        .copied()
        .filter(|(name, _)| !more.iter().any(|(set, _)| set.eq_ignore_ascii_case(name)))
        .collect();
    all.extend(more);
    all
}

fn check_v1_header(vector: &Signature) {
    let credentials = vector.credentials();
    let key = v1::SigningKey::new(&credentials.access_key_secret);
    let signer = v1::Signer {
        access_key_id: &credentials.access_key_id,
        security_token: credentials.security_token.as_deref(),
        key: &key,
    };
    let (query, headers) = (pairs(&vector.query), pairs(&vector.headers));
    let signed = signer.sign_headers(&vector.request(&query, &headers), vector.time());
    assert_eq!(signed.string_to_sign(), vector.figure(|figures| figures.string_to_sign.as_ref()), "{}", vector.name);
    assert_eq!(signed.authorization(), vector.figure(|figures| figures.authorization.as_ref()), "{}", vector.name);
    assert!(signed.authorization().ends_with(vector.figure(|figures| figures.signature.as_ref())), "{}", vector.name);
    vector.check_verification(&query, &with_headers(&headers, signed.headers()), vector.time());
}

fn check_v1_query(vector: &Signature) {
    let credentials = vector.credentials();
    let key = v1::SigningKey::new(&credentials.access_key_secret);
    let signer = v1::Signer {
        access_key_id: &credentials.access_key_id,
        security_token: credentials.security_token.as_deref(),
        key: &key,
    };
    let (query, headers) = (pairs(&vector.query), pairs(&vector.headers));
    let expires = UNIX_EPOCH + Duration::from_secs(vector.expires_at.unwrap());
    let parameters = signer.sign_query(&vector.request(&query, &headers), expires);
    check_query(vector, &parameters);
    let mut query = query;
    query.extend(parameters.iter().map(|(name, value)| (*name, value.as_str())));
    let string_to_sign = v1::string_to_sign(&vector.request(&query, &headers), &vector.expires_at.unwrap().to_string());
    assert_eq!(string_to_sign, vector.figure(|figures| figures.string_to_sign.as_ref()), "{}", vector.name);
    vector.check_verification(&query, &headers, expires);
    let late =
        verify(&vector.request(&query, &headers), credentials, expires + Duration::from_secs(1), "", "").unwrap_err();
    assert_eq!((late.code.as_str(), late.ec), ("AccessDenied", Some("0002-00000069")), "{}", vector.name);
}

fn v4_key(vector: &Signature) -> v4::SigningKey {
    v4::SigningKey::derive(&vector.credentials().access_key_secret, vector.time(), &vector.region, &vector.product)
}

fn v4_signer<'a>(vector: &'a Signature, key: &'a v4::SigningKey) -> v4::Signer<'a> {
    let credentials = vector.credentials();
    v4::Signer { access_key_id: &credentials.access_key_id, security_token: credentials.security_token.as_deref(), key }
}

fn check_v4_header(vector: &Signature) {
    let key = v4_key(vector);
    let (query, headers) = (pairs(&vector.query), pairs(&vector.headers));
    let additional: Vec<&str> = vector.additional_headers.iter().map(String::as_str).collect();
    let signed = v4_signer(vector, &key).sign_headers(&vector.request(&query, &headers), &additional, vector.time());
    assert_eq!(
        signed.canonical_request(),
        vector.figure(|figures| figures.canonical_request.as_ref()),
        "{}",
        vector.name
    );
    assert_eq!(signed.string_to_sign(), vector.figure(|figures| figures.string_to_sign.as_ref()), "{}", vector.name);
    assert_eq!(signed.authorization(), vector.figure(|figures| figures.authorization.as_ref()), "{}", vector.name);
    assert!(signed.authorization().ends_with(vector.figure(|figures| figures.signature.as_ref())), "{}", vector.name);
    let sent = with_headers(&headers, signed.headers());
    vector.check_verification(&query, &sent, vector.time());
    for (seconds, code) in [(901, "RequestTimeTooSkewed"), (900, "")] {
        for now in [vector.time() + Duration::from_secs(seconds), vector.time() - Duration::from_secs(seconds)] {
            let found =
                verify(&vector.request(&query, &sent), vector.credentials(), now, &vector.region, &vector.product);
            assert_eq!(found.err().map_or("", |refusal| refusal.code.as_str()), code, "{}", vector.name);
        }
    }
}

fn check_v4_query(vector: &Signature) {
    let key = v4_key(vector);
    let (query, headers) = (pairs(&vector.query), pairs(&vector.headers));
    let additional: Vec<&str> = vector.additional_headers.iter().map(String::as_str).collect();
    let lifetime = Duration::from_secs(vector.expires_in.unwrap());
    let signer = v4_signer(vector, &key);
    let parameters =
        signer.sign_query(&vector.request(&query, &headers), &additional, vector.time(), lifetime).unwrap();
    check_query(vector, &parameters);
    let mut query = query;
    query.extend(parameters.iter().map(|(name, value)| (*name, value.as_str())));
    let sent = vector.request(&query, &headers);
    let canonical = v4::canonical_request(&sent, &additional);
    assert_eq!(canonical, vector.figure(|figures| figures.canonical_request.as_ref()), "{}", vector.name);
    vector.check_verification(&query, &headers, vector.time());
    let early =
        verify(&sent, vector.credentials(), vector.time() - Duration::from_secs(901), &vector.region, &vector.product);
    assert_eq!(early.unwrap_err().ec, Some("0002-00000235"), "{}", vector.name);
    let late = vector.time() + lifetime + Duration::from_secs(1);
    let late = verify(&sent, vector.credentials(), late, &vector.region, &vector.product);
    assert_eq!(late.unwrap_err().message, "Request has expired.", "{}", vector.name);
    let foreign = verify(&sent, vector.credentials(), vector.time(), "mars-north-1", &vector.product).unwrap_err();
    assert_eq!((foreign.code.as_str(), foreign.ec), ("InvalidArgument", Some("0002-00000226")), "{}", vector.name);
}

/// The parameters hold every figure of the vector, and a finished URL of the vector reads as the same query.
fn check_query(vector: &Signature, parameters: &[(&'static str, String)]) {
    let found: BTreeMap<&str, &str> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(found.len(), parameters.len(), "{}: a name is repeated", vector.name);
    if let Some(expected) = vector.expected.query.as_ref().or(vector.derived.query.as_ref()) {
        let expected: BTreeMap<&str, &str> =
            expected.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, expected, "{}", vector.name);
    }
    let signature = found.get("Signature").or_else(|| found.get("x-oss-signature")).unwrap();
    if let Some(expected) = vector.expected.signature.as_ref().or(vector.derived.signature.as_ref()) {
        assert_eq!(signature, expected, "{}", vector.name);
    }
    let Some(url) = &vector.url else { return };
    let (address, raw) = url.split_once('?').unwrap();
    let mut in_url = decode_query(raw).unwrap();
    let mut ours: Vec<(_, _)> = vector.query.iter().map(|(name, value)| (name.into(), value.into())).collect();
    ours.extend(parameters.iter().map(|(name, value)| ((*name).into(), value.into())));
    in_url.sort();
    ours.sort();
    assert_eq!(in_url, ours, "{}", vector.name);
    let path = address.strip_prefix("http://bucket.oss-cn-hangzhou.aliyuncs.com/").unwrap();
    let mut encoded = String::new();
    encode_path(vector.key.as_deref().unwrap(), &mut encoded);
    assert_eq!(path, encoded, "{}", vector.name);
}

fn check_v1_policy(vector: &Signature) {
    let encoded = policy::encode(vector.policy.as_deref().unwrap());
    assert_eq!(Some(&encoded), vector.expected.policy_base64.as_ref());
    let key = v1::SigningKey::new(&vector.credentials().access_key_secret);
    let signature = policy::sign_v1(&key, &encoded);
    assert_eq!(Some(&signature), vector.expected.signature.as_ref());
    assert!(policy::verify_v1(&key, &encoded, &signature));
    assert!(!policy::verify_v1(&key, &encoded[1..], &signature));
    assert!(!policy::verify_v1(&key, &encoded, &signature[1..]));
}

fn check_v4_policy(vector: &Signature) {
    let encoded = policy::encode(vector.policy.as_deref().unwrap());
    assert_eq!(Some(&encoded), vector.expected.policy_base64.as_ref());
    let key = v4_key(vector);
    assert_eq!(Some(v4_signer(vector, &key).credential()), vector.expected.credential);
    let signature = policy::sign_v4(&key, &encoded);
    assert_eq!(Some(&signature), vector.expected.signature.as_ref());
    assert!(policy::verify_v4(&key, &encoded, &signature));
    assert!(!policy::verify_v4(&key, &encoded[1..], &signature));
    assert!(!policy::verify_v4(&key, &encoded, &signature.to_uppercase()));
}

fn check_header_order(vector: &Signature) {
    let headers = pairs(&vector.headers);
    let request = Request { method: "GET", bucket: None, key: None, query: &[], headers: &headers };
    let canonical = v4::canonical_request(&request, &[]);
    let found = canonical.strip_prefix("GET\n/\n\n").and_then(|rest| rest.strip_suffix("\n\nUNSIGNED-PAYLOAD"));
    assert_eq!(found, vector.expected.canonical_headers.as_deref());
}

#[test]
fn every_signature() {
    let mut checked = BTreeMap::new();
    for vector in &vectors().signatures {
        match vector.kind.as_str() {
            "v1-header" => check_v1_header(vector),
            "v1-query" => check_v1_query(vector),
            "v4-header" => check_v4_header(vector),
            "v4-query" => check_v4_query(vector),
            "v1-post-policy" => check_v1_policy(vector),
            "v4-post-policy" => check_v4_policy(vector),
            "v4-header-order" => check_header_order(vector),
            other => panic!("{}: unknown kind {other}", vector.name),
        }
        *checked.entry(vector.kind.clone()).or_insert(0) += 1;
    }
    assert_eq!(checked.values().sum::<i32>(), 31);
    assert_eq!(checked.len(), 7);
}

#[test]
fn every_checksum() {
    for vector in vectors().crc64 {
        let expected: u64 = vector.decimal.parse().unwrap();
        assert_eq!(format!("{expected:016x}"), vector.hex);
        let mut crc = vector.start.as_ref().map_or_else(Crc64::new, |start| Crc64::resume(start.parse().unwrap()));
        for byte in vector.text.as_bytes() {
            crc.update(std::slice::from_ref(byte));
        }
        assert_eq!(crc.finish(), expected, "{:?}", vector.text);
        if vector.start.is_none() {
            assert_eq!(crc64::checksum(vector.text.as_bytes()), expected);
        }
    }
}

#[test]
fn every_combination_of_checksums() {
    for vector in vectors().crc64_combine {
        let (first, second) = (vector.first.parse().unwrap(), vector.second.parse().unwrap());
        let combined: u64 = vector.combined.parse().unwrap();
        assert_eq!(crc64::combine(first, second, vector.second_len), combined, "{}", vector.name);
        if let Some((head, tail)) = vector.first_text.zip(vector.second_text) {
            assert_eq!(crc64::checksum(head.as_bytes()), first);
            assert_eq!(crc64::checksum(tail.as_bytes()), second);
            assert_eq!(crc64::checksum(format!("{head}{tail}").as_bytes()), combined);
        }
    }
}

#[test]
fn every_encoding() {
    for vector in vectors().uri_encoding {
        let (mut path, mut component) = (String::new(), String::new());
        encode_path(&vector.text, &mut path);
        encode_component(&vector.text, &mut component);
        assert_eq!((path.as_str(), component.as_str()), (vector.path.as_str(), vector.component.as_str()));
        assert_eq!(decode(&path).unwrap(), vector.text);
        assert_eq!(decode(&component).unwrap(), vector.text);
    }
}

#[test]
fn every_digest() {
    for vector in vectors().digests {
        let digest = Md5::digest(&vector.text);
        let hex: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(hex, vector.etag);
        assert_eq!(STANDARD.encode(digest), vector.content_md5);
    }
}
