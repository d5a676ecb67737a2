//! What a call carries.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use meta::{Body, Error, Result, wrong_length};

use super::body::{RequestBody, Sent};

/// What a call carries, ready to be sent more than once where it can be.
pub(crate) enum Content {
    Empty,
    Bytes(Bytes),
    Body { body: Body, crc64: bool, opened: bool },
}

impl Content {
    /// The content of an upload. `crc64` asks for its sum on the way.
    pub(crate) fn new(body: Body, crc64: bool) -> Self {
        match body.as_bytes() {
            Some(bytes) if !body.is_counted() => Self::Bytes(bytes.clone()),
            _ => Self::Body { body, crc64, opened: false },
        }
    }

    pub(super) async fn open(&mut self) -> Result<(RequestBody, Option<Arc<Sent>>)> {
        match self {
            Self::Empty => Ok((RequestBody::Empty, None)),
            Self::Bytes(bytes) => Ok(RequestBody::bytes(bytes.clone())),
            Self::Body { body, crc64, opened } => {
                let mut open = body.open().await?;
                *opened = true;
                if open.length == Some(0) {
                    // HTTP never asks for the content of an empty body, so what should not be there is looked for here.
                    while let Some(chunk) = open.stream.next().await {
                        let chunk = chunk.map_err(|error| Error::io("cannot read the content to upload", error))?;
                        if !chunk.is_empty() {
                            return Err(wrong_length(0, chunk.len() as u64));
                        }
                    }
                    return Ok((RequestBody::Empty, None));
                }
                Ok(RequestBody::stream(open, *crc64))
            }
        }
    }

    pub(super) fn is_repeatable(&self) -> bool {
        match self {
            Self::Empty | Self::Bytes(_) => true,
            Self::Body { body, opened, .. } => !opened || body.is_repeatable(),
        }
    }
}
