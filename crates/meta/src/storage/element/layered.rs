//! Elements that are made in code rather than from an app's folder.

use std::path::PathBuf;
use std::sync::Arc;

use super::{ClosedBy, ElementParts, StorageElement};
use crate::define::ElementDefine;
use crate::name::FullName;
use crate::storage::contract::Storage;

/// Elements without a folder, for tests and tools.
impl StorageElement {
    /// An element over a storage that is there already. Its `e.json` holds the Type and nothing else.
    pub fn from_storage(full_name: FullName, element_type: FullName, storage: Arc<dyn Storage>) -> Self {
        let define = ElementDefine { element_type: element_type.to_string(), ..ElementDefine::default() };
        let mut closed_by = ClosedBy::default();
        closed_by.note(&element_type, &*storage);
        let folder = PathBuf::from(full_name.folder());
        Self::new(ElementParts {
            full_name,
            element_type,
            define: Arc::new(define),
            app_id: None,
            folder,
            storage,
            closed_by,
        })
    }

    /// The same element with one more level over its storage, as if its Type were extended by `element_type`. This
    /// element stays as it is.
    ///
    /// ```
    /// use meta::prelude::*;
    /// use meta::StorageElement;
    ///
    /// #[derive(Debug)]
    /// struct ReadOnly(Arc<dyn Storage>);
    ///
    /// #[async_trait]
    /// impl StorageOverride for ReadOnly {
    ///     fn base(&self) -> &dyn Storage {
    ///         &*self.0
    ///     }
    ///     async fn upload_by_file(&self, _: &ObjectName, _: Body, _: UploadOptions) -> Result<Uploaded> {
    ///         Err(Error::denied("this storage is read-only"))
    ///     }
    ///     async fn delete(&self, _: Vec<DeleteTarget>, _: DeleteOptions) -> Result<DeleteReport> {
    ///         Err(Error::denied("this storage is read-only"))
    ///     }
    /// }
    ///
    /// fn read_only(element: &StorageElement) -> StorageElement {
    ///     element.extended_by("storages.ReadOnlyType".parse().expect("a fullName"), ReadOnly)
    /// }
    /// ```
    #[must_use]
    pub fn extended_by<S: Storage>(&self, element_type: FullName, build: impl FnOnce(Arc<dyn Storage>) -> S) -> Self {
        let ElementParts { full_name, element_type: _, define, app_id, folder, storage, closed_by } = &*self.0;
        let storage = Arc::new(build(Arc::clone(storage)));
        let mut closed_by = closed_by.clone();
        closed_by.note(&element_type, &*storage);
        Self::new(ElementParts {
            full_name: full_name.clone(),
            element_type,
            define: Arc::clone(define),
            app_id: app_id.clone(),
            folder: folder.clone(),
            storage,
            closed_by,
        })
    }
}
