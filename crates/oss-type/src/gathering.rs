//! A stream that is cut into parts, within a fixed memory budget.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use meta::{Body, BodyStream, Error, ErrorKind, Result, wrong_length};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::large_upload::{MAX_PARTS, Parts, part_size_for};
use crate::pieces::Pieces;

/// After so many parts of a stream of unknown length its parts double in size, so that it may be long.
const PARTS_OF_A_SIZE: u64 = MAX_PARTS / 4;

/// A stream that is being cut into parts.
pub(crate) struct Gathering {
    stream: BodyStream,
    /// What came with the last chunk beyond the part.
    rest: Bytes,
    length: Option<u64>,
    passed: u64,
    /// How many bytes in memory a permit stands for.
    share: u64,
    /// The size of the first parts.
    size: u64,
    /// How many parts there are.
    count: u64,
    budget: Arc<Semaphore>,
    permits: u32,
    ended: bool,
}

impl Gathering {
    /// Opens a stream, of which `parallel` parts of `size` bytes fit into memory.
    pub(crate) async fn open(data: Body, size: u64, parallel: usize) -> Result<Self> {
        let mut data = data.uncounted();
        let open = data.open().await?;
        let share = size;
        let size = open.length.map_or(size, |length| part_size_for(length, size));
        Ok(Self {
            share,
            stream: open.stream,
            rest: Bytes::new(),
            length: open.length,
            passed: 0,
            size,
            count: 0,
            budget: Arc::new(Semaphore::new(parallel)),
            permits: u32::try_from(parallel).unwrap_or(1),
            ended: false,
        })
    }

    /// Whether the stream has told its end.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next part, with its share of the budget; shorter than it might be only at the end. `None` where nothing is left.
    pub(crate) async fn next(&mut self) -> Result<Option<(Pieces, OwnedSemaphorePermit)>> {
        let times = self.times();
        let shares = self.size.saturating_mul(u64::from(times)).div_ceil(self.share);
        let weight = u32::try_from(shares).unwrap_or(u32::MAX).min(self.permits);
        // The semaphore is never closed.
        let Ok(share) = Arc::clone(&self.budget).acquire_many_owned(weight).await else { return Ok(None) };
        let size = usize::try_from(self.size.saturating_mul(u64::from(times))).unwrap_or(usize::MAX);
        let mut part = Pieces::default();
        let mut chunk = std::mem::take(&mut self.rest);
        loop {
            let room = size - part.len();
            if chunk.len() > room {
                self.rest = chunk.split_off(room);
            }
            part.push(chunk);
            if !self.rest.is_empty() {
                self.count += 1;
                return Ok(Some((part, share)));
            }
            chunk = match self.stream.next().await {
                Some(Ok(chunk)) => chunk,
                Some(Err(error)) => return Err(Error::io("cannot read the content to upload", error)),
                None => {
                    self.ended = true;
                    return match self.length {
                        Some(length) if length != self.passed => Err(wrong_length(length, self.passed)),
                        _ => Ok((part.len() > 0).then_some((part, share))),
                    };
                }
            };
            self.passed += chunk.len() as u64;
            if let Some(length) = self.length.filter(|length| self.passed > *length) {
                return Err(wrong_length(length, self.passed));
            }
        }
    }

    /// How many times the first parts' size the next one has.
    fn times(&self) -> u32 {
        match self.length {
            Some(_) => 1,
            None => 1_u32.checked_shl((self.count / PARTS_OF_A_SIZE) as u32).unwrap_or(u32::MAX).min(self.permits),
        }
    }

    /// All parts, behind a first one that is there already. They count towards the progress of `counted`.
    pub(crate) fn into_parts(self, first: Option<(Pieces, OwnedSemaphorePermit)>, counted: Body) -> Parts {
        let parts = stream::try_unfold((self, 1, first, counted), async |(mut gathering, number, ready, counted)| {
            let next = match ready {
                Some(part) => Some(part),
                None if gathering.ended => None,
                None => gathering.next().await?,
            };
            let Some((part, share)) = next else { return Ok(None) };
            if u64::from(number) > MAX_PARTS {
                let message = format!("the stream has more than OSS's {MAX_PARTS} parts");
                return Err(Error::new(ErrorKind::InvalidInput, message)
                    .with_advice("tell its length, or raise `partSizeBytes`"));
            }
            let part = part.into_body().counted_with(&counted);
            Ok(Some(((number, part, Some(share)), (gathering, number + 1, None, counted))))
        });
        parts.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sizes(length: usize, chunk: usize, announced: Option<u64>, size: u64) -> Vec<usize> {
        let content = Bytes::from(vec![7; length]);
        let chunks: Vec<_> =
            (0..length).step_by(chunk).map(|at| Ok(content.slice(at..length.min(at + chunk)))).collect();
        let body = Body::stream(stream::iter(chunks), announced);
        let mut gathering = Gathering::open(body, size, 2).await.unwrap();
        let mut sizes = Vec::new();
        while !gathering.has_ended() {
            sizes.extend(gathering.next().await.unwrap().map(|(part, _)| part.len()));
        }
        sizes
    }

    #[tokio::test]
    async fn parts_are_full_but_the_last() {
        for announced in [None, Some(100)] {
            for chunk in [1, 7, 10, 30, 100, 1000] {
                assert_eq!(sizes(100, chunk, announced, 30).await, [30, 30, 30, 10], "{chunk}");
            }
        }
        assert_eq!(sizes(60, 60, None, 30).await, [30, 30]);
        assert_eq!(sizes(0, 1, None, 30).await, [0; 0]);
    }

    #[tokio::test]
    async fn a_long_stream_gets_larger_parts_within_the_budget() {
        let sizes = sizes(12_000, 100, None, 1).await;
        assert_eq!(sizes.iter().sum::<usize>(), 12_000);
        assert!(sizes.len() < 10_000, "{}", sizes.len());
        assert_eq!(sizes.iter().max(), Some(&2), "no part is larger than the whole budget");
    }

    #[tokio::test]
    async fn the_announced_length_must_come() {
        for (length, announced) in [(10, 11), (11, 10)] {
            let body = Body::stream(stream::iter([Ok(Bytes::from(vec![0; length]))]), Some(announced));
            let mut gathering = Gathering::open(body, 30, 1).await.unwrap();
            assert_eq!(gathering.next().await.unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}
