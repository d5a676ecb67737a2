//! JitAi storage elements in Rust.
//!
//! A JitAi app is a folder. Each element in it is a folder with an `e.json` and its own configuration, and a storage
//! element is one whose `type` leads to `storages.Meta`:
//!
//! ```text
//! storages/MyOss/e.json          {"title": "My OSS", "type": "storages.OssType", "backendBundleEntry": ".", "variables": []}
//! storages/MyOss/MyOss.json      {"accessKeyId": "…", "accessKeySecret": "…", "endPoint": "oss-cn-hangzhou.aliyuncs.com", "bucketName": "…"}
//! ```
//!
//! ```no_run
//! use jit_storages::App;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let app = App::load(".")?;
//! let oss = app.get_element("storages.MyOss")?;
//!
//! let result = oss.upload_by_file("folder/example.txt", std::fs::read("example.txt")?, "text/plain").await?;
//! println!("{}", result.url);
//! let data = oss.download("folder/example.txt").await?;
//! let link = oss.get_sign_url("users/avatar.jpg", "image/jpeg", 600).await?;
//! let info = oss.get_object("users/avatar.jpg").await?;
//! oss.delete("folder/example.txt").await?;
//! # Ok(())
//! # }
//! ```
//!
//! The official Types, [`storages.OssType`](oss_type) and [`storages.DiskType`](disk_type), are linked by this crate. To
//! write a Type of your own depend on `jit-storages-meta`; see [`meta::storage_type!`].

pub use app::{App, AppBuilder};
pub use meta::{
    Abilities, Ability, Appended, BatchReport, Body, BodyStream, ByteRange, Bytes, Callback, Checkpoint,
    CompleteOptions, Conditions, CopyOptions, DeleteReport, Deleted, Download, DownloadOptions, ElementDefine,
    Encryption, Error, ErrorKind, Feature, FileDownloadOptions, FormName, FormRules, FullName, GetObjectOptions,
    ListOptions, ListPage, ListUploadsOptions, ListVersionsOptions, ObjectAcl, ObjectInfo, ObjectName, ObjectVersion,
    Operation, Overwrite, PartOfUpload, Progress, ResponseHeaders, RestoreOptions, Restoring, Result, ServiceFailure,
    SignMethod, SignOptions, SignedRequest, StorageElement, Transferred, UnfinishedUpload, UploadOptions, UploadPage,
    Uploaded, UploadedPart, VersionPage,
};

// A crate that nothing mentions is dropped by the linker, and its Types with it; these lines mention the official ones.
pub use {app, disk_type, meta, oss_type};

/// The code of the READMEs compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../README.zh-CN.md")]
struct Readme;
