//! The element's verbs as cases call them: errors are looked at, and what was written is kept in mind.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;

use futures_util::TryStreamExt;
use meta::{
    Appended, Body, ByteRange, Bytes, CompleteOptions, CopyOptions, DeleteReport, Deleted, Download, DownloadOptions,
    FileDownloadOptions, GetObjectOptions, ListOptions, ListPage, ListUploadsOptions, ListVersionsOptions, ObjectAcl,
    ObjectInfo, ObjectVersion, Operation, RestoreOptions, Restoring, Result, SignOptions, SignedRequest, UploadOptions,
    UploadPage, Uploaded, UploadedPart, VersionPage,
};

use super::Subject;
use crate::outcome::{Outcome, Stop};

impl Subject {
    /// Awaits a call to the element and looks at its error, if any.
    pub(crate) async fn call<T>(
        &self,
        operation: Operation,
        objects: &[&str],
        work: impl Future<Output = Result<T>>,
    ) -> Outcome<T> {
        self.needs_verb(operation)?;
        work.await.map_err(|error| {
            self.inspect(&error, operation, objects);
            Stop::Refused(error)
        })
    }

    pub(crate) async fn upload(&self, name: &str, data: impl Into<Body>) -> Outcome<Uploaded> {
        self.upload_with(name, data, UploadOptions::default()).await
    }

    pub(crate) async fn upload_with(
        &self,
        name: &str,
        data: impl Into<Body>,
        options: UploadOptions,
    ) -> Outcome<Uploaded> {
        self.wrote(name);
        let work = self.element().upload_with(name, data.into(), options);
        self.call(Operation::Upload, &[name], work).await
    }

    pub(crate) async fn download(&self, name: &str) -> Outcome<Bytes> {
        self.call(Operation::Download, &[name], self.element().download(name)).await
    }

    /// Opens a download; [`read`](Self::read) reads it.
    pub(crate) async fn open(&self, name: &str, options: DownloadOptions) -> Outcome<Download> {
        self.call(Operation::Download, &[name], self.element().download_stream(name, options)).await
    }

    pub(crate) async fn read(&self, name: &str, download: Download) -> Outcome<Bytes> {
        self.call(Operation::Download, &[name], download.bytes()).await
    }

    pub(crate) async fn range(&self, name: &str, range: ByteRange) -> Outcome<Bytes> {
        let download = self.open(name, DownloadOptions::default().with_range(range)).await?;
        self.read(name, download).await
    }

    pub(crate) async fn get_object(&self, name: &str) -> Outcome<ObjectInfo> {
        self.call(Operation::GetObject, &[name], self.element().get_object(name)).await
    }

    pub(crate) async fn get_object_with(&self, name: &str, options: GetObjectOptions) -> Outcome<ObjectInfo> {
        self.call(Operation::GetObject, &[name], self.element().get_object_with(name, options)).await
    }

    pub(crate) async fn exists(&self, name: &str) -> Outcome<bool> {
        self.call(Operation::GetObject, &[name], self.element().exists(name)).await
    }

    pub(crate) async fn delete(&self, name: &str) -> Outcome<Deleted> {
        self.call(Operation::Delete, &[name], self.element().delete(name)).await
    }

    pub(crate) async fn delete_many(&self, names: &[String]) -> Outcome<DeleteReport> {
        let report = self.call(Operation::Delete, &[], self.element().delete_many(names)).await?;
        for (name, error) in &report.failed {
            self.inspect(error, Operation::Delete, &[name.as_str()]);
        }
        Ok(report)
    }

    pub(crate) async fn sign(&self, name: &str, options: SignOptions) -> Outcome<SignedRequest> {
        let signed = self.call(Operation::Sign, &[name], self.element().sign(name, options)).await?;
        self.keep_secret(&signed.url);
        self.keep_secret_fields(&signed.fields);
        Ok(signed)
    }

    /// Sends a signed request as somebody without credentials would.
    pub(crate) async fn fetch(&self, request: &SignedRequest, body: Option<Bytes>) -> Outcome<(u16, Bytes)> {
        match self.profile().fetch(request.clone(), body).await {
            Some(answer) => Ok(answer),
            None => Err(Stop::NotApplicable("the profile cannot send signed requests".to_owned())),
        }
    }

    pub(crate) async fn list(&self, options: ListOptions) -> Outcome<ListPage> {
        self.call(Operation::List, &[], self.element().list(options)).await
    }

    /// All names of this case that begin so, in the order in which the store tells them.
    pub(crate) async fn listed(&self, prefix: &str) -> Outcome<Vec<String>> {
        let stream = self.element().list_stream(ListOptions::prefix(prefix));
        let objects: Vec<ObjectInfo> = self.call(Operation::List, &[], stream.try_collect()).await?;
        Ok(objects.into_iter().map(|info| info.name.as_str().to_owned()).collect())
    }

    pub(crate) async fn copy(&self, from: &str, to: &str, options: CopyOptions) -> Outcome<Uploaded> {
        self.wrote(to);
        self.call(Operation::Copy, &[from, to], self.element().copy(from, to, options)).await
    }

    pub(crate) async fn append(
        &self,
        name: &str,
        position: u64,
        data: impl Into<Body>,
        options: UploadOptions,
    ) -> Outcome<Appended> {
        self.wrote(name);
        self.call(Operation::Append, &[name], self.element().append(name, position, data.into(), options)).await
    }

    pub(crate) async fn initiate(&self, name: &str, options: UploadOptions) -> Outcome<String> {
        self.wrote(name);
        self.call(Operation::Multipart, &[name], self.element().initiate_multipart(name, options)).await
    }

    pub(crate) async fn upload_part(
        &self,
        name: &str,
        upload_id: &str,
        number: u32,
        data: impl Into<Body>,
    ) -> Outcome<UploadedPart> {
        let work = self.element().upload_part(name, upload_id, number, data.into());
        self.call(Operation::Multipart, &[name], work).await
    }

    pub(crate) async fn list_parts(&self, name: &str, upload_id: &str) -> Outcome<Vec<UploadedPart>> {
        self.call(Operation::Multipart, &[name], self.element().list_parts(name, upload_id)).await
    }

    pub(crate) async fn complete(
        &self,
        name: &str,
        upload_id: &str,
        parts: Vec<UploadedPart>,
        options: impl Into<CompleteOptions>,
    ) -> Outcome<Uploaded> {
        let work = self.element().complete_multipart(name, upload_id, parts, options);
        self.call(Operation::Multipart, &[name], work).await
    }

    pub(crate) async fn abort(&self, name: &str, upload_id: &str) -> Outcome {
        self.call(Operation::Multipart, &[name], self.element().abort_multipart(name, upload_id)).await
    }

    pub(crate) async fn list_uploads(&self, options: ListUploadsOptions) -> Outcome<UploadPage> {
        self.call(Operation::Multipart, &[], self.element().list_uploads(options)).await
    }

    pub(crate) async fn abort_uploads(&self, prefix: &str) -> Outcome<u64> {
        self.call(Operation::Multipart, &[], self.element().abort_uploads(prefix)).await
    }

    pub(crate) async fn get_tags(&self, name: &str) -> Outcome<BTreeMap<String, String>> {
        self.call(Operation::Tags, &[name], self.element().get_tags(name)).await
    }

    pub(crate) async fn set_tags(&self, name: &str, tags: &[(&str, &str)]) -> Outcome {
        self.call(Operation::Tags, &[name], self.element().set_tags(name, tags.iter().copied())).await
    }

    pub(crate) async fn get_acl(&self, name: &str) -> Outcome<ObjectAcl> {
        self.call(Operation::Acl, &[name], self.element().get_acl(name)).await
    }

    pub(crate) async fn set_acl(&self, name: &str, acl: ObjectAcl) -> Outcome {
        self.call(Operation::Acl, &[name], self.element().set_acl(name, acl)).await
    }

    pub(crate) async fn set_storage_class(&self, name: &str, class: &str) -> Outcome {
        self.call(Operation::StorageClass, &[name], self.element().set_storage_class(name, class)).await
    }

    pub(crate) async fn restore(&self, name: &str, options: RestoreOptions) -> Outcome<Restoring> {
        self.call(Operation::Restore, &[name], self.element().restore(name, options)).await
    }

    pub(crate) async fn put_symlink(&self, name: &str, target: &str, options: UploadOptions) -> Outcome {
        self.wrote(name);
        self.call(Operation::Symlink, &[name], self.element().put_symlink(name, target, options)).await
    }

    pub(crate) async fn get_symlink(&self, name: &str) -> Outcome<String> {
        self.call(Operation::Symlink, &[name], self.element().get_symlink(name)).await
    }

    pub(crate) async fn list_versions(&self, options: ListVersionsOptions) -> Outcome<VersionPage> {
        self.call(Operation::List, &[], self.element().list_versions(options)).await
    }

    /// All versions of names that begin so, in the order in which the store tells them.
    pub(crate) async fn versions(&self, prefix: &str) -> Outcome<Vec<ObjectVersion>> {
        let stream = self.element().list_versions_stream(ListVersionsOptions::prefix(prefix));
        self.call(Operation::List, &[], stream.try_collect()).await
    }

    pub(crate) async fn delete_version(&self, name: &str, version_id: &str) -> Outcome<Deleted> {
        self.call(Operation::Delete, &[name], self.element().delete_version(name, version_id)).await
    }

    pub(crate) async fn download_file(
        &self,
        name: &str,
        path: &Path,
        options: FileDownloadOptions,
    ) -> Outcome<ObjectInfo> {
        let work = self.element().download_to_file_with(name, path, options);
        self.call(Operation::Download, &[name], work).await
    }
}
