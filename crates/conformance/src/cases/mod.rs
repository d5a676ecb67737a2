//! The cases, by subject. Each is one test of every Type.

pub(crate) mod access;
pub(crate) mod appending;
pub(crate) mod bodies;
pub(crate) mod cancellation;
pub(crate) mod classes;
pub(crate) mod concurrency;
pub(crate) mod conditions;
pub(crate) mod copying;
pub(crate) mod declarations;
pub(crate) mod errors;
pub(crate) mod features;
pub(crate) mod files;
pub(crate) mod linking;
pub(crate) mod listing;
pub(crate) mod metadata;
pub(crate) mod model;
pub(crate) mod multipart;
pub(crate) mod names;
pub(crate) mod progress;
pub(crate) mod ranges;
pub(crate) mod signing;
pub(crate) mod tagging;
pub(crate) mod unfinished;
pub(crate) mod verbs;
pub(crate) mod versioning;

pub(crate) use crate::audit;
