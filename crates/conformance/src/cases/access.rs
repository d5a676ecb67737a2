//! Access rules of single objects.

use meta::{Ability, CompleteOptions, ErrorKind, Feature, ObjectAcl, SignMethod, SignedRequest, UploadOptions};

use crate::outcome::{Outcome, ensure, refused, same_bytes};
use crate::subject::{Subject, content};

async fn expect_acl(s: &Subject, what: &str, name: &str, expected: ObjectAcl) -> Outcome {
    let told = s.get_acl(name).await?;
    ensure!(told == expected, "{what} should have the access rule {expected} and has {told}");
    Ok(())
}

pub(crate) async fn access_rules_are_kept(s: Subject) -> Outcome {
    s.needs(Ability::Acls)?;
    let (name, bytes) = (s.name("ruled"), content(1, 10_000));
    s.upload_with(&name, bytes.clone(), UploadOptions::default().with_metadata("author", "alice")).await?;
    expect_acl(&s, "an object that was given none", &name, ObjectAcl::Inherited).await?;
    for acl in ObjectAcl::ALL.iter().rev().copied() {
        s.set_acl(&name, acl).await?;
        expect_acl(&s, "an object", &name, acl).await?;
    }
    s.expect(&name, &bytes).await?;
    let author = s.get_object(&name).await?.metadata.remove("author");
    ensure!(author.as_deref() == Some("alice"), "a change of the access rule changed the metadata to {author:?}");
    let missing = s.name("missing");
    refused("the access rule of a missing object", s.get_acl(&missing).await, ErrorKind::NotFound)?;
    let outcome = s.set_acl(&missing, ObjectAcl::Private).await;
    refused("a change of a missing object's access rule", outcome, ErrorKind::NotFound)?;
    s.expect_missing(&missing).await
}

pub(crate) async fn access_rules_come_with_uploads(s: Subject) -> Outcome {
    s.needs(Ability::Acls)?;
    s.needs_feature(Feature::Acl)?;
    let name = s.name("ruled");
    for bytes in [content(1, 10), content(1, s.profile().large_bytes())] {
        let options = UploadOptions::default().with_acl(ObjectAcl::Private);
        s.upload_with(&name, bytes, options).await?;
        expect_acl(&s, "an object that was uploaded so", &name, ObjectAcl::Private).await?;
        s.upload(&name, "without").await?;
        expect_acl(&s, "an object that was overwritten without", &name, ObjectAcl::Inherited).await?;
    }
    if s.profile().has(Ability::Multipart) {
        let id = s.initiate(&name, UploadOptions::default()).await?;
        let part = s.upload_part(&name, &id, 1, "in parts").await?;
        s.complete(&name, &id, vec![part], CompleteOptions::default().with_acl(ObjectAcl::PublicRead)).await?;
        expect_acl(&s, "an object that was completed so", &name, ObjectAcl::PublicRead).await?;
        let outcome = s.initiate(&name, UploadOptions::default().with_acl(ObjectAcl::Private)).await;
        refused("an access rule at the beginning of an upload in parts", outcome, ErrorKind::InvalidInput)?;
    }
    Ok(())
}

pub(crate) async fn access_rules_let_others_read(s: Subject) -> Outcome {
    s.needs(Ability::Acls)?;
    let (name, bytes) = (s.name("public 中.txt"), content(2, 10_000));
    let receipt = s.upload(&name, bytes.clone()).await?;
    let plain = SignedRequest::new(SignMethod::Get, receipt.url);
    for (acl, is_public) in [(ObjectAcl::Private, false), (ObjectAcl::PublicRead, true), (ObjectAcl::Private, false)] {
        s.set_acl(&name, acl).await?;
        let (status, body) = s.fetch(&plain, None).await?;
        if is_public {
            ensure!(status == 200, "a public object's address was answered with status {status}");
            same_bytes("what a public object's address gave", &body, &bytes)?;
        } else {
            ensure!(status == 403, "a private object's address was answered with status {status}");
            ensure!(body != bytes, "a private object's address gave its content");
        }
    }
    Ok(())
}
