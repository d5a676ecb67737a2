//! Signatures against the bare HMAC and hash of the same bytes, and CRC-64 against copying them, in the same run:
//! `cargo bench -p jit-storages-oss-type --bench signatures`.
//!
//! Targets: at most three times the bare cost, V4 with the day's key kept and V1 with the state of its key kept. Words
//! after `--` choose the cases whose names hold them.

#![expect(clippy::print_stdout, reason = "a benchmark is for what it prints")]

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use oss_protocol::crc64;
use oss_protocol::sign::{Request, v1, v4};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

const ROUNDS: u32 = 40;
const SECRET: &str = "exampleAccessKeySecretForTests";
const ID: &str = "LTAIexampleAccessKeyId";
const LIFETIME: Duration = Duration::from_secs(300);

const PUT: Request<'static> = Request {
    method: "PUT",
    bucket: Some("examplebucket"),
    key: Some("目录/2026/01/01/picture 0001.jpg"),
    query: &[],
    headers: &[
        ("content-type", "application/octet-stream"),
        ("x-oss-forbid-overwrite", "true"),
        ("x-oss-meta-author", "alice"),
    ],
};
const GET: Request<'static> = Request { method: "GET", key: Some("users/avatar.jpg"), headers: &[], ..PUT };

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let now = UNIX_EPOCH + Duration::from_secs(1_767_251_585);
    println!("least times of {ROUNDS} rounds; ratios to the bare hashing of the same bytes, or to copying them\n");
    if wanted("signature V4") {
        v4_signatures(now);
    }
    if wanted("signature V1") {
        v1_signatures(now);
    }
    if wanted("crc64") {
        checksums();
    }
}

fn v4_signatures(now: SystemTime) {
    let key = v4::SigningKey::derive(SECRET, now, "cn-hangzhou", v4::PRODUCT);
    let signer = v4::Signer { access_key_id: ID, security_token: None, key: &key };
    let mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).expect("HMAC takes a key of any length");
    let bare = |canonical: &str, string_to_sign: &str| {
        black_box(Sha256::digest(black_box(canonical)));
        mac.clone().chain_update(black_box(string_to_sign)).finalize().into_bytes()
    };

    let signed = signer.sign_headers(&PUT, &[], now);
    let (canonical, text) = (signed.canonical_request().to_owned(), signed.string_to_sign());
    let times = compare(|| bare(&canonical, &text), || signer.sign_headers(black_box(&PUT), &[], now));
    report("signature V4, headers of a PUT", times);

    let parameters = signer.sign_query(&GET, &[], now, LIFETIME).expect("a lifetime that V4 takes");
    let query: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let canonical = v4::canonical_request(&Request { query: &query, ..GET }, &[]);
    let times = compare(|| bare(&canonical, &text), || signer.sign_query(black_box(&GET), &[], now, LIFETIME));
    report("signature V4, URL of a GET", times);
}

fn v1_signatures(now: SystemTime) {
    let key = v1::SigningKey::new(SECRET);
    let signer = v1::Signer { access_key_id: ID, security_token: None, key: &key };
    let mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).expect("HMAC takes a key of any length");
    let bare = |string_to_sign: &str| mac.clone().chain_update(black_box(string_to_sign)).finalize().into_bytes();

    let text = signer.sign_headers(&PUT, now).string_to_sign().to_owned();
    report("signature V1, headers of a PUT", compare(|| bare(&text), || signer.sign_headers(black_box(&PUT), now)));

    let text = v1::string_to_sign(&GET, "1767251885");
    report(
        "signature V1, URL of a GET",
        compare(|| bare(&text), || signer.sign_query(black_box(&GET), now + LIFETIME)),
    );
}

fn checksums() {
    for (name, size) in [("crc64 of 4 KiB", 4 << 10), ("crc64 of 64 KiB", 64 << 10), ("crc64 of 16 MiB", 16 << 20)] {
        let bytes: Vec<u8> = (0..size).map(|at: usize| (at % 251) as u8).collect();
        let mut copy = vec![0; size];
        let calls = u32::try_from((64 << 20) / size).expect("a few thousand");
        let copied = || black_box(&mut copy).copy_from_slice(black_box(&bytes));
        let [copied, summed] = compare_times(calls, copied, || crc64::checksum(black_box(&bytes)));
        let rate = |nanos: f64| size as f64 / nanos * 1e9 / f64::from(1_u32 << 30);
        println!(
            "{name:<32} {:>10.2} GiB/s   {:>5.2} x copying ({:.2} GiB/s)",
            rate(summed),
            summed / copied,
            rate(copied)
        );
    }
}

fn compare<A, B>(bare: impl FnMut() -> A, own: impl FnMut() -> B) -> [f64; 2] {
    compare_times(4_000, bare, own)
}

/// The least time of one call of each in nanoseconds, in interleaved rounds: noise only ever adds.
fn compare_times<A, B>(calls: u32, mut first: impl FnMut() -> A, mut second: impl FnMut() -> B) -> [f64; 2] {
    let mut best = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        best[0] = best[0].min(time(calls, &mut first));
        best[1] = best[1].min(time(calls, &mut second));
    }
    best
}

fn time<T>(calls: u32, call: &mut impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        black_box(call());
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

fn report(name: &str, [bare, own]: [f64; 2]) {
    println!("{name:<32} {:>10.0} /s      {:>5.2} x bare ({bare:.0} ns)", 1e9 / own, own / bare);
}
