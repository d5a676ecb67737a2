//! Downloads to local files: whole or not at all, in parts where the Type lets them, and gone on with after a crash.

use std::path::Path;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use futures_util::future;
use meta::{Bytes, Checkpoint, Conditions, ErrorKind, FileDownloadOptions, ObjectInfo};

use super::cancellation::stopped_after;
use super::progress::Told;
use crate::outcome::{Outcome, Stop, ensure, refused, same_bytes};
use crate::subject::{Subject, content};

/// The smallest that a part may be.
const PART: u64 = 64 << 10;

/// Small parts, with a checkpoint beside the file.
fn noted() -> FileDownloadOptions {
    FileDownloadOptions::default().with_part_size(PART).with_parallel(2).with_checkpoint(Checkpoint::Beside)
}

/// Demands that a folder holds just these, once what dropped calls had begun has ended.
async fn expect_folder(folder: &Path, names: &[&str]) -> Outcome {
    let mut found = Vec::new();
    for _ in 0..500 {
        found = std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<std::io::Result<Vec<_>>>()?;
        found.sort_unstable();
        if found == names {
            return Ok(());
        }
        // File work goes on for a moment after its call was dropped, and nothing tells when it ends.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err(Stop::Failed(format!("downloads should have left {names:?} and left {found:?}")))
}

/// Demands that a file is one of these contents, or not there if that is allowed.
fn expect_whole(what: &str, file: &Path, contents: &[&Bytes]) -> Outcome {
    let found = std::fs::read(file)?;
    ensure!(contents.iter().any(|bytes| ***bytes == *found), "{what} left {} bytes that are no object's", found.len());
    Ok(())
}

/// Runs a call until what somebody is told reaches so many bytes. `None` where it has not ended by then.
async fn until<T>(mut call: Pin<&mut impl Future<Output = T>>, told: &Told, bytes: u64) -> Option<T> {
    future::poll_fn(|context| {
        if told.bytes() >= bytes {
            return Poll::Ready(None);
        }
        match call.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if told.bytes() >= bytes => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

pub(crate) async fn files_appear_whole_or_not_at_all(s: Subject) -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    let (name, bytes, old) = (s.name("whole"), content(1, 300_000), content(2, 1_000));
    s.upload(&name, bytes.clone()).await?;
    let none = FileDownloadOptions::default;
    let info = s.download_file(&name, &file, none()).await?;
    ensure!(info.name.as_str() == name && info.size == 300_000, "a download to a file tells {info:?}");
    same_bytes("a download to a new file", &std::fs::read(&file)?, &bytes)?;
    std::fs::write(&file, &old)?;
    let failing = [
        ("of a missing object", s.name("missing"), none(), ErrorKind::NotFound),
        (
            "of another ETag",
            name.clone(),
            none().with_conditions(Conditions::default().with_if_match("another")),
            ErrorKind::PreconditionFailed,
        ),
        ("in parts of 65535 bytes", name.clone(), none().with_part_size(PART - 1), ErrorKind::InvalidInput),
        ("of 0 parts at a time", name.clone(), none().with_parallel(0), ErrorKind::InvalidInput),
        ("of 65 parts at a time", name.clone(), none().with_parallel(65), ErrorKind::InvalidInput),
        ("of an empty version", name.clone(), none().with_version_id(""), ErrorKind::InvalidInput),
    ];
    for (what, name, options, kind) in failing {
        for options in [options.clone(), options.with_checkpoint(Checkpoint::Beside)] {
            let outcome = s.download_file(&name, &file, options).await;
            refused(&format!("a download to a file {what}"), outcome, kind)?;
            same_bytes("the file that was there", &std::fs::read(&file)?, &old)?;
            expect_folder(folder.path(), &["file"]).await?;
        }
    }
    for steps in 1..=s.rounds(24, 200) {
        std::fs::write(&file, &old)?;
        let done = stopped_after(steps, s.download_file(&name, &file, none())).await;
        match done {
            Some(outcome) => drop(outcome?),
            None => expect_whole("a download that was dropped", &file, &[&old, &bytes])?,
        }
        expect_folder(folder.path(), &["file"]).await?;
    }
    std::fs::create_dir(folder.path().join("folder"))?;
    let outcome = s.download_file(&name, &folder.path().join("folder"), none()).await;
    ensure!(matches!(outcome, Err(Stop::Refused(_))), "a folder was replaced by a download");
    let outcome = s.download_file(&name, &folder.path().join("none/file"), none()).await;
    ensure!(matches!(outcome, Err(Stop::Refused(_))), "a download to a folder that is not there succeeded");
    s.download_file(&name, &file, none()).await?;
    same_bytes("a download over a file", &std::fs::read(&file)?, &bytes)?;
    expect_folder(folder.path(), &["file", "folder"]).await
}

pub(crate) async fn large_files_come_in_parts(s: Subject) -> Outcome {
    let (folder, notes) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let file = folder.path().join("file");
    let large = s.profile().large_bytes() as u64 + 5;
    for size in [0, 1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 7, large] {
        let (name, bytes) = (s.name(&format!("{size}")), content(3, size as usize));
        s.upload(&name, bytes.clone()).await?;
        for parallel in [None, Some(1), Some(3), Some(64)] {
            for checkpoint in [None, Some(Checkpoint::Beside), Some(Checkpoint::In(notes.path().join("deeper")))] {
                let told = Told::default();
                let mut options = FileDownloadOptions::default().with_part_size(PART).with_progress(told.sink());
                (options.parallel, options.checkpoint) = (parallel, checkpoint.clone());
                let info = s.download_file(&name, &file, options).await?;
                let what = format!("a file of {size} bytes, {parallel:?} parts at a time, {checkpoint:?},");
                same_bytes(&what, &std::fs::read(&file)?, &bytes)?;
                ensure!(info.size == size && info.name.as_str() == name, "{what} is told as {info:?}");
                told.ended(&what, Some(size), size)?;
                expect_folder(folder.path(), &["file"]).await?;
                std::fs::remove_file(&file)?;
            }
        }
    }
    let left: Vec<_> = match std::fs::read_dir(notes.path().join("deeper")) {
        Ok(entries) => entries.collect(),
        Err(_) => Vec::new(),
    };
    ensure!(left.is_empty(), "downloads left notes: {left:?}");
    Ok(())
}

pub(crate) async fn interrupted_downloads_go_on(s: Subject) -> Outcome {
    needs_parts(&s)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    let size = 12 * PART + 7;
    let (name, bytes, old) = (s.name("interrupted"), content(4, size as usize), content(5, 1_000));
    s.upload(&name, bytes.clone()).await?;
    // At every part, and at many a step.
    for round in 0..s.rounds(40, 300) {
        std::fs::write(&file, &old)?;
        let mut ended = false;
        let told = Told::default();
        let options = noted().with_progress(told.sink());
        if round < 12 {
            let mut call = pin!(s.download_file(&name, &file, options));
            if let Some(outcome) = until(call.as_mut(), &told, (round as u64 + 1) * PART).await {
                outcome?;
                ended = true;
            }
        } else if let Some(outcome) = stopped_after(round - 11, s.download_file(&name, &file, options)).await {
            outcome?;
            ended = true;
        }
        let expected = if ended { vec![&bytes] } else { vec![&old, &bytes] };
        expect_whole("a download that was dropped", &file, &expected)?;
        let again = Told::default();
        s.download_file(&name, &file, noted().with_progress(again.sink())).await?;
        same_bytes("a download that was gone on with", &std::fs::read(&file)?, &bytes)?;
        again.ended("a download that was gone on with", Some(size), size)?;
        expect_folder(folder.path(), &["file"]).await?;
    }
    // What has come need not come again.
    for _ in 0..50 {
        let told = Told::default();
        let one = || noted().with_parallel(1);
        let mut call = pin!(s.download_file(&name, &file, one().with_progress(told.sink())));
        until(call.as_mut(), &told, 4 * PART).await;
        let come = told.bytes();
        let again = Told::default();
        call.set(s.download_file(&name, &file, one().with_progress(again.sink())));
        call.await?;
        same_bytes("a download that was gone on with", &std::fs::read(&file)?, &bytes)?;
        // Where it was fast, all was there before it could be dropped.
        if come < size {
            let kept = again.all().first().map_or(0, |at| at.bytes);
            // The part that was on its way is not kept.
            ensure!(kept + PART >= come, "of a download {come} bytes had come, and the next call went on with {kept}");
            return Ok(());
        }
    }
    Err(Stop::Failed("no download could be dropped before all had come".to_owned()))
}

pub(crate) async fn changed_objects_are_never_mixed(s: Subject) -> Outcome {
    needs_parts(&s)?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    let size = 10 * PART;
    let name = s.name("changing");
    let states = [content(6, size as usize), content(7, size as usize)];
    for parallel in [1, 4] {
        for checkpoint in [None, Some(Checkpoint::Beside)] {
            for parts in [0, 1, 3, 6, 9] {
                let (old, new) = (&states[0], &states[1]);
                s.upload(&name, old.clone()).await?;
                let told = Told::default();
                let mut options = FileDownloadOptions::default().with_part_size(PART).with_parallel(parallel);
                options.checkpoint.clone_from(&checkpoint);
                let mut call = pin!(s.download_file(&name, &file, options.clone().with_progress(told.sink())));
                let ended = until(call.as_mut(), &told, parts * PART + 1).await;
                s.upload(&name, new.clone()).await?;
                let outcome = match ended {
                    Some(outcome) => outcome,
                    None => call.await,
                };
                let what = format!("a download whose object was changed behind {parts} parts");
                unmixed(&what, outcome, &file, &[old, new])?;
                s.download_file(&name, &file, options).await?;
                same_bytes("the download after the change", &std::fs::read(&file)?, new)?;
                expect_folder(folder.path(), &["file"]).await?;
                std::fs::remove_file(&file)?;
            }
        }
    }
    // What an interrupted download left of another state is not gone on with.
    s.upload(&name, states[0].clone()).await?;
    let told = Told::default();
    let mut call = Box::pin(s.download_file(&name, &file, noted().with_progress(told.sink())));
    until(call.as_mut(), &told, 5 * PART).await;
    drop(call);
    s.upload(&name, states[1].clone()).await?;
    s.download_file(&name, &file, noted()).await?;
    same_bytes("a download that began anew", &std::fs::read(&file)?, &states[1])?;
    expect_folder(folder.path(), &["file"]).await?;
    // And one whose object is gone.
    let told = Told::default();
    let mut call = Box::pin(s.download_file(&name, &file, noted().with_parallel(1).with_progress(told.sink())));
    let ended = until(call.as_mut(), &told, PART + 1).await;
    s.delete(&name).await?;
    let outcome = match ended {
        Some(outcome) => outcome,
        None => call.await,
    };
    unmixed("a download whose object was deleted", outcome, &file, &[&states[1]])?;
    expect_folder(folder.path(), &["file"]).await
}

/// Demands that a download either succeeded with one state or says that the object was changed.
fn unmixed(what: &str, outcome: Outcome<ObjectInfo>, file: &Path, states: &[&Bytes]) -> Outcome {
    match outcome {
        Ok(_) => expect_whole(what, file, states),
        Err(Stop::Refused(error)) => {
            ensure!(
                error.kind() == ErrorKind::Conflict && error.is_retryable(),
                "{what} was refused as {:?} instead of as a conflict that may be tried again: {error}",
                error.kind()
            );
            Ok(())
        }
        Err(stop) => Err(stop),
    }
}

pub(crate) async fn downloads_to_one_file_do_not_disturb_each_other(s: Subject) -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    let size = 20 * PART as usize;
    let (one, two) = (s.name("one"), s.name("two"));
    let (of_one, of_two) = (content(8, size), content(9, size));
    s.upload(&one, of_one.clone()).await?;
    s.upload(&two, of_two.clone()).await?;
    for round in 0..s.rounds(6, 60) {
        // Of one object, and of two.
        let other = if round % 2 == 0 { &one } else { &two };
        let both = future::join(s.download_file(&one, &file, noted()), s.download_file(other, &file, noted())).await;
        let mut done = 0;
        for outcome in [both.0, both.1] {
            match outcome {
                Ok(_) => done += 1,
                outcome => drop(refused("a second download to a file", outcome, ErrorKind::Conflict)?),
            }
        }
        ensure!(done > 0, "of two downloads to one file none succeeded");
        expect_whole("two downloads to one file", &file, &[&of_one, &of_two])?;
        expect_folder(folder.path(), &["file"]).await?;
    }
    Ok(())
}

fn needs_parts(s: &Subject) -> Outcome {
    match s.profile().reads_in_parts() {
        true => Ok(()),
        false => Err(Stop::NotApplicable("the profile does not say that large objects come in parts".to_owned())),
    }
}
