//! How uploads in parts become objects.

use super::acl::ObjectAcl;
use super::callback::Callback;
use super::upload::Overwrite;

/// How an upload in parts becomes an object: what stores decide at its end. The rest is said when it is initiated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompleteOptions {
    /// Whether an existing object may be overwritten.
    pub overwrite: Overwrite,
    /// Who may use the object without credentials; `None` for the Type's configuration or the bucket's rule.
    pub acl: Option<ObjectAcl>,
    /// What the store calls when the object is there.
    pub callback: Option<Callback>,
}

impl CompleteOptions {
    /// Fails with [`ErrorKind::AlreadyExists`](crate::ErrorKind::AlreadyExists) rather than overwriting.
    #[must_use]
    pub fn without_overwriting(mut self) -> Self {
        self.overwrite = Overwrite::Forbid;
        self
    }

    /// With a rule of access of its own.
    #[must_use]
    pub fn with_acl(mut self, acl: ObjectAcl) -> Self {
        self.acl = Some(acl);
        self
    }

    /// Calls the app's own server when the object is there.
    #[must_use]
    pub fn with_callback(mut self, callback: Callback) -> Self {
        self.callback = Some(callback);
        self
    }
}

impl From<Overwrite> for CompleteOptions {
    fn from(overwrite: Overwrite) -> Self {
        Self { overwrite, ..Self::default() }
    }
}
