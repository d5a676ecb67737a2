//! Objects that are written in one request.

use http::{HeaderName, HeaderValue, Method};
use meta::{Body, Error, ErrorKind, ObjectName, Result, UploadOptions, Uploaded};
use oss_protocol::{crc64, header as oss};

use crate::attributes::{self, uploaded};
use crate::callback;
use crate::file_state::FileState;
use crate::storage::OssStorage;
use crate::transport::{Answer, Call, Content, Repeat};

impl OssStorage {
    /// PutObject of a file, which is read twice: for its sum, then to be sent.
    pub(crate) async fn put_file(
        &self,
        name: &ObjectName,
        state: FileState,
        data: Body,
        options: &UploadOptions,
    ) -> Result<Uploaded> {
        let announced = if self.0.crc64 { Some(state.crc64(0, state.size()).await?) } else { None };
        match self.put_announced(name, data, announced, options).await {
            // A file that was written to is not what was announced either.
            Err(error) if error.kind() == ErrorKind::Integrity => state.check().await.and(Err(error)),
            done => {
                let receipt = done?;
                if announced.is_none() {
                    // Nobody has compared what was sent with what the file holds.
                    state
                        .check()
                        .await
                        .map_err(|error| error.with_advice("what is stored may be a mixture; upload it again"))?;
                }
                Ok(receipt.with_size(state.size()))
            }
        }
    }

    /// PutObject of bytes in memory.
    pub(crate) async fn put_bytes(&self, name: &ObjectName, data: Body, options: &UploadOptions) -> Result<Uploaded> {
        let announced = data.as_bytes().filter(|_| self.0.crc64).map(|bytes| crc64::checksum(bytes));
        self.put_announced(name, data, announced, options).await
    }

    /// The CRC-64 is told in front of the content, so that the service refuses what arrives damaged and the old object
    /// stays.
    pub(crate) async fn put_announced(
        &self,
        name: &ObjectName,
        data: Body,
        announced: Option<u64>,
        options: &UploadOptions,
    ) -> Result<Uploaded> {
        let known = data.known_length();
        let mut call =
            Call::new(Method::PUT, name.as_str(), "oss:PutObject").headers(self.0.write_defaults.upload(options)?);
        if let Some(announced) = announced {
            call = call.header(HeaderName::from_static(oss::CRC64), HeaderValue::from(announced));
        }
        call = call.repeat(repeat_of(options));
        let mut content = Content::new(data, self.0.crc64);
        let mut answer =
            self.transport().send_body(&call, &mut content, |answer| self.accept(answer, announced)).await?;
        let mut receipt = uploaded(name, self.0.public_address.url(name.as_str(), &[]), answer.response.headers());
        receipt.size = known.or(answer.sent_length);
        if options.callback.is_some() {
            let status = answer.response.status();
            let document = self.transport().document(answer.response.body_mut()).await;
            // The object is stored, and the app was called.
            let document = document.map_err(|error| Repeat::IfUntouched.guard(error))?;
            receipt.callback_answer = Some(callback::answer(status, &document)?);
        }
        Ok(receipt)
    }

    /// Takes a write's answer as a success if OSS gave it and its checksum is that of what was sent.
    pub(crate) fn accept(&self, answer: Answer, announced: Option<u64>) -> Result<Answer> {
        let headers = answer.response.headers();
        attributes::require_oss(headers, self.transport())?;
        if attributes::etag(headers).is_none() && !callback::has_failed(answer.response.status()) {
            return Err(attributes::no_oss(self.transport()));
        }
        match (announced.or(answer.sent_crc64), attributes::crc64(headers)) {
            (Some(ours), Some(theirs)) if ours != theirs => Err(damaged(ours, theirs).with_retryable(true)),
            _ => Ok(answer),
        }
    }
}

pub(crate) fn damaged(ours: u64, theirs: u64) -> Error {
    Error::new(ErrorKind::Integrity, format!("OSS stored something else than was sent: CRC-64 {theirs}, not {ours}"))
        .with_advice("the object is damaged; upload it again")
}

/// A repeated upload with a callback would call twice.
pub(crate) fn repeat_of(options: &UploadOptions) -> Repeat {
    match options.callback {
        None => Repeat::of_write(options.overwrite),
        Some(_) => Repeat::IfUntouched,
    }
}
