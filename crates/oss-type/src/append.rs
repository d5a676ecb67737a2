//! Objects that grow.

use http::{HeaderName, Method};
use meta::{AppendObject, Appended, Body, GetObjectOptions, ObjectName, Result, Storage, UploadOptions, async_trait};
use oss_protocol::digest::content_md5;
use oss_protocol::{crc64, header as oss};

use crate::attributes;
use crate::storage::OssStorage;
use crate::transport::{Call, Content, Repeat};
use crate::upload::damaged;
use crate::write_headers::traffic_limit;

#[async_trait]
impl AppendObject for OssStorage {
    /// AppendObject. Not repeated once its bytes may have arrived: a second append would double them.
    async fn append(&self, name: &ObjectName, position: u64, data: Body, options: UploadOptions) -> Result<Appended> {
        self.in_time(Repeat::IfUntouched, self.append_object(name, position, data, options)).await
    }
}

impl OssStorage {
    async fn append_object(
        &self,
        name: &ObjectName,
        position: u64,
        data: Body,
        options: UploadOptions,
    ) -> Result<Appended> {
        // The options count at creation only; later appends are meant for an existing object.
        let headers = match position {
            0 => self.0.write_defaults.upload(&options)?,
            _ => traffic_limit(options.traffic_limit)?.into_iter().collect(),
        };
        let bytes = data.as_bytes().filter(|_| self.0.crc64);
        let digest = bytes.map(|bytes| content_md5(bytes));
        let in_memory = bytes.map(|bytes| (crc64::checksum(bytes), bytes.len() as u64));
        // The service's sum is of the whole object, so what stands there before counts too.
        let before = match (position, &digest) {
            _ if !self.0.crc64 => None,
            (0, _) => Some(0),
            (_, Some(_)) => None,
            (_, None) => self.get_object(name, GetObjectOptions::default()).await?.crc64,
        };
        let position_text = position.to_string();
        let query = [("append", ""), ("position", position_text.as_str())];
        let mut call = Call::new(Method::POST, name.as_str(), "oss:PutObject")
            .query(&query)
            .headers(headers)
            .repeat(Repeat::IfUntouched);
        if let Some(digest) = &digest {
            // Refused where it arrives damaged.
            call = call.header(HeaderName::from_static("content-md5"), attributes::value("digest", digest)?);
        }
        let mut content = Content::new(data, self.0.crc64);
        let answer = self.transport().send_body(&call, &mut content, Ok).await?;
        let headers = answer.response.headers();
        let sent = in_memory.or(answer.sent_crc64.zip(answer.sent_length));
        if let (Some(before), Some((sent, length))) = (before, sent)
            && let Some(theirs) = attributes::crc64(headers)
        {
            let ours = crc64::combine(before, sent, length);
            if ours != theirs {
                return Err(damaged(ours, theirs).with_place(self.transport().place()));
            }
        }
        let next = attributes::text(headers, oss::NEXT_APPEND_POSITION).and_then(|next| next.parse().ok());
        let mut appended = Appended::new(next.ok_or_else(|| attributes::no_oss(self.transport()))?);
        appended.crc64 = attributes::crc64(headers);
        Ok(appended)
    }
}
