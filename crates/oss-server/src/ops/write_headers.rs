//! The headers that every way of writing an object takes: what is stored beside the bytes, and how.

use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::xml::ServerSideEncryptionRule;

use super::{Context, configuration, tags};
use crate::access::ObjectAcl;
use crate::failure::Failure;
use crate::store::Attributes;

/// Headers that are stored and sent back as they are.
pub(super) const STORED: &[&str] =
    &["content-type", "content-encoding", "content-disposition", "content-language", "cache-control", "expires"];

/// The most bytes of those headers, names included. A form could bring more than any answer has room for.
const STORED_LIMIT: usize = 8 * 1024;

/// Conditions that OSS knows on reading only.
const CONDITIONS: &[&str] = &["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/// The account's own key, which KMS uses where none is named.
const DEFAULT_KEY: &str = "00000000-0000-0000-0000-000000000000";

/// Whether an existing object may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overwrite {
    Allow,
    Forbid,
}

/// What a writer asks for.
pub(super) struct WriteHeaders {
    pub(super) attributes: Attributes,
    pub(super) acl: ObjectAcl,
    pub(super) overwrite: Overwrite,
}

impl WriteHeaders {
    pub(super) fn read(context: &Context<'_>) -> Result<Self, Failure> {
        let request = context.request;
        // Copies have conditions on their source, and pass over these, which `ali-oss` sends beside them.
        let is_copy = request.header(header::COPY_SOURCE).is_some();
        for name in CONDITIONS {
            if !is_copy && request.header(name).is_some() {
                return Err(Failure::new(Code::HeaderNotImplemented).detail("Header", *name));
            }
        }
        traffic_limit(context)?;
        let acl = request.header(header::OBJECT_ACL).map_or(Ok(ObjectAcl::Default), ObjectAcl::parse)?;
        context.check_public(acl)?;
        Ok(Self { attributes: attributes(context)?, acl, overwrite: overwrite(context)? })
    }
}

/// Reads `x-oss-forbid-overwrite`.
pub(super) fn overwrite(context: &Context<'_>) -> Result<Overwrite, Failure> {
    match context.request.header(header::FORBID_OVERWRITE) {
        None => Ok(Overwrite::Allow),
        Some(given) if given.eq_ignore_ascii_case("false") => Ok(Overwrite::Allow),
        Some(given) if given.eq_ignore_ascii_case("true") => Ok(Overwrite::Forbid),
        Some(given) => Err(Failure::argument(header::FORBID_OVERWRITE, given, "The value is `true` or `false`.")),
    }
}

pub(super) fn check_storage_class(class: &str) -> Result<(), Failure> {
    if !header::STORAGE_CLASSES.contains(&class) {
        return Err(Failure::new(Code::InvalidStorageClass).detail("StorageClass", class));
    }
    Ok(())
}

/// Reads `x-oss-traffic-limit`, in bits per second.
pub(super) fn traffic_limit(context: &Context<'_>) -> Result<Option<u64>, Failure> {
    let request = context.request;
    let Some(given) = request.header(header::TRAFFIC_LIMIT).or_else(|| request.parameter(header::TRAFFIC_LIMIT)) else {
        return Ok(None);
    };
    match given.parse::<u64>() {
        Ok(limit) if header::TRAFFIC_LIMITS.contains(&limit) => Ok(Some(limit)),
        _ => Err(Failure::argument(
            header::TRAFFIC_LIMIT,
            given,
            "The limit must be between 245760 and 838860800 bits per second.",
        )),
    }
}

fn attributes(context: &Context<'_>) -> Result<Attributes, Failure> {
    let request = context.request;
    let mut headers: Vec<(String, String)> = Vec::new();
    let (mut metadata, mut stored) = (0, 0);
    for (name, value) in request.headers() {
        let is_meta = name.starts_with(header::META_PREFIX);
        if !is_meta && !STORED.contains(&name) {
            continue;
        }
        if is_meta {
            metadata += name.len() - header::META_PREFIX.len() + value.len();
        } else {
            stored += name.len() + value.len();
        }
        match headers.iter_mut().find(|(known, _)| known == name) {
            Some((_, joined)) if is_meta => {
                joined.push(',');
                joined.push_str(value.trim());
            }
            Some(_) => {}
            None => headers.push((name.to_owned(), value.trim().to_owned())),
        }
    }
    if metadata > header::META_LIMIT {
        return Err(Failure::with_message(Code::InvalidArgument, "The metadata exceeds 8 KB."));
    }
    let encryption = encryption(context)?;
    stored += encryption.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    if stored > STORED_LIMIT {
        return Err(Failure::with_message(Code::InvalidArgument, "The headers that are stored exceed 8 KB."));
    }
    let bucket_class = context.bucket.as_ref().map_or("Standard", |bucket| bucket.storage_class.as_str());
    let storage_class = request.header(header::STORAGE_CLASS).unwrap_or(bucket_class);
    check_storage_class(storage_class)?;
    Ok(Attributes { headers, storage_class: storage_class.to_owned(), encryption, tags: tags::of_header(request)? })
}

/// The encryption that is asked for, or else the bucket's. The server tells it back, as the service does; what lies in its
/// data folder is not encrypted.
fn encryption(context: &Context<'_>) -> Result<Vec<(String, String)>, Failure> {
    let rule = match configuration::encryption_of_headers(context.request)? {
        Some(rule) => Some(rule),
        None => configuration::encryption(context)?,
    };
    let Some(ServerSideEncryptionRule { sse_algorithm, kms_master_key_id, kms_data_encryption }) = rule else {
        return Ok(Vec::new());
    };
    let key = kms_master_key_id.or_else(|| (sse_algorithm == "KMS").then(|| DEFAULT_KEY.to_owned()));
    let headers = [
        (header::ENCRYPTION, Some(sse_algorithm)),
        (header::ENCRYPTION_KEY_ID, key),
        (header::DATA_ENCRYPTION, kms_data_encryption),
    ];
    Ok(headers.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}
