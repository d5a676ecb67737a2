//! The element's verbs as cases call them: errors are looked at, and what was written is kept in mind.

use std::future::Future;

use futures_util::TryStreamExt;
use meta::{
    Appended, Body, ByteRange, Bytes, CopyOptions, DeleteReport, Deleted, Download, DownloadOptions, GetObjectOptions,
    ListOptions, ListPage, ObjectInfo, Operation, Overwrite, Result, SignOptions, SignedRequest, UploadOptions,
    Uploaded, UploadedPart,
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
        overwrite: Overwrite,
    ) -> Outcome<Uploaded> {
        let work = self.element().complete_multipart(name, upload_id, parts, overwrite);
        self.call(Operation::Multipart, &[name], work).await
    }

    pub(crate) async fn abort(&self, name: &str, upload_id: &str) -> Outcome {
        self.call(Operation::Multipart, &[name], self.element().abort_multipart(name, upload_id)).await
    }
}
