//! What must hold for any input: texts of every alphabet, documents with a few bytes changed, requests of every kind.
//!
//! `SOAK=1` runs a hundred times as many cases.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod seeds;
mod targets;
mod urls;

use oss_protocol::crc64;
use proptest::prelude::*;
use proptest::test_runner::Config;

use self::seeds::mutated;

fn config() -> Config {
    let cases = if std::env::var_os("SOAK").is_some() { 25_600 } else { 256 };
    Config { cases, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn sums_of_two_parts(content in proptest::collection::vec(any::<u8>(), 0..5000), at in any::<prop::sample::Index>()) {
        let (first, second) = content.split_at(at.index(content.len() + 1));
        let combined = crc64::combine(crc64::checksum(first), crc64::checksum(second), second.len() as u64);
        prop_assert_eq!(combined, crc64::checksum(&content));
    }

    #[test]
    fn documents(data in mutated(seeds::documents())) {
        targets::xml(&data);
    }

    #[test]
    fn error_documents(data in mutated(seeds::error_documents())) {
        targets::error_document(&data);
    }

    #[test]
    fn times(data in mutated(seeds::times())) {
        targets::times(&data);
    }

    #[test]
    fn endpoints(data in mutated(seeds::endpoints())) {
        targets::endpoints(&data);
    }

    #[test]
    fn encoding(data in mutated(seeds::queries())) {
        targets::encoding(&data);
    }

    #[test]
    fn claims(data in mutated(seeds::claims())) {
        targets::claims(&data);
    }

    #[test]
    fn signed_urls(data in mutated(seeds::signed_urls())) {
        targets::signed_url(&data);
    }

    #[test]
    fn policies(data in mutated(seeds::policies())) {
        targets::policy(&data);
    }
}

#[test]
fn seeds_are_what_they_are_for() {
    use oss_protocol::sign::policy::Document;
    use oss_protocol::xml::ErrorDocument;
    for seed in seeds::signed_urls() {
        let told =
            oss_protocol::sign::explain::Question::new(&seed, targets::now()).with_secret(targets::SECRET).explain();
        assert!(told.is_valid() && targets::is_taken(&seed, &told), "{told}");
        targets::signed_url(format!(" {seed}#\n").as_bytes());
    }
    assert!(seeds::error_documents().iter().any(|seed| ErrorDocument::read(seed.as_bytes()).is_ok()));
    assert!(seeds::policies().iter().all(|seed| Document::read(seed).or_else(|_| Document::decode(seed)).is_ok()));
}
