//! The server's clock: the system's, or one that tests set, shifted by as much as they like.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

pub(crate) type Source = Arc<dyn Fn() -> SystemTime + Send + Sync>;

pub(crate) struct Clock {
    source: Source,
    offset_seconds: AtomicI64,
}

impl Clock {
    pub(crate) fn new(source: Source) -> Self {
        Self { source, offset_seconds: AtomicI64::new(0) }
    }

    pub(crate) fn now(&self) -> SystemTime {
        let now = (self.source)();
        let offset = self.offset_seconds.load(Ordering::Relaxed);
        let span = Duration::from_secs(offset.unsigned_abs());
        let shifted = if offset < 0 { now.checked_sub(span) } else { now.checked_add(span) };
        shifted.unwrap_or(now)
    }

    /// Sets how far the clock is ahead of its source, in seconds; negative: behind.
    pub(crate) fn set_offset(&self, seconds: i64) {
        self.offset_seconds.store(seconds, Ordering::Relaxed);
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("offset_seconds", &self.offset_seconds).finish_non_exhaustive()
    }
}
