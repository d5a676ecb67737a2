//! The five verbs of JAAP, and their receipts.

use meta::{Ability, Body, ErrorKind, Operation, SignMethod, SignOptions, UploadOptions};
use percent_encoding::percent_decode_str;

use crate::outcome::{Outcome, Stop, ensure, refused, same_bytes};
use crate::subject::{Subject, content, crc64};

pub(crate) async fn five_verbs_round_trip(s: Subject) -> Outcome {
    let name = s.name("folder/example.txt");
    let text = "what the documents promise";
    let options = UploadOptions::default().with_content_type("text/plain");
    let receipt = s.upload_with(&name, text, options).await?;
    ensure!(!receipt.url.is_empty(), "the receipt of an upload has no `url`");
    let info = s.get_object(&name).await?;
    ensure!(info.size == text.len() as u64, "an object of {} bytes is said to have {}", text.len(), info.size);
    let told = info.content_type.as_deref();
    ensure!(told == Some("text/plain"), "an object of type `text/plain` is said to have {told:?}");
    same_bytes("a download", &s.download(&name).await?, text.as_bytes())?;
    if !s.profile().lacks(Operation::Sign) {
        let signed = s.sign(&name, SignOptions::new(SignMethod::Get)).await?;
        ensure!(!signed.url.is_empty(), "a signed URL is empty");
    }
    let deleted = s.delete(&name).await?;
    ensure!(deleted.name.as_str() == name, "the receipt of a deletion names `{}`", deleted.name);
    refused("a download of a deleted object", s.download(&name).await, ErrorKind::NotFound)?;
    s.expect_missing(&name).await
}

pub(crate) async fn receipts_tell_the_truth(s: Subject) -> Outcome {
    let last = "报表 1+2 100%.txt";
    let name = s.name(last);
    let bytes = content(1, 70_001);
    let receipt = s.upload(&name, bytes.clone()).await?;
    ensure!(receipt.name.as_str() == name, "the receipt names `{}` instead of `{name}`", receipt.name);
    ensure!(
        receipt.url.bytes().all(|byte| byte.is_ascii_graphic()),
        "the receipt's `url` is not percent-encoded: {}",
        receipt.url
    );
    let decoded = percent_decode_str(&receipt.url).decode_utf8_lossy();
    ensure!(decoded.contains(last), "the receipt's `url` does not lead to `{last}`: {}", receipt.url);
    ensure!(receipt.size.is_none_or(|size| size == bytes.len() as u64), "the receipt has the wrong size");
    ensure!(receipt.crc64.is_none_or(|told| told == crc64(&bytes)), "the receipt has the wrong CRC-64");
    let info = s.get_object(&name).await?;
    if let (Some(told), Some(kept)) = (&receipt.etag, &info.etag) {
        ensure!(told == kept, "the receipt's ETag is `{told}`, and the object's `{kept}`");
    }
    let quoted = receipt.etag.iter().chain(&info.etag).any(|etag| etag.contains('"') || etag.is_empty());
    ensure!(!quoted, "an ETag is empty or has quotes");
    s.expect(&name, &bytes).await?;
    let other = s.upload(&s.name("other"), "x").await?;
    ensure!(other.url != receipt.url, "two objects have the same `url`: {}", other.url);
    Ok(())
}

pub(crate) async fn overwriting_replaces_everything(s: Subject) -> Outcome {
    let name = s.name("overwritten");
    let old = UploadOptions::default()
        .with_content_type("text/old")
        .with_cache_control("max-age=1")
        .with_content_disposition("attachment")
        .with_metadata("kept", "no")
        .with_metadata("both", "old");
    s.upload_with(&name, content(1, 100_000), old).await?;
    let new = UploadOptions::default().with_content_type("text/new").with_metadata("both", "new");
    s.upload_with(&name, "short", new).await?;
    s.expect(&name, b"short").await?;
    let info = s.get_object(&name).await?;
    ensure!(
        info.content_type.as_deref() == Some("text/new"),
        "an overwritten object has the type {:?} instead of the new one's",
        info.content_type
    );
    ensure!(
        !info.metadata.contains_key("kept"),
        "an overwritten object keeps metadata that the new one was not given: {:?}",
        info.metadata
    );
    let both = info.metadata.get("both").map(String::as_str);
    ensure!(both == Some("new"), "an overwritten object has the old metadata: {both:?}");
    ensure!(
        info.cache_control.is_none() && info.content_disposition.is_none(),
        "an overwritten object keeps the old headers: {:?}, {:?}",
        info.cache_control,
        info.content_disposition
    );
    Ok(())
}

pub(crate) async fn overwriting_can_be_forbidden(s: Subject) -> Outcome {
    let name = s.name("written once");
    let once = || UploadOptions::default().without_overwriting();
    s.upload_with(&name, "first", once().with_metadata("writer", "1")).await?;
    let large = content(2, s.profile().large_bytes());
    for (what, body) in [("an upload", Body::from("second")), ("a large upload", large.into())] {
        let again = s.upload_with(&name, body, once().with_metadata("writer", "2")).await;
        refused(&format!("{what} over an object although overwriting is forbidden"), again, ErrorKind::AlreadyExists)?;
        s.expect(&name, b"first").await?;
        let writer = s.get_object(&name).await?.metadata.remove("writer");
        ensure!(writer.as_deref() == Some("1"), "{what} that was refused changed the metadata: {writer:?}");
    }
    s.upload(&name, "third").await?;
    s.expect(&name, b"third").await?;
    s.delete(&name).await?;
    s.upload_with(&name, "fourth", once()).await?;
    s.expect(&name, b"fourth").await
}

pub(crate) async fn missing_objects_are_not_found(s: Subject) -> Outcome {
    let name = s.name("missing");
    // A folder or a neighbour of that name makes no object.
    s.upload(&s.name("missing/below"), "x").await?;
    s.upload(&s.name("missing too"), "x").await?;
    refused("a download of a missing object", s.download(&name).await, ErrorKind::NotFound)?;
    let range = s.range(&name, meta::ByteRange::From(0)).await;
    refused("a ranged download of a missing object", range, ErrorKind::NotFound)?;
    refused("an inspection of a missing object", s.get_object(&name).await, ErrorKind::NotFound)?;
    s.expect_missing(&name).await?;
    let file = tempfile::tempdir()?.path().join("download");
    let work = s.element().download_to_file(&name, &file);
    let outcome = s.call(Operation::Download, &[&name], work).await;
    refused("a download of a missing object to a file", outcome, ErrorKind::NotFound)?;
    ensure!(!file.exists(), "a failed download left a file");
    let deleted = s.delete(&name).await?;
    ensure!(deleted.name.as_str() == name, "the receipt of a deletion names `{}`", deleted.name);
    s.expect(&s.name("missing/below"), b"x").await?;
    s.expect(&s.name("missing too"), b"x").await
}

pub(crate) async fn deleting_again_changes_nothing(s: Subject) -> Outcome {
    let name = s.name("deleted");
    s.upload(&name, "x").await?;
    for _ in 0..3 {
        s.delete(&name).await?;
        s.expect_missing(&name).await?;
    }
    s.upload(&name, "back").await?;
    s.expect(&name, b"back").await
}

pub(crate) async fn many_are_deleted_in_one_call(s: Subject) -> Outcome {
    let kept = s.name("many/kept");
    let present: Vec<_> = ["a", "b & c", "d/e", "中"].iter().map(|rest| s.name(&format!("many/{rest}"))).collect();
    for name in present.iter().chain([&kept]) {
        s.upload(name, "x").await?;
    }
    // More than a request of OSS takes, which is 1000.
    let mut names: Vec<_> = (0..1_100).map(|number| s.name(&format!("many/missing {number}"))).collect();
    names.splice(500..500, present.iter().cloned());
    let report = s.delete_many(&names).await?;
    if let Some((name, error)) = report.failed.first() {
        return Err(Stop::Failed(format!(
            "{} of {} deletions failed, though missing objects count as deleted; of `{name}`: {error}",
            report.failed.len(),
            names.len()
        )));
    }
    let mut deleted: Vec<_> = report.deleted.iter().map(|deleted| deleted.name.as_str()).collect();
    deleted.sort_unstable();
    names.sort_unstable();
    ensure!(deleted == names, "{} names were deleted, and the report names {}", names.len(), deleted.len());
    for name in &present {
        s.expect_missing(name).await?;
    }
    s.expect(&kept, b"x").await?;
    if s.profile().has(Ability::List) {
        let left = s.listed(&s.name("many/")).await?;
        ensure!(left == [kept.as_str()], "after the deletion of all but one object these are listed: {left:?}");
    }
    Ok(())
}

pub(crate) async fn objects_outlive_the_element(s: Subject) -> Outcome {
    if !s.profile().is_lasting() {
        return Err(Stop::NotApplicable("the profile does not say that its elements share a store".to_owned()));
    }
    let name = s.name("lasting");
    s.upload_with(&name, "x", UploadOptions::default().with_metadata("kept", "yes")).await?;
    let other = s.profile().make().await?;
    same_bytes("a download through another element", &other.download(&name).await?, b"x")?;
    let info = other.get_object(&name).await?;
    ensure!(info.metadata.get("kept").map(String::as_str) == Some("yes"), "another element does not see the metadata");
    Ok(())
}
