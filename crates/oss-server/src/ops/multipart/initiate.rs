//! InitiateMultipartUpload: `POST /{key}?uploads`.

use oss_protocol::xml::InitiateMultipartUploadResult;

use crate::failure::Failure;
use crate::ops::Context;
use crate::ops::put_object::{check_writable, with_encryption};
use crate::ops::write_headers::WriteHeaders;
use crate::reply::Reply;
use crate::store::{PartOrder, UploadRecord};

pub(in crate::ops) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let encoding = context.encoding()?;
    let headers = WriteHeaders::read(context)?;
    let upload_id = context.shared.store.next_upload_id()?;
    let (bucket, key) = (context.bucket_name().to_owned(), context.key().to_owned());
    let result = InitiateMultipartUploadResult {
        encoding,
        bucket: bucket.clone(),
        key: key.clone(),
        upload_id: upload_id.clone(),
    };
    let reply = with_encryption(Reply::xml(result.write()), &headers.attributes);
    let order = if context.request.has("sequential") { PartOrder::Sequential } else { PartOrder::Any };
    let record = UploadRecord { initiated: context.now.into(), attributes: headers.attributes, order };
    let writer = context.identity.clone();
    let change = context.shared.store.commit(move |tables| {
        check_writable(tables, &writer, &bucket, &key, headers.overwrite)?;
        tables.put_upload(&bucket, &key, &upload_id, &record)
    });
    change.await?;
    Ok(reply)
}
