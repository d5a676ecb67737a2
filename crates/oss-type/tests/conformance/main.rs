//! `storages.OssType` on the embedded server keeps the contract: over both address styles, with both signatures, and
//! with an override above it.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod server;

use conformance::{Profile, Verdict};
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
    ];
    entries.extend(more);
    if more.iter().all(|(key, _)| *key != "bucketName") {
        entries.push(("bucketName", BUCKET));
    }
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

/// A bucket whose versioning is enabled.
mod versioned {
    use futures_util::stream::{self, StreamExt};

    use super::*;

    /// Cases that forbid overwriting somewhere: in a bucket that keeps versions OSS takes no notice of
    /// `x-oss-forbid-overwrite`, since nothing is lost (PutObject, "x-oss-forbid-overwrite").
    const FORBIDDING: &[&str] = &[
        "a_signed_put_binds_its_options",
        "an_empty_override_changes_nothing",
        "an_override_sees_every_effect",
        "completion_can_forbid_overwriting",
        "copies_can_forbid_overwriting",
        "errors_name_what_failed",
        "links_are_names_of_their_own",
        "of_writers_that_forbid_overwriting_one_wins",
        "overwriting_can_be_forbidden",
        "progress_of_what_fails_never_tells_all",
        "random_operations_agree_with_a_model",
    ];

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn all_holds_but_that_overwriting_can_be_forbidden() {
        let bucket = &[("bucketName", server::VERSIONED)];
        let profile = profile(|| EmbeddedServer::get().address(), bucket).with_versioned_store();
        let verdicts = stream::iter(conformance::case_names())
            .map(|case| {
                let profile = profile.clone();
                async move { (case, conformance::run_case(&profile, case).await) }
            })
            .buffer_unordered(8);
        let failed: Vec<_> = verdicts
            .filter_map(async |(case, verdict)| match verdict {
                Verdict::Failed(why) => Some((case, why)),
                _ => None,
            })
            .collect()
            .await;
        for (case, why) in &failed {
            let is_known = FORBIDDING.contains(case) && (why.contains("over an object") || why.contains("forbid"));
            assert!(is_known, "{case}: {why}");
        }
        // Random operations may happen to forbid nothing.
        assert!(failed.len() + 1 >= FORBIDDING.len(), "OSS forbids overwriting here after all: {failed:?}");
    }
}
