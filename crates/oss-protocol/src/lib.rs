//! Facts of the Alibaba Cloud OSS protocol, without I/O: what a client must send and what a server must check.
//!
//! - [`sign`]: the canonical forms and signatures V1 and V4, in headers, in URLs and in form policies, for signer and verifier alike.
//! - [`endpoint`], [`bucket`], [`key`]: hosts, regions, address styles and names.
//! - [`encode`], [`time`], [`header`]: percent-encoding, the three date formats, header names.
//! - [`crc64`], [`digest`]: the checksum that OSS sends in `x-oss-hash-crc64ecma`, and MD5.
//! - [`code`]: the error codes with their HTTP status, number and default message.
//! - [`rpc`]: the signature of the calls to STS.
//! - [`xml`]: the request and response documents.
//!
//! Nothing here reads a clock, a file or a socket: times and secrets come in as arguments, so every figure can be
//! compared with published vectors.

pub mod bucket;
pub mod code;
pub mod crc64;
pub mod digest;
pub mod encode;
pub mod endpoint;
pub mod header;
pub mod key;
pub mod rpc;
pub mod sign;
pub mod time;
pub mod xml;
