//! Listing and deleting.

use std::collections::HashMap;
use std::fmt;

use futures_util::stream::{self, StreamExt};
use http::header;
use http::{HeaderValue, Method};
use meta::{
    DeleteReport, DeleteTarget, Deleted, Error, ErrorKind, ListObjects, ListOptions, ListPage, ObjectInfo, ObjectName,
    Result, async_trait,
};
use oss_protocol::header as oss;
use oss_protocol::xml::{DeleteRequest, DeleteResult, ObjectEntry, ObjectIdentifier, ObjectList};

use crate::attributes::{no_oss, text};
use crate::storage::OssStorage;
use crate::transport::Call;

/// The most entries of a page, and the most objects of a deletion (OSS's limits).
pub(crate) const MAX_KEYS: u32 = 1000;
/// How many requests of one large deletion run at a time.
const AT_A_TIME: usize = 4;

#[async_trait]
impl ListObjects for OssStorage {
    /// ListObjectsV2, up to 1000 entries a page.
    async fn list(&self, options: ListOptions) -> Result<ListPage> {
        let ListOptions { prefix, delimiter, start_after, continuation, limit, .. } = &options;
        let max_keys = limit.unwrap_or(MAX_KEYS).min(MAX_KEYS).to_string();
        let mut query = vec![("list-type", "2"), ("encoding-type", "url"), ("max-keys", max_keys.as_str())];
        for (name, value) in [("prefix", prefix), ("delimiter", delimiter)] {
            if !value.is_empty() {
                query.push((name, value));
            }
        }
        query.extend(start_after.as_deref().map(|name| ("start-after", name)));
        query.extend(continuation.as_deref().map(|token| ("continuation-token", token)));
        let call = Call::new(Method::GET, "", "oss:ListObjects").query(&query);
        self.transport()
            .ask(&call, Default::default(), |_, body| {
                let list = ObjectList::read(body)
                    .map_err(|error| no_oss(self.transport()).with_source(std::io::Error::other(error.to_string())))?;
                let objects = list.objects.into_iter().map(entry).collect();
                let next = list.next_continuation_token.filter(|_| list.is_truncated);
                // A page that ends nowhere would pass for the last one, or be read for ever.
                if list.is_truncated && (next.is_none() || next == *continuation) {
                    return Err(no_oss(self.transport()));
                }
                Ok(ListPage::new(objects, list.common_prefixes, next))
            })
            .await
    }
}

/// Where the next page of a listing with two markers begins: behind this id of this key.
#[derive(Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) key: String,
    pub(crate) id: String,
}

impl Place {
    /// Reads what [`Display`](fmt::Display) wrote. Ids hold no `/`, so the first one ends the id.
    pub(crate) fn read(continuation: &str) -> Result<Self> {
        let (id, key) = continuation
            .split_once('/')
            .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "this continuation comes from no earlier page"))?;
        Ok(Self { key: key.to_owned(), id: id.to_owned() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.id, self.key)
    }
}

/// What a listing tells about an object.
pub(crate) fn entry(entry: ObjectEntry) -> ObjectInfo {
    let ObjectEntry { key, last_modified, etag, object_type, size, storage_class, restore_info, .. } = entry;
    let mut info = ObjectInfo::new(ObjectName::from_store(&key), size);
    info.last_modified = last_modified;
    info.etag = Some(etag.trim_matches('"').to_owned()).filter(|etag| !etag.is_empty());
    info.storage_class = Some(storage_class).filter(|class| !class.is_empty());
    for (name, value) in [(oss::OBJECT_TYPE, Some(object_type)), (oss::RESTORE, restore_info)] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            info.other.insert(name.to_owned(), value);
        }
    }
    info
}

/// The error of a request, once more for each object that it was about.
pub(crate) fn same(error: &Error) -> Error {
    let mut same = Error::new(error.kind(), error.message()).with_retryable(error.is_retryable());
    if let Some(advice) = error.advice() {
        same = same.with_advice(advice);
    }
    if let Some(service) = error.service() {
        same = same.with_service(service.clone());
    }
    match error.attempts() {
        Some(attempts) => same.with_attempts(attempts.count, attempts.elapsed),
        None => same,
    }
}

impl OssStorage {
    /// One object by DeleteObject, more by DeleteMultipleObjects, 1000 a request.
    pub(crate) async fn delete_objects(&self, mut targets: Vec<DeleteTarget>) -> Result<DeleteReport> {
        if targets.len() == 1
            && let Some(target) = targets.pop()
        {
            return Ok(DeleteReport::deleted(vec![self.delete_object(target).await?]));
        }
        let batches: Vec<Vec<DeleteTarget>> = targets.chunks(MAX_KEYS as usize).map(<[_]>::to_vec).collect();
        let requests: Vec<_> = batches.iter().map(|batch| self.delete_batch(batch)).collect();
        let mut results = stream::iter(requests).buffered(AT_A_TIME);
        let mut report = DeleteReport::default();
        let mut at = 0;
        while let Some(result) = results.next().await {
            match result {
                Ok(mut part) => {
                    report.deleted.append(&mut part.deleted);
                    report.failed.append(&mut part.failed);
                }
                Err(error) if batches.len() == 1 => return Err(error),
                // What other requests achieved must not be lost with this one's error.
                Err(error) => {
                    report.failed.extend(batches[at].iter().map(|target| (target.name.clone(), same(&error))));
                }
            }
            at += 1;
        }
        Ok(report)
    }

    async fn delete_object(&self, target: DeleteTarget) -> Result<Deleted> {
        let DeleteTarget { name, version_id, .. } = target;
        let version: Vec<_> = version_id.iter().map(|id| ("versionId", id.as_str())).collect();
        let call = Call::new(Method::DELETE, name.as_str(), "oss:DeleteObject").query(&version);
        let answer = self.transport().send(&call).await?;
        let headers = answer.response.headers();
        if !headers.contains_key(oss::REQUEST_ID) {
            return Err(no_oss(self.transport()));
        }
        let mut deleted = Deleted::new(name);
        deleted.version_id = version_id.or_else(|| text(headers, oss::VERSION_ID).map(str::to_owned));
        Ok(deleted)
    }

    async fn delete_batch(&self, targets: &[DeleteTarget]) -> Result<DeleteReport> {
        let objects = targets
            .iter()
            .map(|target| ObjectIdentifier {
                key: target.name.as_str().to_owned(),
                version_id: target.version_id.clone(),
            })
            .collect();
        let body = DeleteRequest { quiet: false, objects }.write();
        let digest = oss_protocol::digest::content_md5(body.as_bytes());
        let call = Call::new(Method::POST, "", "oss:DeleteObject")
            .query(&[("delete", ""), ("encoding-type", "url")])
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"))
            .header(http::HeaderName::from_static("content-md5"), crate::attributes::value("digest", &digest)?);
        let result = self
            .transport()
            .ask(&call, body.into(), |_, body| DeleteResult::read(body).map_err(|_| no_oss(self.transport())))
            .await?;
        // OSS tells what is gone, and is silent about what is not.
        let gone: HashMap<_, _> =
            result.deleted.iter().map(|gone| ((gone.key.as_str(), gone.version_id.as_deref()), gone)).collect();
        let mut report = DeleteReport::default();
        for target in targets {
            match gone.get(&(target.name.as_str(), target.version_id.as_deref())) {
                Some(gone) => {
                    let mut deleted = Deleted::new(target.name.clone());
                    deleted.version_id = target.version_id.clone().or_else(|| gone.delete_marker_version_id.clone());
                    report.deleted.push(deleted);
                }
                None => report.failed.push((
                    target.name.clone(),
                    Error::new(ErrorKind::Service, "OSS did not report the object as deleted")
                        .with_advice("it may be locked by a retention rule; delete it alone to learn why"),
                )),
            }
        }
        Ok(report)
    }
}
