//! What calls demand of an object's state.

use std::time::SystemTime;

use crate::error::{Error, ErrorKind, Result};
use crate::storage::results::ObjectInfo;

/// What a call demands of the object's state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conditions {
    /// The object has this ETag, else [`ErrorKind::PreconditionFailed`](crate::ErrorKind::PreconditionFailed).
    pub if_match: Option<String>,
    /// The object has another ETag, else [`ErrorKind::NotModified`](crate::ErrorKind::NotModified).
    pub if_none_match: Option<String>,
    /// It was modified after this time (whole seconds), else [`ErrorKind::NotModified`](crate::ErrorKind::NotModified).
    pub if_modified_since: Option<SystemTime>,
    /// It was not modified after this time (whole seconds), else
    /// [`ErrorKind::PreconditionFailed`](crate::ErrorKind::PreconditionFailed).
    pub if_unmodified_since: Option<SystemTime>,
}

impl Conditions {
    /// Checks the conditions against an object's state, for Types whose store does not do it. All must hold. ETags
    /// compare without quotes and regardless of case, times by whole seconds, as OSS does.
    ///
    /// # Errors
    /// [`ErrorKind::PreconditionFailed`] or [`ErrorKind::NotModified`].
    pub fn check(&self, info: &ObjectInfo) -> Result<()> {
        let Self { if_match, if_none_match, if_modified_since, if_unmodified_since } = self;
        let same = |etag: &String| {
            let plain = |text: &str| text.trim_matches('"').to_ascii_lowercase();
            info.etag.as_deref().is_some_and(|own| plain(own) == plain(etag))
        };
        let seconds = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let modified_after = |time: &SystemTime| info.last_modified.is_none_or(|own| seconds(own) > seconds(*time));
        if if_match.as_ref().is_some_and(|etag| !same(etag)) {
            return Err(Error::new(ErrorKind::PreconditionFailed, "the object has another ETag"));
        }
        if if_unmodified_since.as_ref().is_some_and(modified_after) {
            return Err(Error::new(ErrorKind::PreconditionFailed, "the object was modified since"));
        }
        if if_none_match.as_ref().is_some_and(same)
            || if_modified_since.as_ref().is_some_and(|time| !modified_after(time))
        {
            return Err(Error::new(ErrorKind::NotModified, "the object was not modified"));
        }
        Ok(())
    }

    /// Demands this ETag.
    #[must_use]
    pub fn with_if_match(mut self, etag: impl Into<String>) -> Self {
        self.if_match = Some(etag.into());
        self
    }

    /// Demands another ETag than this.
    #[must_use]
    pub fn with_if_none_match(mut self, etag: impl Into<String>) -> Self {
        self.if_none_match = Some(etag.into());
        self
    }

    /// Demands a change after this time.
    #[must_use]
    pub fn with_if_modified_since(mut self, time: SystemTime) -> Self {
        self.if_modified_since = Some(time);
        self
    }

    /// Demands no change after this time.
    #[must_use]
    pub fn with_if_unmodified_since(mut self, time: SystemTime) -> Self {
        self.if_unmodified_since = Some(time);
        self
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::storage::object_name::ObjectName;

    #[test]
    fn conditions_compare_etags_loosely_and_times_by_seconds() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(5_400);
        let mut info = ObjectInfo::new(ObjectName::parse("a").unwrap(), 1);
        info.etag = Some("AB12".to_owned());
        info.last_modified = Some(time);
        let kind = |conditions: Conditions| conditions.check(&info).map_err(|error| error.kind());
        let later = time + Duration::from_secs(1);
        let earlier = time - Duration::from_secs(1);
        assert_eq!(kind(Conditions::default().with_if_match("\"ab12\"")), Ok(()));
        assert_eq!(kind(Conditions::default().with_if_match("x")), Err(ErrorKind::PreconditionFailed));
        assert_eq!(kind(Conditions::default().with_if_none_match("AB12")), Err(ErrorKind::NotModified));
        assert_eq!(kind(Conditions::default().with_if_none_match("x")), Ok(()));
        assert_eq!(kind(Conditions::default().with_if_modified_since(earlier)), Ok(()));
        assert_eq!(kind(Conditions::default().with_if_modified_since(time)), Err(ErrorKind::NotModified));
        assert_eq!(kind(Conditions::default().with_if_unmodified_since(later)), Ok(()));
        assert_eq!(kind(Conditions::default().with_if_unmodified_since(earlier)), Err(ErrorKind::PreconditionFailed));
    }
}
