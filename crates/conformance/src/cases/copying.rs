//! Copies: within the store where the Type can, else by reading and writing.

use meta::{Ability, CopyOptions, ErrorKind, UploadOptions};

use crate::outcome::{Outcome, ensure, refused};
use crate::subject::{Subject, content, crc64};

pub(crate) async fn copies_keep_content_type_and_metadata(s: Subject) -> Outcome {
    let options = UploadOptions::default()
        .with_content_type("text/css")
        .with_cache_control("no-cache")
        .with_content_disposition("inline")
        .with_metadata("author", "alice");
    for (from, to, size) in [
        ("from", "to", 70_000),
        ("empty", "copy of empty", 0),
        ("a b+c%20&中", "目标/+ %2F?", 10),
        ("large", "folder/large", s.profile().large_bytes() + 1),
    ] {
        let (from, to, bytes) = (s.name(from), s.name(to), content(1, size));
        s.upload_with(&from, bytes.clone(), options.clone()).await?;
        s.upload_with(&to, "old", UploadOptions::default().with_metadata("old", "yes")).await?;
        let receipt = s.copy(&from, &to, CopyOptions::default()).await?;
        ensure!(receipt.name.as_str() == to, "the receipt of a copy to `{to}` names `{}`", receipt.name);
        ensure!(!receipt.url.is_empty(), "the receipt of a copy has no `url`");
        ensure!(receipt.crc64.is_none_or(|told| told == crc64(&bytes)), "the receipt of a copy has the wrong CRC-64");
        ensure!(receipt.size.is_none_or(|told| told == size as u64), "the receipt of a copy has the wrong size");
        s.expect(&to, &bytes).await?;
        s.expect(&from, &bytes).await?;
        let info = s.get_object(&to).await?;
        ensure!(info.content_type.as_deref() == Some("text/css"), "a copy has the type {:?}", info.content_type);
        ensure!(info.cache_control.as_deref() == Some("no-cache"), "a copy has Cache-Control {:?}", info.cache_control);
        ensure!(
            info.content_disposition.as_deref() == Some("inline"),
            "a copy has Content-Disposition {:?}",
            info.content_disposition
        );
        ensure!(info.metadata == options.metadata, "a copy has the metadata {:?}", info.metadata);
        // They are two objects from now on.
        s.upload(&from, "changed").await?;
        s.expect(&to, &bytes).await?;
        s.delete(&from).await?;
        s.expect(&to, &bytes).await?;
    }
    Ok(())
}

pub(crate) async fn copies_of_missing_objects_change_nothing(s: Subject) -> Outcome {
    let to = s.name("target");
    s.upload(&to, "old").await?;
    let outcome = s.copy(&s.name("missing"), &to, CopyOptions::default()).await;
    refused("a copy of a missing object", outcome, ErrorKind::NotFound)?;
    s.expect(&to, b"old").await?;
    let outcome = s.copy(&s.name("missing"), &s.name("missing too"), CopyOptions::default()).await;
    refused("a copy of a missing object to a new name", outcome, ErrorKind::NotFound)?;
    s.expect_missing(&s.name("missing too")).await
}

pub(crate) async fn copies_can_forbid_overwriting(s: Subject) -> Outcome {
    let (from, to) = (s.name("from"), s.name("to"));
    s.upload(&from, "new").await?;
    s.upload(&to, "old").await?;
    let forbid = || CopyOptions::default().without_overwriting();
    let outcome = s.copy(&from, &to, forbid()).await;
    refused("a copy over an object although overwriting is forbidden", outcome, ErrorKind::AlreadyExists)?;
    s.expect(&to, b"old").await?;
    s.copy(&from, &s.name("new"), forbid()).await?;
    s.expect(&s.name("new"), b"new").await
}

pub(crate) async fn a_copy_onto_itself_keeps_the_object(s: Subject) -> Outcome {
    let (name, bytes) = (s.name("itself"), content(2, 300_000));
    let options = UploadOptions::default().with_content_type("text/css").with_metadata("author", "alice");
    s.upload_with(&name, bytes.clone(), options).await?;
    s.copy(&name, &name, CopyOptions::default()).await?;
    s.expect(&name, &bytes).await?;
    let info = s.get_object(&name).await?;
    ensure!(info.content_type.as_deref() == Some("text/css"), "a copy onto itself changed the type");
    ensure!(info.metadata.get("author").map(String::as_str) == Some("alice"), "a copy onto itself lost the metadata");
    if s.profile().has(Ability::List) {
        let listed = s.listed(&s.name("")).await?;
        ensure!(listed == [name.as_str()], "after a copy onto itself these are listed: {listed:?}");
    }
    Ok(())
}
