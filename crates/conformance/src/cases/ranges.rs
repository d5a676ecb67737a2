//! Parts of objects.

use meta::{ByteRange, DownloadOptions, ErrorKind};

use crate::outcome::{Outcome, ensure, refused, same_bytes};
use crate::subject::{Subject, content};

const SIZE: u64 = 100_000;

pub(crate) async fn ranges_give_just_their_bytes(s: Subject) -> Outcome {
    let (name, bytes) = (s.name("ranged"), content(1, 100_000));
    s.upload(&name, bytes.clone()).await?;
    let span = |offset, length| ByteRange::Span { offset, length };
    for (range, offset, length) in [
        (span(0, 1), 0, 1),
        (span(0, 10), 0, 10),
        (span(0, SIZE), 0, SIZE),
        (span(49_999, 1), 49_999, 1),
        (span(40_000, 30_000), 40_000, 30_000),
        (span(65_535, 2), 65_535, 2),
        (span(SIZE - 1, 1), SIZE - 1, 1),
        (ByteRange::From(0), 0, SIZE),
        (ByteRange::From(1), 1, SIZE - 1),
        (ByteRange::From(SIZE - 1), SIZE - 1, 1),
        (ByteRange::Last(1), SIZE - 1, 1),
        (ByteRange::Last(1_000), SIZE - 1_000, 1_000),
        (ByteRange::Last(SIZE), 0, SIZE),
        // What reaches past the end ends there.
        (span(SIZE - 10, 11), SIZE - 10, 10),
        (span(SIZE - 1, 1_000_000), SIZE - 1, 1),
        (span(1, u64::MAX), 1, SIZE - 1),
        (ByteRange::Last(SIZE + 1), 0, SIZE),
        (ByteRange::Last(u64::MAX), 0, SIZE),
    ] {
        let download = s.open(&name, DownloadOptions::default().with_range(range)).await?;
        ensure!(
            download.span == (offset, length),
            "the range {range} is said to span {:?} instead of {:?}",
            download.span,
            (offset, length)
        );
        ensure!(
            download.info.size == SIZE,
            "with the range {range} the object is said to have {} bytes",
            download.info.size
        );
        let from = usize::try_from(offset).unwrap_or_default();
        let to = usize::try_from(offset + length).unwrap_or_default();
        same_bytes(&format!("the range {range}"), &s.read(&name, download).await?, &bytes[from..to])?;
    }
    let work = s.element().download_range(&name, 5, 3);
    let part = s.call(meta::Operation::Download, &[&name], work).await?;
    same_bytes("`download_range` of 3 bytes from 5", &part, &bytes[5..8])
}

pub(crate) async fn ranges_that_hold_no_byte_are_refused(s: Subject) -> Outcome {
    let name = s.name("ranged");
    s.upload(&name, content(1, 1_000)).await?;
    let empty = s.name("empty");
    s.upload(&empty, "").await?;
    let span = |offset, length| ByteRange::Span { offset, length };
    for (name, range) in [
        (&name, span(1_000, 1)),
        (&name, span(1_001, 1)),
        (&name, span(u64::MAX, 1)),
        (&name, span(u64::MAX, u64::MAX)),
        (&name, ByteRange::From(1_000)),
        (&name, ByteRange::From(u64::MAX)),
        (&name, span(0, 0)),
        (&name, ByteRange::Last(0)),
        (&empty, ByteRange::From(0)),
        (&empty, span(0, 1)),
        (&empty, ByteRange::Last(1)),
    ] {
        refused(
            &format!("the range {range}, which holds no byte,"),
            s.range(name, range).await,
            ErrorKind::InvalidInput,
        )?;
    }
    s.expect(&empty, b"").await
}
