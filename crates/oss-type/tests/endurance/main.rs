//! `storages.OssType` where everything goes wrong at once, where it is killed, and where objects are large. `SOAK=1` runs
//! many more rounds, on larger objects.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "in a test a panic is the report, and a soak tells its counts"
)]

mod child;
#[path = "../embedded/content.rs"]
mod content;
mod crash;
#[path = "../embedded/mod.rs"]
mod embedded;
mod ending_keys;
#[cfg(target_os = "linux")]
mod memory;
#[path = "../embedded/proxy.rs"]
mod proxy;
mod storm;

/// The first figure, or the second one where a soak is asked for.
fn rounds<T>(usual: T, soak: T) -> T {
    if std::env::var_os("SOAK").is_some_and(|value| value == "1") { soak } else { usual }
}
