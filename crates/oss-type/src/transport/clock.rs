//! The service's clock, as far as its answers have taught it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// This machine's clock with a correction: OSS refuses requests whose date is more than 15 minutes off, and tells its
/// own date when it does.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset_millis: AtomicI64,
}

impl Clock {
    /// The service's time, as far as it is known.
    pub(crate) fn now(&self) -> SystemTime {
        let offset = self.offset_millis.load(Ordering::Relaxed);
        let distance = Duration::from_millis(offset.unsigned_abs());
        let now = SystemTime::now();
        let corrected = if offset < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
        corrected.unwrap_or(now)
    }

    /// Takes over the service's date, after it said that ours is too far off.
    pub(crate) fn learn(&self, server: SystemTime) {
        let now = SystemTime::now();
        let millis = |distance: Duration| i64::try_from(distance.as_millis()).unwrap_or(i64::MAX);
        let offset = match server.duration_since(now) {
            Ok(ahead) => millis(ahead),
            Err(behind) => -millis(behind.duration()),
        };
        self.offset_millis.store(offset, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_kept_in_both_directions() {
        let clock = Clock::default();
        for server in [SystemTime::now() + Duration::from_secs(1200), SystemTime::now() - Duration::from_secs(1200)] {
            clock.learn(server);
            let now = clock.now();
            let difference = now.duration_since(server).unwrap_or_else(|error| error.duration());
            assert!(difference < Duration::from_secs(60), "{difference:?}");
        }
    }
}
