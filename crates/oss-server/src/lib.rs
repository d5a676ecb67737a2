//! An embedded server that speaks the protocol of Alibaba Cloud OSS: for tests, quick starts and work without a network.
//!
//! It is strict, as the service is: it verifies signatures V1 and V4 in headers, URLs and forms, dates, expiry, regions,
//! bound headers and STS tokens, and answers with OSS's own status, headers, XML and error numbers. Objects live in a data
//! folder, writes are atomic and survive the death of the process.
//!
//! It serves objects whole, by parts, by appending and by forms, with ranges, conditions, tags, access control, symbolic
//! links, versions, storage classes with restores, callbacks, compression and CORS. Encryption is told back, not done;
//! callbacks are not signed; lifecycles, policies, logging and its fields, referers, who pays, access tracking and resource
//! groups are stored and returned, and have no effect. What it does not do it answers with `501 NotImplemented`, and names
//! it. The feature `image` adds `x-oss-process=image/resize,…` and `image/info`.
//!
//! A full disk refuses what is new with `503 ServiceUnavailable`; reading and deleting go on. Buckets say that they are
//! found at the endpoint by which the client came, so that clients that follow it stay here. A request may have 100 headers
//! in 64 KiB; more are answered by a bare `431`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), oss_server::StartError> {
//! use oss_server::OssServer;
//!
//! let server = OssServer::builder().bucket("docs").start().await?;
//! println!("{} {} {}", server.endpoint(), server.access_key_id(), server.access_key_secret());
//! server.stop().await;
//! # Ok(())
//! # }
//! ```

mod access;
mod address;
mod admin;
mod auth;
mod body;
mod builder;
mod clock;
mod credentials;
mod failure;
mod fault;
mod form;
mod handle;
mod ops;
mod pace;
mod reply;
mod request;
mod rights;
mod route;
mod running;
mod serve;
mod shared;
mod store;
mod tls;

pub use builder::{Builder, OssServer, StartError};
pub use fault::Fault;
pub use rights::Rights;
pub use running::RunningServer;
