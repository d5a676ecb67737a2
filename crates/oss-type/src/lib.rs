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
//! The keys are in [`KEYS`]. Linking this crate registers the Type; `use oss_type as _;` links it.

mod address;
mod attributes;
mod config;
mod credentials;
mod download;
mod listing;
mod multipart;
mod refusal;
mod sign;
mod signed_url;
mod storage;
mod transport;
mod upload;

pub use self::config::KEYS;
pub use self::credentials::{CredentialProvider, Credentials};
pub use self::storage::OssStorage;

meta::storage_type!("storages.OssType", title: "Alibaba Cloud OSS", keys: KEYS, build: OssStorage::new);
