//! What must hold for any bytes at all: the functions that property tests and fuzzers share.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use oss_protocol::encode::{decode, decode_query, encode_component, encode_path, encode_query};
use oss_protocol::endpoint::{Endpoint, Scheme, Style, normalize_region};
use oss_protocol::sign::explain::{Explanation, Fit, Question};
use oss_protocol::sign::mismatch::SignedText;
use oss_protocol::sign::policy::Document;
use oss_protocol::sign::{Claim, Request, v1, v4};
use oss_protocol::time::{BasicTime, http_date, iso8601, parse_http_date, parse_iso8601};
use oss_protocol::xml::*;

/// The moment for which claims and URLs are judged.
pub(crate) const NOW: u64 = 1_702_743_657;
/// The secret behind them.
pub(crate) const SECRET: &str = "the-secret";

pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW)
}

/// Every document: what can be read is written and read again without a change.
pub(crate) fn xml(data: &[u8]) {
    // Fractions of milliseconds are read, and written no more; references and comments may hide them.
    let is_fraction = |window: &[u8]| window[0] == b'.' && window[1..].iter().all(u8::is_ascii_digit);
    let is_rounded =
        data.windows(5).any(is_fraction) || data.windows(2).any(|window| window == b"&#" || window == b"<!");
    macro_rules! round_trip {
        ($($type:ident)*) => {$(
            if let Ok(value) = $type::read(data) {
                let text = value.write();
                let again = $type::read(text.as_bytes()).expect("what we write can be read");
                assert_eq!(again.write(), text);
                assert!(is_rounded || again == value, "{text}");
            }
        )*};
    }
    round_trip! {
        AccessControlPolicy AccessMonitorConfiguration BucketInfo BucketLoggingStatus BucketResourceGroupConfiguration BucketStat CompleteMultipartUpload CompleteMultipartUploadResult
        CorsConfiguration CreateBucketConfiguration DeleteRequest DeleteResult InitiateMultipartUploadResult
        LifecycleConfiguration LocationConstraint ObjectList PartList PostResponse PublicAccessBlockConfiguration RefererConfiguration
        RequestPaymentConfiguration RestoreRequest ServerSideEncryptionRule Tagging UploadList UserDefinedLogFieldsConfiguration VersionList
        VersioningConfiguration
    }
    if let Ok(value) = BucketList::read(data) {
        // A list without `max-keys` is whole: nothing of pages is written, though it may be read.
        let text = value.write();
        assert_eq!(BucketList::read(text.as_bytes()).map(|again| again.write()).as_ref(), Ok(&text));
    }
    if let Ok(value) = CopyResult::read(data) {
        for text in [value.write_object(), value.write_part()] {
            let again = CopyResult::read(text.as_bytes()).expect("what we write can be read");
            assert!(is_rounded || again == value, "{text}");
        }
    }
}

/// The error document, as a body and as `x-oss-err`, and what it says of signatures.
pub(crate) fn error_document(data: &[u8]) {
    let from_header = std::str::from_utf8(data).ok().and_then(|text| ErrorDocument::read_header(text).ok());
    for document in [ErrorDocument::read(data).ok(), from_header].into_iter().flatten() {
        assert!(!document.code.is_empty());
        let mut written = document.clone();
        // Written anew from the number, and names of JSON members need not be names of elements.
        written
            .details
            .retain(|(name, _)| name != "RecommendDoc" && name.bytes().all(|byte| byte.is_ascii_alphabetic()));
        let mut read = ErrorDocument::read(written.write().as_bytes()).expect("what we write can be read");
        read.details.retain(|(name, _)| name != "RecommendDoc");
        assert_eq!(read, written);
        assert_eq!(
            ErrorDocument::read_header(&document.write_header()),
            ErrorDocument::read(document.write().as_bytes())
        );
        let Some(seen) = SignedText::of_document(&document) else {
            continue;
        };
        compare(&seen);
    }
    // The texts themselves need no document around them.
    let text = String::from_utf8_lossy(data).into_owned();
    compare(&SignedText { string_to_sign: text.clone(), canonical_request: None });
    let string_to_sign = "OSS4-HMAC-SHA256\n20231216T162057Z\n20231216/r/oss/aliyun_v4_request\n00".to_owned();
    compare(&SignedText { string_to_sign, canonical_request: Some(text) });
}

/// Compares a text with ours, which holds a token that must not show.
fn compare(seen: &SignedText) {
    let v1 =
        "PUT\n\nimage/png\n1\nx-oss-meta-a:1\nx-oss-security-token:Qz9-token\n/docs/a?acl&security-token=Qz9-token";
    let v4 = "PUT\n/docs/a\nacl&x-oss-security-token=Qz9-token\ncontent-type:image/png\nx-oss-security-token:Qz9-token\n\n\nUNSIGNED-PAYLOAD";
    let string_to_sign = "OSS4-HMAC-SHA256\n20231216T162057Z\n20231216/r/oss/aliyun_v4_request\n00".to_owned();
    assert_eq!(seen.difference(seen), None);
    for ours in [
        SignedText { string_to_sign: v1.to_owned(), canonical_request: None },
        SignedText { string_to_sign, canonical_request: Some(v4.to_owned()) },
    ] {
        assert_eq!(ours.difference(seen).is_none(), seen.difference(&ours).is_none());
        for found in [ours.difference(seen), seen.difference(&ours)].into_iter().flatten() {
            let shown = format!("{found} {found:?}");
            assert!(!shown.contains("Qz9-token") && !found.to_string().contains('\n'), "{shown}");
        }
    }
}

/// Dates in all three forms: what can be read is the moment that is written.
pub(crate) fn times(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Some(time) = parse_http_date(text) {
        assert_eq!(parse_http_date(&http_date(time)), Some(time), "{text}");
    }
    if let Some(time) = BasicTime::parse(text) {
        assert_eq!((time.as_str(), BasicTime::new(time.to_system_time())), (text, time));
    }
    if let Some(time) = parse_iso8601(text) {
        let again = parse_iso8601(&iso8601(time)).expect("what we write can be read");
        assert!(time.duration_since(again).is_ok_and(|lost| lost < Duration::from_millis(1)), "{text}");
    }
}

/// Endpoints, regions and names.
pub(crate) fn endpoints(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for bucket in [None, Some("docs")] {
        let endpoint = match Endpoint::parse(text, bucket) {
            Ok(endpoint) => endpoint,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                continue;
            }
        };
        let scheme = endpoint.scheme().unwrap_or(Scheme::Https);
        let address = format!("{scheme}://{}", endpoint.authority(scheme, Style::Cname, None));
        let again = Endpoint::parse(&address, None).expect("an endpoint's own address is one");
        assert_eq!(
            (again.host(), again.region(), again.product()),
            (endpoint.host(), endpoint.region(), endpoint.product())
        );
        assert!(endpoint.region().is_none_or(|region| !region.is_empty()), "{text}");
        let (found, base) = endpoint.split_bucket();
        assert_eq!(found.map_or(base.len(), |found| found.len() + 1 + base.len()), endpoint.host().len());
    }
    if let Some(region) = normalize_region(text) {
        assert!(text.contains(region));
    }
    let _ = oss_protocol::bucket::check(text).map_err(|error| error.to_string());
    let _ = oss_protocol::key::check(text).map_err(|error| error.to_string());
}

/// Percent-encoding: both directions are each other's inverse.
pub(crate) fn encoding(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (mut path, mut component) = (String::new(), String::new());
    encode_path(&text, &mut path);
    encode_component(&text, &mut component);
    assert_eq!(decode(&path), Ok(Cow::Borrowed(&*text)));
    assert_eq!(decode(&component), Ok(Cow::Borrowed(&*text)));
    assert!(path.is_ascii() && !component.contains(['/', '&', '=', '?', '#', '+', ' ']));
    if let Ok(decoded) = decode(&text) {
        assert!(decoded.len() <= text.len());
    }
    if let Ok(pairs) = decode_query(&text) {
        let mut query = String::new();
        encode_query(pairs.iter().map(|(name, value)| (&**name, &**value)), &mut query);
        let again = decode_query(&query).expect("what we write can be read");
        // A pair without name and value is written as nothing.
        assert!(again.iter().eq(pairs.iter().filter(|(name, value)| !name.is_empty() || !value.is_empty())));
    }
}

/// Claims of requests: any lines `name:value` as headers and `name=value` as parameters.
pub(crate) fn claims(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (mut headers, mut query) = (Vec::new(), Vec::new());
    for line in text.lines() {
        match line.split_once(':') {
            Some(pair) => headers.push(pair),
            None => query.push(line.split_once('=').unwrap_or((line, ""))),
        }
    }
    let request = Request { method: "GET", bucket: Some("docs"), key: Some("a.txt"), query: &query, headers: &headers };
    let claim = match Claim::read(&request) {
        Ok(Some(claim)) => claim,
        Ok(None) => return,
        Err(refusal) => {
            assert!(refusal.code.status() >= 400);
            return;
        }
    };
    assert!(!claim.access_key_id().is_empty());
    // Nobody who does not have the secret can sign.
    match &claim {
        Claim::V1(claim) => {
            let _ = claim.check_time(now());
            claim.verify(&v1::SigningKey::new("another secret"), &request).expect_err("nobody can sign");
        }
        Claim::V4(claim) => {
            let _ = (claim.check_time(now()), claim.check_scope("cn-hangzhou", v4::PRODUCT));
            let key =
                v4::SigningKey::derive("another secret", claim.time.to_system_time(), claim.region, claim.product);
            claim.verify(&key, &request).expect_err("nobody can sign");
        }
        _ => unreachable!("there are two versions"),
    }
}

/// Signed URLs: what is called valid is what a server takes.
pub(crate) fn signed_url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let told = Question::new(&text, now()).with_secret(SECRET).explain();
    let shown = format!("{told}\n{told:?}");
    assert!(!shown.contains(SECRET) || text.contains(SECRET), "{shown}");
    // No text of the URL's begins a line of the report.
    const LABELS: [&str; 11] = [
        "signature",
        "scope",
        "object",
        "host",
        "validity",
        "binds",
        "overrides",
        "parameters",
        "verdict",
        "problem",
        "note",
    ];
    for line in told.to_string().lines() {
        let label = line.get(..12).map(str::trim_end);
        assert!(label.is_some_and(|label| LABELS.contains(&label)), "{line:?}");
    }
    if told.is_valid() {
        assert!(is_taken(&text, &told), "{told}");
    }
    let _ = Question::new(&text, UNIX_EPOCH).with_bucket("docs").with_method("GET").explain().to_string();
}

/// Checks a URL as a server does, with the address, method and content type that the explanation found.
pub(crate) fn is_taken(url: &str, told: &Explanation) -> bool {
    let (Some(address), Fit::Fits { method, content_type }) = (&told.address, &told.signature) else {
        return false;
    };
    // Clients send nothing of a fragment, not even its `#`.
    let sent = url.trim().split('#').next().unwrap_or_default();
    let raw = sent.split_once('?').map_or("", |(_, query)| query);
    let Ok(pairs) = decode_query(raw) else {
        return false;
    };
    let query: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    let headers: Vec<_> = content_type.iter().map(|value| ("content-type", value.as_str())).collect();
    let mut headers = headers.clone();
    headers.push(("host", &address.host));
    let (bucket, key) = (address.bucket.as_deref(), Some(address.key.as_str()));
    let request = Request { method, bucket, key, query: &query, headers: &headers };
    match Claim::read(&request) {
        Ok(Some(Claim::V1(claim))) => {
            claim.check_time(now()).is_ok() && claim.verify(&v1::SigningKey::new(SECRET), &request).is_ok()
        }
        Ok(Some(Claim::V4(claim))) => {
            let key = v4::SigningKey::derive(SECRET, claim.time.to_system_time(), claim.region, claim.product);
            claim.check_time(now()).is_ok() && claim.verify(&key, &request).is_ok()
        }
        _ => false,
    }
}

/// Policies of forms: what can be read is written and read again without a change.
pub(crate) fn policy(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for document in [Document::read(text).ok(), Document::decode(text).ok()].into_iter().flatten() {
        let written = document.write();
        let again = Document::read(&written).expect("what we write can be read");
        assert_eq!(again.conditions, document.conditions, "{written}");
        let fields = [("key", "a.txt"), ("bucket", "docs"), ("Content-Type", "text/plain")];
        let value_of = |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
        assert_eq!(again.unmet(value_of), document.unmet(value_of));
        assert_eq!(again.size(), document.size());
    }
}
