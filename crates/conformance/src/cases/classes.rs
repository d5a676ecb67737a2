//! Storage classes.

use meta::{Ability, ErrorKind, Feature, ObjectAcl, Overwrite, RestoreOptions, UploadOptions};

use crate::outcome::{Outcome, Stop, ensure, refused};
use crate::subject::{Subject, content};

/// The class of objects that are given none, and another one.
fn two_classes(s: &Subject) -> Outcome<(String, String)> {
    match s.profile().storage_classes() {
        [usual, .., other] => Ok((usual.clone(), other.clone())),
        _ => Err(Stop::NotApplicable("the profile does not tell two storage classes".to_owned())),
    }
}

async fn expect_class(s: &Subject, what: &str, name: &str, expected: &str) -> Outcome {
    let told = s.get_object(name).await?.storage_class;
    ensure!(told.as_deref() == Some(expected), "{what} should be in the class {expected} and is in {told:?}");
    Ok(())
}

pub(crate) async fn classes_change_and_all_else_stays(s: Subject) -> Outcome {
    s.needs(Ability::StorageClasses)?;
    let (usual, other) = two_classes(&s)?;
    let (name, bytes) = (s.name("moved"), content(1, 200_000));
    let options = UploadOptions::default()
        .with_content_type("text/css")
        .with_cache_control("no-cache")
        .with_metadata("author", "alice");
    s.upload_with(&name, bytes.clone(), options.clone()).await?;
    expect_class(&s, "an object that was given none", &name, &usual).await?;
    if s.profile().has(Ability::Tags) {
        s.set_tags(&name, &[("colour", "blue")]).await?;
    }
    if s.profile().has(Ability::Acls) {
        s.set_acl(&name, ObjectAcl::Private).await?;
    }
    for class in [&other, &other, &usual] {
        s.set_storage_class(&name, class).await?;
        expect_class(&s, "an object that was moved", &name, class).await?;
        s.expect(&name, &bytes).await?;
        let info = s.get_object(&name).await?;
        ensure!(
            info.content_type == options.content_type
                && info.cache_control == options.cache_control
                && info.metadata == options.metadata,
            "a change of the storage class lost type, headers or metadata: {info:?}"
        );
        if s.profile().has(Ability::Tags) {
            let tags = s.get_tags(&name).await?;
            ensure!(tags.len() == 1, "a change of the storage class left the tags {tags:?}");
        }
        if s.profile().has(Ability::Acls) {
            let acl = s.get_acl(&name).await?;
            ensure!(acl == ObjectAcl::Private, "a change of the storage class left the access rule {acl}");
        }
    }
    let outcome = s.set_storage_class(&name, "NoSuchClass").await;
    refused("a change to a class that is none", outcome, ErrorKind::InvalidInput)?;
    expect_class(&s, "an object", &name, &usual).await?;
    let outcome = s.set_storage_class(&s.name("missing"), &other).await;
    refused("a change of a missing object's class", outcome, ErrorKind::NotFound)?;
    s.expect_missing(&s.name("missing")).await
}

pub(crate) async fn classes_come_with_uploads(s: Subject) -> Outcome {
    s.needs_feature(Feature::StorageClass)?;
    let (usual, other) = two_classes(&s)?;
    let name = s.name("classified");
    let given = || UploadOptions::default().with_storage_class(&other);
    for bytes in [content(1, 10), content(1, s.profile().large_bytes())] {
        s.upload_with(&name, bytes, given()).await?;
        expect_class(&s, "an object that was uploaded so", &name, &other).await?;
        s.upload(&name, "without").await?;
        expect_class(&s, "an object that was overwritten without", &name, &usual).await?;
    }
    if s.profile().has(Ability::Multipart) {
        let id = s.initiate(&name, given()).await?;
        let part = s.upload_part(&name, &id, 1, "in parts").await?;
        s.complete(&name, &id, vec![part], Overwrite::Allow).await?;
        expect_class(&s, "an object of parts", &name, &other).await?;
    }
    let none = UploadOptions::default().with_storage_class("NoSuchClass");
    let outcome = s.upload_with(&s.name("none"), "x", none).await;
    refused("an upload to a class that is none", outcome, ErrorKind::InvalidInput)?;
    s.expect_missing(&s.name("none")).await
}

pub(crate) async fn what_is_not_archived_is_not_restored(s: Subject) -> Outcome {
    s.needs(Ability::StorageClasses)?;
    let name = s.name("at hand");
    s.upload(&name, "at hand").await?;
    let outcome = s.restore(&name, RestoreOptions::default()).await;
    refused("a restore of an object that is not archived", outcome, ErrorKind::Unsupported)?;
    let outcome = s.restore(&name, RestoreOptions::default().with_days(0)).await;
    refused("a restore for 0 days", outcome, ErrorKind::InvalidInput)?;
    let outcome = s.restore(&s.name("missing"), RestoreOptions::default()).await;
    refused("a restore of a missing object", outcome, ErrorKind::NotFound)?;
    s.expect(&name, b"at hand").await
}
