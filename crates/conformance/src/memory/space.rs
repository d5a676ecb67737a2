//! The bound on memory: whoever stores something holds as many bytes of it, and gives them back when dropped.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::StreamExt;
use meta::{Body, Bytes, Error, ErrorKind, ObjectInfo, ObjectName, OpenBody, Result, UploadOptions, wrong_length};

use super::{Content, checksum};

/// What an object takes beside its texts and its content.
const PER_OBJECT: u64 = 512;

#[derive(Clone)]
pub(super) struct Space {
    used: Arc<AtomicU64>,
    max: u64,
}

/// Bytes that are taken until this is dropped.
pub(super) struct Held {
    space: Space,
    bytes: u64,
}

impl Space {
    pub(super) fn new(max: u64) -> Self {
        Self { used: Arc::default(), max }
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn hold(&self, bytes: u64) -> Result<Held> {
        let mut held = Held { space: self.clone(), bytes: 0 };
        held.grow(bytes)?;
        Ok(held)
    }

    /// Holds what an object takes without its content.
    pub(super) fn hold_for(&self, name: &ObjectName, options: &UploadOptions) -> Result<Held> {
        let UploadOptions {
            content_type, cache_control, content_disposition, content_encoding, metadata, tags, ..
        } = options;
        let texts = [content_type, cache_control, content_disposition, content_encoding];
        self.hold(cost(name, texts, metadata).saturating_add(pairs(tags)))
    }

    /// Holds what a copy takes, under its new name.
    pub(super) fn hold_copy(
        &self,
        name: &ObjectName,
        info: &ObjectInfo,
        tags: &BTreeMap<String, String>,
    ) -> Result<Held> {
        let ObjectInfo { content_type, cache_control, content_disposition, content_encoding, metadata, size, .. } =
            info;
        let texts = [content_type, cache_control, content_disposition, content_encoding];
        self.hold(cost(name, texts, metadata).saturating_add(pairs(tags)).saturating_add(*size))
    }

    /// Reads a body into memory, never more than there is room for.
    pub(super) async fn gather(&self, mut body: Body, mut held: Held) -> Result<Content> {
        if let Some(bytes) = body.as_bytes() {
            held.grow(bytes.len() as u64)?;
            return Ok(Content { crc64: checksum(bytes), bytes: bytes.clone(), held });
        }
        let OpenBody { length, mut stream, .. } = body.open().await?;
        held.grow(length.unwrap_or(0))?;
        let mut gathered = Vec::with_capacity(usize::try_from(length.unwrap_or(0)).unwrap_or(0));
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| Error::io("cannot read the content", error))?;
            let total = gathered.len() as u64 + chunk.len() as u64;
            match length {
                Some(length) if total > length => return Err(wrong_length(length, total)),
                Some(_) => {}
                None => held.grow(chunk.len() as u64)?,
            }
            gathered.extend_from_slice(&chunk);
        }
        match length {
            Some(length) if length != gathered.len() as u64 => Err(wrong_length(length, gathered.len() as u64)),
            _ => {
                gathered.shrink_to_fit();
                Ok(Content { crc64: checksum(&gathered), bytes: Bytes::from(gathered), held })
            }
        }
    }
}

/// What an object takes beside its content.
fn cost(name: &ObjectName, texts: [&Option<String>; 4], metadata: &BTreeMap<String, String>) -> u64 {
    let texts: usize = texts.into_iter().flatten().map(String::len).sum();
    // The name stands there twice: as the key and in what is known.
    PER_OBJECT + (2 * name.as_str().len() + texts) as u64 + pairs(metadata)
}

/// What metadata or tags take.
pub(super) fn pairs(pairs: &BTreeMap<String, String>) -> u64 {
    pairs.iter().map(|(name, value)| (name.len() + value.len()) as u64).sum()
}

impl Held {
    pub(super) fn grow(&mut self, by: u64) -> Result<()> {
        let Space { used, max } = &self.space;
        used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| used.checked_add(by).filter(|used| used <= max))
            .map_err(|_| {
                Error::new(ErrorKind::Service, format!("the storage is full: it takes {max} bytes in all"))
                    .with_advice("delete objects or raise `maxBytes`")
            })?;
        self.bytes += by;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.space.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.used(), self.max)
    }
}
