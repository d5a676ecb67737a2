//! What callers may ask beyond the names: one struct per verb, each `Default` and with `with_*`.

mod conditions;
mod copy;
mod delete;
mod list;
mod range;
mod read;
mod sign;
mod upload;

pub use self::conditions::Conditions;
pub use self::copy::CopyOptions;
pub use self::delete::{DeleteOptions, DeleteTarget};
pub use self::list::ListOptions;
pub use self::range::ByteRange;
pub use self::read::{DownloadOptions, GetObjectOptions};
pub use self::sign::{SignMethod, SignOptions};
pub use self::upload::{Overwrite, UploadOptions};
