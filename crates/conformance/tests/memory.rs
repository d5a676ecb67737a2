//! The unbroken `storages.MemoryType` passes everything.

use std::sync::Arc;

use conformance::{MemoryStorage, Profile};
use meta::{
    Ability, Body, Bytes, CopyOptions, ErrorKind, ListOptions, SignMethod, SignedRequest, Storage, StorageElement,
    UploadOptions,
};

const SIGNING_KEY: &str = "5f0e-signing-key-of-the-tests";

/// With everything that a profile can say.
fn in_code() -> Profile {
    let storage = MemoryStorage::with_signing_key(MemoryStorage::DEFAULT_MAX_BYTES, SIGNING_KEY);
    let (made, sent) = (storage.clone(), storage);
    let profile = Profile::of_storage("storages.MemoryType", move || Arc::new(made.clone()) as Arc<dyn Storage>)
        .with_secrets([SIGNING_KEY])
        .with_lasting_store()
        .with_fetch(move |request, body| {
            let storage = sent.clone();
            async move { storage.send(&request, body).await }
        });
    what_memory_can(profile)
}

fn what_memory_can(profile: Profile) -> Profile {
    let abilities: Vec<_> = Ability::ALL.iter().copied().filter(|ability| *ability != Ability::Versions).collect();
    profile
        .with_abilities(&abilities)
        .with_features(MemoryStorage::FEATURES)
        .with_storage_classes(MemoryStorage::STORAGE_CLASSES.iter().copied())
        .with_parallel_reads()
}

/// What a store that keeps every version needs in a soak.
const ROOM: u64 = 8 * MemoryStorage::DEFAULT_MAX_BYTES;

/// With old versions kept.
fn versioned() -> Profile {
    let storage = MemoryStorage::with_versions(ROOM, SIGNING_KEY);
    let (made, sent) = (storage.clone(), storage);
    let profile = Profile::of_storage("storages.MemoryType", move || Arc::new(made.clone()) as Arc<dyn Storage>)
        .with_secrets([SIGNING_KEY])
        .with_fetch(move |request, body| {
            let storage = sent.clone();
            async move { storage.send(&request, body).await }
        });
    what_memory_can(profile).with_abilities(Ability::ALL).with_versioned_store()
}

/// As an app builds it.
fn configured() -> Profile {
    what_memory_can(Profile::new(|| async { element() })).with_secrets([SIGNING_KEY]).with_load_errors(|| {
        let wrong = |entries: &[(&str, serde_json::Value)]| {
            conformance::element("storages.MemoryType", entries.iter().cloned())
                .expect_err("the configuration is wrong")
        };
        vec![
            wrong(&[("signingKey", SIGNING_KEY.into()), ("maxByte", 1.into())]),
            wrong(&[("signingKey", SIGNING_KEY.into()), ("maxBytes", "many".into())]),
            wrong(&[("signingKey", vec![SIGNING_KEY].into())]),
            wrong(&[("signinKey", SIGNING_KEY.into())]),
        ]
    })
}

fn element() -> meta::Result<StorageElement> {
    conformance::element("storages.MemoryType", [("signingKey", SIGNING_KEY)])
}

mod in_code {
    conformance::suite!(super::in_code);
}

mod configured {
    conformance::suite!(super::configured);
}

mod versioned {
    conformance::suite!(super::versioned);
}

#[tokio::test]
async fn memory_is_bounded_and_given_back() {
    let storage = MemoryStorage::new(100_000);
    let element = StorageElement::from_storage(
        "storages.Small".parse().expect("a fullName"),
        "storages.MemoryType".parse().expect("a fullName"),
        Arc::new(storage.clone()),
    );
    let chunks = || futures_util::stream::iter((0..100).map(|_| Ok(Bytes::from(vec![7; 10_000]))));
    element.upload_by_file("a", vec![1; 60_000], None).await.expect("it fits");
    let full = storage.used_bytes();
    for body in [
        Body::from(vec![2; 60_000]),
        Body::stream(chunks(), None),
        Body::stream(chunks(), Some(1_000_000)),
        Body::stream(chunks(), Some(u64::MAX)),
    ] {
        let error = element.upload_with("b", body, UploadOptions::default()).await.expect_err("it does not fit");
        assert!(error.to_string().contains("the storage is full: it takes 100000 bytes in all"), "{error}");
        assert!(error.to_string().contains("raise `maxBytes`"), "{error}");
        assert_eq!(storage.used_bytes(), full);
    }
    assert!(element.append("a", 60_000, vec![3; 60_000], UploadOptions::default()).await.is_err());
    assert!(element.copy("a", "b", CopyOptions::default()).await.is_err());
    assert_eq!(element.download("a").await.expect("it is there"), vec![1; 60_000]);
    element.delete("a").await.expect("it can be deleted");

    let id = element.initiate_multipart("c", UploadOptions::default()).await.expect("it begins");
    element.upload_part("c", &id, 1, vec![4; 90_000]).await.expect("it fits");
    assert!(element.upload_part("c", &id, 2, vec![4; 20_000]).await.is_err());
    element.upload_part("c", &id, 1, vec![5; 9_000]).await.expect("it replaces the part");
    element.upload_part("c", &id, 2, vec![4; 20_000]).await.expect("there is room again");
    element.abort_multipart("c", &id).await.expect("it ends");
    assert_eq!(storage.used_bytes(), 0);

    // Names and metadata count, so that many small objects are bounded too.
    let mut written = 0;
    while element.upload_by_file(&format!("small {written}"), "", None).await.is_ok() {
        written += 1;
        assert!(written < 1_000, "empty objects are not bounded");
    }
    assert!(written > 10);
}

#[tokio::test]
async fn wrong_requests_and_continuations_are_refused() {
    let storage = MemoryStorage::new(100_000);
    for url in [
        "",
        "memory://objects/",
        "memory://objects/a",
        "memory://objects/a?expires=99999999999&signature=0",
        "http://x",
    ] {
        let (status, _) = storage.send(&SignedRequest::new(SignMethod::Get, url), None).await;
        assert_eq!(status, 403, "{url}");
    }
    let element = element().expect("it is configured right");
    let error = element.list(ListOptions::default().with_continuation("elsewhere")).await.expect_err("it is not ours");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
