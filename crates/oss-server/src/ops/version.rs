//! Versions as requests name them and as answers tell them; and what is said where there is no object.

use oss_protocol::code::Code;
use oss_protocol::header;

use super::Context;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::{ContentReader, Found, ObjectRecord, Place, Tables, VersionRef, View, id_text};

impl Context<'_> {
    /// The version that the query names.
    pub(super) fn version(&self) -> Result<VersionRef, Failure> {
        parse(self.request.parameter("versionId").unwrap_or_default())
    }

    /// The object that is addressed.
    pub(super) fn object(&self) -> Result<ObjectRecord, Failure> {
        let (key, version) = (self.key(), self.version()?);
        let found = self.shared.store.find(self.bucket_name(), key, &version)?;
        require(found, key, &version).map(|(_, record)| record)
    }

    /// The object that is addressed, for who may read it.
    pub(super) fn readable_object(&self) -> Result<ObjectRecord, Failure> {
        let version = self.version()?;
        find(self, self.bucket_name(), self.key(), &version)
    }

    /// The object that is addressed, with its content, for who may read it.
    pub(super) fn open_object(&self) -> Result<(ObjectRecord, ContentReader), Failure> {
        let version = self.version()?;
        open(self, self.bucket_name(), self.key(), &version)
    }

    /// Changes what is known of the object that is addressed, and returns it with what the change says.
    pub(super) async fn amend<T, F>(&self, change: F) -> Result<(ObjectRecord, T), Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut ObjectRecord) -> Result<T, Failure> + Send + 'static,
    {
        let (bucket, key, version) = (self.bucket_name().to_owned(), self.key().to_owned(), self.version()?);
        let change = move |tables: &mut Tables<'_>| {
            let (place, mut record) = require(tables.find(&bucket, &key, &version)?, &key, &version)?;
            let result = change(&mut record)?;
            tables.amend(&bucket, &key, place, &record)?;
            Ok((record, result))
        };
        self.shared.store.commit(change).await
    }

    /// Tells the version of an object, where the bucket keeps any.
    pub(super) fn with_version(&self, reply: Reply, record: &ObjectRecord) -> Reply {
        let keeps_versions = self.bucket.as_ref().is_some_and(|bucket| bucket.versioning.is_some());
        with_version(reply, keeps_versions.then(|| id_text(record.version.as_ref())))
    }
}

/// Finds an object of any bucket. Who may not read there does not learn whether it exists.
pub(super) fn find(
    context: &Context<'_>,
    bucket: &str,
    key: &str,
    version: &VersionRef,
) -> Result<ObjectRecord, Failure> {
    let judge = |view: &View, found: &Found| context.check_reading(view, bucket, found);
    let found = context.shared.store.find_if((bucket, key, version), judge)?;
    require(found, key, version).map(|(_, record)| record)
}

/// As [`find`], with its content.
pub(super) fn open(
    context: &Context<'_>,
    bucket: &str,
    key: &str,
    version: &VersionRef,
) -> Result<(ObjectRecord, ContentReader), Failure> {
    let judge = |view: &View, found: &Found| context.check_reading(view, bucket, found);
    match context.shared.store.open_object((bucket, key, version), judge)? {
        Ok((record, content)) => Ok((*record, content)),
        Err(found) => Err(missing(&found, key, version)),
    }
}

/// Reads a version id as clients send it.
pub(super) fn parse(text: &str) -> Result<VersionRef, Failure> {
    VersionRef::parse(text).ok_or_else(|| Failure::new(Code::NoSuchVersion).detail("VersionId", text))
}

/// The object that was found.
pub(super) fn require(found: Found, key: &str, version: &VersionRef) -> Result<(Place, ObjectRecord), Failure> {
    match found {
        Found::Object(place, record) => Ok((place, *record)),
        other => Err(missing(&other, key, version)),
    }
}

/// Tells a version.
pub(super) fn with_version(reply: Reply, version: Option<&str>) -> Reply {
    match version {
        Some(version) => reply.header(header::VERSION_ID, version),
        None => reply,
    }
}

fn missing(found: &Found, key: &str, version: &VersionRef) -> Failure {
    let marked =
        |failure: Failure, id: &str| failure.header(header::DELETE_MARKER, "true").header(header::VERSION_ID, id);
    match (found, version) {
        (Found::Marker(marker), VersionRef::Current) => {
            marked(Failure::no_such_key(key), id_text(marker.version.as_ref()))
        }
        (Found::Marker(marker), _) => {
            let failure = Failure::new(Code::MethodNotAllowed).detail("ResourceType", "DeleteMarker");
            marked(failure.header("allow", "DELETE"), id_text(marker.version.as_ref()))
        }
        (_, VersionRef::Current) => Failure::no_such_key(key),
        (_, VersionRef::Null) => no_such_version(key, id_text(None)),
        (_, VersionRef::Id(id)) => no_such_version(key, id.as_str()),
    }
}

fn no_such_version(key: &str, version: &str) -> Failure {
    Failure::new(Code::NoSuchVersion).detail("Key", key).detail("VersionId", version)
}
