//! Reading what OSS makes of an object, such as a smaller image.

use futures_util::stream;
use http::Method;
use meta::{Download, DownloadOptions, Error, ErrorKind, ObjectName, Result};
use oss_protocol::header as oss;

use crate::attributes::{condition_headers, describe, object_info, require_oss, text};
use crate::download::read_action;
use crate::storage::OssStorage;
use crate::transport::Call;
use crate::write_headers::traffic_limit;

impl OssStorage {
    /// GetObject with `x-oss-process`. What comes has no checksum and often no length, and is not gone on with where it
    /// breaks: the end that HTTP itself marks is all that tells it to be whole.
    pub(crate) async fn open_processed(
        &self,
        name: &ObjectName,
        process: &str,
        options: &DownloadOptions,
    ) -> Result<Download> {
        if options.range.is_some() {
            return Err(Error::new(ErrorKind::InvalidInput, "what OSS makes of an object is read as a whole")
                .with_advice("leave out the range, or `process`"));
        }
        let deadline = self.transport().deadline();
        let mut query = vec![(oss::PROCESS, process)];
        query.extend(options.version_id.as_deref().map(|id| ("versionId", id)));
        let call = Call::new(Method::GET, name.as_str(), read_action(&options.version_id))
            .query(&query)
            .headers(condition_headers(&options.conditions)?)
            .headers(traffic_limit(options.traffic_limit)?);
        let answer = self.transport().send(&call).await?;
        let headers = answer.response.headers();
        let mut info = match text(headers, "content-length") {
            Some(_) => object_info(name.clone(), headers, self.transport())?,
            None => {
                require_oss(headers, self.transport())?;
                describe(name.clone(), 0, headers)
            }
        };
        // It would be the original's.
        info.crc64 = None;
        let (storage, body) = (self.clone(), answer.response.into_body());
        let chunks = stream::try_unfold((storage, body), move |(storage, mut body)| async move {
            let next = deadline.hold(storage.transport().next_chunk(&mut body)).await;
            let next = next.unwrap_or_else(|over| Some(Err(over.after(None))));
            match next.transpose().map_err(|error| error.with_place(storage.transport().place()))? {
                Some(chunk) => Ok(Some((chunk, (storage, body)))),
                None => Ok(None),
            }
        });
        Ok(Download::new(info, chunks))
    }
}
