//! Uploads in parts that nobody has completed or aborted.

use http::Method;
use meta::{ListUploadsOptions, ObjectName, Result, UnfinishedUpload, UploadPage};
use oss_protocol::xml::UploadList;

use crate::attributes::no_oss;
use crate::listing::{MAX_KEYS, Place};
use crate::storage::OssStorage;
use crate::transport::Call;

impl OssStorage {
    /// ListMultipartUploads, up to 1000 entries a page.
    pub(crate) async fn unfinished_uploads(&self, options: ListUploadsOptions) -> Result<UploadPage> {
        let ListUploadsOptions { prefix, continuation, limit, .. } = &options;
        let place = continuation.as_deref().map(Place::read).transpose()?;
        let max_uploads = limit.unwrap_or(MAX_KEYS).min(MAX_KEYS).to_string();
        let mut query = vec![("uploads", ""), ("encoding-type", "url"), ("max-uploads", max_uploads.as_str())];
        if !prefix.is_empty() {
            query.push(("prefix", prefix));
        }
        if let Some(Place { key, id }) = &place {
            query.push(("key-marker", key));
            query.push(("upload-id-marker", id));
        }
        let call = Call::new(Method::GET, "", "oss:ListMultipartUploads").query(&query);
        self.transport()
            .ask(&call, Default::default(), |_, body| {
                let list = UploadList::read(body).map_err(|_| no_oss(self.transport()))?;
                let next = match list.is_truncated {
                    false => None,
                    true => Some(Place {
                        key: list.next_key_marker.ok_or_else(|| no_oss(self.transport()))?,
                        id: list.next_upload_id_marker.unwrap_or_default(),
                    }),
                };
                if next.is_some() && next == place {
                    return Err(no_oss(self.transport()));
                }
                let uploads = list.uploads.into_iter().map(|entry| {
                    let upload = UnfinishedUpload::new(ObjectName::from_store(&entry.key), entry.upload_id);
                    match entry.initiated {
                        Some(time) => upload.with_initiated(time),
                        None => upload,
                    }
                });
                Ok(UploadPage::new(uploads.collect(), next.map(|next| next.to_string())))
            })
            .await
    }
}
