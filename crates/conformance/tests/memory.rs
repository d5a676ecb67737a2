//! The unbroken `storages.MemoryType` passes everything.

use std::sync::Arc;

use conformance::{MemoryStorage, Profile};
use meta::{Ability, Storage, StorageElement};

const SIGNING_KEY: &str = "5f0e-signing-key-of-the-tests";

/// With everything that a profile can say.
fn in_code() -> Profile {
    let storage = MemoryStorage::with_signing_key(MemoryStorage::DEFAULT_MAX_BYTES, SIGNING_KEY);
    let (made, sent) = (storage.clone(), storage);
    Profile::of_storage("storages.MemoryType", move || Arc::new(made.clone()) as Arc<dyn Storage>)
        .with_abilities(Ability::ALL)
        .with_secrets([SIGNING_KEY])
        .with_lasting_store()
        .with_fetch(move |request, body| {
            let storage = sent.clone();
            async move { storage.send(&request, body).await }
        })
}

/// As an app builds it.
fn configured() -> Profile {
    Profile::new(|| async { element() }).with_abilities(Ability::ALL).with_secrets([SIGNING_KEY]).with_load_errors(
        || {
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
        },
    )
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
