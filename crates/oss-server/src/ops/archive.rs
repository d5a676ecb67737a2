//! Archived objects: read only while restored, for some days, after a wait that the server's clock measures.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use oss_protocol::code::Code;
use oss_protocol::time::http_date;
use oss_protocol::xml::RestoreRequest;

use super::{Context, XML_LIMIT};
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{ObjectRecord, Restore};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The header that tells how far a restore is.
pub(super) const RESTORE: &str = "x-oss-restore";
const PRIORITY: &str = "x-oss-object-restore-priority";

/// How far a restore is at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Never asked for, or over.
    Archived,
    Ongoing,
    Restored,
}

fn stage(record: &ObjectRecord, now: SystemTime) -> Stage {
    match record.restore {
        Some(restore) if now < restore.ready.time() => Stage::Ongoing,
        Some(restore) if now < restore.expires.time() => Stage::Restored,
        _ => Stage::Archived,
    }
}

/// Checks that the content of an object can be read now.
pub(super) fn check_readable(record: &ObjectRecord, key: &str, now: SystemTime) -> Result<(), Failure> {
    if record.is_archived() && stage(record, now) != Stage::Restored {
        return Err(Failure::new(Code::InvalidObjectState).detail("ObjectName", key));
    }
    Ok(())
}

/// The value of `x-oss-restore`, if a restore goes on or lasts.
pub(super) fn restore_info(record: &ObjectRecord, now: SystemTime) -> Option<String> {
    match stage(record, now) {
        Stage::Archived => None,
        Stage::Ongoing => Some("ongoing-request=\"true\"".to_owned()),
        Stage::Restored => {
            let expires = record.restore.map_or(now, |restore| restore.expires.time());
            Some(format!("ongoing-request=\"false\", expiry-date=\"{}\"", http_date(expires)))
        }
    }
}

/// RestoreObject: `POST /{key}?restore`.
pub(super) async fn restore(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let body = body.limited(XML_LIMIT)?.collect(context.content_md5()?).await?;
    let request = match body.trim_ascii() {
        [] => RestoreRequest::default(),
        _ => RestoreRequest::read(&body)?,
    };
    let names_tier = request.tier.is_some();
    let tier = request.tier.unwrap_or_else(|| "Standard".to_owned());
    if !matches!(tier.as_str(), "Expedited" | "Standard" | "Bulk") {
        return Err(Failure::argument("Tier", tier, "The tier is Expedited, Standard or Bulk."));
    }
    let days = request.days.unwrap_or(1);
    let (now, takes) = (context.now, context.shared.restore_takes);
    let change = context.amend(move |record| {
        require_archived(record)?;
        if names_tier && !is_cold(record) {
            return Err(Failure::with_message(Code::MalformedXML, "Only cold archives are restored by tiers."));
        }
        let most = if is_cold(record) { 365 } else { 7 };
        if !(1..=most).contains(&days) {
            return Err(Failure::argument("Days", days.to_string(), "The object cannot be restored for so many days."));
        }
        let span = DAY * days;
        let status = match (stage(record, now), record.restore) {
            (Stage::Ongoing, _) => return Err(Failure::new(Code::RestoreAlreadyInProgress)),
            (Stage::Restored, Some(running)) => {
                let expires = running.expires.max((now + span).into());
                record.restore = Some(Restore { expires, ..running });
                StatusCode::OK
            }
            _ => {
                let ready = now + takes;
                record.restore = Some(Restore { ready: ready.into(), expires: (ready + span).into() });
                StatusCode::ACCEPTED
            }
        };
        Ok(status)
    });
    let (record, status) = change.await?;
    let reply = context.with_version(Reply::new(status), &record);
    Ok(if is_cold(&record) { reply.header(PRIORITY, tier) } else { reply })
}

/// CleanRestoredObject: `POST /{key}?cleanRestoredObject`.
pub(super) async fn clean(context: &Context<'_>) -> Result<Reply, Failure> {
    let now = context.now;
    let change = context.amend(move |record| {
        require_archived(record)?;
        match stage(record, now) {
            Stage::Ongoing => return Err(Failure::new(Code::ArchiveRestoreNotFinished)),
            Stage::Archived => return Err(Failure::new(Code::ArchiveRestoreFileStale)),
            Stage::Restored => record.restore = None,
        }
        Ok(())
    });
    let (record, ()) = change.await?;
    Ok(context.with_version(Reply::ok(), &record))
}

/// Whether the class is one of those that take hours.
fn is_cold(record: &ObjectRecord) -> bool {
    record.attributes.storage_class != "Archive"
}

fn require_archived(record: &ObjectRecord) -> Result<(), Failure> {
    if record.is_archived() {
        return Ok(());
    }
    let class = record.attributes.storage_class.as_str();
    Err(Failure::new(Code::OperationNotSupported).detail("StorageClass", class))
}
