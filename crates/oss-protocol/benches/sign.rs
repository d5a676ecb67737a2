//! One signature against the bare hashing of the same bytes, in the same run: `cargo bench -p jit-storages-oss-protocol`.
//!
//! Targets: at most three times the bare cost, V4 with the day's key kept and V1 with the key's state kept.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::{Duration, Instant, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use oss_protocol::sign::{Request, v1, v4};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

const HEADERS: &[(&str, &str)] =
    &[("content-type", "application/octet-stream"), ("x-oss-forbid-overwrite", "true"), ("x-oss-meta-author", "alice")];

fn main() {
    let now = UNIX_EPOCH + Duration::from_secs(1_767_251_585);
    let request = Request {
        method: "PUT",
        bucket: Some("examplebucket"),
        key: Some("目录/2026/01/01/picture 0001.jpg"),
        query: &[],
        headers: HEADERS,
    };
    let get = Request { method: "GET", headers: &[], key: Some("users/avatar.jpg"), ..request };

    let key = v4::SigningKey::derive("exampleAccessKeySecretForTests", now, "cn-hangzhou", v4::PRODUCT);
    let signer = v4::Signer { access_key_id: "LTAIexampleAccessKeyId", security_token: None, key: &key };
    let signed = signer.sign_headers(&request, &[], now);
    let (canonical, string_to_sign) = (signed.canonical_request().to_owned(), signed.string_to_sign());
    let mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).expect("HMAC takes a key of any length");
    let bare = measure(|| {
        black_box(Sha256::digest(black_box(&canonical)));
        mac.clone().chain_update(black_box(&string_to_sign)).finalize().into_bytes()
    });
    let put = measure(|| signer.sign_headers(black_box(&request), &[], now));
    let url = measure(|| signer.sign_query(black_box(&get), &[], now, Duration::from_secs(300)));
    let derive = measure(|| v4::SigningKey::derive("exampleAccessKeySecretForTests", now, "cn-hangzhou", "oss"));
    report("V4 bare SHA-256 + HMAC-SHA256", bare, bare);
    report("V4 headers of a PUT", put, bare);
    report("V4 signed URL of a GET", url, bare);
    report("V4 deriving the key of a day", derive, bare);

    let key = v1::SigningKey::new("exampleAccessKeySecretForTests");
    let signer = v1::Signer { access_key_id: "LTAIexampleAccessKeyId", security_token: None, key: &key };
    let string_to_sign = signer.sign_headers(&request, now).string_to_sign().to_owned();
    let mac = Hmac::<Sha1>::new_from_slice(b"exampleAccessKeySecretForTests").expect("HMAC takes a key of any length");
    let bare = measure(|| mac.clone().chain_update(black_box(&string_to_sign)).finalize().into_bytes());
    let put = measure(|| signer.sign_headers(black_box(&request), now));
    report("V1 bare HMAC-SHA1", bare, bare);
    report("V1 headers of a PUT", put, bare);
}

/// The least time of one call in nanoseconds, over several rounds: noise only ever adds.
fn measure<T>(mut call: impl FnMut() -> T) -> f64 {
    const CALLS: u32 = 20_000;
    let mut best = f64::INFINITY;
    for _ in 0..15 {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(call());
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
    }
    best
}

fn report(name: &str, nanos: f64, bare: f64) {
    println!("{name:<32} {nanos:>8.0} ns  {:>5.2} x bare", nanos / bare);
}
