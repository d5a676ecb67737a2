//! UploadPartCopy: a part whose bytes come from another object.

use std::ops::Range;

use http::StatusCode;
use oss_protocol::code::Code;
use oss_protocol::header;
use oss_protocol::xml::CopyResult;

use super::upload_part::store_part;
use super::{check_upload, part_number};
use crate::failure::Failure;
use crate::ops::condition::Verdict;
use crate::ops::copy_source::{CopySource, Links};
use crate::ops::put_object::{quoted, with_encryption};
use crate::ops::write_headers::traffic_limit;
use crate::ops::{Context, OBJECT_LIMIT};
use crate::reply::Reply;

pub(in crate::ops) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let number = part_number(context)?;
    traffic_limit(context)?;
    let upload = check_upload(context)?;
    let source = CopySource::open(context, Links::Follow)?;
    if source.verdict == Verdict::NotModified {
        return Ok(Reply::new(StatusCode::NOT_MODIFIED));
    }
    let range = range(context, source.record.size)?;
    if range.end - range.start > OBJECT_LIMIT {
        return Err(Failure::new(Code::EntityTooLarge).detail("MaxSizeAllowed", OBJECT_LIMIT.to_string()));
    }
    let staged = context.shared.store.copy_range(source.content, range).await?;
    let crc64 = staged.sums.crc64;
    let etag = store_part(context, number, staged).await?;
    let result = CopyResult { etag: quoted(&etag), last_modified: Some(context.now_in_seconds()) };
    let reply = with_encryption(Reply::xml(result.write_part()), &upload.attributes).header("etag", quoted(&etag));
    Ok(source.version.tell(reply).header(header::CRC64, crc64.to_string()))
}

/// The bytes to copy: the whole source, or `x-oss-copy-source-range`, which must lie within it.
fn range(context: &Context<'_>, size: u64) -> Result<Range<u64>, Failure> {
    let Some(given) = context.request.header(header::COPY_SOURCE_RANGE) else {
        return Ok(0..size);
    };
    let refuse = || Failure::argument(header::COPY_SOURCE_RANGE, given, "The range is not bytes=first-last.");
    let (start, end) = given.strip_prefix("bytes=").and_then(|range| range.split_once('-')).ok_or_else(refuse)?;
    let start: u64 = start.parse().map_err(|_| refuse())?;
    let last = match end {
        "" => size.checked_sub(1).ok_or_else(|| Failure::new(Code::InvalidCopyRange))?,
        _ => end.parse().map_err(|_| refuse())?,
    };
    if start > last || last >= size {
        return Err(Failure::new(Code::InvalidCopyRange)
            .detail("ActualObjectSize", size.to_string())
            .detail("RangeRequested", given));
    }
    Ok(start..last + 1)
}
