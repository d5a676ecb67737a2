//! Receiving a body into a temporary file, and giving it its place.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use crc_fast::{CrcAlgorithm, Digest};
use futures_util::StreamExt;
use meta::{Body, Error, ObjectInfo, ObjectName, Overwrite, Result, UploadOptions, wrong_length};

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
    let mut incoming = data.open().await?;
    let target = Arc::new(Target { root, name, overwrite: options.overwrite });
    let mut content = None;
    let mut pending = BytesMut::new();
    let mut size = 0_u64;
    while let Some(chunk) = incoming.stream.next().await {
        let chunk = chunk.map_err(unreadable)?;
        size += chunk.len() as u64;
        if let Some(announced) = incoming.length.filter(|announced| size > *announced) {
            return Err(wrong_length(announced, size));
        }
        if pending.is_empty() && chunk.len() >= WRITE_CHUNK {
            content = Some(write(&target, content, chunk).await?);
            continue;
        }
        pending.extend_from_slice(&chunk);
        if pending.len() >= WRITE_CHUNK {
            content = Some(write(&target, content, pending.split().freeze()).await?);
        }
    }
    if let Some(announced) = incoming.length.filter(|announced| size != *announced) {
        return Err(wrong_length(announced, size));
    }
    let upload = finish(&target, content, pending.freeze(), options).await?;
    // The turn comes last: who has it waits for nobody's bytes.
    let turn = target.root.turn(&target.name).await;
    blocking(move || {
        let info = target.root.commit(upload);
        drop(turn);
        info
    })
    .await
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
