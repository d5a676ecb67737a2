//! Uploads in parts, for apps that send them themselves.

use futures_util::stream::{Stream, TryStreamExt};

use super::StorageElement;
use super::check_part;
use super::pages::{check_limit, pages};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::storage::abilities::{Ability, MultipartUpload};
use crate::storage::body::Body;
use crate::storage::header_text;
use crate::storage::object_name::ObjectName;
use crate::storage::options::{CompleteOptions, ListUploadsOptions, UploadOptions};
use crate::storage::results::{UnfinishedUpload, UploadPage, Uploaded, UploadedPart};

/// How many uploads are aborted at a time.
const AT_A_TIME: usize = 8;

/// Uploads in parts. Not every Type takes them: see [`StorageElement::can`]. `upload_by_file` sends large content in parts
/// by itself where the Type does so; these verbs are for parts that several senders or several days bring.
impl StorageElement {
    /// Begins an upload in parts and returns its id. The object appears at
    /// [`complete_multipart`](Self::complete_multipart).
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] from Types that take no parts.
    pub async fn initiate_multipart(&self, name: &str, options: UploadOptions) -> Result<String> {
        self.run(Operation::Multipart, name, async {
            let (multipart, name) = self.multipart(name)?;
            header_text::check_upload(&options)?;
            self.check_features(options.features())?;
            check_start(&options)?;
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
            check_part(upload_id, number)?;
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
        options: impl Into<CompleteOptions>,
    ) -> Result<Uploaded> {
        let options = options.into();
        self.run(Operation::Multipart, name, async {
            let (multipart, name) = self.running_multipart(name, upload_id)?;
            self.check_features(options.features())?;
            multipart.complete(&name, upload_id, parts, options).await
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

    /// A page of the uploads that have begun and are neither completed nor aborted. Their parts are paid for until then.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] from Types that take no parts, [`ErrorKind::InvalidInput`] for a limit of 0.
    pub async fn list_uploads(&self, options: ListUploadsOptions) -> Result<UploadPage> {
        self.traced(Operation::Multipart, None, async {
            check_limit(options.limit)?;
            let multipart = self.abilities().multipart.ok_or_else(|| self.lacks(Ability::Multipart))?;
            multipart.list_uploads(options).await
        })
        .await
    }

    /// All unfinished uploads of names that begin with `prefix`, page by page as they are asked for.
    pub fn list_uploads_stream(
        &self,
        prefix: impl Into<String>,
    ) -> impl Stream<Item = Result<UnfinishedUpload>> + Send + 'static {
        pages(self.clone(), ListUploadsOptions::prefix(prefix), |element, options| async move {
            let page = element.list_uploads(options.clone()).await?;
            Ok((page.uploads, page.next.map(|next| options.with_continuation(next))))
        })
    }

    /// Aborts the unfinished uploads of names that begin with `prefix`, and returns how many there were.
    ///
    /// # Errors
    /// As [`list_uploads`](Self::list_uploads) and [`abort_multipart`](Self::abort_multipart); the first failure ends it.
    pub async fn abort_uploads(&self, prefix: &str) -> Result<u64> {
        let aborts = self
            .list_uploads_stream(prefix)
            .map_ok(|upload| async move { self.abort_multipart(upload.name.as_str(), &upload.upload_id).await });
        aborts.try_buffer_unordered(AT_A_TIME).try_fold(0, async |count, ()| Ok(count + 1)).await
    }

    /// What every verb of uploads in parts begins with.
    fn multipart(&self, name: &str) -> Result<(&dyn MultipartUpload, ObjectName)> {
        let name = ObjectName::parse(name)?;
        let multipart = self.abilities().multipart.ok_or_else(|| self.lacks(Ability::Multipart))?;
        Ok((multipart, name))
    }

    fn running_multipart(&self, name: &str, upload_id: &str) -> Result<(&dyn MultipartUpload, ObjectName)> {
        let found = self.multipart(name)?;
        check_part(upload_id, 1)?;
        Ok(found)
    }
}

/// Refuses options that count at another step of an upload in parts, rather than leave them out.
fn check_start(options: &UploadOptions) -> Result<()> {
    let UploadOptions { overwrite: _, acl, callback, traffic_limit, checkpoint, progress, .. } = options;
    let misplaced = [
        ("acl", acl.is_some(), "give it to `complete_multipart`"),
        ("callback", callback.is_some(), "give it to `complete_multipart`"),
        ("traffic_limit", traffic_limit.is_some(), "leave it out"),
        ("checkpoint", checkpoint.is_some(), "`list_parts` tells which parts the store has"),
        ("progress", progress.is_some(), "leave it out"),
    ];
    match misplaced.into_iter().find(|(_, is_misplaced, _)| *is_misplaced) {
        Some((option, _, advice)) => {
            Err(Error::new(ErrorKind::InvalidInput, format!("`{option}` means nothing when an upload in parts begins"))
                .with_advice(advice))
        }
        None => Ok(()),
    }
}
