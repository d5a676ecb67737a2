//! ListMultipartUploads: `GET /?uploads`.

use oss_protocol::xml::{UploadEntry, UploadList};

use crate::failure::Failure;
use crate::ops::Context;
use crate::reply::Reply;
use crate::store::UploadQuery;

pub(in crate::ops) async fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let encoding = context.encoding()?;
    let max = context.page_size("max-uploads", 1000)?;
    let parameter = |name| context.request.parameter(name).unwrap_or_default().to_owned();
    let query = UploadQuery {
        bucket: context.bucket_name().to_owned(),
        prefix: context.prefix()?,
        delimiter: context.list_text("delimiter")?,
        key_marker: context.list_text("key-marker")?,
        upload_id_marker: context.list_text("upload-id-marker")?,
        max,
    };
    let page = context.shared.store.list_uploads(query).await?;
    let is_truncated = page.next.is_some();
    // Where the page ends is told also when nothing follows.
    let last = || page.uploads.last().map(|(key, id, _)| (key.clone(), id.clone()));
    let (next_key_marker, next_upload_id_marker) = page.next.clone().or_else(last).unzip();
    let list = UploadList {
        encoding,
        bucket: context.bucket_name().to_owned(),
        key_marker: parameter("key-marker"),
        upload_id_marker: parameter("upload-id-marker"),
        next_key_marker,
        next_upload_id_marker,
        delimiter: parameter("delimiter"),
        prefix: parameter("prefix"),
        max_uploads: max as u64,
        is_truncated,
        uploads: page
            .uploads
            .into_iter()
            .map(|(key, upload_id, record)| UploadEntry {
                key,
                upload_id,
                storage_class: record.attributes.storage_class,
                initiated: Some(record.initiated.whole_seconds()),
            })
            .collect(),
        common_prefixes: page.common_prefixes,
    };
    Ok(Reply::xml(list.write()))
}
