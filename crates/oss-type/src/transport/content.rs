//! What a call carries.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use meta::{Body, Error, OpenBody, Result, wrong_length};

use super::body::{RequestBody, Sent, Untouched};

/// What a call carries, ready to be sent more than once where it can be.
pub(crate) enum Content {
    Empty,
    Bytes(Bytes),
    Body { body: Body, crc64: bool, opened: bool, sent: Option<Arc<Sent>> },
}

impl Content {
    /// The content of an upload. `crc64` asks for its sum on the way.
    pub(crate) fn new(body: Body, crc64: bool) -> Self {
        match body.as_bytes() {
            Some(bytes) if !body.is_counted() => Self::Bytes(bytes.clone()),
            _ => Self::Body { body, crc64, opened: false, sent: None },
        }
    }

    pub(super) async fn open(&mut self) -> Result<(RequestBody, Option<Arc<Sent>>)> {
        match self {
            Self::Empty => Ok((RequestBody::Empty, None)),
            Self::Bytes(bytes) => Ok(RequestBody::bytes(bytes.clone())),
            Self::Body { body, crc64, opened, sent } => {
                let untouched = match sent.take().and_then(|sent| sent.take_untouched()) {
                    Some(untouched) => untouched,
                    None => {
                        let OpenBody { stream, length, .. } = body.open().await?;
                        Untouched { stream, length }
                    }
                };
                *opened = true;
                if untouched.length != Some(0) {
                    let (request, now) = RequestBody::stream(untouched, *crc64);
                    *sent = Some(Arc::clone(&now));
                    return Ok((request, Some(now)));
                }
                // HTTP never asks for the content of an empty body, so what should not be there is looked for here.
                let mut stream = untouched.stream;
                while let Some(chunk) = stream.next().await {
                    let chunk = chunk.map_err(|error| Error::io("cannot read the content to upload", error))?;
                    if !chunk.is_empty() {
                        return Err(wrong_length(0, chunk.len() as u64));
                    }
                }
                *self = Self::Empty;
                Ok((RequestBody::Empty, None))
            }
        }
    }

    pub(super) fn is_repeatable(&self) -> bool {
        match self {
            Self::Empty | Self::Bytes(_) => true,
            // A stream that nobody has read from can be sent after all.
            Self::Body { body, opened, sent, .. } => {
                !opened || body.is_repeatable() || sent.as_ref().is_some_and(|sent| sent.is_untouched())
            }
        }
    }
}
