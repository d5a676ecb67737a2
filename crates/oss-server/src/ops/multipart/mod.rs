//! Multipart uploads: parts that become an object together, or not at all.

pub(super) mod abort;
pub(super) mod complete;
pub(super) mod initiate;
pub(super) mod list_parts;
pub(super) mod list_uploads;
pub(super) mod upload_part;
pub(super) mod upload_part_copy;

use oss_protocol::header;

use super::Context;
use crate::failure::Failure;
use crate::store::UploadRecord;

/// The upload id of the query, which routing has seen.
fn upload_id<'a>(context: &'a Context<'_>) -> &'a str {
    context.request.parameter("uploadId").unwrap_or_default()
}

/// The part number of the query, 1 to 10000.
fn part_number(context: &Context<'_>) -> Result<u32, Failure> {
    let given = context.request.parameter("partNumber").unwrap_or_default();
    let number = given.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| {
        Failure::argument("partNumber", given, "Part number must be an integer between 1 and 10000, inclusive.")
    })
}

/// Refuses encryption on parts and completions: an upload is encrypted as its initiation says.
fn refuse_encryption(context: &Context<'_>) -> Result<(), Failure> {
    match context.request.header(header::ENCRYPTION) {
        None => Ok(()),
        Some(algorithm) => {
            let message = "An upload is encrypted as its initiation says.";
            Err(Failure::argument(header::ENCRYPTION, algorithm, message))
        }
    }
}

/// Checks that the upload exists, before anything is received for it.
fn check_upload(context: &Context<'_>) -> Result<UploadRecord, Failure> {
    let id = upload_id(context);
    let upload = context.shared.store.upload(context.bucket_name(), context.key(), id)?;
    upload.ok_or_else(|| Failure::no_such_upload(id))
}
