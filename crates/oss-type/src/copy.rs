//! Copies within the bucket: in one request where OSS takes it, else part by part.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use http::Method;
use http::header::{self, HeaderMap, HeaderName};
use meta::{
    CopyObject, CopyOptions, Error, ErrorKind, GetObjectOptions, ObjectInfo, ObjectName, Overwrite, Result, Storage,
    UploadOptions, Uploaded, UploadedPart, async_trait,
};
use oss_protocol::header as oss;
use oss_protocol::xml::CopyResult;

use crate::attributes::{self, Header, quoted, uploaded, value};
use crate::large_upload::{Unfinished, part_size_for};
use crate::storage::OssStorage;
use crate::transport::{Call, Repeat};
use crate::write_headers::WriteDefaults;

/// The size of a part that is copied, unless the object needs larger ones (official SDKs: 64 MiB).
pub(crate) const COPY_PART: u64 = 64 << 20;

/// What is copied.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) name: &'a ObjectName,
    pub(crate) version_id: Option<&'a str>,
}

impl Source<'_> {
    fn header(&self, bucket: &str) -> Result<Header> {
        let mut source = format!("/{bucket}/");
        oss_protocol::encode::encode_path(self.name.as_str(), &mut source);
        if let Some(version_id) = self.version_id {
            source.push_str("?versionId=");
            oss_protocol::encode::encode_component(version_id, &mut source);
        }
        Ok((HeaderName::from_static(oss::COPY_SOURCE), value("source", &source)?))
    }
}

#[async_trait]
impl CopyObject for OssStorage {
    /// CopyObject; where the object is too large for that, UploadPartCopy, part by part and side by side.
    async fn copy(&self, from: &ObjectName, to: &ObjectName, options: CopyOptions) -> Result<Uploaded> {
        self.in_time(Repeat::of_write(options.overwrite), self.copy_object(from, to, options)).await
    }
}

impl OssStorage {
    async fn copy_object(&self, from: &ObjectName, to: &ObjectName, options: CopyOptions) -> Result<Uploaded> {
        let CopyOptions { overwrite, version_id, .. } = &options;
        let source = Source { name: from, version_id: version_id.as_deref() };
        let repeat = Repeat::of_write(*overwrite);
        let plan = Plan { defaults: self.0.write_defaults.clone(), overwrite: *overwrite };
        match self.copy_at_once(source, to, plan.headers()?, repeat).await {
            Err(error) if is_too_large(&error) => self.copy_in_parts(source, to, plan).await,
            // It may have happened all the same, and a copy that may not overwrite would meet it.
            Err(error) if takes_long(&error) && *overwrite == Overwrite::Allow => match self.size_of(source).await {
                Ok(size) if size > COPY_PART => self.copy_in_parts(source, to, plan).await,
                _ => Err(error),
            },
            done => done,
        }
    }

    async fn size_of(&self, source: Source<'_>) -> Result<u64> {
        let mut options = GetObjectOptions::default();
        options.version_id = source.version_id.map(str::to_owned);
        self.get_object(source.name, options).await.map(|info| info.size)
    }
}

/// How a copy is written: with the class, access and encryption of these, and nothing else of its own.
pub(crate) struct Plan {
    pub(crate) defaults: WriteDefaults,
    pub(crate) overwrite: Overwrite,
}

impl Plan {
    /// The headers of a copy in one request.
    pub(crate) fn headers(&self) -> Result<Vec<Header>> {
        let mut headers = self.defaults.object(&UploadOptions::default())?;
        // OSS takes over the source's.
        headers.retain(|(name, _)| *name != header::CONTENT_TYPE);
        headers.extend(self.defaults.placing(self.overwrite, None, None)?);
        Ok(headers)
    }
}

/// Whether OSS says that the object is too large for one request.
pub(crate) fn is_too_large(error: &Error) -> bool {
    error.service().and_then(|service| service.code.as_deref()) == Some("EntityTooLarge")
}

/// Whether OSS took longer than a request may. Parts of an object that has several take less.
pub(crate) fn takes_long(error: &Error) -> bool {
    error.kind() == ErrorKind::Timeout
}

impl OssStorage {
    /// CopyObject with these headers of the target.
    pub(crate) async fn copy_at_once(
        &self,
        source: Source<'_>,
        to: &ObjectName,
        headers: Vec<Header>,
        repeat: Repeat,
    ) -> Result<Uploaded> {
        let (copy_source, from) = source.header(self.transport().bucket())?;
        let call = Call::new(Method::PUT, to.as_str(), "oss:GetObject and oss:PutObject")
            .header(copy_source, from)
            .headers(headers)
            .repeat(repeat);
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

    /// Copies part by part. What OSS would take over by itself is taken over here: headers, metadata and tags.
    pub(crate) async fn copy_in_parts(&self, source: Source<'_>, to: &ObjectName, plan: Plan) -> Result<Uploaded> {
        let mut state = GetObjectOptions::default();
        state.version_id = source.version_id.map(str::to_owned);
        let told = self.head(source.name, state).await?;
        let info = attributes::object_info(source.name.clone(), &told, self.transport())?;
        let Some(etag) = info.etag.clone() else { return Err(attributes::no_oss(self.transport())) };
        let mut options = like(&info);
        if info.other.get(oss::TAGGING_COUNT).is_some_and(|count| count != "0") {
            options.tags = self.tags_of(source.name, source.version_id).await?;
        }
        let mut headers = plan.defaults.object(&options)?;
        for name in [header::CONTENT_LANGUAGE, header::EXPIRES] {
            headers.extend(told.get(&name).map(|value| (name, value.clone())));
        }
        let upload_id = self.begin_upload(to, headers, plan.overwrite).await?;
        let unfinished = Unfinished::new(self.clone(), to.clone(), upload_id.clone());
        let copied = async {
            let size = part_size_for(info.size, COPY_PART);
            let count = info.size.div_ceil(size);
            let parts = (0..count).map(|at| {
                let (offset, length) = (at * size, size.min(info.size - at * size));
                let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
                self.copy_part(source, to, &upload_id, number, (offset, length), &etag)
            });
            let parts: Vec<_> = parts.collect();
            let mut parts: Vec<UploadedPart> =
                stream::iter(parts).buffer_unordered(self.0.parallel_parts).try_collect().await?;
            parts.sort_by_key(|part| part.number);
            if source.version_id.is_none() && source.name == to {
                // Copying takes its time, and what was written meanwhile must not be undone.
                let now = self.get_object(to, GetObjectOptions::default()).await?;
                if now.etag.as_ref() != Some(&etag) {
                    return Err(changed_meanwhile());
                }
            }
            let placing = plan.defaults.placing(plan.overwrite, None, None)?;
            let done = self.complete_surely(to, &upload_id, parts, placing, info.crc64).await?;
            match (done.crc64, info.crc64) {
                (Some(ours), Some(theirs)) if self.0.crc64 && ours != theirs => Err(Error::new(
                    ErrorKind::Integrity,
                    format!("the copy is not what was copied: CRC-64 {ours}, not {theirs}"),
                )
                .with_advice("copy it again")),
                _ => Ok(done),
            }
        };
        match copied.await {
            Ok(done) => {
                unfinished.keep();
                Ok(done.with_size(info.size))
            }
            Err(error) => {
                unfinished.abort().await;
                Err(error)
            }
        }
    }

    /// UploadPartCopy of a state of the source.
    async fn copy_part(
        &self,
        source: Source<'_>,
        to: &ObjectName,
        upload_id: &str,
        number: u32,
        (offset, length): (u64, u64),
        etag: &str,
    ) -> Result<UploadedPart> {
        let number_text = number.to_string();
        let query = [("partNumber", number_text.as_str()), ("uploadId", upload_id)];
        let range = format!("bytes={offset}-{}", offset + length - 1);
        let (copy_source, from) = source.header(self.transport().bucket())?;
        let call = Call::new(Method::PUT, to.as_str(), "oss:GetObject and oss:PutObject")
            .query(&query)
            .header(copy_source, from)
            .header(HeaderName::from_static(oss::COPY_SOURCE_RANGE), value("range", &range)?)
            .header(HeaderName::from_static(oss::COPY_SOURCE_IF_MATCH), value("ETag", &quoted(etag))?);
        self.transport()
            .ask(&call, Default::default(), |headers: &HeaderMap, body| {
                let result = CopyResult::read(body).map_err(|_| attributes::no_oss(self.transport()))?;
                let mut part = UploadedPart::new(number, result.etag.trim_matches('"'), length);
                part.crc64 = attributes::crc64(headers);
                Ok(part)
            })
            .await
            .map_err(|error| match error.kind() {
                ErrorKind::PreconditionFailed => changed_meanwhile().with_source(error),
                _ => error,
            })
    }
}

fn changed_meanwhile() -> Error {
    Error::new(ErrorKind::Conflict, "the object was changed while it was copied")
        .with_retryable(true)
        .with_advice("copy it again")
}

/// The options with which an object is written like another.
fn like(info: &ObjectInfo) -> UploadOptions {
    let mut options = UploadOptions::default();
    options.content_type.clone_from(&info.content_type);
    options.cache_control.clone_from(&info.cache_control);
    options.content_disposition.clone_from(&info.content_disposition);
    options.content_encoding.clone_from(&info.content_encoding);
    options.metadata.clone_from(&info.metadata);
    options
}
