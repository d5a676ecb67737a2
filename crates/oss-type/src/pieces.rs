//! A part of a stream in memory, without a copy of what came in large chunks.

use bytes::{Bytes, BytesMut};
use meta::Body;
use oss_protocol::crc64::Crc64;

/// Chunks from this size on are kept as they came; smaller ones are put together, so that a part is a few pieces.
const LARGE: usize = 16 << 10;
const TOGETHER: usize = 128 << 10;

/// What has come of a part.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    chunks: Vec<Bytes>,
    small: BytesMut,
    length: usize,
}

impl Pieces {
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn push(&mut self, chunk: Bytes) {
        self.length += chunk.len();
        if chunk.len() >= LARGE {
            self.put_together();
            return self.chunks.push(chunk);
        }
        if self.small.capacity() < self.small.len() + chunk.len() {
            self.put_together();
            self.small = BytesMut::with_capacity(TOGETHER);
        }
        self.small.extend_from_slice(&chunk);
    }

    fn put_together(&mut self) {
        if !self.small.is_empty() {
            self.chunks.push(std::mem::take(&mut self.small).freeze());
        }
    }

    /// Their sum.
    pub(crate) fn crc64(&mut self) -> u64 {
        self.put_together();
        let mut sum = Crc64::new();
        self.chunks.iter().for_each(|chunk| sum.update(chunk));
        sum.finish()
    }

    pub(crate) fn into_body(mut self) -> Body {
        self.put_together();
        Body::chunks(self.chunks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_of_any_size_stay_in_order() {
        let content: Vec<u8> = (0..900_000_u32).map(|at| (at % 251) as u8).collect();
        for sizes in [vec![1000], vec![LARGE, 1], vec![LARGE - 1, LARGE, 7], vec![300_000], vec![3]] {
            let (mut pieces, mut rest) = (Pieces::default(), &content[..]);
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, left) = rest.split_at(rest.len().min(*size));
                pieces.push(Bytes::copy_from_slice(chunk));
                rest = left;
            }
            assert_eq!(pieces.len(), content.len());
            assert_eq!(pieces.crc64(), oss_protocol::crc64::checksum(&content));
            assert!(pieces.into_body().into_bytes(1 << 20).await.unwrap() == content, "{sizes:?}");
        }
    }
}
