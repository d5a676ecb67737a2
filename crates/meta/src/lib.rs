//! The contract of JitAi storage elements, and the framework around it.
//!
//! JitAi's elements stand in three layers: **Meta** (the contract, `storages.Meta`) → **Type** (an implementation, such
//! as `storages.OssType`) → **instance** (a folder, such as `storages/MyOss/`). This crate holds what all of them share:
//! names, `e.json`, configuration, errors, the three surfaces, the registry of Types and the loader. It knows no provider
//! and walks no folders.
//!
//! * Apps use [`StorageElement`], which the app's `get_element` returns.
//! * Type authors implement [`Storage`] and register it with [`storage_type!`].
//! * Who extends a Type implements [`StorageOverride`].
//!
//! ```
//! use meta::prelude::*;
//!
//! #[derive(Debug)]
//! struct ReadOnly(Arc<dyn Storage>);
//!
//! #[async_trait]
//! impl StorageOverride for ReadOnly {
//!     fn base(&self) -> &dyn Storage {
//!         &*self.0
//!     }
//!     async fn upload_by_file(&self, _: &ObjectName, _: Body, _: UploadOptions) -> Result<Uploaded> {
//!         Err(Error::denied("this storage is read-only"))
//!     }
//!     async fn delete(&self, _: Vec<DeleteTarget>, _: DeleteOptions) -> Result<DeleteReport> {
//!         Err(Error::denied("this storage is read-only"))
//!     }
//! }
//!
//! storage_type!("storages.ReadOnlyType", extends: "storages.DiskType", build: |base| Ok(ReadOnly(base.build()?)));
//!
//! assert!(meta::Registry::linked().names().any(|name| name == "storages.ReadOnlyType"));
//! ```

mod config;
mod define;
mod error;
mod folders;
mod loader;
mod name;
mod register;
mod registry;
mod spelling;
mod storage;

pub use self::config::{
    Config, ConfigDefault, ConfigKey, ConfigKind, ConfigLayer, Template, Variables, json_error, strip_byte_order_mark,
};
pub use self::define::{AccessModifier, BackendLoadTime, ElementDefine, VariableDefine};
pub use self::error::{Attempts, Error, ErrorKind, Operation, Result, ServiceFailure};
pub use self::folders::{STORE_MARK, holds_no_elements};
pub use self::loader::{Base, Instance, Shared, TypeChain, TypeContext, TypeFolder, TypeFolders};
pub use self::name::{FullName, META, NameError};
#[doc(hidden)]
pub use self::register::__private;
pub use self::registry::{Origin, Pin, Registry, TypeKind, TypeRegistration};
pub use self::spelling::nearest;
pub use self::storage::{
    Abilities, Ability, AppendObject, Appended, BatchReport, Body, BodyStream, ByteRange, Callback, Checkpoint,
    CompleteOptions, Conditions, CopyObject, CopyOptions, DeleteOptions, DeleteReport, DeleteTarget, Deleted, Download,
    DownloadOptions, DownloadStream, Encryption, Feature, FileDownloadOptions, FormName, FormRules, GetObjectOptions,
    IntoContentType, ListObjects, ListOptions, ListPage, ListUploadsOptions, ListVersions, ListVersionsOptions,
    MultipartUpload, ObjectAcl, ObjectAcls, ObjectInfo, ObjectName, ObjectVersion, OpenBody, Overwrite, ParallelReads,
    PartOfUpload, Progress, ResponseHeaders, RestoreOptions, Restoring, SignMethod, SignOptions, SignedRequest,
    Storage, StorageClasses, StorageElement, StorageOverride, Symlinks, TagObject, TransferNote, Transferred,
    UnfinishedUpload, UploadOptions, UploadPage, Uploaded, UploadedPart, VersionPage, is_transfer_file, wrong_length,
};
pub use async_trait::async_trait;
pub use bytes::Bytes;
pub use secrecy::{ExposeSecret, SecretString};

/// Everything that the author of a Type needs: `use meta::prelude::*;`.
pub mod prelude {
    pub use std::sync::Arc;

    pub use crate::{
        Abilities, Ability, AppendObject, Appended, Base, Body, ByteRange, Bytes, Config, ConfigKey, CopyObject,
        CopyOptions, DeleteOptions, DeleteReport, DeleteTarget, Deleted, Download, DownloadOptions, Error, ErrorKind,
        GetObjectOptions, ListObjects, ListOptions, ListPage, MultipartUpload, ObjectInfo, ObjectName, Overwrite,
        Result, SignMethod, SignOptions, SignedRequest, Storage, StorageOverride, TypeContext, UploadOptions, Uploaded,
        UploadedPart, async_trait, storage_type,
    };
}
