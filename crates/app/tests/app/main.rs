//! Apps in real folders: what loads, what is refused with which words, what wins, what stays.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod asking;
mod broken;
mod building;
mod fixture;
mod inheritance;
mod inspecting;
mod jitai;
mod links;
mod reload;
mod variables;
mod walking;
