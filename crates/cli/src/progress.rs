//! The bar: how much has moved, how fast, how long it will take. On standard error, and only where that is a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jit_storages::Progress;

use crate::output::{Output, Verbosity};

const TEMPLATE: &str =
    "{bar:24} {percent:>3}% {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {msg} {eta} left";

/// One bar for all transfers of a command.
#[derive(Debug, Clone)]
pub(crate) struct Bar(ProgressBar);

/// What one transfer has added to the bar.
#[derive(Debug, Clone)]
pub(crate) struct Moved {
    bar: Bar,
    bytes: Arc<AtomicU64>,
    /// What it was expected to add.
    size: u64,
}

impl Bar {
    pub(crate) fn new(output: &Output) -> Self {
        let bar = match output.verbosity {
            Verbosity::Quiet => ProgressBar::hidden(),
            // It hides itself where there is no terminal.
            _ => ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()),
        };
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// One that is never seen.
    pub(crate) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// What is printed through the answer stands above the bar.
    pub(crate) fn output(&self, output: &Output) -> Output {
        output.with_bar(self.0.clone())
    }

    /// More is to be moved.
    pub(crate) fn expect(&self, bytes: Option<u64>) {
        self.0.inc_length(bytes.unwrap_or(0));
    }

    pub(crate) fn begin(&self, size: Option<u64>) -> Moved {
        Moved { bar: self.clone(), bytes: Arc::default(), size: size.unwrap_or(0) }
    }

    pub(crate) fn count(&self, done: u64, failed: u64) {
        let files = if done == 1 { "1 object".to_owned() } else { format!("{done} objects") };
        self.0.set_message(if failed == 0 { files } else { format!("{files}, {failed} failed") });
    }

    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Moved {
    /// For transfers that tell how far they are.
    pub(crate) fn progress(&self) -> Progress {
        let moved = self.clone();
        Progress::new(move |at| moved.reach(at.bytes))
    }

    fn reach(&self, bytes: u64) {
        let before = self.bytes.swap(bytes, Ordering::Relaxed);
        let more = bytes.saturating_sub(before);
        if bytes > self.size {
            self.bar.0.inc_length(more.min(bytes - self.size));
        }
        self.bar.0.inc(more);
    }

    /// All of it has moved, also where nobody counted.
    pub(crate) fn finish(&self) {
        self.bar.0.inc(self.size.saturating_sub(self.bytes.load(Ordering::Relaxed)));
    }

    /// No more of it will move.
    pub(crate) fn give_up(&self) {
        self.bar.0.dec_length(self.size.saturating_sub(self.bytes.load(Ordering::Relaxed)));
    }
}
