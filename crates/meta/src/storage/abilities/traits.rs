//! The traits behind the abilities.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::error::Result;
use crate::storage::body::Body;
use crate::storage::object_name::ObjectName;
use crate::storage::options::{
    CompleteOptions, CopyOptions, ListOptions, ListUploadsOptions, ListVersionsOptions, ObjectAcl, RestoreOptions,
    UploadOptions,
};
use crate::storage::results::{Appended, ListPage, Restoring, UploadPage, Uploaded, UploadedPart, VersionPage};

/// Lists the names of objects.
#[async_trait]
pub trait ListObjects: Send + Sync {
    /// A page of names in the order of their bytes. Every object that exists throughout the listing is on exactly one
    /// page.
    async fn list(&self, options: ListOptions) -> Result<ListPage>;
}

/// Copies objects within the store, without passing their bytes through the caller.
#[async_trait]
pub trait CopyObject: Send + Sync {
    /// Copies an object with its type and metadata. The target appears whole or not at all.
    async fn copy(&self, from: &ObjectName, to: &ObjectName, options: CopyOptions) -> Result<Uploaded>;
}

/// Appends to objects.
#[async_trait]
pub trait AppendObject: Send + Sync {
    /// Appends at the end, which must be at `position`, else
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict). Position 0 creates the object; the options count only then.
    async fn append(&self, name: &ObjectName, position: u64, data: Body, options: UploadOptions) -> Result<Appended>;
}

/// Uploads one object in parts, in any order and by several senders. The object appears when the upload is completed.
#[async_trait]
pub trait MultipartUpload: Send + Sync {
    /// Begins an upload and returns its id.
    async fn initiate(&self, name: &ObjectName, options: UploadOptions) -> Result<String>;

    /// Sends a part, numbered from 1 to 10 000; a number sent again replaces the part.
    async fn upload_part(&self, name: &ObjectName, upload_id: &str, number: u32, data: Body) -> Result<UploadedPart>;

    /// The parts that the store has, in order.
    async fn list_parts(&self, name: &ObjectName, upload_id: &str) -> Result<Vec<UploadedPart>>;

    /// Makes the object of these parts, in ascending order.
    async fn complete(
        &self,
        name: &ObjectName,
        upload_id: &str,
        parts: Vec<UploadedPart>,
        options: CompleteOptions,
    ) -> Result<Uploaded>;

    /// Throws the upload and its parts away. An upload that is gone counts as aborted.
    async fn abort(&self, name: &ObjectName, upload_id: &str) -> Result<()>;

    /// A page of the uploads that have begun and are neither completed nor aborted, in the order of their objects' names.
    async fn list_uploads(&self, options: ListUploadsOptions) -> Result<UploadPage>;
}

/// Keeps names that stand for other objects.
#[async_trait]
pub trait Symlinks: Send + Sync {
    /// Makes `name` stand for `target`, which need not exist. An existing object is overwritten unless the options forbid
    /// it.
    async fn put_symlink(&self, name: &ObjectName, target: &ObjectName, options: UploadOptions) -> Result<()>;

    /// What `name` stands for. [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) where it is an object of its own.
    async fn get_symlink(&self, name: &ObjectName) -> Result<ObjectName>;
}

/// Keeps tags of objects.
#[async_trait]
pub trait TagObject: Send + Sync {
    /// The tags of an object.
    async fn get_tags(&self, name: &ObjectName) -> Result<BTreeMap<String, String>>;

    /// Replaces the tags of an object; none take them away.
    async fn set_tags(&self, name: &ObjectName, tags: BTreeMap<String, String>) -> Result<()>;
}

/// Keeps rules of access of single objects.
#[async_trait]
pub trait ObjectAcls: Send + Sync {
    /// The rule of an object.
    async fn get_acl(&self, name: &ObjectName) -> Result<ObjectAcl>;

    /// Replaces the rule of an object.
    async fn set_acl(&self, name: &ObjectName, acl: ObjectAcl) -> Result<()>;
}

/// Keeps objects in classes that differ in price and in how soon they can be read.
#[async_trait]
pub trait StorageClasses: Send + Sync {
    /// Moves an object to another class, as the store spells it. Content, headers, metadata and tags stay.
    async fn set_storage_class(&self, name: &ObjectName, class: &str) -> Result<()>;

    /// Makes an archived object readable for a time. It takes minutes to hours; asking again tells how it stands.
    async fn restore(&self, name: &ObjectName, options: RestoreOptions) -> Result<Restoring>;
}

/// Keeps the versions of objects that are overwritten or deleted. They are read and removed by the `version_id` of the
/// options of the five verbs.
#[async_trait]
pub trait ListVersions: Send + Sync {
    /// A page of versions and delete markers, in the order of their names' bytes, the newest of a name first.
    async fn list_versions(&self, options: ListVersionsOptions) -> Result<VersionPage>;
}
