//! What callers may ask beyond the names: one struct per verb, each `Default` and with `with_*`.

mod acl;
mod callback;
mod checkpoint;
mod complete;
mod conditions;
mod copy;
mod delete;
mod encryption;
mod list;
mod range;
mod read;
mod restore;
mod sign;
mod upload;

pub use self::acl::ObjectAcl;
pub use self::callback::Callback;
pub use self::checkpoint::Checkpoint;
pub use self::complete::CompleteOptions;
pub use self::conditions::Conditions;
pub use self::copy::CopyOptions;
pub use self::delete::{DeleteOptions, DeleteTarget};
pub use self::encryption::Encryption;
pub use self::list::{ListOptions, ListUploadsOptions, ListVersionsOptions};
pub use self::range::ByteRange;
pub use self::read::{DownloadOptions, FileDownloadOptions, GetObjectOptions};
pub use self::restore::RestoreOptions;
pub use self::sign::{FormName, FormRules, PartOfUpload, ResponseHeaders, SignMethod, SignOptions};
pub use self::upload::{Overwrite, UploadOptions};
