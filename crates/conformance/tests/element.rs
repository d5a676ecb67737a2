//! What `StorageElement` does itself, over `storages.MemoryType`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use conformance::MemoryStorage;
use meta::prelude::*;
use meta::{FullName, Operation, ServiceFailure, StorageElement};

fn element() -> StorageElement {
    over(MemoryStorage::new(1 << 20))
}

fn over(storage: impl Storage) -> StorageElement {
    let name = |text: &str| text.parse().expect("a fullName");
    StorageElement::from_storage(name("storages.UnderTest"), name("storages.MemoryType"), Arc::new(storage))
}

/// The bytes of a body that counts how many of its like exist.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        b"counted"
    }
}

#[tokio::test]
async fn a_batch_makes_its_bodies_as_it_goes() {
    let existing = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let files = {
        let (existing, most) = (Arc::clone(&existing), Arc::clone(&most));
        (0..100).map(move |at| {
            let now = existing.fetch_add(1, Ordering::Relaxed) + 1;
            most.fetch_max(now, Ordering::Relaxed);
            let counted = Counted(Arc::clone(&existing));
            // As a stream, which hands on the bytes only when it is asked.
            let stream = futures_util::stream::once(async move { Ok(Bytes::copy_from_slice(counted.as_ref())) });
            (format!("many/{at}"), Body::stream(stream, Some(7)), UploadOptions::default())
        })
    };
    let element = element();
    // In a task, which takes only what can be sent between threads.
    let report = tokio::spawn(async move { element.upload_many(files).await }).await.expect("it ends");
    assert!(report.failed.is_empty(), "{:?}", report.failed);
    let names: Vec<_> = report.uploaded.iter().map(|uploaded| uploaded.name.to_string()).collect();
    assert_eq!(names, (0..100).map(|at| format!("many/{at}")).collect::<Vec<_>>());
    assert!(most.load(Ordering::Relaxed) <= 8, "{most:?} bodies existed at a time");
    assert_eq!(existing.load(Ordering::Relaxed), 0);
}

/// Closes the base's own copy; what it reads breaks after the first byte where the name says so.
#[derive(Debug)]
struct Breaking(Arc<dyn Storage>);

#[async_trait]
impl StorageOverride for Breaking {
    fn base(&self) -> &dyn Storage {
        &*self.0
    }

    async fn upload_by_file(&self, name: &ObjectName, data: Body, options: UploadOptions) -> Result<Uploaded> {
        if name.as_str() == "forbidden" {
            return Err(Error::denied("nobody writes here"));
        }
        self.0.upload_by_file(name, data, options).await
    }

    async fn download(&self, name: &ObjectName, options: DownloadOptions) -> Result<Download> {
        let download = self.0.download(name, options).await?;
        if name.as_str() != "broken" {
            return Ok(download);
        }
        let failure = ServiceFailure::new(503).with_code("SlowDown");
        let error = Error::new(ErrorKind::Throttled, "slow down").with_service(failure);
        Ok(download.map_stream(|_| futures_util::stream::iter([Ok(Bytes::from_static(b"c")), Err(error)])))
    }
}

#[tokio::test]
async fn errors_of_copying_are_about_the_object_that_is_wrong() {
    let within = element();
    let by_hand = within.extended_by(FullName::parse("storages.Breaking").expect("a name"), Breaking);
    for name in ["there", "broken"] {
        within.upload_by_file(name, "content", None).await.expect("it is written");
    }
    assert!(within.can(Ability::Copy) && !by_hand.can(Ability::Copy));
    for element in [&within, &by_hand] {
        let forbid = CopyOptions::default().without_overwriting();
        let error = element.copy("there", "broken", forbid).await.expect_err("the target is there");
        assert_eq!((error.kind(), error.object()), (ErrorKind::AlreadyExists, Some("broken")));
        assert_eq!(error.operation(), Some(Operation::Copy));
        let error = element.copy("none", "new", CopyOptions::default()).await.expect_err("there is no source");
        assert_eq!((error.kind(), error.object()), (ErrorKind::NotFound, Some("none")));
    }
    let error = by_hand.copy("there", "forbidden", CopyOptions::default()).await.expect_err("it may not be written");
    assert_eq!((error.kind(), error.object()), (ErrorKind::PermissionDenied, Some("forbidden")));
    let error = by_hand.copy("broken", "new", CopyOptions::default()).await.expect_err("it cannot be read");
    assert_eq!((error.kind(), error.object()), (ErrorKind::Throttled, Some("broken")));
    assert!(error.is_retryable() && error.service().is_some(), "{error:?}");
    assert!(!within.exists("new").await.expect("it can be asked"));
}

#[tokio::test]
async fn empty_ids_are_refused_before_anything_is_sent() {
    let element = element();
    element.upload_by_file("a", "content", None).await.expect("it is written");
    let id = element.initiate_multipart("a", UploadOptions::default()).await.expect("it begins");
    let refusals = [
        element.upload_part("a", "", 1, "x").await.map(drop),
        element.list_parts("a", "").await.map(drop),
        element.complete_multipart("a", "", Vec::new(), Overwrite::Allow).await.map(drop),
        element.abort_multipart("a", "").await,
        element.download_stream("a", DownloadOptions::default().with_version_id("")).await.map(drop),
        element.get_object_with("a", GetObjectOptions::default().with_version_id("")).await.map(drop),
    ];
    for refusal in refusals {
        let error = refusal.expect_err("the id is empty");
        assert_eq!((error.kind(), error.object()), (ErrorKind::InvalidInput, Some("a")), "{error}");
        assert!(error.message().ends_with("id is empty"), "{error}");
    }
    element.abort_multipart("a", &id).await.expect("it ends");
}

#[tokio::test]
async fn a_content_type_is_given_as_the_caller_has_it() {
    let (element, owned) = (element(), "image/jpeg".to_owned());
    let type_of = async |name| element.get_object(name).await.expect("it is there").content_type;
    element.upload_by_file("literal", "x", "image/png").await.expect("it is written");
    element.upload_by_file("borrowed", "x", &owned).await.expect("it is written");
    element.upload_by_file("some", "x", Some(owned.as_str())).await.expect("it is written");
    element.upload_by_file("none", "x", None).await.expect("it is written");
    element.get_sign_url("borrowed", &owned, 60).await.expect("it is signed");
    let signed = element.get_upload_url("owned", owned.clone(), None).await.expect("it is signed");
    assert!(signed.headers.values().any(|value| *value == owned), "{signed:?}");
    element.upload_by_file("owned", "x", owned).await.expect("it is written");
    assert_eq!(type_of("literal").await.as_deref(), Some("image/png"));
    for name in ["borrowed", "some", "owned"] {
        assert_eq!(type_of(name).await.as_deref(), Some("image/jpeg"), "{name}");
    }
    assert_eq!(type_of("none").await.as_deref(), Some("application/octet-stream"));
}
