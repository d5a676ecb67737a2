//! The three surfaces: [`StorageElement`] for apps, [`Storage`] for Types, [`StorageOverride`] for those that extend one.

mod abilities;
mod blocking;
mod body;
mod checkpoint;
mod content_type;
mod contract;
mod element;
mod header_text;
mod object_name;
mod options;
mod overrides;
mod progress;
mod results;

pub use self::abilities::{
    Abilities, Ability, AppendObject, CopyObject, Feature, ListObjects, ListVersions, MultipartUpload, ObjectAcls,
    ParallelReads, StorageClasses, Symlinks, TagObject,
};
pub use self::body::{Body, BodyStream, OpenBody, wrong_length};
pub use self::checkpoint::{TransferNote, is_transfer_file};
pub use self::content_type::IntoContentType;
pub use self::contract::Storage;
pub use self::element::{BatchReport, StorageElement};
pub(crate) use self::element::{ClosedBy, ElementParts};
pub use self::object_name::ObjectName;
pub use self::options::{
    ByteRange, Callback, Checkpoint, CompleteOptions, Conditions, CopyOptions, DeleteOptions, DeleteTarget,
    DownloadOptions, Encryption, FileDownloadOptions, FormName, FormRules, GetObjectOptions, ListOptions,
    ListUploadsOptions, ListVersionsOptions, ObjectAcl, Overwrite, PartOfUpload, ResponseHeaders, RestoreOptions,
    SignMethod, SignOptions, UploadOptions,
};
pub use self::overrides::StorageOverride;
pub use self::progress::{Progress, Transferred};
pub use self::results::{
    Appended, DeleteReport, Deleted, Download, DownloadStream, ListPage, ObjectInfo, ObjectVersion, Restoring,
    SignedRequest, UnfinishedUpload, UploadPage, Uploaded, UploadedPart, VersionPage,
};
