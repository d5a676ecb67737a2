//! What `storages.OssType` can do beyond the five verbs, over real connections.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

#[path = "../embedded/bucket.rs"]
mod bucket;
mod callbacks;
#[path = "../embedded/mod.rs"]
mod embedded;
mod forms;
mod restoring;
mod signing;
mod versions;
