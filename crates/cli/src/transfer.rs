//! Moving one object: from a file, an object or standard input to another.

use std::io;
use std::path::{Path, PathBuf};

use bytes::BytesMut;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use jit_storages::{Body, Checkpoint, CopyOptions, DownloadOptions, FileDownloadOptions, UploadOptions, Uploaded};
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::compare::have_same_sum;
use crate::exit::{Failure, Outcome};
use crate::progress::{Bar, Moved};
use crate::target::Place;

/// How much of standard input is read at a time.
const CHUNK: usize = 256 * 1024;

/// An end of a transfer.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Local(PathBuf),
    Object(Place),
    Standard,
}

/// One transfer.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) from: End,
    pub(crate) to: End,
    /// In bytes, where it is known.
    pub(crate) size: Option<u64>,
    pub(crate) check: Check,
}

/// Whether there is anything to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// It is to be done.
    Nothing,
    /// Both ends are the same already.
    IsSame,
    /// Unless both have the same checksum.
    Sums,
}

/// What transfers have in common.
#[derive(Debug)]
pub(crate) struct Manner {
    /// The type of what is written; guessed from its name where it is not given.
    pub(crate) content_type: Option<String>,
    /// Where transfers of large files note how far they are.
    pub(crate) notes: PathBuf,
}

/// What one transfer has done.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    pub(crate) from: String,
    pub(crate) to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

impl End {
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Local(path) => path.display().to_string(),
            Self::Object(place) => place.shown(),
            Self::Standard => "-".to_owned(),
        }
    }
}

impl Job {
    pub(crate) fn receipt(&self, size: Option<u64>, url: Option<String>) -> Receipt {
        Receipt { from: self.from.shown(), to: self.to.shown(), size: size.or(self.size), url }
    }

    /// Whether both ends are the same already.
    pub(crate) async fn is_done(&self) -> Outcome<bool> {
        match self.check {
            Check::Nothing => Ok(false),
            Check::IsSame => Ok(true),
            Check::Sums => have_same_sum(&self.from, &self.to).await,
        }
    }

    /// Does it. A dropped one leaves the old object or file whole.
    pub(crate) async fn run(&self, manner: &Manner, bar: &Bar) -> Outcome<Receipt> {
        let moved = bar.begin(self.size);
        let done = self.transfer(manner, &moved).await;
        match done {
            Ok(_) => moved.finish(),
            Err(_) => moved.give_up(),
        }
        done
    }

    async fn transfer(&self, manner: &Manner, moved: &Moved) -> Outcome<Receipt> {
        let checkpoint = || Checkpoint::In(manner.notes.clone());
        match (&self.from, &self.to) {
            (End::Local(path), End::Object(to)) => {
                let mut options = manner.upload_options(&to.path);
                (options.checkpoint, options.progress) = (Some(checkpoint()), Some(moved.progress()));
                self.uploaded(to.element.upload_with(&to.path, Body::file(path), options).await)
            }
            (End::Standard, End::Object(to)) => {
                let mut options = manner.upload_options(&to.path);
                options.progress = Some(moved.progress());
                self.uploaded(to.element.upload_with(&to.path, Body::stream(standard_input(), None), options).await)
            }
            (End::Object(from), End::Local(path)) => {
                make_folder_of(path)?;
                let mut options = FileDownloadOptions::default();
                (options.checkpoint, options.progress) = (Some(checkpoint()), Some(moved.progress()));
                let info = from.element.download_to_file_with(&from.path, path, options).await?;
                Ok(self.receipt(Some(info.size), None))
            }
            (End::Object(from), End::Standard) => {
                let mut options = DownloadOptions::default();
                options.progress = Some(moved.progress());
                let mut download = from.element.download_stream(&from.path, options).await?;
                let mut standard = tokio::io::stdout();
                while let Some(chunk) = download.chunk().await? {
                    standard.write_all(&chunk).await?;
                }
                standard.flush().await?;
                Ok(self.receipt(Some(download.info.size), None))
            }
            (End::Object(from), End::Object(to)) if from.element.full_name() == to.element.full_name() => {
                self.uploaded(from.element.copy(&from.path, &to.path, CopyOptions::default()).await)
            }
            (End::Object(from), End::Object(to)) => {
                let download = from.element.download_stream(&from.path, DownloadOptions::default()).await?;
                let info = download.info.clone();
                let mut options = UploadOptions::default();
                options.progress = Some(moved.progress());
                options.content_type = manner.content_type.clone().or(info.content_type);
                (options.cache_control, options.content_disposition) = (info.cache_control, info.content_disposition);
                (options.content_encoding, options.metadata) = (info.content_encoding, info.metadata);
                let body = Body::stream(download.into_stream().map_err(io::Error::other), Some(info.size));
                self.uploaded(to.element.upload_with(&to.path, body, options).await)
            }
            (End::Local(_) | End::Standard, End::Local(_) | End::Standard) => {
                Err(Failure::usage("neither end is an element: write one as `NAME:path`"))
            }
        }
    }

    fn uploaded(&self, uploaded: jit_storages::Result<Uploaded>) -> Outcome<Receipt> {
        let uploaded = uploaded?;
        Ok(self.receipt(uploaded.size, Some(uploaded.url)))
    }
}

impl Manner {
    fn upload_options(&self, name: &str) -> UploadOptions {
        let guessed = || mime_guess::from_path(name).first_raw().map(str::to_owned);
        let mut options = UploadOptions::default();
        options.content_type = self.content_type.clone().or_else(guessed);
        options
    }
}

fn make_folder_of(path: &Path) -> Outcome {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|error| Failure::file("make the folder", folder, &error))
        }
        _ => Ok(()),
    }
}

fn standard_input() -> impl stream::Stream<Item = io::Result<bytes::Bytes>> + Send {
    stream::try_unfold(tokio::io::stdin(), |mut input| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        let read = input.read_buf(&mut chunk).await?;
        Ok((read > 0).then(|| (chunk.freeze(), input)))
    })
    .boxed()
}
