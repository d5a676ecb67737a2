//! The contract `storages.Meta`: what every storage Type implements.

use std::fmt;

use async_trait::async_trait;

use super::abilities::Abilities;
use super::body::Body;
use super::object_name::ObjectName;
use super::options::{DeleteOptions, DeleteTarget, DownloadOptions, GetObjectOptions, SignOptions, UploadOptions};
use super::results::{DeleteReport, Download, ObjectInfo, SignedRequest, Uploaded};
use crate::error::Result;

/// The contract that every storage Type implements; apps use it through [`StorageElement`](crate::StorageElement).
///
/// *One effect, one door*: whole-object writes come through [`upload_by_file`](Storage::upload_by_file), removals
/// through [`delete`](Storage::delete), signed access through [`get_sign_url`](Storage::get_sign_url). What not every
/// store can do is handed out by [`abilities`](Storage::abilities). Methods of a Type never call each other through
/// `self`: an override above would not see the call. Share private functions instead.
///
/// Names arrive checked, and [`StorageElement`](crate::StorageElement) adds element, Type, operation and object to
/// every error; a Type says what happened, where (a bucket, a directory) and what to do next. Dropping a future
/// cancels the call.
///
/// To change a few methods of an existing Type implement [`StorageOverride`](crate::StorageOverride) instead.
#[async_trait]
pub trait Storage: fmt::Debug + Send + Sync + 'static {
    /// Writes an object.
    ///
    /// Readers see the old object or the new one, whole, also when the call fails, is cancelled or the process dies.
    /// An existing object is overwritten unless the options forbid it; of concurrent writers one wins with all of its
    /// bytes. What the options ask and the Type cannot do is an
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported), never ignored.
    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded>;

    /// Signs a request that somebody else may send without credentials. Does not touch the object.
    async fn get_sign_url(&self, name: &ObjectName, options: SignOptions) -> Result<SignedRequest>;

    /// Reads an object or a part of it, as a stream.
    ///
    /// A missing object is [`ErrorKind::NotFound`](crate::ErrorKind::NotFound). A range that holds no byte of the
    /// object is [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput); one that reaches past its end ends there.
    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download>;

    /// Tells what is known about an object, without reading it.
    ///
    /// A missing object is [`ErrorKind::NotFound`](crate::ErrorKind::NotFound).
    async fn get_object(&self, name: &ObjectName, options: GetObjectOptions) -> Result<ObjectInfo>;

    /// Removes objects: one or thousands. A missing one counts as deleted.
    ///
    /// Every target stands in the report, as deleted or as failed. `Err` means that nothing is known of any.
    async fn delete(&self, targets: Vec<DeleteTarget>, options: DeleteOptions) -> Result<DeleteReport>;

    /// What the Type can do beyond that; [`Abilities::none`] for nothing.
    fn abilities(&self) -> Abilities<'_>;
}
