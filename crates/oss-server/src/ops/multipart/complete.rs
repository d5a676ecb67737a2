//! CompleteMultipartUpload: the parts become the object, in one change and without copying a byte.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use oss_protocol::code::Code;
use oss_protocol::crc64;
use oss_protocol::header;
use oss_protocol::xml::{CompleteMultipartUpload, CompleteMultipartUploadResult, PartIdentifier};

use super::{check_upload, refuse_encryption, upload_id};
use crate::access::ObjectAcl;
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::ops::callback::{self, Callback};
use crate::ops::condition::same_etag;
use crate::ops::put_object::{check_writable, quoted, with_encryption};
use crate::ops::version::with_version;
use crate::ops::write_headers::overwrite;
use crate::ops::{Context, XML_LIMIT};
use crate::reply::Reply;
use crate::store::{Content, ObjectKind, ObjectRecord, PartOrder, PartRecord, Segment, upper_hex};

/// The least bytes of every part but the last.
const LEAST_PART: u64 = 100 * 1024;

/// Which parts the object is made of.
enum Choice {
    All,
    Listed(Vec<PartIdentifier>),
}

pub(in crate::ops) async fn run(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    refuse_encryption(context)?;
    let encoding = context.encoding()?;
    let request = context.request;
    let callback = Callback::of_request(context)?;
    let acl = request.header(header::OBJECT_ACL).map_or(Ok(ObjectAcl::Default), ObjectAcl::parse)?;
    context.check_public(acl)?;
    let overwrite = overwrite(context)?;
    let upload = check_upload(context)?;
    let choice = choose(context, body).await?;
    let hashed = match upload.order {
        PartOrder::Any => None,
        PartOrder::Sequential => Some(hash(context, &choice).await?),
    };
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let (id, now) = (upload_id(context).to_owned(), context.now);
    let writer = context.identity.clone();
    let change = context.shared.store.commit(move |tables| {
        let upload = tables.require_upload(&bucket, &key, &id)?;
        let known = check_writable(tables, &writer, &bucket, &key, overwrite)?;
        let parts = pick(tables.parts(&id)?, &choice)?;
        if hashed.as_ref().is_some_and(|hashed| !hashed.is_of(&parts)) {
            return Err(Failure::new(Code::OperationAborted));
        }
        let segments: Vec<Segment> =
            parts.iter().map(|part| Segment { content: part.content.clone(), len: part.size }).collect();
        let kept: HashSet<Content> = segments.iter().map(|segment| segment.content.clone()).collect();
        let filled: Vec<Segment> = segments.into_iter().filter(|segment| segment.len > 0).collect();
        let record = ObjectRecord {
            size: parts.iter().map(|part| part.size).sum(),
            etag: etag(&parts),
            crc64: parts.iter().fold(0, |whole, part| crc64::combine(whole, part.crc64, part.size)),
            md5: hashed.map(|hashed| STANDARD.encode(hashed.md5)),
            content: tables.put_segments(&filled)?,
            ..ObjectRecord::new(ObjectKind::Multipart, now, acl, upload.attributes)
        };
        let version = tables.store((&bucket, &known), &key, record.clone())?;
        tables.remove_upload(&bucket, &key, &id, &kept)?;
        Ok((record, version))
    });
    let (record, version) = change.await?;
    let result = CompleteMultipartUploadResult {
        encoding,
        location: context.location(),
        bucket: context.bucket_name().to_owned(),
        key: context.key().to_owned(),
        etag: quoted(&record.etag),
    };
    let reply = Reply::xml(result.write()).header("etag", quoted(&record.etag));
    let reply = with_version(reply, version.as_deref()).header(header::CRC64, record.crc64.to_string());
    let reply = with_encryption(reply, &record.attributes);
    Ok(callback::answer(context, callback, "CompleteMultipartUpload", &record, reply).await)
}

/// The MD5 of some parts.
struct Hashed {
    md5: [u8; 16],
    contents: Vec<Content>,
}

impl Hashed {
    fn is_of(&self, parts: &[PartRecord]) -> bool {
        self.contents.iter().eq(parts.iter().map(|part| &part.content))
    }
}

/// Hashes the parts that the object will be made of, before the change that makes it.
async fn hash(context: &Context<'_>, choice: &Choice) -> Result<Hashed, Failure> {
    let store = &context.shared.store;
    let parts = pick(store.parts(upload_id(context), 0, usize::MAX)?, choice)?;
    let md5 = store.md5_of(&parts).await?;
    Ok(Hashed { md5, contents: parts.into_iter().map(|part| part.content).collect() })
}

async fn choose(context: &Context<'_>, body: RequestBody) -> Result<Choice, Failure> {
    let body = body.limited(XML_LIMIT)?.collect(context.content_md5()?).await?;
    match context.request.header(header::COMPLETE_ALL) {
        Some("yes") if body.is_empty() => Ok(Choice::All),
        Some("yes") => Err(Failure::with_message(
            Code::InvalidArgument,
            "The body must be empty when x-oss-complete-all is specified.",
        )),
        Some(other) => Err(Failure::argument(header::COMPLETE_ALL, other, "The only value is yes.")),
        None => {
            let parts = CompleteMultipartUpload::read(&body)?.parts;
            if parts.is_empty() {
                return Err(Failure::new(Code::MalformedXML));
            }
            if !parts.is_sorted_by(|left, right| left.number < right.number) {
                return Err(Failure::new(Code::InvalidPartOrder));
            }
            Ok(Choice::Listed(parts))
        }
    }
}

/// The parts that were chosen, in order; each but the last is large enough.
fn pick(uploaded: Vec<(u32, PartRecord)>, choice: &Choice) -> Result<Vec<PartRecord>, Failure> {
    let picked: Vec<(u32, PartRecord)> = match choice {
        Choice::All => uploaded,
        Choice::Listed(listed) => {
            let mut uploaded = uploaded.into_iter().peekable();
            let mut picked = Vec::with_capacity(listed.len());
            for part in listed {
                while uploaded.next_if(|(number, _)| *number < part.number).is_some() {}
                let found =
                    uploaded.next_if(|(number, record)| *number == part.number && same_etag(&part.etag, &record.etag));
                let missing = || {
                    Failure::new(Code::InvalidPart)
                        .detail("PartNumber", part.number.to_string())
                        .detail("ETag", part.etag.as_str())
                };
                picked.push(found.ok_or_else(missing)?);
            }
            picked
        }
    };
    let Some((_, others)) = picked.split_last() else {
        return Err(Failure::with_message(Code::InvalidArgument, "The upload has no parts."));
    };
    if let Some((number, part)) = others.iter().find(|(_, part)| part.size < LEAST_PART) {
        return Err(Failure::new(Code::EntityTooSmall)
            .detail("MinSizeAllowed", LEAST_PART.to_string())
            .detail("ProposedSize", part.size.to_string())
            .detail("PartNumber", number.to_string())
            .detail("ETag", part.etag.as_str()));
    }
    Ok(picked.into_iter().map(|(_, part)| part).collect())
}

/// The MD5 of the parts' MD5s, and how many parts there are.
fn etag(parts: &[PartRecord]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        let digits = part.etag.as_bytes().chunks_exact(2);
        let bytes =
            digits.map(|pair| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok()));
        md5.update(bytes.map(Option::unwrap_or_default).collect::<Vec<u8>>());
    }
    format!("{}-{}", upper_hex(&md5.finalize()), parts.len())
}
