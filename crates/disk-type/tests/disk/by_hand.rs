//! Files that other hands put into the directory, changed, moved or damaged.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use meta::ListOptions;
use meta::prelude::*;

use crate::{Disk, disk};

fn write(disk: &Disk, path: &str, content: &str) {
    let path = disk.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[tokio::test]
async fn files_put_there_by_hand_are_served() {
    let disk = disk();
    write(&disk, "site/index.html", "<p>");
    assert_eq!(disk.get("site/index.html").await.unwrap(), "<p>");
    let info = disk.info("site/index.html").await.unwrap();
    assert_eq!(info.content_type.as_deref(), Some("text/html"));
    assert_eq!((info.size, info.crc64), (3, None));
    assert!(info.etag.is_some() && info.last_modified.is_some());
    assert_eq!(disk.names().await, ["site/index.html"]);
    assert!(!disk.path(".storages").exists(), "reading creates nothing");
    disk.put("site/index.html/deeper", "x").await.unwrap();
    assert_eq!(disk.get("site/index.html").await.unwrap(), "<p>");
    disk.delete("site/index.html").await.unwrap();
    assert_eq!(disk.names().await, ["site/index.html/deeper"]);
}

#[tokio::test]
async fn an_edited_file_loses_what_was_stored_about_the_old_content() {
    let disk = disk();
    let options = UploadOptions::default().with_content_type("x/y").with_metadata("a", "b");
    let etag = disk.put_with("a.txt", "before", options).await.unwrap().etag;
    write(&disk, "a.txt", "after the edit");
    assert_eq!(disk.get("a.txt").await.unwrap(), "after the edit");
    let info = disk.info("a.txt").await.unwrap();
    assert_eq!(info.content_type.as_deref(), Some("text/plain"));
    assert!(info.metadata.is_empty() && info.crc64.is_none() && info.etag != etag);
    let edited = info.etag;
    write(&disk, "a.txt", "after more edit");
    assert_ne!(disk.info("a.txt").await.unwrap().etag, edited);
    disk.put("a.txt", "x").await.unwrap();
    assert!(disk.info("a.txt").await.unwrap().crc64.is_some());
}

#[tokio::test]
async fn a_copy_of_the_directory_that_keeps_times_keeps_the_attributes() {
    let (disk, copy) = (disk(), disk());
    // Twice, so that the attributes hold the entry of an older file too.
    disk.put_with("a/b", "one", UploadOptions::default().with_metadata("is", "1")).await.unwrap();
    disk.put_with("a/b", "two", UploadOptions::default().with_metadata("is", "2")).await.unwrap();
    for path in disk.files() {
        write(&copy, &path, &fs::read_to_string(disk.path(&path)).unwrap());
        let modified = fs::metadata(disk.path(&path)).unwrap().modified().unwrap();
        File::options().write(true).open(copy.path(&path)).unwrap().set_modified(modified).unwrap();
    }
    assert_eq!(copy.info("a/b").await.unwrap(), disk.info("a/b").await.unwrap());
    assert_eq!(copy.info("a/b").await.unwrap().metadata["is"], "2");
    copy.put("a/b/c", "moves it aside").await.unwrap();
    assert_eq!(copy.info("a/b").await.unwrap().metadata["is"], "2");
}

#[tokio::test]
async fn damage_is_found_when_the_whole_object_is_read() {
    let disk = disk();
    let content = vec![b'a'; 600_000];
    disk.put("a", content.clone()).await.unwrap();
    let modified = disk.info("a").await.unwrap().last_modified.unwrap();
    let damaged = File::options().write(true).open(disk.path("a")).unwrap();
    {
        use std::io::{Seek, SeekFrom, Write};
        (&damaged).seek(SeekFrom::Start(400_000)).unwrap();
        (&damaged).write_all(b"b").unwrap();
    }
    damaged.set_modified(modified).unwrap();
    let error = disk.get("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    // A range has no checksum of its own.
    let range = ByteRange::Span { offset: 0, length: 100 };
    assert_eq!(disk.get_with("a", DownloadOptions::default().with_range(range)).await.unwrap(), content[..100]);
}

#[tokio::test]
async fn damaged_attributes_are_told_and_mended_by_overwriting() {
    let disk = disk();
    disk.put("a", "x").await.unwrap();
    write(&disk, ".storages/attributes/a", "{ not json");
    let error = disk.get("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(error.to_string().contains("`.storages/attributes/a`"), "{error}");
    assert_eq!(disk.names().await, ["a"]);
    disk.put("a", "y").await.unwrap();
    assert_eq!(disk.get("a").await.unwrap(), "y");
    write(&disk, ".storages/attributes/a", "[]");
    disk.delete("a").await.unwrap();
    assert_eq!(disk.names().await, Vec::<String>::new());
}

/// What a process leaves that dies between storing the attributes and moving the data: an entry of a file that never
/// came, and the temporary file.
#[tokio::test]
async fn a_crash_before_the_last_step_leaves_the_old_object_with_its_attributes() {
    let disk = disk();
    disk.put_with("a", "old", UploadOptions::default().with_metadata("is", "old")).await.unwrap();
    let stored = fs::read_to_string(disk.path(".storages/attributes/a")).unwrap();
    let old_entry = stored.split_once('[').unwrap().1.rsplit_once(']').unwrap().0;
    let new_entry =
        r#"{"file":{"size":3,"modifiedNanos":1,"inode":1},"crc64":7,"contentType":"x/new","metadata":{"is":"new"}}"#;
    write(&disk, ".storages/attributes/a", &format!(r#"{{"name":"a","entries":[{new_entry},{old_entry}]}}"#));
    write(&disk, ".storages/temporary/4711-00", "new");

    assert_eq!(disk.get("a").await.unwrap(), "old");
    assert_eq!(disk.info("a").await.unwrap().metadata["is"], "old");
    disk.put_with("a", "next", UploadOptions::default().with_metadata("is", "next")).await.unwrap();
    assert_eq!(disk.info("a").await.unwrap().metadata["is"], "next");
    let entries: serde_json::Value =
        serde_json::from_slice(&fs::read(disk.path(".storages/attributes/a")).unwrap()).unwrap();
    assert_eq!(entries["entries"].as_array().unwrap().len(), 2, "entries do not pile up");
}

/// What a process leaves that dies while it moves an object aside.
#[tokio::test]
async fn a_crash_while_an_object_moves_aside_loses_nothing() {
    let disk = disk();
    disk.put_with("a", "A", UploadOptions::default().with_metadata("is", "a")).await.unwrap();
    // After the attributes were copied.
    fs::create_dir_all(disk.path(".storages/attributes/%=")).unwrap();
    fs::copy(disk.path(".storages/attributes/a"), disk.path(".storages/attributes/%=/a")).unwrap();
    fs::create_dir(disk.path("%=")).unwrap();
    assert_eq!(disk.info("a").await.unwrap().metadata["is"], "a");
    // After the file was moved.
    fs::rename(disk.path("a"), disk.path("%=/a")).unwrap();
    assert_eq!(disk.info("a").await.unwrap().metadata["is"], "a");
    // The attributes that stayed behind stand where a folder must be.
    disk.put("a/b", "B").await.unwrap();
    assert_eq!(disk.names().await, ["a", "a/b"]);
    assert_eq!(disk.info("a").await.unwrap().metadata["is"], "a");
}

#[tokio::test]
async fn attributes_whose_objects_were_removed_by_hand_stand_in_nobodys_way() {
    let disk = disk();
    disk.put("a", "1").await.unwrap();
    disk.put("d/e", "2").await.unwrap();
    fs::remove_file(disk.path("a")).unwrap();
    fs::remove_dir_all(disk.path("d")).unwrap();
    disk.put("a/b", "3").await.unwrap();
    disk.put("d", "4").await.unwrap();
    assert_eq!(disk.names().await, ["a/b", "d"]);
    assert_eq!(disk.get("d").await.unwrap(), "4");
    assert!(disk.info("d").await.unwrap().crc64.is_some());
}

#[tokio::test]
async fn what_is_nobodys_object_is_neither_listed_nor_in_the_way() {
    let disk = disk();
    for foreign in ["what?.txt", "%-a", "%=/%+x", "%+x/y", "sub/CON", "%-%41", "trailing."] {
        write(&disk, foreign, "x");
    }
    fs::create_dir_all(disk.path("empty/folders")).unwrap();
    assert_eq!(disk.names().await, Vec::<String>::new());
    disk.put("what?.txt", "mine").await.unwrap();
    assert_eq!(disk.get("what?.txt").await.unwrap(), "mine");
    assert_eq!(disk.names().await, ["what?.txt"]);
    let page = disk.list(ListOptions::default().with_delimiter("/")).await.unwrap();
    assert_eq!(page.common_prefixes, Vec::<String>::new(), "a folder without objects is no prefix");
}

/// The sign of a file system that takes `A` for `a`: the file of `a` is found under the name `A`, with the attributes.
#[tokio::test]
async fn the_file_of_another_spelling_is_neither_read_nor_overwritten_nor_deleted() {
    let disk = disk();
    disk.put("Report.txt", "precious").await.unwrap();
    for folder in ["", ".storages/attributes/"] {
        let (from, to) = (format!("{folder}Report.txt"), format!("{folder}report.txt"));
        fs::rename(disk.path(&from), disk.path(&to)).unwrap();
    }
    let error = disk.get("report.txt").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("one named `Report.txt`"), "{error}");
    let error = disk.put("report.txt", "other").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    disk.delete("report.txt").await.unwrap();
    assert_eq!(fs::read(disk.path("report.txt")).unwrap(), b"precious");
}

/// A second `.storages` in capitals makes the storage look at every spelling, as where the file system folds case.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn looking_at_spellings_refuses_none_that_is_right() {
    let disk = disk();
    write(&disk, ".STORAGES", "x");
    for object in ["a/b", "a/B", "A/b", "a", "a/b", "a//b", "c.TXT"] {
        disk.put(object, object.to_owned()).await.unwrap();
        assert_eq!(disk.get(object).await.unwrap(), object);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn symbolic_links_are_refused_everywhere() {
    use std::os::unix::fs::symlink;
    let disk = disk();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    disk.put("inside", "x").await.unwrap();
    symlink(outside.path(), disk.path("out")).unwrap();
    symlink(outside.path().join("secret"), disk.path("link")).unwrap();
    symlink(disk.path("inside"), disk.path("within")).unwrap();
    symlink(outside.path(), disk.path(".storages/attributes/meta")).unwrap();
    for object in ["out/secret", "link", "within", "out/new", "meta/x"] {
        let error = disk.put(object, "evil").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{object}: {error}");
        assert!(error.to_string().contains("is a symbolic link"), "{error}");
        assert!(!error.to_string().contains(disk.directory.to_str().unwrap()), "{error}");
        if object != "meta/x" {
            assert_eq!(disk.get(object).await.unwrap_err().kind(), ErrorKind::PermissionDenied, "{object}");
            assert_eq!(disk.delete(object).await.unwrap_err().kind(), ErrorKind::PermissionDenied, "{object}");
        }
    }
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    assert_eq!(fs::read(outside.path().join("secret")).unwrap(), b"secret");
    assert_eq!(disk.names().await, ["inside"]);
    assert!(disk.list(ListOptions::prefix("out/")).await.unwrap().objects.is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_linked_directory_itself_is_the_configured_one() {
    let disk = disk();
    let real = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(real.path(), &disk.directory).unwrap();
    disk.put("a", "x").await.unwrap();
    assert_eq!(fs::read(real.path().join("a")).unwrap(), b"x");
}

#[cfg(unix)]
#[tokio::test]
async fn pipes_are_refused_and_hang_nobody() {
    let disk = disk();
    disk.put("a", "x").await.unwrap();
    let made = std::process::Command::new("mkfifo").arg(disk.path("pipe")).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    assert_eq!(disk.get("pipe").await.unwrap_err().kind(), ErrorKind::PermissionDenied);
    assert_eq!(disk.names().await, ["a"]);
}

#[tokio::test]
async fn a_file_in_place_of_the_directory_is_an_error() {
    let disk = disk();
    fs::write(&disk.directory, "a file").unwrap();
    for error in [
        disk.get("a").await.map(drop).unwrap_err(),
        disk.put("a", "x").await.map(drop).unwrap_err(),
        disk.list(ListOptions::default()).await.map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(!error.to_string().contains(disk.directory.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_grows_while_it_is_inspected_is_served_in_one_state() {
    let disk = disk();
    write(&disk, "log", "line\n");
    let old = SystemTime::now() - Duration::from_secs(3600);
    File::options().write(true).open(disk.path("log")).unwrap().set_modified(old).unwrap();
    let info = disk.info("log").await.unwrap();
    assert_eq!((info.size, info.last_modified), (5, Some(old)));
}
