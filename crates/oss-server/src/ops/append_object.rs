//! AppendObject: `POST /{key}?append&position={n}`.

use std::sync::Arc;
use std::time::SystemTime;

use md5::{Digest as _, Md5};
use oss_protocol::code::Code;
use oss_protocol::header;

use super::put_object::{already_exists, quoted, with_encryption};
use super::version::with_version;
use super::write_headers::{Overwrite, WriteHeaders, overwrite};
use super::{Context, OBJECT_LIMIT, check_writing};
use crate::auth::Identity;
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::shared::Shared;
use crate::store::{NULL, ObjectKind, ObjectRecord, Place, Sums, upper_hex};

/// All that an append needs; it runs to its end even if its client goes away, since it writes into the object's own file.
struct Append {
    shared: Arc<Shared>,
    bucket: String,
    key: String,
    position: u64,
    /// Of an append at the beginning.
    headers: Option<WriteHeaders>,
    overwrite: Overwrite,
    md5: Option<[u8; 16]>,
    crc64: Option<u64>,
    now: SystemTime,
    keeps_versions: bool,
    writer: Identity,
}

pub(super) async fn run(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let position: u64 = match context.request.parameter("position") {
        None | Some("") => return Err(Failure::new(Code::MissingArgument).detail("ArgumentName", "position")),
        Some(given) => {
            given.parse().map_err(|_| Failure::argument("position", given, "The position is not a number."))?
        }
    };
    // What an object is stored with counts when it begins; later it is not even looked at.
    let headers = if position == 0 { Some(WriteHeaders::read(context)?) } else { None };
    if let Some(headers) = &headers
        && headers.attributes.storage_class.contains("Archive")
    {
        let class = headers.attributes.storage_class.as_str();
        return Err(Failure::new(Code::OperationNotSupported).detail("StorageClass", class));
    }
    let append = Append {
        shared: Arc::clone(context.shared),
        bucket: context.bucket_name().to_owned(),
        key: context.key().to_owned(),
        position,
        headers,
        overwrite: overwrite(context)?,
        md5: context.content_md5()?,
        crc64: context.announced_crc64()?,
        now: context.now,
        keeps_versions: context.bucket.as_ref().is_some_and(|bucket| bucket.versioning.is_some()),
        writer: context.identity.clone(),
    };
    let body = context.upload_body(body)?.limited(OBJECT_LIMIT.saturating_sub(position))?;
    tokio::spawn(append.run(body)).await?
}

impl Append {
    async fn run(self, body: RequestBody) -> Result<Reply, Failure> {
        let turn = self.shared.appends.lock(&self.bucket, &self.key);
        // Whoever is before us may be as slow as it likes.
        let turn = tokio::time::timeout(self.shared.body_patience, turn).await;
        let _turn = turn.map_err(|_| Failure::new(Code::OperationAborted))?;
        let existing = self.shared.store.object(&self.bucket, &self.key)?;
        let record = match existing {
            Some(record) => self.go_on(record, body).await?,
            None => self.begin(body).await?,
        };
        let reply = with_encryption(Reply::ok(), &record.attributes);
        Ok(with_version(reply, self.keeps_versions.then_some(NULL))
            .header("etag", quoted(&record.etag))
            .header(header::CRC64, record.crc64.to_string())
            .header(header::NEXT_APPEND_POSITION, record.size.to_string()))
    }

    async fn begin(&self, body: RequestBody) -> Result<ObjectRecord, Failure> {
        let headers = match &self.headers {
            Some(headers) => headers,
            None => return Err(self.wrong_position(0)),
        };
        let staged = self.shared.store.receive_appendable(body).await?;
        self.check_sums(&staged.sums)?;
        let mut record = ObjectRecord {
            size: staged.sums.size,
            etag: next_etag("", &staged.sums),
            crc64: staged.sums.crc64,
            ..ObjectRecord::new(ObjectKind::Appendable, self.now, headers.acl, headers.attributes.clone())
        };
        let (bucket, key, writer) = (self.bucket.clone(), self.key.clone(), self.writer.clone());
        let change = self.shared.store.commit(move |tables| {
            let known = tables.require_bucket(&bucket)?;
            check_writing(tables, &writer, &bucket, &key)?;
            if tables.current(&bucket, &key)?.is_some() {
                return Err(Failure::new(Code::ObjectNotAppendable).detail("Key", key.as_str()));
            }
            record.content = tables.adopt(staged.content)?;
            tables.store_null((&bucket, &known), &key, record.clone())?;
            Ok(record)
        });
        change.await
    }

    async fn go_on(&self, old: ObjectRecord, body: RequestBody) -> Result<ObjectRecord, Failure> {
        if self.overwrite == Overwrite::Forbid && !self.keeps_versions {
            return Err(already_exists(&self.key));
        }
        if old.kind != ObjectKind::Appendable {
            return Err(Failure::new(Code::ObjectNotAppendable).detail("Key", self.key.as_str()));
        }
        if self.position != old.size {
            return Err(self.wrong_position(old.size));
        }
        let sums = self.shared.store.append(&old, body).await?;
        self.check_sums(&sums)?;
        if sums.size == 0 {
            // "Does not change the state of the object", by the documentation.
            return Ok(old);
        }
        let modified = self.now.into();
        let (bucket, key, writer) = (self.bucket.clone(), self.key.clone(), self.writer.clone());
        let change = self.shared.store.commit(move |tables| {
            check_writing(tables, &writer, &bucket, &key)?;
            // Its ACL and its tags may have changed meanwhile. Overwritten or deleted, what was appended went with it.
            let now = tables.current(&bucket, &key)?.filter(|now| now.content == old.content && now.size == old.size);
            let now = now.ok_or_else(|| Failure::new(Code::OperationAborted))?;
            let etag = next_etag(&now.etag, &sums);
            let record = ObjectRecord { size: now.size + sums.size, etag, crc64: sums.crc64, modified, ..now };
            tables.amend(&bucket, &key, Place::Current, &record)?;
            Ok(record)
        });
        change.await
    }

    fn wrong_position(&self, length: u64) -> Failure {
        Failure::new(Code::PositionNotEqualToLength)
            .detail("Key", self.key.as_str())
            .header(header::NEXT_APPEND_POSITION, length.to_string())
    }

    fn check_sums(&self, sums: &Sums) -> Result<(), Failure> {
        if self.md5.is_some_and(|md5| md5 != sums.md5) {
            return Err(Failure::new(Code::InvalidDigest));
        }
        // As the answer's: of the whole object.
        if self.crc64.is_some_and(|crc64| crc64 != sums.crc64) {
            return Err(Failure::new(Code::InvalidCRC64));
        }
        Ok(())
    }
}

/// The ETag of an appendable object is no MD5 of its content; it only has to change with it.
fn next_etag(old: &str, sums: &Sums) -> String {
    upper_hex(&Md5::new().chain_update(old).chain_update(sums.md5).finalize())
}
