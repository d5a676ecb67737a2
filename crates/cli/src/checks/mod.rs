//! What can be wrong with an app's storages, found without and with a network.

mod finding;
mod offline;
mod online;
mod secrets;

pub(crate) use self::finding::{Finding, Findings, Severity};
pub(crate) use self::offline::check_app;
pub(crate) use self::online::check_online;
