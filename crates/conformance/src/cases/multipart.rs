//! Uploads in parts.

use meta::{Ability, Bytes, ErrorKind, Overwrite, UploadOptions, UploadedPart};

use super::bodies::nothing_but;
use crate::outcome::{Outcome, Stop, ensure, refused};
use crate::subject::{Subject, content, crc64};

/// Large enough for stores that refuse small parts (OSS: 100 KiB, but for the last).
const PART: usize = 130 << 10;

fn part(number: u32) -> Bytes {
    content(u64::from(number), PART + number as usize)
}

pub(crate) async fn parts_make_the_object(s: Subject) -> Outcome {
    s.needs(Ability::Multipart)?;
    let name = s.name("parts");
    s.upload_with(&name, "old", UploadOptions::default().with_metadata("old", "yes")).await?;
    let options = UploadOptions::default().with_content_type("text/x-parts").with_metadata("author", "alice");
    let id = s.initiate(&name, options.clone()).await?;
    ensure!(!id.is_empty(), "an upload in parts has an empty id");
    // Not in order, one of them twice, and the last one small.
    s.upload_part(&name, &id, 2, content(99, PART)).await?;
    let last = s.upload_part(&name, &id, 7, "end").await?;
    let first = s.upload_part(&name, &id, 1, part(1)).await?;
    let second = s.upload_part(&name, &id, 2, part(2)).await?;
    for (part, number, bytes) in [(&first, 1, part(1)), (&second, 2, part(2)), (&last, 7, Bytes::from("end"))] {
        ensure!(part.number == number, "the receipt of part {number} is of part {}", part.number);
        ensure!(part.size == bytes.len() as u64, "the receipt of part {number} has {} bytes", part.size);
        ensure!(part.crc64.is_none_or(|told| told == crc64(&bytes)), "the receipt of part {number} has a wrong CRC-64");
    }
    let stored = s.list_parts(&name, &id).await?;
    let told: Vec<_> = stored.iter().map(|part| (part.number, part.size, part.etag.as_str())).collect();
    let sent: Vec<_> = [&first, &second, &last].map(|part| (part.number, part.size, part.etag.as_str())).into();
    ensure!(told == sent, "these parts were sent: {sent:?}, and the store tells {told:?}");
    s.expect(&name, b"old").await?;
    let receipt = s.complete(&name, &id, vec![first, second, last], Overwrite::Allow).await?;
    let whole = [&part(1)[..], &part(2)[..], b"end"].concat();
    ensure!(receipt.name.as_str() == name && !receipt.url.is_empty(), "the receipt is wrong: {receipt:?}");
    ensure!(receipt.crc64.is_none_or(|told| told == crc64(&whole)), "the receipt has the wrong CRC-64");
    ensure!(receipt.size.is_none_or(|told| told == whole.len() as u64), "the receipt has the wrong size");
    s.expect(&name, &whole).await?;
    let info = s.get_object(&name).await?;
    ensure!(info.content_type.as_deref() == Some("text/x-parts"), "the object has the type {:?}", info.content_type);
    ensure!(info.metadata == options.metadata, "the object has the metadata {:?}", info.metadata);
    let again = s.upload_part(&name, &id, 3, part(3)).await;
    refused("a part of an upload that was completed", again, ErrorKind::NotFound)?;
    s.expect(&name, &whole).await
}

pub(crate) async fn parts_show_nothing_before_completion(s: Subject) -> Outcome {
    s.needs(Ability::Multipart)?;
    let name = s.name("unfinished");
    let id = s.initiate(&name, UploadOptions::default()).await?;
    s.expect_missing(&name).await?;
    let first = s.upload_part(&name, &id, 1, part(1)).await?;
    s.expect_missing(&name).await?;
    nothing_but(&s, &[]).await?;
    s.complete(&name, &id, vec![first], Overwrite::Allow).await?;
    s.expect(&name, &part(1)).await?;
    nothing_but(&s, &[&name]).await
}

pub(crate) async fn uploads_of_one_name_are_apart(s: Subject) -> Outcome {
    s.needs(Ability::Multipart)?;
    let name = s.name("twice");
    let none = UploadOptions::default;
    let (one, two) = (s.initiate(&name, none()).await?, s.initiate(&name, none()).await?);
    ensure!(one != two, "two uploads in parts have the same id");
    let of_one = s.upload_part(&name, &one, 1, part(1)).await?;
    let of_two = s.upload_part(&name, &two, 1, part(2)).await?;
    s.complete(&name, &two, vec![of_two], Overwrite::Allow).await?;
    s.expect(&name, &part(2)).await?;
    s.complete(&name, &one, vec![of_one], Overwrite::Allow).await?;
    s.expect(&name, &part(1)).await
}

pub(crate) async fn wrong_parts_are_refused(s: Subject) -> Outcome {
    s.needs(Ability::Multipart)?;
    let name = s.name("refused");
    let id = s.initiate(&name, UploadOptions::default()).await?;
    let first = s.upload_part(&name, &id, 1, part(1)).await?;
    let second = s.upload_part(&name, &id, 2, part(2)).await?;
    let missing = UploadedPart::new(3, first.etag.clone(), first.size);
    let other = UploadedPart::new(2, first.etag.clone(), first.size);
    for (what, parts) in [
        ("of a part that was never sent", vec![first.clone(), missing]),
        ("of a part under another's ETag", vec![first.clone(), other]),
        ("of parts in descending order", vec![second.clone(), first.clone()]),
        ("of one part twice", vec![first.clone(), first.clone()]),
        ("of no parts", Vec::new()),
    ] {
        let outcome = s.complete(&name, &id, parts, Overwrite::Allow).await;
        refused(&format!("a completion {what}"), outcome, ErrorKind::InvalidInput)?;
        s.expect_missing(&name).await?;
    }
    for number in [0, 10_001, u32::MAX] {
        let outcome = s.upload_part(&name, &id, number, "x").await;
        refused(&format!("a part with the number {number}"), outcome, ErrorKind::InvalidInput)?;
    }
    // What was refused took nothing away.
    s.complete(&name, &id, vec![first, second], Overwrite::Allow).await?;
    s.expect(&name, &[part(1), part(2)].concat()).await
}

pub(crate) async fn aborted_uploads_are_gone(s: Subject) -> Outcome {
    s.needs(Ability::Multipart)?;
    let name = s.name("aborted");
    s.upload(&name, "old").await?;
    let id = s.initiate(&name, UploadOptions::default()).await?;
    let first = s.upload_part(&name, &id, 1, part(1)).await?;
    for _ in 0..2 {
        s.abort(&name, &id).await?;
    }
    let part_again = s.upload_part(&name, &id, 2, part(2)).await;
    refused("a part of an aborted upload", part_again, ErrorKind::NotFound)?;
    refused("the parts of an aborted upload", s.list_parts(&name, &id).await, ErrorKind::NotFound)?;
    let completed = s.complete(&name, &id, vec![first], Overwrite::Allow).await;
    refused("the completion of an aborted upload", completed, ErrorKind::NotFound)?;
    s.expect(&name, b"old").await?;
    nothing_but(&s, &[&name]).await
}

pub(crate) async fn completion_can_forbid_overwriting(s: Subject) -> Outcome {
    s.needs(Ability::Multipart)?;
    let name = s.name("once");
    let id = s.initiate(&name, UploadOptions::default()).await?;
    let first = s.upload_part(&name, &id, 1, part(1)).await?;
    s.upload(&name, "old").await?;
    let outcome = s.complete(&name, &id, vec![first], Overwrite::Forbid).await;
    refused("a completion over an object although overwriting is forbidden", outcome, ErrorKind::AlreadyExists)?;
    s.expect(&name, b"old").await?;
    match s.abort(&name, &id).await {
        Ok(()) => {}
        Err(Stop::Refused(error)) if error.kind() == ErrorKind::NotFound => {}
        Err(stop) => return Err(stop),
    }
    s.expect(&name, b"old").await
}
