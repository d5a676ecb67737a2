//! The database, which is opened anew after an error of its disk: until then it refuses everything, and the disk may have
//! room again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use redb::{Database, DatabaseError, ReadableDatabase as _, WriteTransaction};

use super::blobs::Sync;
use super::buckets::DecodedBuckets;
use super::tables::Buckets;
use super::view::View;
use super::{OpenError, unsynced};
use crate::failure::Failure;

pub(super) struct Index {
    path: PathBuf,
    sync: Sync,
    cache_bytes: usize,
    /// What the last transaction left; `None` until someone looks. Before the database, which it keeps in use.
    view: RwLock<Option<Arc<View>>>,
    /// Shared by the views between two changes of buckets. A view that sees the next change too early fills only these.
    decoded: RwLock<Arc<DecodedBuckets>>,
    /// `None` while it could not be opened again.
    database: RwLock<Option<Arc<Database>>>,
    /// Held by the one who opens it again.
    reopening: Mutex<()>,
}

impl Index {
    pub(super) fn open(path: &Path, sync: Sync, cache_bytes: usize) -> Result<Self, OpenError> {
        let database = open(path, sync, cache_bytes).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen => OpenError::InUse,
            other => OpenError::Database(Box::new(other.into())),
        })?;
        Ok(Self {
            path: path.to_owned(),
            sync,
            cache_bytes,
            view: RwLock::new(None),
            decoded: RwLock::default(),
            database: RwLock::new(Some(Arc::new(database))),
            reopening: Mutex::new(()),
        })
    }

    /// Everything that is committed.
    pub(super) fn read(&self) -> Result<Arc<View>, Failure> {
        if let Some(view) = &*self.view.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Arc::clone(view));
        }
        let mut shown = self.view.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = &*shown {
            return Ok(Arc::clone(view));
        }
        // Opened under the lock: nobody can put an older view in the place of a newer one.
        let decoded = Arc::clone(&self.decoded.read().unwrap_or_else(PoisonError::into_inner));
        let view = Arc::new(View::open(&self.database()?.begin_read()?, decoded)?);
        *shown = Some(Arc::clone(&view));
        Ok(view)
    }

    /// Lets readers see what was just committed. What they saw until now must be readable until then.
    pub(super) fn advance(&self, buckets: Buckets) {
        let mut shown = self.view.write().unwrap_or_else(PoisonError::into_inner);
        if buckets == Buckets::Changed {
            *self.decoded.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
        }
        *shown = None;
    }

    pub(super) fn write(&self) -> Result<WriteTransaction, Failure> {
        Ok(self.database()?.begin_write()?)
    }

    /// Closes the database and opens it again, as after an error of the disk.
    pub(super) fn reopen(&self) {
        self.set(None);
        self.advance(Buckets::Changed);
        if let Err(failure) = self.database() {
            tracing::error!(
                cause = failure.cause().map(ToString::to_string),
                "the database cannot be opened again yet"
            );
        }
    }

    fn database(&self) -> Result<Arc<Database>, Failure> {
        if let Some(database) = self.get() {
            return Ok(database);
        }
        let _turn = self.reopening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = self.get() {
            return Ok(database);
        }
        let database = Arc::new(open(&self.path, self.sync, self.cache_bytes).map_err(Failure::internal)?);
        tracing::info!("opened the database again");
        self.set(Some(Arc::clone(&database)));
        Ok(database)
    }

    fn get(&self) -> Option<Arc<Database>> {
        self.database.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, database: Option<Arc<Database>>) {
        *self.database.write().unwrap_or_else(PoisonError::into_inner) = database;
    }
}

fn open(path: &Path, sync: Sync, cache_bytes: usize) -> Result<Database, DatabaseError> {
    let mut builder = Database::builder();
    builder.set_cache_size(cache_bytes);
    match sync {
        Sync::Disk => builder.create(path),
        Sync::Never => unsynced::create(&builder, path),
    }
}
