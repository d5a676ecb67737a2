//! The verbs of the contract on a directory.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use meta::{
    Abilities, Body, DeleteOptions, DeleteReport, DeleteTarget, Deleted, Download, DownloadOptions, Error,
    GetObjectOptions, ListObjects, ListOptions, ListPage, ObjectInfo, ObjectName, Result, SignOptions, SignedRequest,
    Storage, TypeContext, UploadOptions, Uploaded, async_trait,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::blocking::blocking;
use crate::config::Directory;
use crate::root::Root;
use crate::{download, list, upload};

/// The address of an object, as JAAP's storage service serves it; its name follows.
const PREVIEW: &str = "/storages/services/StorageSvc/preview?file=";

/// RFC 3986's unreserved characters stand for themselves.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How many objects of a deletion go at a time.
const DELETIONS: usize = 8;

/// `storages.DiskType`: objects as files below a directory.
///
/// Apps get one through an element of the Type; [`at`](DiskStorage::at) is for programs without an app. Clones share
/// everything.
#[derive(Clone)]
pub struct DiskStorage {
    root: Arc<Root>,
    /// How errors name the directory.
    place: Arc<str>,
}

impl DiskStorage {
    /// The storage in this directory, which the first write creates. Errors name it by its last part.
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self::new(Directory::at(directory.into()))
    }

    pub(crate) fn configured(context: TypeContext<'_>) -> Result<Self> {
        Directory::configured(context).map(Self::new)
    }

    fn new(Directory { path, shown }: Directory) -> Self {
        Self { root: Arc::new(Root::new(path)), place: format!("directory `{}`", shown.escape_debug()).into() }
    }

    /// Runs work on the files.
    async fn on_root<T: Send + 'static>(&self, work: impl FnOnce(&Root) -> Result<T> + Send + 'static) -> Result<T> {
        let root = Arc::clone(&self.root);
        self.placed(blocking(move || work(&root)).await)
    }

    fn placed<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.with_place(&*self.place))
    }

    async fn delete_one(&self, DeleteTarget { name, version_id, .. }: DeleteTarget) -> (ObjectName, Result<()>) {
        if version_id.is_some() {
            return (name, self.placed(Err(no_versions())));
        }
        let target = name.clone();
        let deleted = self.root.in_turn(&name, move |root| root.delete(&target)).await;
        (name, self.placed(deleted))
    }
}

#[async_trait]
impl Storage for DiskStorage {
    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        let info = self.placed(upload::upload(Arc::clone(&self.root), name.clone(), data, options).await)?;
        let url = format!("{PREVIEW}{}", utf8_percent_encode(name.as_str(), COMPONENT));
        let mut uploaded = Uploaded::new(name.clone(), url).with_size(info.size);
        uploaded.etag = info.etag;
        uploaded.crc64 = info.crc64;
        Ok(uploaded)
    }

    async fn get_sign_url(&self, _: &ObjectName, _: SignOptions) -> Result<SignedRequest> {
        let error = Error::unsupported("get_sign_url is not supported by storages.DiskType").with_advice(
            "files of a disk have no signed address; use `download`, or a Type that signs, such as storages.OssType",
        );
        self.placed(Err(error))
    }

    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        if options.version_id.is_some() {
            return self.placed(Err(no_versions()));
        }
        let name = name.clone();
        let download = self.on_root(move |root| download::download(root.open(&name)?, &options)).await?;
        let place = Arc::clone(&self.place);
        Ok(download.map_stream(|stream| stream.map_err(move |error| error.with_place(&*place))))
    }

    async fn get_object(&self, name: &ObjectName, options: GetObjectOptions) -> Result<ObjectInfo> {
        if options.version_id.is_some() {
            return self.placed(Err(no_versions()));
        }
        let name = name.clone();
        self.on_root(move |root| {
            let info = root.open(&name)?.info;
            options.conditions.check(&info)?;
            Ok(info)
        })
        .await
    }

    async fn delete(&self, targets: Vec<DeleteTarget>, options: DeleteOptions) -> Result<DeleteReport> {
        let DeleteOptions { .. } = options;
        let mut report = DeleteReport::default();
        let mut deletions = stream::iter(targets.into_iter().map(|target| self.delete_one(target))).buffered(DELETIONS);
        while let Some((name, result)) = deletions.next().await {
            match result {
                Ok(()) => report.deleted.push(Deleted::new(name)),
                Err(error) => report.failed.push((name, error)),
            }
        }
        Ok(report)
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities::none().with_list(self)
    }
}

#[async_trait]
impl ListObjects for DiskStorage {
    async fn list(&self, options: ListOptions) -> Result<ListPage> {
        self.on_root(move |root| list::list(root, &options)).await
    }
}

impl fmt::Debug for DiskStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskStorage").field("place", &self.place).finish_non_exhaustive()
    }
}

fn no_versions() -> Error {
    Error::unsupported("versions are not supported by storages.DiskType").with_advice("leave the version id out")
}
