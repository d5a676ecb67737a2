//! Versions of objects.

use futures_util::stream::Stream;

use super::StorageElement;
use super::pages::{check_limit, pages};
use crate::error::{Operation, Result};
use crate::storage::abilities::Ability;
use crate::storage::object_name::ObjectName;
use crate::storage::options::{DeleteTarget, ListVersionsOptions};
use crate::storage::results::{Deleted, ObjectVersion, VersionPage};

/// Versions. Not every Type keeps them, and of those that do not every bucket: see [`StorageElement::can`]. Versions are
/// read with the `version_id` of the options of `download_stream`, `get_object_with`, `download_to_file_with` and `copy`.
impl StorageElement {
    /// A page of versions and delete markers, in the order of their names' bytes, the newest of a name first.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) from Types that keep none, [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for a limit of 0.
    pub async fn list_versions(&self, options: ListVersionsOptions) -> Result<VersionPage> {
        self.traced(Operation::List, None, async {
            check_limit(options.limit)?;
            let versions = self.abilities().versions.ok_or_else(|| self.lacks(Ability::Versions))?;
            versions.list_versions(options).await
        })
        .await
    }

    /// All versions that a listing names, page by page as they are asked for. Common prefixes are left out.
    pub fn list_versions_stream(
        &self,
        options: ListVersionsOptions,
    ) -> impl Stream<Item = Result<ObjectVersion>> + Send + 'static {
        pages(self.clone(), options, |element, options| async move {
            let page = element.list_versions(options.clone()).await?;
            Ok((page.versions, page.next.map(|next| options.with_continuation(next))))
        })
    }

    /// Removes one version of an object for good. Where it was the current one, the one before it becomes current;
    /// removing a delete marker so brings the object back.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) from Types that keep none, [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for an empty id.
    pub async fn delete_version(&self, name: &str, version_id: &str) -> Result<Deleted> {
        self.run(Operation::Delete, name, async {
            self.check_version(Some(version_id))?;
            let target = DeleteTarget::new(ObjectName::parse(name)?);
            self.delete_target(target.with_version_id(version_id)).await
        })
        .await
    }
}
