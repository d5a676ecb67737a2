//! The server over real connections: every operation, every refusal, restarts and damage.

#![expect(clippy::unwrap_used, reason = "what is missing fails its test")]

mod admin;
mod append;
mod archives;
mod auth;
mod buckets;
mod callbacks;
mod client;
mod configurations;
mod copies;
mod cors;
mod deletion;
mod faults;
mod forms;
mod kill;
mod lists;
mod malformed;
mod manners;
mod multipart;
mod objects;
mod paths;
mod persistence;
#[cfg(feature = "image")]
mod pictures;
mod reading;
mod rights;
mod storm;
mod symlinks;
mod tags;
mod versions;
mod wire;
mod write_headers;
