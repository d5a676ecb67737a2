//! What `StorageElement` does itself, over `storages.MemoryType`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use conformance::MemoryStorage;
use meta::StorageElement;
use meta::prelude::*;

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
