//! The verbs, as the contract promises them.

use std::time::{Duration, SystemTime};

use meta::Conditions;
use meta::prelude::*;

use crate::{disk, name};

#[tokio::test]
async fn what_was_uploaded_is_read_inspected_and_deleted() {
    let disk = disk();
    let before = SystemTime::now() - Duration::from_secs(2);
    let options = UploadOptions::default()
        .with_content_type("text/x-poem")
        .with_cache_control("no-cache")
        .with_content_disposition("attachment")
        .with_content_encoding("identity")
        .with_metadata("author", "alice");
    let uploaded = disk.put_with("users/a poem.txt", "roses", options).await.unwrap();
    assert_eq!(uploaded.url, "/storages/services/StorageSvc/preview?file=users%2Fa%20poem.txt");
    assert_eq!(uploaded.size, Some(5));
    assert_eq!(std::fs::read(disk.path("users/a poem.txt")).unwrap(), b"roses");

    assert_eq!(&disk.get("users/a poem.txt").await.unwrap()[..], b"roses");
    let info = disk.info("users/a poem.txt").await.unwrap();
    assert_eq!(info.size, 5);
    assert_eq!(info.content_type.as_deref(), Some("text/x-poem"));
    assert_eq!(info.cache_control.as_deref(), Some("no-cache"));
    assert_eq!(info.content_disposition.as_deref(), Some("attachment"));
    assert_eq!(info.content_encoding.as_deref(), Some("identity"));
    assert_eq!(info.metadata["author"], "alice");
    assert_eq!((&info.etag, info.crc64), (&uploaded.etag, uploaded.crc64));
    assert!(info.last_modified.unwrap() > before);

    disk.delete("users/a poem.txt").await.unwrap();
    for kind in [
        disk.get("users/a poem.txt").await.unwrap_err().kind(),
        disk.info("users/a poem.txt").await.unwrap_err().kind(),
    ] {
        assert_eq!(kind, ErrorKind::NotFound);
    }
    assert_eq!(disk.files(), Vec::<String>::new(), "neither data nor attributes are left");
    assert!(!disk.path("users").exists(), "the folder that became empty is gone");
    assert!(disk.directory.exists());
}

/// CRC-64/XZ of "123456789" stands in the catalogue of CRCs: 0x995DC9BBDF1939FA.
#[tokio::test]
async fn the_checksum_is_crc_64_xz() {
    let disk = disk();
    assert_eq!(disk.put("a", "123456789").await.unwrap().crc64, Some(0x995d_c9bb_df19_39fa));
}

#[tokio::test]
async fn a_type_that_is_not_given_is_guessed() {
    let disk = disk();
    for (object, content_type) in [
        ("a.jpg", "image/jpeg"),
        ("b/c.TXT", "text/plain"),
        ("d.html", "text/html"),
        ("e", "application/octet-stream"),
        ("f.unknown-extension", "application/octet-stream"),
        ("g.jpg/", "application/octet-stream"),
    ] {
        disk.put(object, "x").await.unwrap();
        assert_eq!(disk.info(object).await.unwrap().content_type.as_deref(), Some(content_type), "{object}");
    }
}

#[tokio::test]
async fn the_url_encodes_all_but_unreserved_characters() {
    let disk = disk();
    let url = disk.put("头像/a-b._~+&=?#%.jpg", "x").await.unwrap().url;
    assert_eq!(url, "/storages/services/StorageSvc/preview?file=%E5%A4%B4%E5%83%8F%2Fa-b._~%2B%26%3D%3F%23%25.jpg");
}

#[tokio::test]
async fn every_size_comes_back_whole_and_in_parts() {
    let disk = disk();
    for size in [0, 1, 255 * 1024, 256 * 1024, 256 * 1024 + 1, 3_000_000] {
        let content: Vec<u8> = (0..size).map(|at: u32| (at % 251) as u8).collect();
        disk.put("big", content.clone()).await.unwrap();
        assert_eq!(disk.get("big").await.unwrap(), content);
        assert_eq!(disk.info("big").await.unwrap().size, u64::from(size));
        for range in [
            ByteRange::From(0),
            ByteRange::From(300_000),
            ByteRange::Span { offset: 250_000, length: 600_000 },
            ByteRange::Span { offset: 0, length: 1 },
            ByteRange::Last(7),
        ] {
            let read = disk.get_with("big", DownloadOptions::default().with_range(range)).await;
            match range.within(u64::from(size)) {
                Some((offset, length)) => {
                    assert_eq!(read.unwrap(), content[offset as usize..(offset + length) as usize]);
                }
                None => assert_eq!(read.unwrap_err().kind(), ErrorKind::InvalidInput),
            }
        }
    }
}

#[tokio::test]
async fn a_part_comes_with_the_whole_objects_information() {
    let disk = disk();
    disk.put("a", "0123456789").await.unwrap();
    let options = DownloadOptions::default().with_range(ByteRange::Span { offset: 8, length: 9 });
    let download = disk.storage.download(&name("a"), options).await.unwrap();
    assert_eq!((download.info.size, download.span), (10, (8, 2)));
}

#[tokio::test]
async fn conditions_are_honoured() {
    let disk = disk();
    let etag = disk.put("a", "x").await.unwrap().etag.unwrap();
    let kind = async |conditions: Conditions| {
        let read = disk.get_with("a", DownloadOptions::default().with_conditions(conditions.clone())).await;
        let seen = disk.storage.get_object(&name("a"), GetObjectOptions::default().with_conditions(conditions)).await;
        let kinds = (read.map_err(|error| error.kind()).err(), seen.map_err(|error| error.kind()).err());
        assert_eq!(kinds.0, kinds.1);
        kinds.0
    };
    assert_eq!(kind(Conditions::default().with_if_match(&etag)).await, None);
    assert_eq!(kind(Conditions::default().with_if_none_match(&etag)).await, Some(ErrorKind::NotModified));
    disk.put("a", "y").await.unwrap();
    assert_eq!(kind(Conditions::default().with_if_match(&etag)).await, Some(ErrorKind::PreconditionFailed));
}

#[tokio::test]
async fn a_missing_object_counts_as_deleted_and_deletes_nothing() {
    let disk = disk();
    disk.delete("nothing/here").await.unwrap();
    assert!(!disk.directory.exists(), "a deletion of nothing creates nothing");
    disk.put("a/b", "x").await.unwrap();
    disk.delete("a").await.unwrap();
    disk.delete("a/b/c").await.unwrap();
    assert_eq!(disk.names().await, ["a/b"]);
}

#[tokio::test]
async fn many_are_deleted_and_each_is_reported() {
    let disk = disk();
    let mut targets = Vec::new();
    for at in 0..50 {
        disk.put(&format!("folder/{at}"), "x").await.unwrap();
        targets.push(DeleteTarget::new(name(&format!("folder/{at}"))));
    }
    targets.push(DeleteTarget::new(name("missing")));
    targets.push(DeleteTarget::new(name("kept")).with_version_id("1"));
    let report = disk.storage.delete(targets, DeleteOptions::default()).await.unwrap();
    assert_eq!(report.deleted.len(), 51);
    assert_eq!(report.failed.len(), 1);
    assert_eq!(report.failed[0].1.kind(), ErrorKind::Unsupported);
    assert_eq!(disk.names().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_the_type_cannot_do_it_says() {
    let disk = disk();
    let signed = disk.storage.get_sign_url(&name("a"), SignOptions::default()).await.unwrap_err();
    assert_eq!(signed.kind(), ErrorKind::Unsupported);
    assert!(signed.to_string().starts_with("get_sign_url is not supported by storages.DiskType: "), "{signed}");
    for error in [
        disk.storage.download(&name("a"), DownloadOptions::default().with_version_id("1")).await.map(drop).unwrap_err(),
        disk.storage
            .get_object(&name("a"), GetObjectOptions::default().with_version_id("1"))
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    let abilities: Vec<_> = disk.storage.abilities().iter().collect();
    assert_eq!(abilities, [Ability::List]);
}
