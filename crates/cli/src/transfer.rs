//! Moving one object: from a file, an object or standard input to another.

use std::io;
use std::path::{Path, PathBuf};

use futures_util::stream::TryStreamExt;
use jit_storages::meta::is_transfer_file;
use jit_storages::{Body, CopyOptions, DownloadOptions, FileDownloadOptions, UploadOptions, Uploaded};
use serde::Serialize;

use crate::compare::have_same_sum;
use crate::exit::{Failure, Outcome};
use crate::meaning::explain_absence;
use crate::notes::Notes;
use crate::progress::{Bar, Moved};
use crate::standard;
use crate::target::Place;

/// An end of a transfer.
#[derive(Debug, Clone)]
pub(crate) enum End {
    Local(PathBuf),
    Object(Place),
    Standard,
}

/// Tells ends apart, however they are written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Identity {
    Local(PathBuf),
    Object { element: String, name: String },
}

/// One transfer.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) from: End,
    pub(crate) to: End,
    /// In bytes, where it is known: always of an ordinary file.
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
    pub(crate) notes: Notes,
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

    /// `None` for standard input and output.
    pub(crate) fn identity(&self) -> Option<Identity> {
        match self {
            Self::Local(path) => Some(Identity::local(path)),
            Self::Object(place) => Some(Identity::object(place)),
            Self::Standard => None,
        }
    }
}

impl Identity {
    pub(crate) fn local(path: &Path) -> Self {
        Self::Local(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
    }

    pub(crate) fn object(place: &Place) -> Self {
        Self::Object { element: place.element.full_name().to_string(), name: place.path.clone() }
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
        match (&self.from, &self.to) {
            (End::Local(path), End::Object(to)) => {
                let mut options = manner.upload_options(&to.path);
                options.progress = Some(moved.progress());
                let body = match self.size {
                    Some(size) => {
                        options.checkpoint = manner.notes.checkpoint(size);
                        Body::file(path)
                    }
                    None => Body::stream(standard::pipe(path), None),
                };
                Ok(self.uploaded(to.element.upload_with(&to.path, body, options).await?))
            }
            (End::Standard, End::Object(to)) => {
                let mut options = manner.upload_options(&to.path);
                options.progress = Some(moved.progress());
                let body = Body::stream(standard::input(), None);
                Ok(self.uploaded(to.element.upload_with(&to.path, body, options).await?))
            }
            (End::Object(from), End::Local(path)) => {
                let size = match self.size {
                    Some(size) => size,
                    // Before a folder is made for what is not there.
                    None => match from.element.get_object(&from.path).await {
                        Ok(info) => info.size,
                        Err(error) => return Err(explain_absence(from, error).await),
                    },
                };
                make_folder_of(path)?;
                let mut options = FileDownloadOptions::default();
                (options.checkpoint, options.progress) = (manner.notes.checkpoint(size), Some(moved.progress()));
                let goes_on = options.checkpoint.is_some();
                match from.element.download_to_file_with(&from.path, path, options).await {
                    Ok(info) => Ok(self.receipt(Some(info.size), None)),
                    Err(error) => {
                        let failure = explain_absence(from, error).await;
                        Err(match part_of(path).filter(|_| goes_on) {
                            Some(part) => failure.with_more(format_args!(
                                "; what has come stays beside it as `{part}`, until the same command goes on there"
                            )),
                            None => failure,
                        })
                    }
                }
            }
            (End::Object(from), End::Standard) => {
                let mut options = DownloadOptions::default();
                options.progress = Some(moved.progress());
                let mut download = match from.element.download_stream(&from.path, options).await {
                    Ok(download) => download,
                    Err(error) => return Err(explain_absence(from, error).await),
                };
                standard::print(&mut download).await?;
                Ok(self.receipt(Some(download.info.size), None))
            }
            // A copy within the store keeps the type that it finds.
            (End::Object(from), End::Object(to))
                if from.element.full_name() == to.element.full_name() && manner.content_type.is_none() =>
            {
                match from.element.copy(&from.path, &to.path, CopyOptions::default()).await {
                    Ok(uploaded) => Ok(self.uploaded(uploaded)),
                    Err(error) => Err(explain_absence(from, error).await),
                }
            }
            (End::Object(from), End::Object(to)) => {
                let download = match from.element.download_stream(&from.path, DownloadOptions::default()).await {
                    Ok(download) => download,
                    Err(error) => return Err(explain_absence(from, error).await),
                };
                let info = download.info.clone();
                let mut options = UploadOptions::default();
                options.progress = Some(moved.progress());
                options.content_type = manner.content_type.clone().or(info.content_type);
                (options.cache_control, options.content_disposition) = (info.cache_control, info.content_disposition);
                (options.content_encoding, options.metadata) = (info.content_encoding, info.metadata);
                let body = Body::stream(download.into_stream().map_err(io::Error::other), Some(info.size));
                Ok(self.uploaded(to.element.upload_with(&to.path, body, options).await?))
            }
            (End::Local(_) | End::Standard, End::Local(_) | End::Standard) => {
                Err(Failure::usage("neither end is an element: write one as `NAME:path`"))
            }
        }
    }

    fn uploaded(&self, uploaded: Uploaded) -> Receipt {
        self.receipt(uploaded.size, Some(uploaded.url))
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

/// The name of the file beside this one that holds what has come of it, where a download can go on.
fn part_of(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Long names are cut.
    let name: String = path.file_name()?.to_string_lossy().chars().take(48).collect();
    let is_part = |file: &str| {
        let sum = file.strip_prefix('.').and_then(|file| file.strip_prefix(name.as_str())).unwrap_or_default();
        is_transfer_file(file) && sum.starts_with('.') && sum.ends_with(".part") && sum.matches('.').count() == 2
    };
    let mut files = std::fs::read_dir(folder).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    files.find(|file| is_part(file))
}

fn make_folder_of(path: &Path) -> Outcome {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|error| Failure::file("make the folder", folder, &error))
        }
        _ => Ok(()),
    }
}
