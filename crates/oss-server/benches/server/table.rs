//! The table that is printed.

use std::time::Duration;

/// What a case did in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) operations: u64,
    /// Of each operation.
    pub(crate) bytes: u64,
}

/// On which side of a ratio the target lies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
    None,
}

pub(crate) fn head(rounds: u64) {
    println!("medians of {rounds} interleaved rounds; rate: ours to theirs, cost: our time to theirs\n");
    println!("{:<42} {:>14} {:>14} {:>8}   target", "case", "ours", "theirs", "ratio");
}

/// Prints how fast we are in comparison.
pub(crate) fn rate(name: &str, work: Work, ours: Duration, theirs: Duration, target: Target) {
    line(name, work, ours, theirs, theirs.as_secs_f64() / ours.as_secs_f64(), target);
}

/// Prints how much longer our first one takes than our second one.
pub(crate) fn cost(name: &str, work: Work, first: Duration, second: Duration, target: Target) {
    line(name, work, first, second, first.as_secs_f64() / second.as_secs_f64(), target);
}

fn line(name: &str, work: Work, ours: Duration, theirs: Duration, ratio: f64, target: Target) {
    let (met, target) = match target {
        Target::AtLeast(bound) => (ratio >= bound, format!("at least {bound:.2}")),
        Target::AtMost(bound) => (ratio <= bound, format!("at most {bound:.2}")),
        Target::None => (true, String::new()),
    };
    let verdict = if met { "" } else { "  MISSED" };
    println!("{name:<42} {:>14} {:>14} {ratio:>7.2}x   {target}{verdict}", work.speed(ours), work.speed(theirs));
}

impl Work {
    fn speed(self, took: Duration) -> String {
        let seconds = took.as_secs_f64();
        match self.operations {
            1 => format!("{:.2} GiB/s", self.bytes as f64 / seconds / f64::from(1 << 30)),
            operations => format!("{:.0} /s", operations as f64 / seconds),
        }
    }
}

pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
