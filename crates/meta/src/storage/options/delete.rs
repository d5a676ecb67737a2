//! What is deleted.

use crate::storage::object_name::ObjectName;

/// An object, or one version of it, to delete.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DeleteTarget {
    /// The object's name.
    pub name: ObjectName,
    /// The version to remove for good; `None` for the object itself.
    pub version_id: Option<String>,
}

impl DeleteTarget {
    /// The object of this name.
    pub fn new(name: ObjectName) -> Self {
        Self { name, version_id: None }
    }

    /// One version of the object.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}

impl From<ObjectName> for DeleteTarget {
    fn from(name: ObjectName) -> Self {
        Self::new(name)
    }
}

/// How objects are deleted. There is nothing to choose yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteOptions {}
