//! How objects are read and inspected.

use super::checkpoint::Checkpoint;
use super::conditions::Conditions;
use super::range::ByteRange;
use crate::storage::progress::{Progress, Transferred};

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
    /// What the store makes of the object before it sends it, as the store spells it (OSS: `image/resize,w_100`). What
    /// comes has no known length or checksum.
    pub process: Option<String>,
    /// The most that the store sends, in bits per second. OSS: 245 760 (30 KiB/s) to 838 860 800 (100 MiB/s).
    pub traffic_limit: Option<u64>,
    /// Who is told how far the download has come.
    pub progress: Option<Progress>,
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

    /// Reads what the store makes of the object.
    #[must_use]
    pub fn with_process(mut self, process: impl Into<String>) -> Self {
        self.process = Some(process.into());
        self
    }

    /// Sends no more than this many bits per second.
    #[must_use]
    pub fn with_traffic_limit(mut self, bits_per_second: u64) -> Self {
        self.traffic_limit = Some(bits_per_second);
        self
    }

    /// Tells how far the download has come.
    #[must_use]
    pub fn with_progress(mut self, told: impl Fn(Transferred) + Send + Sync + 'static) -> Self {
        self.progress = Some(Progress::new(told));
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

/// How an object is downloaded to a local file.
///
/// Part size, number of parts and checkpoint count for objects that the Type lets read in parts. What fits into one part, and
/// everything of a Type that reads as one stream, begins anew after a crash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileDownloadOptions {
    /// What must hold of the object.
    pub conditions: Conditions,
    /// The version to read; `None` for the current one.
    pub version_id: Option<String>,
    /// The size in bytes of the parts that large objects are read in, side by side; `None` for the Type's.
    pub part_size: Option<u64>,
    /// How many parts are read at a time; `None` for the Type's.
    pub parallel: Option<usize>,
    /// Where the download notes how far it has come, so that the next call goes on after a crash; `None` for nowhere.
    pub checkpoint: Option<Checkpoint>,
    /// Who is told how far the download has come.
    pub progress: Option<Progress>,
}

impl FileDownloadOptions {
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

    /// Reads large objects in parts of this many bytes.
    #[must_use]
    pub fn with_part_size(mut self, bytes: u64) -> Self {
        self.part_size = Some(bytes);
        self
    }

    /// Reads this many parts at a time.
    #[must_use]
    pub fn with_parallel(mut self, parts: usize) -> Self {
        self.parallel = Some(parts);
        self
    }

    /// Notes how far the download has come, so that the next call goes on after a crash.
    #[must_use]
    pub fn with_checkpoint(mut self, checkpoint: Checkpoint) -> Self {
        self.checkpoint = Some(checkpoint);
        self
    }

    /// Tells how far the download has come.
    #[must_use]
    pub fn with_progress(mut self, told: impl Fn(Transferred) + Send + Sync + 'static) -> Self {
        self.progress = Some(Progress::new(told));
        self
    }
}
