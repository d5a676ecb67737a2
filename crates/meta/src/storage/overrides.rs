//! Extending a Type by overriding just what changes.

use std::fmt;

use async_trait::async_trait;

use super::abilities::Abilities;
use super::body::Body;
use super::contract::Storage;
use super::element::ClosedDoor;
use super::object_name::ObjectName;
use super::options::{
    DeleteOptions, DeleteTarget, DownloadOptions, GetObjectOptions, SignMethod, SignOptions, UploadOptions,
};
use super::results::{DeleteReport, Download, ObjectInfo, SignedRequest, Uploaded};
use crate::error::{Error, Result};

/// A Type that extends another: [`base`](StorageOverride::base) is required, every other method forwards to it until
/// it is overridden. Whatever implements this trait is a [`Storage`].
///
/// **What still reaches the base**: reading. A list that is not overridden shows the base's names, and a signed GET
/// URL reads the base's bytes, whatever `download` does. A Type that hides, renames or encrypts must therefore
/// override [`get_sign_url`](StorageOverride::get_sign_url) (all methods arrive there) and
/// [`abilities`](StorageOverride::abilities) too.
///
/// **What does not**: writing. Abilities that write (copy, append, multipart upload) are closed until `abilities`
/// opens them, and so is a signed PUT, with which somebody would upload past `upload_by_file`, until `get_sign_url` is
/// overridden and forwards it. An element then copies by download and upload through the outermost object, and answers
/// for the rest that this Type has closed them.
///
/// ```
/// use meta::prelude::*;
///
/// #[derive(Debug)]
/// struct KeepAll(Arc<dyn Storage>);
///
/// #[async_trait]
/// impl StorageOverride for KeepAll {
///     fn base(&self) -> &dyn Storage {
///         &*self.0
///     }
///     async fn delete(&self, _: Vec<DeleteTarget>, _: DeleteOptions) -> Result<DeleteReport> {
///         Err(Error::denied("objects are kept for ten years"))
///     }
/// }
/// storage_type!("storages.KeepAllType", extends: "storages.OssType", build: |base| Ok(KeepAll(base.build()?)));
/// ```
#[async_trait]
pub trait StorageOverride: fmt::Debug + Send + Sync + 'static {
    /// What this Type extends. It must not be the object itself.
    fn base(&self) -> &dyn Storage;

    /// See [`Storage::upload_by_file`].
    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        self.base().upload_by_file(name, data, options).await
    }

    /// See [`Storage::get_sign_url`]. Methods that [write](crate::SignMethod::writes) stay closed; override this and
    /// forward them where what somebody uploads so may reach the base as it is.
    async fn get_sign_url(&self, name: &ObjectName, options: SignOptions) -> Result<SignedRequest> {
        if options.method.writes() {
            return Err(closed(options.method, ClosedDoor::of(self)));
        }
        self.base().get_sign_url(name, options).await
    }

    /// See [`Storage::download`].
    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        self.base().download(name, options).await
    }

    /// See [`Storage::get_object`].
    async fn get_object(&self, name: &ObjectName, options: GetObjectOptions) -> Result<ObjectInfo> {
        self.base().get_object(name, options).await
    }

    /// See [`Storage::delete`].
    async fn delete(&self, targets: Vec<DeleteTarget>, options: DeleteOptions) -> Result<DeleteReport> {
        self.base().delete(targets, options).await
    }

    /// See [`Storage::abilities`]. The base's abilities that read; those that write stay closed.
    fn abilities(&self) -> Abilities<'_> {
        self.base().abilities().reading()
    }
}

fn closed(method: SignMethod, door: ClosedDoor) -> Error {
    Error::unsupported(format!("a signed {} is closed by an override", method.as_str()))
        .with_advice("its `get_sign_url` opens it by forwarding it")
        .with_source(door)
}

#[async_trait]
impl<T: StorageOverride> Storage for T {
    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        StorageOverride::upload_by_file(self, name, data, options).await
    }

    async fn get_sign_url(&self, name: &ObjectName, options: SignOptions) -> Result<SignedRequest> {
        StorageOverride::get_sign_url(self, name, options).await
    }

    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        StorageOverride::download(self, name, options).await
    }

    async fn get_object(&self, name: &ObjectName, options: GetObjectOptions) -> Result<ObjectInfo> {
        StorageOverride::get_object(self, name, options).await
    }

    async fn delete(&self, targets: Vec<DeleteTarget>, options: DeleteOptions) -> Result<DeleteReport> {
        StorageOverride::delete(self, targets, options).await
    }

    fn abilities(&self) -> Abilities<'_> {
        StorageOverride::abilities(self)
    }
}
