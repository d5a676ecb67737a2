//! The command as users run it: the real binary against the embedded server that it serves itself.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod checking;
mod describing;
mod fixture;
mod keeping;
mod making;
mod objects;
mod refusing;
mod serving;
#[cfg(unix)]
mod silent;
mod syncing;
#[cfg(unix)]
mod terminal;
mod usage;
mod wire;
