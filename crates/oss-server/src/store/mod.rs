//! The data folder: an ordered database for everything that is known about objects, and files for their bytes.
//!
//! A write is received first, into memory when small and into a file otherwise; then one transaction makes it visible.
//! An object is therefore there whole or not at all, whenever the process dies.

mod blobs;
mod buckets;
mod content;
mod index;
mod keep;
mod list;
mod list_versions;
mod record;
mod room;
mod stage;
mod stat;
mod tables;
mod unsynced;
mod version;
mod view;
mod writer;

use std::path::Path;
use std::sync::Arc;

use oss_protocol::code::Code;
use oss_protocol::xml::BucketStat;
use redb::{ReadableTable as _, WriteTransaction};
use tokio::sync::watch;

use self::blobs::Blobs;
pub(crate) use self::blobs::Sync;
pub(crate) use self::content::ContentReader;
use self::content::{Opened, Source};
use self::index::Index;
pub(crate) use self::list::{ListEntry, ListPage, ListQuery, UploadPage, UploadQuery};
pub(crate) use self::list_versions::{ListedVersion, VersionPage, VersionQuery};
use self::record::decode;
pub(crate) use self::record::{
    Attributes, BucketRecord, Content, Millis, ObjectKind, ObjectRecord, PartOrder, PartRecord, PublicAccess, Restore,
    Segment, Tag, UploadRecord, Versioning,
};
use self::room::Room;
pub(crate) use self::room::is_full;
pub(crate) use self::stage::{Staged, StagedContent, Sums, upper_hex};
use self::tables::SETTINGS;
pub(crate) use self::tables::Tables;
use self::version::Rows as _;
pub(crate) use self::version::{Found, NULL, Place, VersionRecord, VersionRef, id_text};
pub(crate) use self::view::{Moment, View};
use self::writer::Writer;
use crate::body::{Pieces, RequestBody};
use crate::failure::Failure;

/// Contents up to this many bytes live in the database itself.
const INLINE_LIMIT: usize = 64 * 1024;
/// Bytes that are hashed, written or read at once.
const CHUNK: usize = 512 * 1024;
/// Version of the data folder's layout.
const FORMAT: u64 = 2;
/// Numbers that one run may give to contents; the next run starts behind them.
const IDS_PER_RUN: u64 = 1 << 40;

/// Why a data folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("cannot create it")]
    Folder(#[source] std::io::Error),
    #[error("another server uses it")]
    InUse,
    #[error("its database cannot be opened")]
    Database(#[source] Box<redb::Error>),
    #[error(
        "another version of the server wrote it (layout {found}, this one knows {FORMAT}); \
         use that version, or another folder"
    )]
    Format { found: u64 },
}

/// An object with its content, or what was found instead of one.
pub(crate) type OpenedObject = Result<(Box<ObjectRecord>, ContentReader), Found>;

pub(crate) struct Store {
    // Before the index, so that the last changes are written when the store is dropped.
    writer: Writer,
    index: Arc<Index>,
    blobs: Arc<Blobs>,
    room: Room,
    // Last: whoever waits for it finds the data folder closed.
    open: watch::Sender<()>,
}

impl Store {
    /// Opens a data folder, which is made if need be; left-over files of a killed process are removed in the background.
    pub(crate) fn open(folder: &Path, sync: Sync, cache_bytes: usize) -> Result<Self, OpenError> {
        std::fs::create_dir_all(folder).map_err(OpenError::Folder)?;
        let index = Arc::new(Index::open(&folder.join("index.redb"), sync, cache_bytes)?);
        let first_id = prepare(&index)?;
        let blobs = Blobs::new(folder.join("blobs"), first_id, sync).map_err(OpenError::Folder)?;
        // What was made just now is to be found again after a power cut.
        sync.folder(folder).map_err(OpenError::Folder)?;
        if let Some(parent) = folder.parent()
            && let Err(error) = sync.folder(parent)
        {
            tracing::debug!(%error, "the folder around the data folder cannot be synced");
        }
        let room = Room::new(folder.to_owned());
        let writer = Writer::start(Arc::clone(&index), Arc::clone(&blobs)).map_err(OpenError::Folder)?;
        sweep(&index, Arc::clone(&blobs), first_id).map_err(OpenError::Folder)?;
        Ok(Self { writer, index, blobs, room, open: watch::Sender::new(()) })
    }

    /// Waits until the last one who uses the store has let go of it.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + use<> {
        let mut open = self.open.subscribe();
        async move {
            // Nothing is ever sent.
            while open.changed().await.is_ok() {}
        }
    }

    /// Makes a change that may take room on the disk, and waits until it is durable. A change that fails must not have
    /// changed anything.
    pub(crate) async fn commit<T, F>(&self, change: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let _room = self.room.promise()?;
        self.writer.commit(change).await
    }

    /// As [`commit`](Self::commit), for a change that makes room, and is therefore made on a full disk too.
    pub(crate) async fn commit_removal<T, F>(&self, change: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tables<'_>) -> Result<T, Failure> + Send + 'static,
    {
        self.writer.commit(change).await
    }

    /// Lets the database be opened anew if it refuses everything since an error of its disk: an empty change finds out.
    pub(crate) async fn recover(&self) {
        if let Err(failure) = self.writer.commit(|_| Ok(())).await {
            tracing::debug!(cause = failure.cause().map(ToString::to_string), "the database was opened anew");
        }
    }

    /// Receives a body; nobody sees it until a change adopts it.
    pub(crate) async fn receive(&self, body: impl Pieces) -> Result<Staged, Failure> {
        self.room.require(0)?;
        stage::receive(&self.blobs, &self.room, body).await
    }

    /// Receives the first piece of an appendable object, always into a file, which later appends make longer.
    pub(crate) async fn receive_appendable(&self, body: RequestBody) -> Result<Staged, Failure> {
        self.room.require(0)?;
        let blobs = Arc::clone(&self.blobs);
        let file = tokio::task::spawn_blocking(move || {
            let (staged, file) = blobs.create()?;
            blobs.sync(&file, staged.id()).map(|()| staged)
        });
        let staged = file.await??;
        let sums = stage::append(&self.blobs, &self.room, staged.id(), (0, 0), body).await?;
        Ok(Staged { content: StagedContent::File(staged), sums })
    }

    /// Appends a body to the file of an appendable object; the object grows when a change says so.
    pub(crate) async fn append(&self, record: &ObjectRecord, body: RequestBody) -> Result<Sums, Failure> {
        let Content::File(id) = record.content else {
            return Err(Failure::internal("an appendable object has no file"));
        };
        stage::append(&self.blobs, &self.room, id, (record.size, record.crc64), body).await
    }

    /// Copies a stretch of a content.
    pub(crate) async fn copy_range(
        &self,
        content: ContentReader,
        range: std::ops::Range<u64>,
    ) -> Result<Staged, Failure> {
        let blobs = Arc::clone(&self.blobs);
        let len = range.end - range.start;
        self.room.require(len)?;
        let staged = tokio::task::spawn_blocking(move || stage::receive_from(&blobs, content.reader(range), len));
        Ok(staged.await??)
    }

    pub(crate) fn bucket(&self, bucket: &str) -> Result<Option<Arc<BucketRecord>>, Failure> {
        self.read()?.bucket(bucket)
    }

    /// The buckets whose names are greater than `marker` and start with `prefix`, at most `max` of them.
    pub(crate) fn buckets(
        &self,
        prefix: &str,
        marker: &str,
        max: usize,
    ) -> Result<Vec<(String, BucketRecord)>, Failure> {
        let view = self.read()?;
        let mut buckets = Vec::new();
        for row in view.buckets.range(prefix.max(marker)..)? {
            let (name, record) = row?;
            if !name.value().starts_with(prefix) || buckets.len() == max {
                break;
            }
            if name.value() > marker {
                buckets.push((name.value().to_owned(), decode(record.value())?));
            }
        }
        Ok(buckets)
    }

    /// A configuration of a bucket.
    pub(crate) fn configuration(&self, bucket: &str, kind: &str) -> Result<Option<String>, Failure> {
        self.read()?.configuration(bucket, kind)
    }

    /// The current version of an object, if it is no delete marker.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> Result<Option<ObjectRecord>, Failure> {
        self.read()?.object_row(bucket, key)
    }

    /// Looks a version up.
    pub(crate) fn find(&self, bucket: &str, key: &str, version: &VersionRef) -> Result<Found, Failure> {
        self.read()?.find(bucket, key, version)
    }

    /// Looks a version up, if `judge` lets it be seen.
    pub(crate) fn find_if(
        &self,
        (bucket, key, version): (&str, &str, &VersionRef),
        judge: impl Fn(&View, &Found) -> Result<(), Failure>,
    ) -> Result<Found, Failure> {
        let view = self.read()?;
        let found = view.find(bucket, key, version)?;
        judge(&view, &found)?;
        Ok(found)
    }

    /// As [`find_if`](Self::find_if), and opens the content, which stays readable whatever happens to the object.
    pub(crate) fn open_object(
        &self,
        (bucket, key, version): (&str, &str, &VersionRef),
        judge: impl Fn(&View, &Found) -> Result<(), Failure>,
    ) -> Result<OpenedObject, Failure> {
        loop {
            let view = self.read()?;
            let found = view.find(bucket, key, version)?;
            judge(&view, &found)?;
            let record = match found {
                Found::Object(_, record) => record,
                other => return Ok(Err(other)),
            };
            let segments = open_content(&view, &record)?;
            let lease = self.blobs.lease(segments.iter().filter_map(Opened::file).collect());
            // Between reading the record and taking the lease a writer may have removed the files. If the record still
            // names them, it has not; and whoever removes them from now on waits for the lease.
            let unchanged = lease.is_empty()
                || match self.read()?.find(bucket, key, version)? {
                    Found::Object(_, now) => now.content == record.content,
                    _ => false,
                };
            if unchanged {
                let content = ContentReader { blobs: Arc::clone(&self.blobs), segments, _lease: lease };
                return Ok(Ok((record, content)));
            }
        }
    }

    pub(crate) fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Option<UploadRecord>, Failure> {
        self.read()?.uploads.get((bucket, key.as_bytes(), id))?.map(|row| decode(row.value())).transpose()
    }

    /// The parts of an upload with numbers greater than `marker`, at most `max` of them.
    pub(crate) fn parts(&self, id: &str, marker: u32, max: usize) -> Result<Vec<(u32, PartRecord)>, Failure> {
        let view = self.read()?;
        let mut parts = Vec::new();
        for row in view.parts.range((id, marker.saturating_add(1))..=(id, u32::MAX))?.take(max) {
            let (key, record) = row?;
            parts.push((key.value().1, decode(record.value())?));
        }
        Ok(parts)
    }

    /// The MD5 of parts behind each other. The parts may be replaced meanwhile: who adopts them must compare.
    pub(crate) async fn md5_of(&self, parts: &[PartRecord]) -> Result<[u8; 16], Failure> {
        let view = self.read()?;
        let mut segments = Vec::with_capacity(parts.len());
        for part in parts {
            segments.extend(open_single(&view, &part.content, part.size)?);
        }
        let ids = segments.iter().filter_map(Opened::file).collect();
        let content = ContentReader { blobs: Arc::clone(&self.blobs), segments, _lease: self.blobs.lease(ids) };
        let len = parts.iter().map(|part| part.size).sum();
        let md5 = tokio::task::spawn_blocking(move || stage::md5(content.reader(0..len))).await?;
        md5.map_err(|error| match error.kind() {
            // A part was replaced meanwhile.
            std::io::ErrorKind::NotFound => Failure::new(Code::OperationAborted),
            _ => error.into(),
        })
    }

    /// A page of the objects of a bucket.
    pub(crate) async fn list(self: &Arc<Self>, query: ListQuery) -> Result<ListPage, Failure> {
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || list::objects(&*store.read()?, &query)).await?
    }

    /// How much a bucket holds.
    pub(crate) async fn stat(self: &Arc<Self>, bucket: String) -> Result<BucketStat, Failure> {
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || stat::stat(&*store.read()?, &bucket)).await?
    }

    /// A page of the versions of a bucket's objects.
    pub(crate) async fn list_versions(self: &Arc<Self>, query: VersionQuery) -> Result<VersionPage, Failure> {
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || list_versions::versions(&*store.read()?, &query)).await?
    }

    /// A page of the unfinished uploads of a bucket.
    pub(crate) async fn list_uploads(self: &Arc<Self>, query: UploadQuery) -> Result<UploadPage, Failure> {
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || list::uploads(&*store.read()?, &query)).await?
    }

    /// An upload id: ascending with time, and not to be guessed.
    pub(crate) fn next_upload_id(&self) -> Result<String, Failure> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(format!("{:016X}{}", self.blobs.next_id(), upper_hex(&random)))
    }

    /// Everything as it is now.
    pub(crate) fn read(&self) -> Result<Arc<View>, Failure> {
        self.index.read()
    }
}

fn open_single(view: &View, content: &Content, len: u64) -> Result<Option<Opened>, Failure> {
    let source = match content {
        Content::Empty => return Ok(None),
        Content::File(id) => Source::File(*id),
        Content::Inline(id) => {
            let row = view.inline.get(id)?.ok_or_else(|| Failure::internal("an inline content is missing"))?;
            Source::Bytes(bytes::Bytes::copy_from_slice(row.value()))
        }
        Content::Segments(_) => return Err(Failure::internal("segments within segments")),
    };
    Ok(Some(Opened { source, len }))
}

fn open_content(view: &View, record: &ObjectRecord) -> Result<Vec<Opened>, Failure> {
    let Content::Segments(id) = record.content else {
        return Ok(open_single(view, &record.content, record.size)?.into_iter().collect());
    };
    let row = view.segments.get(id)?.ok_or_else(|| Failure::internal("the segments of a content are missing"))?;
    let segments: Vec<Segment> = decode(row.value())?;
    segments.iter().filter_map(|segment| open_single(view, &segment.content, segment.len).transpose()).collect()
}

/// Checks the layout, makes every table, and takes the numbers of this run.
fn prepare(index: &Index) -> Result<u64, OpenError> {
    let failed = |error: redb::Error| OpenError::Database(Box::new(error));
    let transaction = index.write().map_err(|failure| failed(redb::Error::Io(failure.into_io())))?;
    layout(transaction).map_err(failed)?
}

fn layout(transaction: WriteTransaction) -> Result<Result<u64, OpenError>, redb::Error> {
    let first_id = {
        let mut settings = transaction.open_table(SETTINGS)?;
        let found = settings.get("format")?.map(|row| row.value());
        if let Some(found) = found.filter(|found| *found != FORMAT) {
            return Ok(Err(OpenError::Format { found }));
        }
        let first_id = settings.get("next_id")?.map_or(1, |row| row.value());
        settings.insert("format", FORMAT)?;
        settings.insert("next_id", first_id.saturating_add(IDS_PER_RUN))?;
        first_id
    };
    tables::create(&transaction)?;
    transaction.commit()?;
    Ok(Ok(first_id))
}

/// Removes the files that a killed process left, on a thread of its own: only those older than this run.
fn sweep(index: &Arc<Index>, blobs: Arc<Blobs>, before: u64) -> std::io::Result<()> {
    if before == 1 {
        return Ok(());
    }
    // A server that stops meanwhile must find its folder released.
    let index = Arc::downgrade(index);
    std::thread::Builder::new().name("oss-sweeper".into()).spawn(move || {
        let is_used = |id: u64| -> std::io::Result<bool> {
            let index = index.upgrade().ok_or_else(|| std::io::Error::other("the server stopped"))?;
            let read = || -> Result<bool, Failure> { Ok(index.read()?.files.get(id)?.is_some()) };
            read().map_err(Failure::into_io)
        };
        match blobs.sweep(before, is_used) {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "removed contents that an earlier run left unfinished"),
            Err(error) => tracing::warn!(%error, "could not look for contents that an earlier run left unfinished"),
        }
    })?;
    Ok(())
}

/// Where a server without a data folder keeps its data.
pub(crate) fn temporary_folder() -> std::io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix("oss-server-").tempdir()
}
