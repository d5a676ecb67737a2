//! How objects are read and inspected.

use super::conditions::Conditions;
use super::range::ByteRange;

/// What of an object is read, and on which conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadOptions {
    /// A part of the object; `None` for the whole.
    pub range: Option<ByteRange>,
    /// What must hold of the object.
    pub conditions: Conditions,
    /// The version to read; `None` for the current one.
    pub version_id: Option<String>,
}

impl DownloadOptions {
    /// Reads a part.
    #[must_use]
    pub fn with_range(mut self, range: ByteRange) -> Self {
        self.range = Some(range);
        self
    }

    /// Reads only if the conditions hold.
    #[must_use]
    pub fn with_conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// Reads this version.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}

/// Which state of an object is inspected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetObjectOptions {
    /// What must hold of the object.
    pub conditions: Conditions,
    /// The version to inspect; `None` for the current one.
    pub version_id: Option<String>,
}

impl GetObjectOptions {
    /// Inspects only if the conditions hold.
    #[must_use]
    pub fn with_conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// Inspects this version.
    #[must_use]
    pub fn with_version_id(mut self, version_id: impl Into<String>) -> Self {
        self.version_id = Some(version_id.into());
        self
    }
}
