//! Contents: every size, every source, and what breaks on the way.

use std::io;

use futures_util::stream;
use meta::{Ability, Body, Bytes, DownloadOptions, ErrorKind, Operation, UploadOptions};

use crate::outcome::{Outcome, ensure, refused, same_bytes};
use crate::subject::{Subject, content};

/// The content as a stream of chunks of this size.
pub(super) fn streamed(content: &Bytes, chunk: usize, length: Option<u64>) -> Body {
    Body::stream(stream::iter(chunks(content, chunk).map(Ok)), length)
}

fn chunks(content: &Bytes, chunk: usize) -> impl Iterator<Item = Bytes> + Send + 'static {
    let content = content.clone();
    (0..content.len()).step_by(chunk).map(move |at| content.slice(at..(at + chunk).min(content.len())))
}

/// The content as a stream that breaks behind it.
pub(super) fn breaking(content: &Bytes, chunk: usize, length: Option<u64>) -> Body {
    let broken = io::Error::new(io::ErrorKind::UnexpectedEof, "the source of the content broke");
    Body::stream(stream::iter(chunks(content, chunk).map(Ok).chain([Err(broken)])), length)
}

pub(crate) async fn bodies_of_every_size_round_trip(s: Subject) -> Outcome {
    let large = s.profile().large_bytes();
    for size in [0, 1, 2, 4_095, 4_096, 65_536, 65_537, large - 1, large + 1] {
        let name = s.name(&format!("size {size}"));
        let bytes = content(1, size);
        s.upload(&name, bytes.clone()).await?;
        s.expect(&name, &bytes).await?;
        s.delete(&name).await?;
    }
    Ok(())
}

pub(crate) async fn files_round_trip(s: Subject) -> Outcome {
    let folder = tempfile::tempdir()?;
    for size in [0, 1, s.profile().large_bytes() + 7] {
        let (name, bytes) = (s.name(&format!("file {size}")), content(2, size));
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::write(&from, &bytes)?;
        s.upload(&name, Body::file(&from)).await?;
        s.expect(&name, &bytes).await?;
        s.call(Operation::Download, &[&name], s.element().download_to_file(&name, &to)).await?;
        same_bytes("a file that was uploaded and downloaded", &std::fs::read(&to)?, &bytes)?;
    }
    let name = s.name("file 1");
    let missing = Body::file(folder.path().join("missing"));
    let outcome = s.upload(&name, missing).await;
    ensure!(outcome.is_err(), "an upload of a missing file succeeded");
    s.expect(&name, &content(2, 1)).await
}

pub(crate) async fn streams_round_trip(s: Subject) -> Outcome {
    let large = s.profile().large_bytes() + 13;
    for (size, chunk) in [(0, 1), (1, 1), (10, 3), (300_000, 4_099), (large, 65_521), (large, 1_500_000)] {
        for known in [true, false] {
            let name = s.name(&format!("stream of {size} by {chunk}, {known}"));
            let bytes = content(3, size);
            let length = known.then_some(size as u64);
            let options = UploadOptions::default().with_content_type("text/x").with_metadata("source", "stream");
            s.upload_with(&name, streamed(&bytes, chunk, length), options).await?;
            s.expect(&name, &bytes).await?;
            let info = s.get_object(&name).await?;
            ensure!(
                info.content_type.as_deref() == Some("text/x")
                    && info.metadata.get("source").map(String::as_str) == Some("stream"),
                "a stream of {size} bytes (length known: {known}) lost its type or metadata"
            );
            s.delete(&name).await?;
        }
    }
    let name = s.name("stream with empty chunks");
    let parts = ["", "a", "", "", "bc", ""].map(|part| Ok(Bytes::from_static(part.as_bytes())));
    s.upload(&name, Body::stream(stream::iter(parts), None)).await?;
    s.expect(&name, b"abc").await
}

pub(crate) async fn downloads_stream(s: Subject) -> Outcome {
    let (name, bytes) = (s.name("streamed"), content(4, s.profile().large_bytes()));
    s.upload(&name, bytes.clone()).await?;
    let download = s.open(&name, DownloadOptions::default()).await?;
    ensure!(download.info.size == bytes.len() as u64, "a download is said to have {} bytes", download.info.size);
    ensure!(download.span == (0, bytes.len() as u64), "a whole download is said to span {:?}", download.span);
    same_bytes("a streamed download", &s.read(&name, download).await?, &bytes)?;
    // Dropping a download in the middle harms nothing.
    let mut download = s.open(&name, DownloadOptions::default()).await?;
    let first = s.call(Operation::Download, &[&name], download.chunk()).await?;
    ensure!(first.is_some_and(|first| bytes.starts_with(&first)), "the first chunk of a download is wrong");
    drop(download);
    s.expect(&name, &bytes).await
}

pub(crate) async fn a_stream_that_breaks_stores_nothing(s: Subject) -> Outcome {
    let old = content(5, 3_000);
    let kept = s.name("kept");
    s.upload_with(&kept, old.clone(), UploadOptions::default().with_metadata("writer", "old")).await?;
    let large = s.profile().large_bytes();
    for size in [0, 10, 100_000, large] {
        for length in [None, Some(size as u64 + 1_000)] {
            for name in [&kept, &s.name("never there")] {
                let body = breaking(&content(6, size), 65_536, length);
                let options = UploadOptions::default().with_metadata("writer", "new");
                let what = format!("an upload whose source broke behind {size} bytes (announced: {length:?})");
                match s.upload_with(name, body, options).await {
                    Err(crate::outcome::Stop::Refused(error)) => {
                        let texts = [error.to_string(), format!("{error:?}")];
                        ensure!(
                            texts.iter().any(|text| text.contains("the source of the content broke")),
                            "{what} failed without telling what broke: {error}"
                        );
                    }
                    Err(stop) => return Err(stop),
                    Ok(_) => ensure!(false, "{what} succeeded"),
                }
            }
            s.expect(&kept, &old).await?;
            let writer = s.get_object(&kept).await?.metadata.remove("writer");
            ensure!(writer.as_deref() == Some("old"), "a broken upload changed the metadata to {writer:?}");
            s.expect_missing(&s.name("never there")).await?;
        }
    }
    nothing_but(&s, &[&kept]).await
}

pub(crate) async fn a_wrong_length_stores_nothing(s: Subject) -> Outcome {
    let old = content(7, 3_000);
    let kept = s.name("kept");
    s.upload(&kept, old.clone()).await?;
    let large = s.profile().large_bytes();
    for (size, announced) in [(0, 1), (1, 0), (1_000, 999), (1_000, 1_001), (large, large - 1), (large, large + 1)] {
        for name in [&kept, &s.name("never there")] {
            let body = streamed(&content(8, size), 65_536, Some(announced as u64));
            let what = format!("an upload of {size} bytes that was announced with {announced}");
            refused(&what, s.upload(name, body).await, ErrorKind::InvalidInput)?;
        }
        s.expect(&kept, &old).await?;
        s.expect_missing(&s.name("never there")).await?;
    }
    nothing_but(&s, &[&kept]).await
}

/// Demands that the case's names are these, where the Type can list.
pub(super) async fn nothing_but(s: &Subject, names: &[&str]) -> Outcome {
    if s.profile().has(Ability::List) {
        let listed = s.listed(&s.name("")).await?;
        ensure!(listed == names, "these objects should be there: {names:?}, and these are listed: {listed:?}");
    }
    Ok(())
}
