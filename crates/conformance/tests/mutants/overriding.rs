//! Overrides of `storages.MemoryType` that change nothing, with and without signed PUT.

use std::sync::Arc;

use conformance::{MemoryStorage, Profile};
use meta::StorageElement;
use meta::prelude::*;

use super::caught;

/// Overrides nothing.
#[derive(Debug)]
struct Plain(Arc<dyn Storage>);

impl StorageOverride for Plain {
    fn base(&self) -> &dyn Storage {
        &*self.0
    }
}

/// Lets signed requests of every method reach its base.
#[derive(Debug)]
struct Forwarding(Arc<dyn Storage>);

#[async_trait]
impl StorageOverride for Forwarding {
    fn base(&self) -> &dyn Storage {
        &*self.0
    }

    async fn get_sign_url(&self, name: &ObjectName, options: SignOptions) -> Result<SignedRequest> {
        self.0.get_sign_url(name, options).await
    }
}

storage_type!("storages.PlainType", extends: "storages.MemoryType", build: |base| Ok(Plain(base.build()?)));
storage_type!("storages.OpeningType", extends: "storages.PlainType", build: |base| Ok(Forwarding(base.build()?)));
storage_type!("storages.OpenType", extends: "storages.MemoryType", build: |base| Ok(Forwarding(base.build()?)));

fn profile<S: Storage>(build: fn(Arc<dyn Storage>) -> S) -> Profile {
    let storage = MemoryStorage::new(MemoryStorage::DEFAULT_MAX_BYTES);
    let sent = storage.clone();
    Profile::of_storage("storages.PlainType", move || Arc::new(build(Arc::new(storage.clone()))))
        .with_abilities(&[Ability::List])
        .with_features(super::FEATURES)
        .with_fetch(move |request, body| {
            let storage = sent.clone();
            async move { storage.send(&request, body).await }
        })
}

/// An override that is not declared to sign, and does not, is right in every case.
mod plain {
    fn profile() -> conformance::Profile {
        super::profile(super::Plain).without_signed_writes()
    }

    conformance::suite!(profile);
}

mod forwarding {
    fn profile() -> conformance::Profile {
        super::profile(super::Forwarding)
    }

    conformance::suite!(profile);
}

#[test]
fn a_signed_put_is_as_declared() {
    caught(&profile(Plain), &[("verbs_are_as_declared", "a signed PUT is refused as unsupported")]);
    caught(
        &profile(Forwarding).without_signed_writes(),
        &[
            ("verbs_are_as_declared", "lacks a signed PUT, and it works"),
            ("an_override_sees_every_effect", "a signing that the profile excludes succeeded"),
        ],
    );
}

async fn refusal(element: &StorageElement) -> Error {
    assert!(element.get_sign_url("a", None, None).await.is_ok());
    assert!(element.sign("a", SignOptions::new(SignMethod::Head)).await.is_ok());
    element.get_upload_url("a", "text/plain", None).await.expect_err("a signed PUT is closed")
}

#[tokio::test]
async fn the_refusal_of_a_signed_put_names_the_level_that_closed_it() {
    let of_type = |name| conformance::element(name, [("signingKey", "k")]).expect("it is configured right");
    for (element, level) in [
        (of_type("storages.PlainType"), "storages.PlainType"),
        (of_type("storages.OpeningType"), "storages.PlainType"),
        (of_type("storages.OpenType").extended_by("storages.Over".parse().expect("a name"), Plain), "storages.Over"),
        (
            of_type("storages.PlainType").extended_by("storages.Over".parse().expect("a name"), Forwarding),
            "storages.PlainType",
        ),
    ] {
        let error = refusal(&element).await;
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(error.message(), format!("a signed PUT is closed by {level}"));
        assert!(error.advice().expect("an advice").contains("`get_sign_url` forwards it"), "{error}");
    }
    of_type("storages.OpenType").get_upload_url("a", "text/plain", None).await.expect("it is open");
}
