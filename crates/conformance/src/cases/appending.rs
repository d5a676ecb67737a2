//! Appends.

use std::sync::Arc;

use meta::{Ability, ErrorKind, UploadOptions};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::bodies::{breaking, streamed};
use crate::outcome::{Outcome, Stop, ensure, refused};
use crate::subject::{Subject, content, crc64};

pub(crate) async fn appends_go_to_the_end(s: Subject) -> Outcome {
    s.needs(Ability::Append)?;
    let name = s.name("appended");
    let options = UploadOptions::default().with_content_type("text/x-log").with_metadata("author", "alice");
    let mut whole = Vec::new();
    for (piece, size) in [10, 0, 70_000, 1, 300_000].into_iter().enumerate() {
        let bytes = content(piece as u64, size);
        let body = if piece % 2 == 0 { bytes.clone().into() } else { streamed(&bytes, 4_096, Some(size as u64)) };
        let appended = s.append(&name, whole.len() as u64, body, options.clone()).await?;
        whole.extend_from_slice(&bytes);
        let next = appended.next_position;
        ensure!(next == whole.len() as u64, "an append to {} bytes says that the next goes to {next}", whole.len());
        ensure!(
            appended.crc64.is_none_or(|told| told == crc64(&whole)),
            "the receipt of an append has the wrong CRC-64"
        );
        s.expect(&name, &whole).await?;
    }
    let info = s.get_object(&name).await?;
    ensure!(
        info.content_type.as_deref() == Some("text/x-log"),
        "an appended object has the type {:?}",
        info.content_type
    );
    ensure!(info.metadata == options.metadata, "an appended object has the metadata {:?}", info.metadata);
    s.upload(&name, "overwritten").await?;
    s.expect(&name, b"overwritten").await
}

pub(crate) async fn appends_elsewhere_conflict(s: Subject) -> Outcome {
    s.needs(Ability::Append)?;
    let name = s.name("appended");
    let none = UploadOptions::default;
    let outcome = s.append(&name, 5, "x", none()).await;
    refused("an append at 5 to a missing object", outcome, ErrorKind::Conflict)?;
    s.expect_missing(&name).await?;
    s.append(&name, 0, "12345", none()).await?;
    for position in [0, 4, 6, 1_000_000] {
        let outcome = s.append(&name, position, "x", none()).await;
        refused(&format!("an append at {position} to 5 bytes"), outcome, ErrorKind::Conflict)?;
        s.expect(&name, b"12345").await?;
    }
    let broken = s.append(&name, 5, breaking(&content(1, 1_000), 100, Some(2_000)), none()).await;
    ensure!(broken.is_err(), "an append whose source broke succeeded");
    s.expect(&name, b"12345").await
}

pub(crate) async fn of_concurrent_appends_one_wins(s: Subject) -> Outcome {
    s.needs(Ability::Append)?;
    let writers = s.rounds(6, 24);
    for round in 0..s.rounds(3, 40) {
        let name = s.name(&format!("raced {round}"));
        s.append(&name, 0, "start", UploadOptions::default()).await?;
        let start = Arc::new(Barrier::new(writers));
        let mut tasks = JoinSet::new();
        for writer in 0..writers {
            let (s, name, start) = (s.clone(), name.clone(), Arc::clone(&start));
            tasks.spawn(async move {
                start.wait().await;
                let bytes = content(100 + writer as u64, 20_000 + writer);
                (writer, s.append(&name, 5, bytes, UploadOptions::default()).await)
            });
        }
        let mut won = Vec::new();
        while let Some(task) = tasks.join_next().await {
            match task.map_err(|error| Stop::Failed(format!("a task of the case ended: {error}")))? {
                (writer, Ok(_)) => won.push(writer),
                (_, Err(Stop::Refused(error))) if error.kind() == ErrorKind::Conflict => {}
                (_, Err(stop)) => return Err(stop),
            }
        }
        ensure!(won.len() == 1, "of {writers} appends at one position {} succeeded", won.len());
        let bytes = content(100 + won[0] as u64, 20_000 + won[0]);
        s.expect(&name, &[b"start", &bytes[..]].concat()).await?;
    }
    Ok(())
}
