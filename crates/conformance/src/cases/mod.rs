//! The cases, by subject. Each is one test of every Type.

pub(crate) mod appending;
pub(crate) mod bodies;
pub(crate) mod cancellation;
pub(crate) mod concurrency;
pub(crate) mod conditions;
pub(crate) mod copying;
pub(crate) mod declarations;
pub(crate) mod errors;
pub(crate) mod listing;
pub(crate) mod metadata;
pub(crate) mod model;
pub(crate) mod multipart;
pub(crate) mod names;
pub(crate) mod ranges;
pub(crate) mod signing;
pub(crate) mod verbs;

pub(crate) use crate::audit;
