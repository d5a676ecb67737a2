//! `storages.OssType` on the embedded server keeps the contract: over both address styles, with both signatures, and
//! with an override above it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod server;

use conformance::Profile;
use meta::{Ability, Error, Feature, StorageElement};
use oss_type as _;
use server::{BUCKET, EmbeddedServer};

/// An element on the embedded server; `more` are configuration keys beside the four.
fn element(endpoint: String, more: &[(&str, &str)]) -> Result<StorageElement, Error> {
    let server = EmbeddedServer::get();
    let mut entries = vec![
        ("accessKeyId", server.access_key_id()),
        ("accessKeySecret", server.access_key_secret()),
        ("endPoint", &endpoint),
        ("bucketName", BUCKET),
    ];
    entries.extend(more);
    conformance::element("storages.OssType", entries)
}

fn profile(endpoint: impl Fn() -> String + Send + Sync + 'static, more: &'static [(&str, &str)]) -> Profile {
    Profile::new(move || std::future::ready(element(endpoint(), more)))
        .with_abilities(Ability::ALL)
        .with_features(Feature::ALL)
        .with_storage_classes(["Standard", "IA"])
        .with_parallel_reads()
        .with_secrets([EmbeddedServer::get().access_key_secret()])
        .with_fetch(server::fetch)
        .with_lasting_store()
}

mod path_style {
    use super::*;

    fn path_style() -> Profile {
        profile(|| EmbeddedServer::get().address(), &[]).with_load_errors(|| {
            let secret = EmbeddedServer::get().access_key_secret();
            let endpoints = ["ftp://127.0.0.1", "http://user@127.0.0.1", "oss.example.com", "http://127.0.0.1/path"];
            let wrong = |endpoint: &str| element(endpoint.to_owned(), &[("accessKeySecret", secret)]).err();
            endpoints.into_iter().filter_map(wrong).collect()
        })
    }

    conformance::suite!(path_style);
}

mod virtual_host_style {
    use super::*;

    fn virtual_host_style() -> Profile {
        profile(|| EmbeddedServer::get().virtual_host_address(), &[])
    }

    conformance::suite!(virtual_host_style);
}

mod signature_v1 {
    use super::*;

    fn signature_v1() -> Profile {
        profile(|| EmbeddedServer::get().address(), &[("signatureVersion", "v1")])
    }

    conformance::suite!(signature_v1);
}
