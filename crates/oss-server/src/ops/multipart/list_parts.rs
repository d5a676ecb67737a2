//! ListParts: `GET /{key}?uploadId={id}`.

use oss_protocol::header;
use oss_protocol::xml::{ClientEncryption, PartEntry, PartList};

use super::upload_id;
use crate::failure::Failure;
use crate::ops::Context;
use crate::ops::put_object::quoted;
use crate::reply::Reply;
use crate::store::Attributes;

pub(in crate::ops) fn run(context: &Context<'_>) -> Result<Reply, Failure> {
    let encoding = context.encoding()?;
    let max = context.page_size("max-parts", 1000)?;
    let marker = match context.request.parameter("part-number-marker") {
        None | Some("") => 0,
        Some(given) => {
            given.parse().map_err(|_| Failure::argument("part-number-marker", given, "The marker is not a number."))?
        }
    };
    let (store, id) = (&context.shared.store, upload_id(context));
    let upload = store.upload(context.bucket_name(), context.key(), id)?.ok_or_else(|| Failure::no_such_upload(id))?;
    let mut parts = store.parts(id, marker, max + 1)?;
    let is_truncated = parts.len() > max;
    parts.truncate(max);
    let list = PartList {
        encoding,
        bucket: context.bucket_name().to_owned(),
        key: context.key().to_owned(),
        upload_id: id.to_owned(),
        client_encryption: client_encryption(&upload.attributes),
        storage_class: upload.attributes.storage_class,
        part_number_marker: marker,
        next_part_number_marker: parts.last().map_or(marker, |(number, _)| *number),
        max_parts: max as u64,
        is_truncated,
        parts: parts
            .into_iter()
            .map(|(number, part)| PartEntry {
                number,
                last_modified: Some(part.modified.whole_seconds()),
                etag: quoted(&part.etag),
                crc64: Some(part.crc64),
                size: part.size,
            })
            .collect(),
    };
    Ok(Reply::xml(list.write()))
}

/// What clients that encrypt tell when they begin an upload, and look for when they go on with it.
fn client_encryption(attributes: &Attributes) -> Option<ClientEncryption> {
    let told = |name: &str| {
        let value = |header: &str| header.strip_prefix(header::CLIENT_ENCRYPTION_PREFIX) == Some(name);
        attributes.headers.iter().find(|(header, _)| value(header)).map(|(_, value)| value.clone())
    };
    Some(ClientEncryption {
        key: told("key")?,
        start: told("start").unwrap_or_default(),
        cek_algorithm: told("cek-alg").unwrap_or_default(),
        wrap_algorithm: told("wrap-alg").unwrap_or_default(),
        data_size: told("data-size").and_then(|size| size.parse().ok()),
        part_size: told("part-size").and_then(|size| size.parse().ok()),
    })
}
