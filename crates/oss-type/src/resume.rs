//! Uploads of files that go on where an earlier one stopped.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use meta::{
    Body, Checkpoint, Error, ErrorKind, MultipartUpload, ObjectName, Result, TransferNote, UploadOptions, Uploaded,
    UploadedPart,
};
use serde::{Deserialize, Serialize};

use crate::file_state::{FileState, on_blocking};
use crate::large_upload::{completion, is_whole, part_size_for, spans};
use crate::storage::OssStorage;

/// What the note of an upload says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    bucket: String,
    object: String,
    size: u64,
    /// Nanoseconds since 1970.
    modified: String,
    part_size: u64,
    /// A sum of the headers that the upload was begun with: they cannot be changed any more.
    options: String,
    upload_id: String,
}

impl OssStorage {
    /// Uploads a file in parts, and begins with those that OSS has already. What the note says is believed only where the
    /// file is still the same and OSS still has the upload; whether OSS's parts are the file's own their sums tell.
    ///
    /// Parts stay at OSS when this fails, for the next call.
    pub(crate) async fn upload_resumable(
        &self,
        name: &ObjectName,
        state: FileState,
        data: Body,
        checkpoint: &Checkpoint,
        options: &UploadOptions,
    ) -> Result<Uploaded> {
        // Not the host: one bucket is reached by several, and whether it is the same one OSS tells by the upload's id.
        let bucket = self.transport().bucket().to_owned();
        let note = self.note(name, &state, checkpoint);
        let mut head = Head {
            bucket,
            object: name.to_string(),
            size: state.size(),
            modified: state.modified(),
            part_size: part_size_for(state.size(), self.0.part_size),
            options: self.sum_of_options(options)?,
            upload_id: String::new(),
        };
        let noted = note.clone();
        let earlier: Option<(Head, Vec<()>)> = on_note(&note, move || noted.read()).await?;
        let mut kept = BTreeMap::new();
        if let Some((earlier, _)) = earlier {
            head.upload_id.clone_from(&earlier.upload_id);
            match self.parts_of(name, &earlier, &head, &state).await? {
                Some(parts) => kept = parts,
                None => head.upload_id.clear(),
            }
        }
        if head.upload_id.is_empty() {
            head.upload_id = self.begin_upload(name, self.0.write_defaults.object(options)?, options.overwrite).await?;
            let (noted, begun) = (note.clone(), head.clone());
            if let Err(error) = on_note(&note, move || noted.begin(&begun)).await {
                // Without a note nobody would find the upload again.
                self.abort(name, &head.upload_id).await.ok();
                return Err(error);
            }
        }
        data.count_as_moved(kept.values().map(|part: &UploadedPart| part.size).sum());
        let missing = spans(&state, head.part_size, &data, |number| !kept.contains_key(&number));
        let sent = self.send_parts(name, &head.upload_id, missing, options.traffic_limit).await?;
        if let Err(error) = state.check().await {
            self.abort(name, &head.upload_id).await.ok();
            forget(&note).await;
            return Err(error);
        }
        kept.extend(sent.into_iter().map(|part| (part.number, part)));
        let parts = kept.into_values().collect();
        let done = {
            let headers = self.0.write_defaults.completion(&completion(options))?;
            self.complete_surely(name, &head.upload_id, parts, headers, None).await?
        };
        forget(&note).await;
        Ok(done)
    }

    fn note(&self, name: &ObjectName, state: &FileState, checkpoint: &Checkpoint) -> TransferNote {
        let what = format!("{}\n{name}", self.transport().bucket());
        TransferNote::new(checkpoint, state.path(), "upload", &what)
    }

    /// Takes away what an earlier upload of the file has left, where there is nothing to go on with.
    pub(crate) async fn forget_earlier(
        &self,
        name: &ObjectName,
        state: &FileState,
        checkpoint: &Checkpoint,
    ) -> Result<()> {
        let note = self.note(name, state, checkpoint);
        let noted = note.clone();
        if let Some((earlier, _)) = on_note(&note, move || noted.read::<Head, ()>()).await? {
            self.abort_earlier(name, &earlier.upload_id).await;
            forget(&note).await;
        }
        Ok(())
    }

    /// Parts that cannot be taken away keep nobody from uploading.
    async fn abort_earlier(&self, name: &ObjectName, upload_id: &str) {
        if upload_id.is_empty() {
            return;
        }
        if let Err(error) = self.abort(name, upload_id).await {
            tracing::warn!(object = %name, %error, "the parts of an earlier upload could not be taken away");
        }
    }

    /// The parts of an earlier upload that can be kept; `None` where it is not to be gone on with, and is gone then.
    async fn parts_of(
        &self,
        name: &ObjectName,
        earlier: &Head,
        now: &Head,
        state: &FileState,
    ) -> Result<Option<BTreeMap<u32, UploadedPart>>> {
        if earlier.upload_id.is_empty() {
            return Ok(None);
        }
        if earlier != now {
            self.abort_earlier(name, &earlier.upload_id).await;
            return Ok(None);
        }
        let parts = match self.list_parts(name, &earlier.upload_id).await {
            Ok(parts) => parts,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            // Who may not look is not kept from uploading.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                tracing::warn!(object = %name, %error, "what an earlier upload has sent cannot be told, so it is sent again");
                self.abort_earlier(name, &earlier.upload_id).await;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let size = now.part_size;
        let checked = parts.into_iter().filter(|part| is_whole(part, state, size)).map(|part| async move {
            let Some(theirs) = part.crc64 else { return Ok::<_, Error>(None) };
            let ours = state.crc64(u64::from(part.number - 1) * size, part.size).await?;
            Ok((ours == theirs).then_some((part.number, part)))
        });
        let checked: Vec<_> = checked.collect();
        let kept: Vec<_> = stream::iter(checked).buffer_unordered(2).try_collect().await?;
        Ok(Some(kept.into_iter().flatten().collect()))
    }

    fn sum_of_options(&self, options: &UploadOptions) -> Result<String> {
        let headers = self.0.write_defaults.object(options)?;
        let text: String = headers.iter().map(|(name, value)| format!("{name}: {value:?}\n")).collect();
        Ok(format!("{:016x}", oss_protocol::crc64::checksum(text.as_bytes())))
    }
}

async fn on_note<T: Send + 'static>(
    note: &TransferNote,
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T> {
    let failed = |error| Error::io(format!("cannot use the checkpoint `{}`", note.path().display()), error);
    on_blocking(work).await.map_err(failed)
}

/// Takes a note away that has served; one that stays is found to be outdated by the next call.
async fn forget(note: &TransferNote) {
    let done = note.clone();
    if let Err(error) = on_note(note, move || done.remove()).await {
        tracing::debug!(%error, "a checkpoint stays");
    }
}
