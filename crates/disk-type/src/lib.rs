//! `storages.DiskType`: storage elements on local files.
//!
//! ```text
//! storages/MyFiles/e.json         {"title": "My files", "type": "storages.DiskType", "backendBundleEntry": "."}
//! storages/MyFiles/MyFiles.json   {"directory": "appData/files"}
//! ```
//!
//! The only key, `directory`, is relative to the app's root folder, or absolute. The first write creates it; a folder
//! that a user filled by hand is served as it is. Inside the app it must lie in a folder that holds no elements, such as
//! `appData`: elsewhere whoever may upload `x/e.json` would declare an element, and whoever may download would read their
//! configuration.
//!
//! # What lies where
//!
//! A plain name is a path: `users/avatar.jpg` is the file `<directory>/users/avatar.jpg`. What file systems cannot hold
//! is escaped by one reversible scheme, the same on every system:
//!
//! | name | file | because |
//! | --- | --- | --- |
//! | `a//b`, `dir/` | `a/%-/b`, `dir/%-` | a segment is empty |
//! | `..`, `a.` | `%-.%2E`, `%-a%2E` | Windows drops a dot or space at the end, and `..` means another folder |
//! | `what?.txt` | `%-what%3F.txt` | control characters and `< > : " \| ? * \` are not allowed everywhere |
//! | `NUL`, `con.txt` | `%-NUL`, `%-con.txt` | devices of Windows |
//! | `%-a`, `%+a`, `%=` | `%-%25-a`, `%-%25+a`, `%-%25=` | they look escaped |
//! | a segment of 256 `x` | `%+` and 253 `x`, a folder, and in it `%-xxx` | names of files have at most 255 bytes |
//! | `a` beside `a/b` | `%=/a` | `a` is a folder |
//! | `.storages/x` | `%-.storages/x` | `.storages` is the storage's own |
//!
//! `.storages/attributes` holds what is stored about each object beside its bytes: type, CRC-64, headers, metadata. It
//! is bound to the file by size, time and inode. A file that other hands changed or put there has none of it: its type
//! is guessed from the name. Copies of a directory that keep the files' times (`cp -a`, `rsync -a`) keep the attributes.
//!
//! A file whose name is not what the scheme gives for any object, such as `what?.txt` put there by hand, is nobody's
//! object. Symbolic links below the directory are never followed.
//!
//! # What can be relied on
//!
//! Writes are synced and atomic, attributes included, and safe among threads and processes that use the same directory.
//! A write that fails or is cancelled leaves the old object whole and nothing behind; what a dead process left is
//! removed when the next one first writes. What is stored about a file that other hands removed stays until its name is
//! written again. A reader keeps the version that it opened. Downloads of whole objects are
//! checked against the CRC-64 of the upload.
//!
//! Where the file system takes `A` for `a`, a name that differs from a stored one in case only is an error, never a
//! silent overwrite.

mod blocking;
mod config;
mod download;
mod escape;
mod list;
mod root;
mod storage;
mod upload;

pub use self::config::KEYS;
pub use self::storage::DiskStorage;

meta::storage_type!("storages.DiskType", title: "Local disk", keys: KEYS, build: DiskStorage::configured);
