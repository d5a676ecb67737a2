//! The verbs beyond the five: what the Type can do, composed from the contract where it cannot.

use std::io;

use futures_util::stream::{self, Stream, TryStreamExt};

use super::StorageElement;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::storage::abilities::{Abilities, Ability, MultipartUpload};
use crate::storage::body::Body;
use crate::storage::header_text;
use crate::storage::object_name::ObjectName;
use crate::storage::options::{CopyOptions, DownloadOptions, ListOptions, Overwrite, UploadOptions};
use crate::storage::results::{Appended, Download, ListPage, ObjectInfo, Uploaded, UploadedPart};

/// Verbs beyond the five. Not every Type has each: see [`StorageElement::can`].
impl StorageElement {
    /// Whether the element's Type has the ability. Copying works on every Type that can read and write.
    pub fn can(&self, ability: Ability) -> bool {
        self.abilities().has(ability)
    }

    /// A page of the names of objects, in the order of their bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] from Types that cannot list, [`ErrorKind::InvalidInput`] for a limit of 0.
    pub async fn list(&self, options: ListOptions) -> Result<ListPage> {
        self.traced(Operation::List, None, async {
            if options.limit == Some(0) {
                return Err(Error::new(ErrorKind::InvalidInput, "a page of 0 entries holds nothing"));
            }
            let Some(list) = self.abilities().list else { return Err(self.lacks(Ability::List)) };
            list.list(options).await
        })
        .await
    }

    /// All objects that a listing names, page by page as they are asked for. Common prefixes are left out.
    ///
    /// Each item is an object, or the error that ends the stream; see [`list`](Self::list).
    pub fn list_stream(&self, options: ListOptions) -> impl Stream<Item = Result<ObjectInfo>> + Send + 'static {
        let element = self.clone();
        stream::try_unfold(Some(options), move |options| {
            let element = element.clone();
            async move {
                let Some(options) = options else { return Ok::<_, Error>(None) };
                let page = element.list(options.clone()).await?;
                let next = page.next.map(|next| options.with_continuation(next));
                Ok(Some((stream::iter(page.objects.into_iter().map(Ok)), next)))
            }
        })
        .try_flatten()
    }

    /// Copies an object with its content, type and metadata, within the store where the Type can, else by reading and
    /// writing. Errors are about the target where that is what is wrong, else about the source.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where there is no source; [`ErrorKind::AlreadyExists`] where overwriting is forbidden.
    pub async fn copy(&self, from: &str, to: &str, options: CopyOptions) -> Result<Uploaded> {
        self.run(Operation::Copy, from, async {
            let from = ObjectName::parse(from)?;
            let to = ObjectName::parse(to)?;
            if let Some(copy) = self.abilities().copy {
                return copy.copy(&from, &to, options).await.map_err(|error| match error.kind() {
                    ErrorKind::AlreadyExists => error.with_object(to.as_str()),
                    _ => error,
                });
            }
            let download = self.storage().download(&from, DownloadOptions::default()).await?;
            let options = upload_like(&download, options.overwrite);
            let length = download.span.1;
            let read = from.clone();
            let stream =
                download.into_stream().map_err(move |error| io::Error::other(error.with_object(read.as_str())));
            let written = self.storage().upload_by_file(&to, Body::stream(stream, Some(length)), options).await;
            written.map_err(|error| error.with_object(to.as_str()))
        })
        .await
    }

    /// Appends to an object whose end must be at `position`; 0 creates it.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`] where the object ends elsewhere; [`ErrorKind::Unsupported`] from Types that cannot
    /// append.
    pub async fn append(
        &self,
        name: &str,
        position: u64,
        data: impl Into<Body>,
        options: UploadOptions,
    ) -> Result<Appended> {
        let data = data.into();
        self.run(Operation::Append, name, async {
            let name = ObjectName::parse(name)?;
            header_text::check_upload(&options)?;
            let Some(append) = self.abilities().append else { return Err(self.lacks(Ability::Append)) };
            append.append(&name, position, data, options).await
        })
        .await
    }

    /// Begins an upload in parts and returns its id. The object appears at
    /// [`complete_multipart`](Self::complete_multipart).
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] from Types that take no parts.
    pub async fn initiate_multipart(&self, name: &str, options: UploadOptions) -> Result<String> {
        self.run(Operation::Multipart, name, async {
            let (multipart, name) = self.multipart(name)?;
            header_text::check_upload(&options)?;
            multipart.initiate(&name, options).await
        })
        .await
    }

    /// Sends a part, numbered from 1 to 10 000.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for another number or an empty `upload_id`, [`ErrorKind::NotFound`] where the upload is
    /// gone.
    pub async fn upload_part(
        &self,
        name: &str,
        upload_id: &str,
        number: u32,
        data: impl Into<Body>,
    ) -> Result<UploadedPart> {
        let data = data.into();
        self.run(Operation::Multipart, name, async {
            let (multipart, name) = self.running_multipart(name, upload_id)?;
            if !(1..=10_000).contains(&number) {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!("parts are numbered from 1 to 10000, not {number}"),
                ));
            }
            multipart.upload_part(&name, upload_id, number, data).await
        })
        .await
    }

    /// The parts of an upload that the store has, in order.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] where the upload is gone, [`ErrorKind::InvalidInput`] for an empty `upload_id`.
    pub async fn list_parts(&self, name: &str, upload_id: &str) -> Result<Vec<UploadedPart>> {
        self.run(Operation::Multipart, name, async {
            let (multipart, name) = self.running_multipart(name, upload_id)?;
            multipart.list_parts(&name, upload_id).await
        })
        .await
    }

    /// Makes the object of its parts.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where a part is unknown or out of order, or `upload_id` is empty.
    pub async fn complete_multipart(
        &self,
        name: &str,
        upload_id: &str,
        parts: Vec<UploadedPart>,
        overwrite: Overwrite,
    ) -> Result<Uploaded> {
        self.run(Operation::Multipart, name, async {
            let (multipart, name) = self.running_multipart(name, upload_id)?;
            multipart.complete(&name, upload_id, parts, overwrite).await
        })
        .await
    }

    /// Throws an upload in parts away. One that is gone counts as aborted.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for an empty `upload_id`; what the store refuses.
    pub async fn abort_multipart(&self, name: &str, upload_id: &str) -> Result<()> {
        self.run(Operation::Multipart, name, async {
            let (multipart, name) = self.running_multipart(name, upload_id)?;
            multipart.abort(&name, upload_id).await
        })
        .await
    }

    fn abilities(&self) -> Abilities<'_> {
        self.storage().abilities()
    }

    /// What every verb of uploads in parts begins with.
    fn multipart(&self, name: &str) -> Result<(&dyn MultipartUpload, ObjectName)> {
        let name = ObjectName::parse(name)?;
        let multipart = self.abilities().multipart.ok_or_else(|| self.lacks(Ability::Multipart))?;
        Ok((multipart, name))
    }

    fn running_multipart(&self, name: &str, upload_id: &str) -> Result<(&dyn MultipartUpload, ObjectName)> {
        let found = self.multipart(name)?;
        if upload_id.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "the upload id is empty")
                .with_advice("give the id that `initiate_multipart` returned"));
        }
        Ok(found)
    }

    fn lacks(&self, ability: Ability) -> Error {
        match self.0.closed_by.ability(ability) {
            Some(level) => Error::unsupported(format!("{ability} is closed by {level}"))
                .with_advice("an override closes what writes past it until its `abilities` opens it"),
            None => Error::unsupported(format!("{ability} is not supported by {}", self.0.element_type)),
        }
    }
}

fn upload_like(download: &Download, overwrite: Overwrite) -> UploadOptions {
    let info = &download.info;
    UploadOptions {
        content_type: info.content_type.clone(),
        cache_control: info.cache_control.clone(),
        content_disposition: info.content_disposition.clone(),
        content_encoding: info.content_encoding.clone(),
        metadata: info.metadata.clone(),
        overwrite,
    }
}
