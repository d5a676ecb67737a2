//! Calls that are dropped midway.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures_util::future::{self, Either};
use futures_util::{StreamExt, stream};
use meta::{Body, Bytes, UploadOptions};
use tokio::sync::Notify;

use super::bodies::{nothing_but, streamed};
use crate::outcome::{Outcome, Stop, ensure, same_bytes};
use crate::subject::{Subject, content};

/// A stream that gives the content, tells that it is read, and never ends.
fn stuck(content: Bytes, length: Option<u64>) -> (Body, Arc<Notify>) {
    let read = Arc::new(Notify::new());
    let told = Arc::clone(&read);
    let chunks: Vec<_> =
        (0..content.len()).step_by(65_536).map(|at| content.slice(at..(at + 65_536).min(content.len()))).collect();
    let end = stream::poll_fn(move |_| {
        told.notify_one();
        Poll::Pending
    });
    (Body::stream(stream::iter(chunks.into_iter().map(Ok)).chain(end), length), read)
}

pub(crate) async fn an_upload_dropped_midway_stores_nothing(s: Subject) -> Outcome {
    let old = content(1, 10_000);
    let kept = s.name("kept");
    s.upload_with(&kept, old.clone(), UploadOptions::default().with_metadata("writer", "old")).await?;
    let large = s.profile().large_bytes();
    let rounds = s.rounds(1, 20);
    for _ in 0..rounds {
        for size in [0, 1, 100_000, large] {
            for length in [None, Some(size as u64 + 70_000)] {
                for name in [&kept, &s.name("never there")] {
                    let (body, read) = stuck(content(2, size), length);
                    let options = UploadOptions::default().with_metadata("writer", "new");
                    let upload = pin!(s.upload_with(name, body, options));
                    let dropped = match future::select(upload, pin!(read.notified())).await {
                        Either::Left((Err(stop), _)) => return Err(stop),
                        Either::Left((Ok(_), _)) => false,
                        Either::Right(_) => true,
                    };
                    ensure!(dropped, "an upload succeeded although its source has not ended behind {size} bytes");
                }
                same_bytes("the old object, when an upload over it was dropped,", &s.download(&kept).await?, &old)?;
                let writer = s.get_object(&kept).await?.metadata.remove("writer");
                ensure!(writer.as_deref() == Some("old"), "a dropped upload changed the metadata to {writer:?}");
                s.expect_missing(&s.name("never there")).await?;
                nothing_but(&s, &[&kept]).await?;
            }
        }
    }
    s.count(format_args!("{} uploads dropped midway", rounds * 16));
    s.upload(&kept, "new").await?;
    s.expect(&kept, b"new").await
}

pub(crate) async fn an_upload_dropped_anywhere_leaves_a_whole_object(s: Subject) -> Outcome {
    let (old, new) = (content(3, 90_001), content(4, 200_003));
    for steps in 1..=s.rounds(24, 200) {
        // A name for each step: what was dropped may still arrive a little later.
        let name = s.name(&format!("dropped at {steps}"));
        s.upload(&name, old.clone()).await?;
        let body = if steps % 2 == 0 { new.clone().into() } else { streamed(&new, 10_007, None) };
        let finished = stopped_after(steps, s.upload(&name, body)).await;
        let found = s.download(&name).await?;
        match finished {
            Some(outcome) => {
                outcome?;
                same_bytes("an object whose upload ended", &found, &new)?;
            }
            None => ensure!(
                found == old || found == new,
                "an upload dropped at its step {steps} left {} bytes that are neither the old object nor the new one",
                found.len()
            ),
        }
    }
    Ok(())
}

pub(crate) async fn other_calls_may_be_dropped(s: Subject) -> Outcome {
    let bytes = content(5, 100_000);
    for steps in 1..=s.rounds(6, 60) {
        let (name, to) = (s.name(&format!("dropped at {steps}")), s.name(&format!("copied at {steps}")));
        s.upload(&name, bytes.clone()).await?;
        drop(stopped_after(steps, s.download(&name)).await);
        drop(stopped_after(steps, s.get_object(&name)).await);
        s.expect(&name, &bytes).await?;
        drop(stopped_after(steps, s.copy(&name, &to, meta::CopyOptions::default())).await);
        match s.download(&to).await {
            Ok(copy) => same_bytes("a copy whose call was dropped", &copy, &bytes)?,
            Err(Stop::Refused(error)) if error.kind() == meta::ErrorKind::NotFound => {}
            Err(stop) => return Err(stop),
        }
        drop(stopped_after(steps, s.delete(&name)).await);
        if s.exists(&name).await? {
            s.delete(&name).await?;
        }
        s.expect_missing(&name).await?;
    }
    Ok(())
}

/// Runs a call until it has been polled so often, then drops it. `None` where it had not ended by then.
pub(super) async fn stopped_after<T>(polls: usize, call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    let mut left = polls;
    future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        let polled = call.as_mut().poll(context).map(Some);
        if left == 0 && polled.is_pending() {
            return Poll::Ready(None);
        }
        polled
    })
    .await
}
