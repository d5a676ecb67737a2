//! UploadPart: `PUT /{key}?partNumber={n}&uploadId={id}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oss_protocol::code::Code;
use oss_protocol::header;

use super::{check_upload, part_number, refuse_encryption, upload_id};
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::ops::put_object::{quoted, with_encryption};
use crate::ops::{Context, check_writing};
use crate::reply::Reply;
use crate::store::{Content, PartOrder, PartRecord, Staged};

pub(in crate::ops) async fn run(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let number = part_number(context)?;
    refuse_encryption(context)?;
    let upload = check_upload(context)?;
    let staged = context.receive(body).await?;
    let sums = staged.sums;
    let etag = store_part(context, number, staged).await?;
    Ok(with_encryption(Reply::ok(), &upload.attributes)
        .header("etag", quoted(&etag))
        .header(header::CRC64, sums.crc64.to_string())
        .header("content-md5", STANDARD.encode(sums.md5)))
}

/// Makes a received content a part of the upload, and returns its ETag.
pub(super) async fn store_part(context: &Context<'_>, number: u32, staged: Staged) -> Result<String, Failure> {
    let mut record = PartRecord {
        size: staged.sums.size,
        etag: staged.sums.etag(),
        crc64: staged.sums.crc64,
        modified: context.now.into(),
        content: Content::Empty,
    };
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let id = upload_id(context).to_owned();
    let writer = context.identity.clone();
    let change = context.shared.store.commit(move |tables| {
        let upload = tables.require_upload(&bucket, &key, &id)?;
        check_writing(tables, &writer, &bucket, &key)?;
        if upload.order == PartOrder::Sequential {
            let last = tables.last_part(&id)?.unwrap_or(0);
            // The last part may be sent again: its answer may have been lost.
            if number != last + 1 && number != last {
                return Err(Failure::new(Code::PartNotSequential).detail("PartNumber", number.to_string()));
            }
        }
        record.content = tables.adopt(staged.content)?;
        tables.put_part(&id, number, &record)?;
        Ok(record.etag)
    });
    change.await
}
