//! What the verbs answer. Everything serialises to what the JitAi documents promise, and more.

mod deleted;
mod download;
mod info;
mod json;
mod multipart;
mod pages;
mod signed;
mod uploaded;

pub use self::deleted::{DeleteReport, Deleted};
pub use self::download::{Download, DownloadStream};
pub use self::info::{ObjectInfo, Restoring};
pub use self::multipart::{UnfinishedUpload, UploadedPart};
pub use self::pages::{ListPage, ObjectVersion, UploadPage, VersionPage};
pub use self::signed::SignedRequest;
pub use self::uploaded::{Appended, Uploaded};
