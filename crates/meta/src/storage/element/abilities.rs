//! The verbs beyond the five: what the Type can do, composed from the contract where it cannot.

use std::io;

use futures_util::stream::{Stream, TryStreamExt};

use super::pages::{check_limit, pages};
use super::{StorageElement, check_no_callback};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::storage::abilities::{Abilities, Ability, Feature};
use crate::storage::body::Body;
use crate::storage::header_text;
use crate::storage::object_name::ObjectName;
use crate::storage::options::{CopyOptions, DownloadOptions, ListOptions, Overwrite, UploadOptions};
use crate::storage::results::{Appended, Download, ListPage, ObjectInfo, Uploaded};

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
            check_limit(options.limit)?;
            let Some(list) = self.abilities().list else { return Err(self.lacks(Ability::List)) };
            list.list(options).await
        })
        .await
    }

    /// All objects that a listing names, page by page as they are asked for. Common prefixes are left out.
    ///
    /// Each item is an object, or the error that ends the stream; see [`list`](Self::list).
    pub fn list_stream(&self, options: ListOptions) -> impl Stream<Item = Result<ObjectInfo>> + Send + 'static {
        pages(self.clone(), options, |element, options| async move {
            let page = element.list(options.clone()).await?;
            Ok((page.objects, page.next.map(|next| options.with_continuation(next))))
        })
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
            self.check_version(options.version_id.as_deref())?;
            if let Some(copy) = self.abilities().copy {
                return copy.copy(&from, &to, options).await.map_err(|error| match error.kind() {
                    ErrorKind::AlreadyExists => error.with_object(to.as_str()),
                    _ => error,
                });
            }
            let CopyOptions { overwrite, version_id } = options;
            let read = DownloadOptions { version_id, ..DownloadOptions::default() };
            let download = self.storage().download(&from, read).await?;
            let options = upload_like(&download, overwrite);
            let length = download.span.1;
            let read = from.clone();
            let stream =
                download.into_stream().map_err(move |error| io::Error::other(error.with_object(read.as_str())));
            let written = self.storage().upload_by_file(&to, Body::stream(stream, Some(length)), options).await;
            written.map_err(|error| error.with_object(to.as_str()))
        })
        .await
    }

    /// Appends to an object whose end must be at `position`; 0 creates it. What the options say of the object counts at its
    /// creation only.
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
            self.check_features(options.features())?;
            check_no_callback(&options, "an append")?;
            self.metered(data, options, async |data, options| append.append(&name, position, data, options).await).await
        })
        .await
    }

    pub(super) fn abilities(&self) -> Abilities<'_> {
        self.storage().abilities()
    }

    /// Refuses what the options ask and the Type cannot do.
    pub(super) fn check_features(&self, mut asked: impl Iterator<Item = Feature>) -> Result<()> {
        let abilities = self.abilities();
        match asked.find(|feature| !abilities.supports(*feature)) {
            Some(feature) => {
                let message = format!("{feature} are not supported by {}", self.0.element_type);
                Err(Error::unsupported(message).with_advice("leave them out of the options"))
            }
            None => Ok(()),
        }
    }

    /// Refuses version ids that no Type would understand, and all of them where the Type keeps no versions.
    pub(super) fn check_version(&self, version_id: Option<&str>) -> Result<()> {
        match version_id {
            None => Ok(()),
            // A store may take an empty version for none and answer with another than was meant.
            Some("") => Err(Error::new(ErrorKind::InvalidInput, "the version id is empty")
                .with_advice("give none for the current version")),
            Some(_) if self.can(Ability::Versions) => Ok(()),
            Some(_) => Err(self.lacks(Ability::Versions)),
        }
    }

    pub(super) fn lacks(&self, ability: Ability) -> Error {
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
        ..UploadOptions::default()
    }
}
