//! Objects that grow.

use http::Method;
use meta::{AppendObject, Appended, Body, ObjectName, Result, UploadOptions, async_trait};
use oss_protocol::{crc64, header as oss};

use crate::attributes;
use crate::storage::OssStorage;
use crate::transport::{Call, Content, Repeat};
use crate::upload::damaged;

#[async_trait]
impl AppendObject for OssStorage {
    /// AppendObject. Not repeated once its bytes may have arrived: a second append would double them.
    async fn append(&self, name: &ObjectName, position: u64, data: Body, options: UploadOptions) -> Result<Appended> {
        // The options count at creation only; later appends are meant for an existing object.
        let headers = if position == 0 { self.0.write_defaults.upload(&options)? } else { Vec::new() };
        let announced = data.as_bytes().filter(|_| self.0.crc64).map(|bytes| crc64::checksum(bytes));
        let position_text = position.to_string();
        let query = [("append", ""), ("position", position_text.as_str())];
        let call = Call::new(Method::POST, name.as_str(), "oss:PutObject")
            .query(&query)
            .headers(headers)
            .repeat(Repeat::IfUntouched);
        let mut content = Content::new(data, self.0.crc64);
        let answer = self.transport().send_body(&call, &mut content, Ok).await?;
        let headers = answer.response.headers();
        // The service's sum is of the whole object, which is what was sent where it has just been created.
        if let (0, Some(ours), Some(theirs)) = (position, announced.or(answer.sent_crc64), attributes::crc64(headers))
            && ours != theirs
        {
            return Err(damaged(ours, theirs).with_place(self.transport().place()));
        }
        let next = attributes::text(headers, oss::NEXT_APPEND_POSITION).and_then(|next| next.parse().ok());
        let mut appended = Appended::new(next.ok_or_else(|| attributes::no_oss(self.transport()))?);
        appended.crc64 = attributes::crc64(headers);
        Ok(appended)
    }
}
