//! Whole-object writes, copies and appends.

use http::{HeaderName, HeaderValue, Method};
use meta::{
    AppendObject, Appended, Body, CopyObject, CopyOptions, Error, ErrorKind, ObjectName, Overwrite, Result,
    UploadOptions, Uploaded, async_trait,
};
use oss_protocol::xml::CopyResult;
use oss_protocol::{crc64, header as oss};

use crate::attributes::{self, overwrite_header, upload_headers, uploaded};
use crate::storage::OssStorage;
use crate::transport::{Answer, Call, Content, Repeat};

impl OssStorage {
    /// PutObject. Bytes in memory announce their CRC-64, so that the service refuses what arrives damaged; files and
    /// streams are summed on their way and compared with what the service says it stored.
    pub(crate) async fn put_object(&self, name: &ObjectName, data: Body, options: &UploadOptions) -> Result<Uploaded> {
        let announced = data.as_bytes().filter(|_| self.0.crc64).map(|bytes| crc64::checksum(bytes));
        let known = data.known_length();
        let mut call = Call::new(Method::PUT, name.as_str(), "oss:PutObject").headers(upload_headers(options)?);
        if let Some(announced) = announced {
            call = call.header(HeaderName::from_static(oss::CRC64), HeaderValue::from(announced));
        }
        call = call.repeat(repeat_of(options.overwrite));
        let mut content = Content::new(data, self.0.crc64);
        let answer = self.transport().send_body(&call, &mut content, |answer| self.accept(answer, announced)).await?;
        let mut receipt = uploaded(name, self.0.public_address.url(name.as_str(), &[]), answer.response.headers());
        receipt.size = known.or(answer.sent_length);
        Ok(receipt)
    }

    /// Takes a write's answer as a success if OSS gave it and its checksum is that of what was sent.
    pub(crate) fn accept(&self, answer: Answer, announced: Option<u64>) -> Result<Answer> {
        let headers = answer.response.headers();
        if attributes::etag(headers).is_none() {
            return Err(attributes::no_oss(self.transport()));
        }
        match (announced.or(answer.sent_crc64), attributes::crc64(headers)) {
            (Some(ours), Some(theirs)) if ours != theirs => Err(damaged(ours, theirs).with_retryable(true)),
            _ => Ok(answer),
        }
    }
}

fn damaged(ours: u64, theirs: u64) -> Error {
    Error::new(ErrorKind::Integrity, format!("OSS stored something else than was sent: CRC-64 {theirs}, not {ours}"))
        .with_advice("the object is damaged; upload it again")
}

/// A repeated write that may not overwrite would meet its own first attempt and call it somebody else's.
fn repeat_of(overwrite: Overwrite) -> Repeat {
    match overwrite {
        Overwrite::Allow => Repeat::Safe,
        Overwrite::Forbid => Repeat::IfUntouched,
    }
}

#[async_trait]
impl CopyObject for OssStorage {
    /// CopyObject, within the bucket. OSS copies content, headers and metadata; objects over 1 GB it may refuse.
    async fn copy(&self, from: &ObjectName, to: &ObjectName, options: CopyOptions) -> Result<Uploaded> {
        let mut source = format!("/{}/", self.transport().bucket());
        oss_protocol::encode::encode_path(from.as_str(), &mut source);
        let call = Call::new(Method::PUT, to.as_str(), "oss:GetObject and oss:PutObject")
            .header(HeaderName::from_static(oss::COPY_SOURCE), attributes::value("source", &source)?)
            .headers(overwrite_header(options.overwrite))
            .repeat(repeat_of(options.overwrite));
        let url = self.0.public_address.url(to.as_str(), &[]);
        self.transport()
            .ask(&call, Default::default(), |headers, body| {
                let result = CopyResult::read(body).map_err(|_| attributes::no_oss(self.transport()))?;
                let mut receipt = uploaded(to, url.clone(), headers);
                receipt.etag = Some(result.etag.trim_matches('"').to_owned());
                Ok(receipt)
            })
            .await
    }
}

#[async_trait]
impl AppendObject for OssStorage {
    /// AppendObject. Not repeated once its bytes may have arrived: a second append would double them.
    async fn append(&self, name: &ObjectName, position: u64, data: Body, options: UploadOptions) -> Result<Appended> {
        // The options count at creation only; later appends are meant for an existing object.
        let headers = if position == 0 { upload_headers(&options)? } else { Vec::new() };
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
