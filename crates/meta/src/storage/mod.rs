//! The three surfaces: [`StorageElement`] for apps, [`Storage`] for Types, [`StorageOverride`] for those that extend one.

mod abilities;
mod blocking;
mod body;
mod content_type;
mod contract;
mod element;
mod header_text;
mod object_name;
mod options;
mod overrides;
mod results;

pub use self::abilities::{Abilities, Ability, AppendObject, CopyObject, ListObjects, MultipartUpload};
pub use self::body::{Body, BodyStream, OpenBody, wrong_length};
pub use self::content_type::IntoContentType;
pub use self::contract::Storage;
pub use self::element::{BatchReport, StorageElement};
pub(crate) use self::element::{ClosedBy, ElementParts};
pub use self::object_name::ObjectName;
pub use self::options::{
    ByteRange, Conditions, CopyOptions, DeleteOptions, DeleteTarget, DownloadOptions, GetObjectOptions, ListOptions,
    Overwrite, SignMethod, SignOptions, UploadOptions,
};
pub use self::overrides::StorageOverride;
pub use self::results::{
    Appended, DeleteReport, Deleted, Download, DownloadStream, ListPage, ObjectInfo, SignedRequest, Uploaded,
    UploadedPart,
};
