//! The pace of a body under `x-oss-traffic-limit`: so many bits per second on average.

use std::time::{Duration, Instant};

/// The most bytes that pass at once, so that a slow body flows rather than jumps.
pub(crate) const PIECE: usize = 16 * 1024;

/// How far a paced body is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    bits_per_second: u64,
    started: Instant,
    passed: u64,
}

impl Pace {
    pub(crate) fn new(bits_per_second: u64) -> Self {
        Self { bits_per_second: bits_per_second.max(1), started: Instant::now(), passed: 0 }
    }

    /// Lets bytes pass, and tells how long to wait before the next ones.
    pub(crate) fn pass(&mut self, bytes: usize) -> Duration {
        self.passed += bytes as u64;
        self.due().saturating_sub(self.started.elapsed())
    }

    /// How long what has passed takes at this pace.
    fn due(&self) -> Duration {
        let nanos = u128::from(self.passed) * 8 * 1_000_000_000 / u128::from(self.bits_per_second);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_their_time() {
        let mut pace = Pace::new(245_760);
        assert_eq!(pace.due(), Duration::ZERO);
        pace.pass(30 * 1024);
        assert_eq!(pace.due(), Duration::from_secs(1));
        let wait = pace.pass(270 * 1024);
        assert_eq!(pace.due(), Duration::from_secs(10));
        assert!(wait <= Duration::from_secs(10));
        pace.passed = u64::MAX;
        assert!(pace.due() > Duration::from_secs(1_000_000));
    }
}
