//! Part-level uploads.

use http::header;
use http::{HeaderValue, Method};
use meta::{
    Body, CompleteOptions, Error, ErrorKind, ListUploadsOptions, MultipartUpload, ObjectName, Overwrite, Result,
    UploadOptions, UploadPage, Uploaded, UploadedPart, async_trait,
};
use oss_protocol::crc64;
use oss_protocol::xml::{
    CompleteMultipartUpload, CompleteMultipartUploadResult, InitiateMultipartUploadResult, PartIdentifier, PartList,
};

use crate::attributes::{self, Header, no_oss, quoted, require_oss, uploaded};
use crate::callback;
use crate::storage::OssStorage;
use crate::transport::{Call, Content, Repeat};
use crate::write_headers::{overwrite_header, traffic_limit};

#[async_trait]
impl MultipartUpload for OssStorage {
    async fn initiate(&self, name: &ObjectName, options: UploadOptions) -> Result<String> {
        let headers = self.0.write_defaults.object(&options)?;
        self.begin_upload(name, headers, options.overwrite).await
    }

    async fn upload_part(&self, name: &ObjectName, upload_id: &str, number: u32, data: Body) -> Result<UploadedPart> {
        self.send_part(name, upload_id, number, data, None).await
    }

    async fn list_parts(&self, name: &ObjectName, upload_id: &str) -> Result<Vec<UploadedPart>> {
        self.in_time(Repeat::Safe, self.all_parts(name, upload_id)).await
    }

    async fn complete(
        &self,
        name: &ObjectName,
        upload_id: &str,
        parts: Vec<UploadedPart>,
        options: CompleteOptions,
    ) -> Result<Uploaded> {
        let headers = self.0.write_defaults.completion(&options)?;
        self.put_together(name, upload_id, &parts, headers).await
    }

    async fn abort(&self, name: &ObjectName, upload_id: &str) -> Result<()> {
        let query = [("uploadId", upload_id)];
        let call = Call::new(Method::DELETE, name.as_str(), "oss:AbortMultipartUpload").query(&query);
        match self.transport().send(&call).await {
            Ok(answer) => require_oss(answer.response.headers(), self.transport()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn list_uploads(&self, options: ListUploadsOptions) -> Result<UploadPage> {
        self.unfinished_uploads(options).await
    }
}

impl OssStorage {
    async fn all_parts(&self, name: &ObjectName, upload_id: &str) -> Result<Vec<UploadedPart>> {
        let mut parts = Vec::new();
        let mut marker = "0".to_owned();
        loop {
            let query = [
                ("uploadId", upload_id),
                ("part-number-marker", &marker),
                ("max-parts", "1000"),
                ("encoding-type", "url"),
            ];
            let call = Call::new(Method::GET, name.as_str(), "oss:ListParts").query(&query);
            let page = self
                .transport()
                .ask(&call, Default::default(), |_, body| PartList::read(body).map_err(|_| no_oss(self.transport())))
                .await?;
            for part in page.parts {
                let mut own = UploadedPart::new(part.number, part.etag.trim_matches('"'), part.size);
                own.crc64 = part.crc64;
                parts.push(own);
            }
            // Part numbers ascend and end at 10 000, so a page that does not advance is no OSS's.
            let next = parts.last().map(|part| part.number.to_string()).unwrap_or_default();
            if !page.is_truncated {
                return Ok(parts);
            }
            if next == marker || parts.len() > 10_000 {
                return Err(no_oss(self.transport()));
            }
            marker = next;
        }
    }

    /// InitiateMultipartUpload, with the headers of the object. It may run twice: an upload whose id nobody learns has no
    /// parts and costs nothing.
    pub(crate) async fn begin_upload(
        &self,
        name: &ObjectName,
        headers: Vec<Header>,
        overwrite: Overwrite,
    ) -> Result<String> {
        let call = Call::new(Method::POST, name.as_str(), "oss:PutObject")
            .query(&[("uploads", ""), ("encoding-type", "url")])
            .headers(headers)
            .headers(overwrite_header(overwrite));
        self.transport()
            .ask(&call, Default::default(), |_, body| {
                let result = InitiateMultipartUploadResult::read(body).map_err(|_| no_oss(self.transport()))?;
                if result.upload_id.is_empty() { Err(no_oss(self.transport())) } else { Ok(result.upload_id) }
            })
            .await
    }

    /// UploadPart.
    pub(crate) async fn send_part(
        &self,
        name: &ObjectName,
        upload_id: &str,
        number: u32,
        data: Body,
        limit: Option<u64>,
    ) -> Result<UploadedPart> {
        let number_text = number.to_string();
        let query = [("partNumber", number_text.as_str()), ("uploadId", upload_id)];
        let announced = data.as_bytes().filter(|_| self.0.crc64).map(|bytes| crc64::checksum(bytes));
        let known = data.known_length();
        let call = Call::new(Method::PUT, name.as_str(), "oss:PutObject").query(&query).headers(traffic_limit(limit)?);
        let mut content = Content::new(data, self.0.crc64);
        let answer = self.transport().send_body(&call, &mut content, |answer| self.accept(answer, announced)).await?;
        let headers = answer.response.headers();
        let etag = attributes::etag(headers).ok_or_else(|| no_oss(self.transport()))?;
        let mut part = UploadedPart::new(number, etag, known.or(answer.sent_length).unwrap_or_default());
        part.crc64 = attributes::crc64(headers).or(announced).or(answer.sent_crc64);
        Ok(part)
    }

    /// CompleteMultipartUpload, with the headers of the object that decide how it takes its place.
    pub(crate) async fn put_together(
        &self,
        name: &ObjectName,
        upload_id: &str,
        parts: &[UploadedPart],
        headers: Vec<Header>,
    ) -> Result<Uploaded> {
        let size = parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.size));
        let expected = sum_of(parts);
        let identifiers =
            parts.iter().map(|part| PartIdentifier { number: part.number, etag: quoted(&part.etag) }).collect();
        let body = CompleteMultipartUpload { parts: identifiers }.write();
        let query = [("uploadId", upload_id), ("encoding-type", "url")];
        let calls_back = headers.iter().any(|(name, _)| *name == oss_protocol::header::CALLBACK);
        let call = Call::new(Method::POST, name.as_str(), "oss:PutObject")
            .query(&query)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"))
            .headers(headers)
            .repeat(Repeat::IfUntouched);
        let url = self.0.public_address.url(name.as_str(), &[]);
        let check = self.0.crc64;
        self.transport()
            .ask_with_status(&call, body.into(), |status, headers, body| {
                let etag = match calls_back {
                    // The answer is what the app's server said.
                    true => {
                        require_oss(headers, self.transport())?;
                        attributes::etag(headers)
                    }
                    false => {
                        let result = CompleteMultipartUploadResult::read(body).map_err(|_| no_oss(self.transport()))?;
                        Some(result.etag.trim_matches('"').to_owned())
                    }
                };
                match (expected, attributes::crc64(headers)) {
                    (Some(ours), Some(theirs)) if check && ours != theirs => Err(Error::new(
                        ErrorKind::Integrity,
                        format!("OSS put together something else than the parts: CRC-64 {theirs}, not {ours}"),
                    )
                    .with_advice("the object is damaged; upload it again")),
                    _ => {
                        let mut receipt = uploaded(name, url.clone(), headers).with_size(size);
                        receipt.etag = etag;
                        if calls_back {
                            receipt.callback_answer = Some(callback::answer(status, body)?);
                        }
                        Ok(receipt)
                    }
                }
            })
            .await
    }
}

/// The checksum of parts, one behind the other, where that of each is known.
pub(crate) fn sum_of(parts: &[UploadedPart]) -> Option<u64> {
    parts.iter().try_fold(0, |sum, part| Some(crc64::combine(sum, part.crc64?, part.size)))
}
