//! One appender at a time for each object.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// How many idle entries may gather before they are cleared.
const IDLE: usize = 64;

/// Bucket and key.
type Place = (String, String);

#[derive(Debug, Default)]
pub(crate) struct KeyLocks(Mutex<HashMap<Place, Weak<AsyncMutex<()>>>>);

impl KeyLocks {
    /// Waits until nobody else holds the object.
    pub(crate) async fn lock(&self, bucket: &str, key: &str) -> OwnedMutexGuard<()> {
        self.entry(bucket, key).lock_owned().await
    }

    fn entry(&self, bucket: &str, key: &str) -> Arc<AsyncMutex<()>> {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if locks.len() > IDLE {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let entry = locks.entry((bucket.to_owned(), key.to_owned())).or_default();
        if let Some(lock) = entry.upgrade() {
            return lock;
        }
        let lock = Arc::new(AsyncMutex::default());
        *entry = Arc::downgrade(&lock);
        lock
    }
}
