//! Receiving a body into a temporary file, and giving it its place.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use crc_fast::{CrcAlgorithm, Digest};
use futures_util::{StreamExt, future};
use meta::{Body, BodyStream, Error, ObjectInfo, ObjectName, OpenBody, Overwrite, Result, UploadOptions, wrong_length};

use crate::blocking::blocking;
use crate::root::{Root, Temporary, Upload};

/// How much is gathered before a thread is asked to write it, in bytes.
const WRITE_CHUNK: usize = 256 * 1024;

/// Stores an object. Dropping it leaves the old object, or the new one where it was about to be done.
pub(crate) async fn upload(
    root: Arc<Root>,
    name: ObjectName,
    mut data: Body,
    options: UploadOptions,
) -> Result<ObjectInfo> {
    let OpenBody { length, stream, .. } = data.open().await?;
    let mut incoming = Incoming { stream, announced: length, size: 0 };
    let target = Arc::new(Target { root, name, overwrite: options.overwrite });
    let mut content = None;
    let mut batch = incoming.batch().await?;
    while batch.len() >= WRITE_CHUNK {
        // One batch is written while the next one comes in. Whichever fails, the other is waited for: a write that is
        // still going on would leave its temporary file behind for a moment after the error.
        let (written, next) = future::join(write(&target, content, batch), incoming.batch()).await;
        (batch, content) = (next?, Some(written?));
    }
    incoming.check_length()?;
    let upload = finish(&target, content, batch, options).await?;
    // The turn comes last: who has it waits for nobody's bytes.
    target.root.in_turn(&target.name, |root| root.commit(upload)).await
}

/// A body on its way.
struct Incoming {
    stream: BodyStream,
    /// The length that it was announced with, in bytes.
    announced: Option<u64>,
    /// How much has come, in bytes.
    size: u64,
}

impl Incoming {
    /// The next bytes: less than [`WRITE_CHUNK`] only at the end.
    async fn batch(&mut self) -> Result<Bytes> {
        let mut gathered = BytesMut::new();
        while let Some(chunk) = self.stream.next().await {
            let chunk = chunk.map_err(unreadable)?;
            self.size += chunk.len() as u64;
            if self.announced.is_some_and(|announced| self.size > announced) {
                self.check_length()?;
            }
            if gathered.is_empty() && chunk.len() >= WRITE_CHUNK {
                return Ok(chunk);
            }
            gathered.extend_from_slice(&chunk);
            if gathered.len() >= WRITE_CHUNK {
                break;
            }
        }
        Ok(gathered.freeze())
    }

    fn check_length(&self) -> Result<()> {
        match self.announced {
            Some(announced) if announced != self.size => Err(wrong_length(announced, self.size)),
            _ => Ok(()),
        }
    }
}

struct Target {
    root: Arc<Root>,
    name: ObjectName,
    overwrite: Overwrite,
}

/// The bytes so far.
struct Content {
    file: Temporary,
    digest: Digest,
}

async fn write(target: &Arc<Target>, content: Option<Content>, bytes: Bytes) -> Result<Content> {
    let target = Arc::clone(target);
    blocking(move || append(&target, content, &bytes)).await
}

async fn finish(target: &Arc<Target>, content: Option<Content>, rest: Bytes, options: UploadOptions) -> Result<Upload> {
    let target = Arc::clone(target);
    blocking(move || {
        let Content { mut file, digest } = append(&target, content, &rest)?;
        file.file().sync_all().map_err(unwritable)?;
        Ok(Upload { name: target.name.clone(), options, content: file, crc64: digest.finalize() })
    })
    .await
}

/// Appends to the file, which exists from the first bytes on.
fn append(target: &Target, content: Option<Content>, bytes: &[u8]) -> Result<Content> {
    let mut content = match content {
        Some(content) => content,
        None => Content {
            file: target.root.begin(&target.name, target.overwrite)?,
            digest: Digest::new(CrcAlgorithm::Crc64Xz),
        },
    };
    content.file.file().write_all(bytes).map_err(unwritable)?;
    content.digest.update(bytes);
    Ok(content)
}

/// An error of the body, in which a Type that reads another storage may have hidden one of ours.
fn unreadable(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| Error::io("cannot read the content", error))
}

fn unwritable(error: io::Error) -> Error {
    let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let error = Error::io("cannot write the content", error);
    if is_full { error.with_advice("free some space") } else { error }
}
