//! What a key pair may do with which buckets.

use std::collections::HashSet;

/// The rights of a key pair on buckets, by name. What is not given is refused, unless a bucket or an object is open to
/// everybody.
///
/// ```
/// use oss_server::Rights;
///
/// let reporter = Rights::none().read("logs").read("docs").write("docs");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    read: HashSet<String>,
    write: HashSet<String>,
}

/// What is done to a bucket or to what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Rights {
    /// No right at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds the right to read a bucket: its objects, its lists, what is known of it.
    #[must_use]
    pub fn read(mut self, bucket: impl Into<String>) -> Self {
        self.read.insert(bucket.into());
        self
    }

    /// Adds the right to change a bucket: to write and delete objects, to configure, make and delete the bucket. It does not
    /// bring the right to read.
    #[must_use]
    pub fn write(mut self, bucket: impl Into<String>) -> Self {
        self.write.insert(bucket.into());
        self
    }

    pub(crate) fn allow(&self, bucket: &str, access: Access) -> bool {
        match access {
            Access::Read => self.read.contains(bucket),
            Access::Write => self.write.contains(bucket),
        }
    }

    /// Whether a list of buckets may show this one.
    pub(crate) fn show(&self, bucket: &str) -> bool {
        self.read.contains(bucket) || self.write.contains(bucket)
    }
}
