//! `storages.OssType`: Alibaba Cloud OSS as a storage Type of JitAi elements.
//!
//! Signature V4 by default (V1 for old private clouds), CRC-64 compared with the service's in both directions, bodies
//! from memory, file or stream that are never gathered, and one transport that knows what may be repeated.
//!
//! An instance is a folder with two files, and apps use it through [`meta::StorageElement`]:
//!
//! ```text
//! storages/MyOss/e.json          {"title": "My OSS", "type": "storages.OssType", "backendBundleEntry": ".", "variables": []}
//! storages/MyOss/MyOss.json      {"accessKeyId": "…", "accessKeySecret": "…", "endPoint": "oss-cn-hangzhou.aliyuncs.com", "bucketName": "…"}
//! ```
//!
//! The keys are in [`KEYS`]. Keys to sign with stand there, or come from where `credentials` says; a [`CredentialProvider`]
//! brings them from anywhere else. Linking this crate registers the Type; `use oss_type as _;` links it.

mod acl;
mod address;
mod append;
mod attributes;
mod callback;
mod config;
mod copy;
mod credentials;
mod download;
pub mod explain;
mod file_state;
mod gathering;
mod large_upload;
mod listing;
mod multipart;
mod pieces;
mod processed;
mod public_address;
mod refusal;
mod resume;
mod sign;
mod signed_url;
mod storage;
mod storage_class;
mod symlink;
mod tags;
mod transfers;
mod transport;
mod unfinished;
mod upload;
mod versions;
mod write_headers;

pub use self::config::KEYS;
pub use self::credentials::{CredentialProvider, Credentials};
pub use self::explain::explain_url;
pub use self::storage::OssStorage;

meta::storage_type!("storages.OssType", title: "Alibaba Cloud OSS", keys: KEYS, build: OssStorage::new);
