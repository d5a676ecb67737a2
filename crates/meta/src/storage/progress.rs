//! How far a transfer has come, for whoever shows it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How far a transfer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transferred {
    /// The bytes that have left or arrived. What is sent again after a failure is not counted twice, and the number
    /// never goes back.
    pub bytes: u64,
    /// All bytes, where that is known.
    pub total: Option<u64>,
}

/// Who is told how far a transfer has come. It is called from within the transfer, in order, so it must be quick: send to
/// a channel or set an atomic rather than draw.
///
/// Two of them are equal if they are clones of one.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(Transferred) + Send + Sync>);

impl Progress {
    /// Calls `told` as bytes move.
    pub fn new(told: impl Fn(Transferred) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }
}

impl PartialEq for Progress {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Progress {}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

/// Adds up what the bodies of one transfer have moved.
pub(crate) struct Meter {
    progress: Progress,
    total: Option<u64>,
    moved: Mutex<Moved>,
}

#[derive(Default)]
struct Moved {
    now: u64,
    told: Option<u64>,
}

impl Meter {
    pub(crate) fn new(progress: Progress, total: Option<u64>) -> Arc<Self> {
        Arc::new(Self { progress, total, moved: Mutex::default() })
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.change(|now| now.saturating_add(bytes));
    }

    /// Takes back what has to be moved again.
    fn remove(&self, bytes: u64) {
        self.change(|now| now.saturating_sub(bytes));
    }

    /// All has been moved, also where nobody counted.
    pub(crate) fn finish(&self) {
        self.change(|now| self.total.unwrap_or(now));
    }

    fn change(&self, change: impl FnOnce(u64) -> u64) {
        // Told under the lock, so that numbers arrive in order.
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        moved.now = change(moved.now);
        if moved.told.is_none_or(|told| moved.now > told) {
            moved.told = Some(moved.now);
            (self.progress.0)(Transferred { bytes: moved.now, total: self.total });
        }
    }
}

/// What one body has contributed to a meter: taken back when the body is opened again.
#[derive(Clone)]
pub(crate) struct Counter {
    pub(crate) meter: Arc<Meter>,
    passed: Arc<AtomicU64>,
}

impl Counter {
    pub(crate) fn new(meter: Arc<Meter>) -> Self {
        Self { meter, passed: Arc::default() }
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.passed.fetch_add(bytes, Ordering::Relaxed);
        self.meter.add(bytes);
    }

    pub(crate) fn restart(&self) {
        let passed = self.passed.swap(0, Ordering::Relaxed);
        if passed > 0 {
            self.meter.remove(passed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_only_grow_and_what_is_sent_again_is_not_counted_twice() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&told);
        let meter = Meter::new(Progress::new(move |at| sink.lock().unwrap().push((at.bytes, at.total))), Some(10));
        let (first, second) = (Counter::new(Arc::clone(&meter)), Counter::new(Arc::clone(&meter)));
        first.add(4);
        second.add(3);
        first.restart();
        first.add(4);
        first.add(3);
        meter.finish();
        let expected: Vec<_> = [4, 7, 10].map(|bytes| (bytes, Some(10))).into();
        assert_eq!(*told.lock().unwrap(), expected);
    }
}
