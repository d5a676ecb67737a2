//! `storages.DiskType` on real folders.
#![expect(clippy::disallowed_methods, reason = "tests play the user who works in the folder by hand")]
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod by_hand;
mod configuration;
mod elements;
mod killed;
mod listing;
mod names;
mod verbs;
mod writes;

use std::fs;
use std::path::{Path, PathBuf};

use disk_type::DiskStorage;
use meta::prelude::*;
use meta::{ListOptions, ListPage};

/// A storage in a folder of its own that does not exist yet.
struct Disk {
    storage: DiskStorage,
    directory: PathBuf,
    _folder: tempfile::TempDir,
}

fn disk() -> Disk {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("files");
    Disk { storage: DiskStorage::at(&directory), directory, _folder: folder }
}

fn name(text: &str) -> ObjectName {
    ObjectName::parse(text).unwrap()
}

impl Disk {
    async fn put(&self, object: &str, content: impl Into<Body>) -> Result<Uploaded> {
        self.put_with(object, content, UploadOptions::default()).await
    }

    async fn put_with(&self, object: &str, content: impl Into<Body>, options: UploadOptions) -> Result<Uploaded> {
        self.storage.upload_by_file(&name(object), content.into(), options).await
    }

    async fn get(&self, object: &str) -> Result<Bytes> {
        self.get_with(object, DownloadOptions::default()).await
    }

    async fn get_with(&self, object: &str, options: DownloadOptions) -> Result<Bytes> {
        self.storage.download(&name(object), options).await?.bytes().await
    }

    async fn info(&self, object: &str) -> Result<ObjectInfo> {
        self.storage.get_object(&name(object), GetObjectOptions::default()).await
    }

    async fn delete(&self, object: &str) -> Result<()> {
        let mut report = self.storage.delete(vec![name(object).into()], DeleteOptions::default()).await?;
        assert_eq!(report.deleted.len() + report.failed.len(), 1);
        report.failed.pop().map_or(Ok(()), |(_, error)| Err(error))
    }

    async fn list(&self, options: ListOptions) -> Result<ListPage> {
        self.storage.abilities().list.unwrap().list(options).await
    }

    async fn names(&self) -> Vec<String> {
        let page = self.list(ListOptions::default()).await.unwrap();
        assert_eq!(page.next, None);
        page.objects.iter().map(|object| object.name.to_string()).collect()
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.directory.join(relative)
    }

    /// All files below the directory, relative to it, without the lock files.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(&self.directory, "", &mut found);
        found.retain(|path| !path.starts_with(".storages/locks/"));
        found.sort();
        found
    }

    fn temporaries(&self) -> usize {
        self.files().iter().filter(|path| path.starts_with(".storages/temporary/")).count()
    }
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{path}/"), found);
        } else {
            found.push(path);
        }
    }
}
