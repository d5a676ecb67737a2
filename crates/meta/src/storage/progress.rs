//! How far a transfer has come, for whoever shows it.

use std::fmt;
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
        if bytes > 0 {
            self.change(|now| now.saturating_sub(bytes));
        }
    }

    /// All has been moved, also where nobody counted.
    pub(crate) fn finish(&self) {
        self.change(|now| self.total.unwrap_or(now));
    }

    fn change(&self, change: impl FnOnce(u64) -> u64) {
        // Told under the lock, so that numbers arrive in order.
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        moved.now = change(moved.now);
        // A source may bring more than was announced, and is refused for it.
        let bytes = moved.now.min(self.total.unwrap_or(u64::MAX));
        if moved.told.is_none_or(|told| bytes > told) {
            moved.told = Some(bytes);
            (self.progress.0)(Transferred { bytes, total: self.total });
        }
    }
}

/// What one body has contributed to a meter: taken back when the body is opened again.
#[derive(Clone)]
pub(crate) struct Counter {
    pub(crate) meter: Arc<Meter>,
    reading: Arc<Mutex<Reading>>,
}

/// The reading of a body that counts: the last one that was begun.
#[derive(Default)]
struct Reading {
    number: u64,
    passed: u64,
}

impl Counter {
    pub(crate) fn new(meter: Arc<Meter>) -> Self {
        Self { meter, reading: Arc::default() }
    }

    /// Begins to count anew, and returns the number of the reading that counts from now on.
    pub(crate) fn restart(&self) -> u64 {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        reading.number += 1;
        self.meter.remove(std::mem::take(&mut reading.passed));
        reading.number
    }

    /// Counts bytes of a reading. One that was given up may go on for a while, and counts no more.
    pub(crate) fn add(&self, number: u64, bytes: u64) {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if reading.number == number {
            reading.passed += bytes;
            self.meter.add(bytes);
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
        let (given_up, other) = (first.restart(), second.restart());
        first.add(given_up, 4);
        second.add(other, 3);
        let again = first.restart();
        // A reading that was given up is read on for a while.
        first.add(given_up, 3);
        first.add(again, 4);
        first.add(again, 3);
        meter.finish();
        let expected: Vec<_> = [4, 7, 10].map(|bytes| (bytes, Some(10))).into();
        assert_eq!(*told.lock().unwrap(), expected);
    }

    #[test]
    fn no_more_is_told_than_there_is() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&told);
        let meter = Meter::new(Progress::new(move |at| sink.lock().unwrap().push(at.bytes)), Some(5));
        meter.add(0);
        meter.add(4);
        meter.add(4);
        meter.add(4);
        assert_eq!(*told.lock().unwrap(), [0, 4, 5]);
    }
}
