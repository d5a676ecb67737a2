//! Bytes to send.

use std::path::PathBuf;

use bytes::Bytes;
use futures_util::stream;
use meta::Body;
use tempfile::TempDir;

/// Bytes that differ everywhere, so that a shifted, repeated or foreign piece shows.
pub(crate) fn content(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let words = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(size).collect()
}

/// A file with this content, in a folder of its own.
pub(crate) fn file(content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("content.bin");
    std::fs::write(&path, content).unwrap();
    (folder, path)
}

/// A stream of this content, in uneven chunks.
pub(crate) fn streamed(content: Vec<u8>, length: Option<u64>) -> Body {
    let mut rest = Bytes::from(content);
    let mut size = 1000;
    let chunks = std::iter::from_fn(move || {
        size = size * 3 % 77_777 + 1;
        (!rest.is_empty()).then(|| Ok(rest.split_to(rest.len().min(size))))
    });
    Body::stream(stream::iter(chunks.collect::<Vec<_>>()), length)
}
