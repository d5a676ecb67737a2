//! The records of buckets, decoded once: every request needs that of its bucket.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::record::BucketRecord;

/// So many are kept; beyond that they are collected anew.
const MOST: usize = 1024;

/// Records that hold until a transaction changes some bucket.
#[derive(Debug, Default)]
pub(super) struct DecodedBuckets(RwLock<HashMap<String, Arc<BucketRecord>>>);

impl DecodedBuckets {
    pub(super) fn get(&self, name: &str) -> Option<Arc<BucketRecord>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub(super) fn keep(&self, name: &str, record: &Arc<BucketRecord>) {
        let mut records = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if records.len() >= MOST {
            records.clear();
        }
        records.insert(name.to_owned(), Arc::clone(record));
    }
}
