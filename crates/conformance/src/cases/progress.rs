//! Progress: numbers that only grow, and end at the total.

use std::sync::{Arc, Mutex, PoisonError};

use meta::{Body, ByteRange, DownloadOptions, FileDownloadOptions, Transferred, UploadOptions};

use super::bodies::{breaking, streamed};
use crate::outcome::{Outcome, Stop, ensure};
use crate::subject::{Subject, content};

/// What somebody was told.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<Mutex<Vec<Transferred>>>);

impl Told {
    /// To be given to the options of a call.
    pub(super) fn sink(&self) -> impl Fn(Transferred) + Send + Sync + 'static {
        let told = Arc::clone(&self.0);
        move |at| told.lock().unwrap_or_else(PoisonError::into_inner).push(at)
    }

    pub(super) fn all(&self) -> Vec<Transferred> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last number.
    pub(super) fn bytes(&self) -> u64 {
        self.all().last().map_or(0, |at| at.bytes)
    }

    /// Demands that the numbers only grew, and never past the total.
    pub(super) fn grew(&self, what: &str, total: Option<u64>) -> Outcome {
        let all = self.all();
        let bytes: Vec<_> = all.iter().map(|at| at.bytes).collect();
        ensure!(bytes.is_sorted_by(|one, other| one < other), "the progress of {what} does not only grow: {bytes:?}");
        ensure!(
            all.iter().all(|at| at.total == total),
            "the progress of {what} tells another total than {total:?}: {all:?}"
        );
        let most = total.unwrap_or(u64::MAX);
        ensure!(bytes.iter().all(|bytes| *bytes <= most), "the progress of {what} goes past {most}: {bytes:?}");
        Ok(())
    }

    /// Demands that it came to an end of so many bytes.
    pub(super) fn ended(&self, what: &str, total: Option<u64>, end: u64) -> Outcome {
        self.grew(what, total)?;
        let last = self.all().last().map(|at| at.bytes);
        ensure!(last == Some(end), "the progress of {what} ends at {last:?} of {end} bytes");
        Ok(())
    }

    /// Demands that somebody was told on the way.
    fn was_told_on_the_way(&self, what: &str, end: u64) -> Outcome {
        let told = self.all().iter().any(|at| (1..end).contains(&at.bytes));
        ensure!(told, "the progress of {what} tells nothing before its end");
        Ok(())
    }
}

pub(crate) async fn progress_of_uploads_grows_to_the_total(s: Subject) -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    for size in [0, 1, 100_000, s.profile().large_bytes() + 3] {
        let bytes = content(1, size);
        std::fs::write(&file, &bytes)?;
        let known = Some(size as u64);
        for (source, body, total) in [
            ("bytes", Body::from(bytes.clone()), known),
            ("a file", Body::file(&file), known),
            ("a stream", streamed(&bytes, 65_536, known), known),
            ("a stream of unknown length", streamed(&bytes, 65_536, None), None),
        ] {
            let (what, told) = (format!("an upload of {size} bytes from {source}"), Told::default());
            let name = s.name(&format!("{size} from {source}"));
            s.upload_with(&name, body, UploadOptions::default().with_progress(told.sink())).await?;
            if total.is_some() || size > 0 {
                told.ended(&what, total, size as u64)?;
            }
            if size > 1 << 20 && source != "bytes" {
                told.was_told_on_the_way(&what, size as u64)?;
            }
            s.expect(&name, &bytes).await?;
            s.delete(&name).await?;
        }
    }
    Ok(())
}

pub(crate) async fn progress_of_what_fails_never_tells_all(s: Subject) -> Outcome {
    let name = s.name("broken");
    for size in [10, 100_000, s.profile().large_bytes()] {
        let announced = size as u64 + 1_000;
        for length in [Some(announced), None] {
            let told = Told::default();
            let options = UploadOptions::default().with_progress(told.sink());
            let outcome = s.upload_with(&name, breaking(&content(2, size), 65_536, length), options).await;
            ensure!(matches!(outcome, Err(Stop::Refused(_))), "an upload whose source broke did not fail");
            let what = format!("an upload whose source broke behind {size} bytes");
            told.grew(&what, length)?;
            ensure!(told.bytes() <= size as u64, "the progress of {what} tells {} bytes", told.bytes());
        }
        // More than was announced.
        let told = Told::default();
        let options = UploadOptions::default().with_progress(told.sink());
        let outcome = s.upload_with(&name, streamed(&content(3, size), 65_536, Some(size as u64 - 5)), options).await;
        ensure!(matches!(outcome, Err(Stop::Refused(_))), "an upload of a wrong length did not fail");
        told.grew("an upload of more than was announced", Some(size as u64 - 5))?;
        // What nobody may write.
        let (there, told) = (s.name("there"), Told::default());
        s.upload(&there, "old").await?;
        let options = UploadOptions::default().without_overwriting().with_progress(told.sink());
        let outcome = s.upload_with(&there, content(4, size), options).await;
        ensure!(matches!(outcome, Err(Stop::Refused(_))), "an upload over an object although that is forbidden");
        told.grew("an upload that was refused", Some(size as u64))?;
    }
    s.expect_missing(&name).await
}

pub(crate) async fn progress_of_downloads_grows_to_the_total(s: Subject) -> Outcome {
    let folder = tempfile::tempdir()?;
    for size in [0, 1, 100_000, s.profile().large_bytes() + 3] {
        let (name, bytes) = (s.name(&format!("{size}")), content(1, size));
        let (all, total) = (size as u64, Some(size as u64));
        s.upload(&name, bytes.clone()).await?;
        let told = Told::default();
        let download = s.open(&name, DownloadOptions::default().with_progress(told.sink())).await?;
        s.read(&name, download).await?;
        told.ended(&format!("a download of {size} bytes"), total, all)?;
        let told = Told::default();
        let options = FileDownloadOptions::default().with_progress(told.sink());
        s.download_file(&name, &folder.path().join("file"), options).await?;
        told.ended(&format!("a download of {size} bytes to a file"), total, all)?;
        if size > 1 {
            let (told, part) = (Told::default(), all - 1);
            let range = DownloadOptions::default().with_range(ByteRange::From(1)).with_progress(told.sink());
            let download = s.open(&name, range).await?;
            s.read(&name, download).await?;
            told.ended(&format!("a download of all but a byte of {size}"), Some(part), part)?;
        }
        // One that nobody reads to its end.
        let told = Told::default();
        let mut download = s.open(&name, DownloadOptions::default().with_progress(told.sink())).await?;
        let first = download.chunk().await?.map_or(0, |chunk| chunk.len() as u64);
        drop(download);
        told.grew("a download that was dropped", total)?;
        ensure!(told.bytes() == first, "{first} bytes of a download were read, and {} are told", told.bytes());
    }
    Ok(())
}
