//! Many at a time: of writers one wins whole, readers see the old object or the new one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future;
use meta::{Bytes, DownloadOptions, ErrorKind, UploadOptions};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::bodies::streamed;
use super::cancellation::stopped_after;
use crate::outcome::{Outcome, Stop, ensure};
use crate::subject::{Subject, content, crc64};

/// A writer's own content and what is stored with it, so that a mixture shows.
fn of_writer(writer: usize) -> (Bytes, UploadOptions) {
    let bytes = content(1_000 + writer as u64, 200_000 + writer * 1_003);
    let options = UploadOptions::default()
        .with_content_type(format!("text/x-{writer}"))
        .with_metadata("writer", writer.to_string());
    (bytes, options)
}

/// Reads an object and demands that it is one writer's, whole: content, size, type and metadata.
async fn whole(s: &Subject, name: &str) -> Outcome<usize> {
    let download = s.open(name, DownloadOptions::default()).await?;
    let info = download.info.clone();
    let found = s.read(name, download).await?;
    let writer = info.metadata.get("writer").and_then(|writer| writer.parse().ok());
    let Some(writer) = writer else {
        return Err(Stop::Failed(format!("an object lost its writer's metadata: {:?}", info.metadata)));
    };
    let (bytes, options) = of_writer(writer);
    ensure!(found == bytes, "an object has the metadata of writer {writer} and not that writer's content");
    ensure!(info.size == bytes.len() as u64, "an object has the size of another writer's: {}", info.size);
    ensure!(info.content_type == options.content_type, "an object has the type of another writer's");
    ensure!(info.crc64.is_none_or(|told| told == crc64(&bytes)), "an object has the CRC-64 of another writer's");
    Ok(writer)
}

async fn joined(mut tasks: JoinSet<Outcome>) -> Outcome {
    while let Some(task) = tasks.join_next().await {
        task.map_err(|error| Stop::Failed(format!("a task of the case ended: {error}")))??;
    }
    Ok(())
}

pub(crate) async fn of_concurrent_writers_one_wins_whole(s: Subject) -> Outcome {
    let name = s.name("contended");
    let (rounds, writers) = (s.rounds(3, 40), s.rounds(8, 32));
    for _ in 0..rounds {
        let start = Arc::new(Barrier::new(writers));
        let mut tasks = JoinSet::new();
        for writer in 0..writers {
            let (s, name, start) = (s.clone(), name.clone(), Arc::clone(&start));
            tasks.spawn(async move {
                let (bytes, options) = of_writer(writer);
                start.wait().await;
                let body = if writer % 2 == 0 { bytes.into() } else { streamed(&bytes, 10_007, None) };
                s.upload_with(&name, body, options).await.map(drop)
            });
        }
        joined(tasks).await?;
        let winner = whole(&s, &name).await?;
        let (told, info) = (winner.to_string(), s.get_object(&name).await?);
        ensure!(info.metadata.get("writer") == Some(&told), "an object and what is known of it have different writers");
    }
    super::bodies::nothing_but(&s, &[&name]).await?;
    s.count(format_args!("{} writes by {writers} writers at a time", rounds * writers));
    Ok(())
}

pub(crate) async fn of_writers_that_forbid_overwriting_one_wins(s: Subject) -> Outcome {
    let (rounds, writers) = (s.rounds(4, 60), s.rounds(8, 32));
    for round in 0..rounds {
        let name = s.name(&format!("once {round}"));
        let start = Arc::new(Barrier::new(writers));
        let won = Arc::new(std::sync::Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        for writer in 0..writers {
            let (s, name, start, won) = (s.clone(), name.clone(), Arc::clone(&start), Arc::clone(&won));
            tasks.spawn(async move {
                let (bytes, options) = of_writer(writer);
                start.wait().await;
                match s.upload_with(&name, bytes, options.without_overwriting()).await {
                    Ok(_) => won.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(writer),
                    Err(Stop::Refused(error)) if error.kind() == ErrorKind::AlreadyExists => {}
                    Err(stop) => return Err(stop),
                }
                Ok(())
            });
        }
        joined(tasks).await?;
        let won = won.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        ensure!(won.len() == 1, "of {writers} writers that forbid overwriting {} succeeded: {won:?}", won.len());
        let winner = whole(&s, &name).await?;
        ensure!(won == [winner], "writer {won:?} succeeded, and the object is of writer {winner}");
    }
    s.count(format_args!("{} writes that forbid overwriting", rounds * writers));
    Ok(())
}

pub(crate) async fn readers_see_the_old_object_or_the_new_one(s: Subject) -> Outcome {
    let name = s.name("read while written");
    let writes = s.rounds(20, 600);
    let (bytes, options) = of_writer(0);
    s.upload_with(&name, bytes, options).await?;
    let done = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for _ in 0..3 {
        let (s, name, done) = (s.clone(), name.clone(), Arc::clone(&done));
        tasks.spawn(async move {
            let mut reads = 0;
            while !done.load(Ordering::Relaxed) || reads == 0 {
                whole(&s, &name).await?;
                reads += 1;
                tokio::task::yield_now().await;
            }
            s.count(format_args!("{reads} reads while it was written"));
            Ok(())
        });
    }
    let mut outcome = Ok(());
    for write in 0..writes {
        let (bytes, options) = of_writer(write % 5);
        let body = if write % 2 == 0 { bytes.into() } else { streamed(&bytes, 10_007, None) };
        outcome = s.upload_with(&name, body, options).await.map(drop);
        if outcome.is_err() {
            break;
        }
    }
    done.store(true, Ordering::Relaxed);
    joined(tasks).await?;
    s.count(format_args!("{writes} writes while it was read"));
    outcome
}

pub(crate) async fn neighbours_are_written_and_deleted_at_once(s: Subject) -> Outcome {
    let rounds = s.rounds(5, 100);
    for _ in 0..rounds {
        let mut tasks = JoinSet::new();
        // These share folders wherever a Type makes folders of names, and deleting the last must not take a new one.
        for name in ["n/a", "n/b", "n/c/d", "n/c/e", "n", "n/c", "m/a/b/c", "m/a/b"] {
            let (s, name) = (s.clone(), s.name(name));
            tasks.spawn(async move {
                for _ in 0..3 {
                    s.upload(&name, name.clone()).await?;
                    s.expect(&name, name.as_bytes()).await?;
                    s.delete(&name).await?;
                    s.expect_missing(&name).await?;
                }
                Ok(())
            });
        }
        joined(tasks).await?;
    }
    s.count(format_args!("{} writes and deletions beside each other", rounds * 24));
    super::bodies::nothing_but(&s, &[]).await
}

pub(crate) async fn writers_that_nobody_polls_hold_up_nobody(s: Subject) -> Outcome {
    let name = s.name("unpolled");
    let (rounds, bytes) = (s.rounds(24, 200), content(2_000, 10_000));
    for steps in 1..=rounds {
        let [mut one, mut other] = [(); 2].map(|()| Box::pin(s.upload(&name, bytes.clone())));
        // Both get equally far, so that one has what the other one waits for, wherever that is.
        let begun = future::join(stopped_after(steps, one.as_mut()), stopped_after(steps, other.as_mut())).await;
        let (subject, target) = (s.clone(), name.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            subject.upload(&target, "third").await?;
            subject.delete(&target).await.map(drop)
        });
        joined(tasks).await?;
        // They can be gone on with.
        let ended = future::join(gone_on(begun.0, one), gone_on(begun.1, other)).await;
        ended.0?;
        ended.1?;
        if s.exists(&name).await? {
            s.expect(&name, &bytes).await?;
        }
    }
    s.count(format_args!("{rounds} pairs of uploads kept unpolled"));
    Ok(())
}

/// The outcome of a call that may have ended already.
async fn gone_on<T>(ended: Option<Outcome<T>>, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    match ended {
        Some(outcome) => outcome,
        None => call.await,
    }
}
