//! Atomicity: what readers see while, and after, something goes wrong.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, future, stream};
use meta::prelude::*;
use tokio::sync::Notify;

use crate::{Disk, disk, name};

/// Uploads a megabyte of a body that never ends, and gives it up when the storage has taken all there is.
async fn cancelled_upload(disk: &Disk, object: &str) {
    let waiting = Arc::new(Notify::new());
    let told = Arc::clone(&waiting);
    let chunks = stream::iter((0..4).map(|_| Ok(Bytes::from(vec![7_u8; 256 * 1024]))));
    let body = chunks.chain(stream::once(async move {
        told.notify_one();
        future::pending::<io::Result<Bytes>>().await
    }));
    tokio::select! {
        result = disk.put(object, Body::stream(body, None)) => panic!("it never ends, and gave {result:?}"),
        () = waiting.notified() => {}
    }
    // A write that had begun ends by itself, on its own thread.
    let gone = async {
        while disk.temporaries() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.expect("the temporary file goes with its upload");
}

#[tokio::test]
async fn a_cancelled_upload_leaves_the_old_object_and_nothing_else() {
    let disk = disk();
    cancelled_upload(&disk, "a").await;
    assert_eq!(disk.get("a").await.unwrap_err().kind(), ErrorKind::NotFound);
    disk.put("a", "old").await.unwrap();
    let files = disk.files();
    cancelled_upload(&disk, "a").await;
    assert_eq!(disk.get("a").await.unwrap(), "old");
    assert_eq!(disk.files(), files);
}

#[tokio::test]
async fn a_failing_body_leaves_the_old_object_and_nothing_else() {
    let disk = disk();
    disk.put("a", "old").await.unwrap();
    let files = disk.files();
    let body = || stream::iter([Ok(Bytes::from(vec![1; 300_000])), Err(io::Error::other("the cable was pulled"))]);
    let error = disk.put("a", Body::stream(body(), None)).await.unwrap_err();
    assert!(error.to_string().contains("the cable was pulled"), "{error}");
    assert_eq!(disk.get("a").await.unwrap(), "old");
    assert_eq!(disk.files(), files);
    let ours = stream::iter([Err(io::Error::other(Error::new(ErrorKind::Integrity, "the source is damaged")))]);
    assert_eq!(disk.put("b", Body::stream(ours, None)).await.unwrap_err().kind(), ErrorKind::Integrity);
}

#[tokio::test]
async fn a_wrong_announced_length_stores_nothing() {
    let disk = disk();
    for (announced, chunks) in [(5, vec!["ab"]), (3, vec!["ab", "cd"]), (0, vec!["a"]), (1, vec![])] {
        let body = stream::iter(chunks.into_iter().map(|chunk| Ok(Bytes::from(chunk))));
        let error = disk.put("a", Body::stream(body, Some(announced))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(&format!("announced with {announced} bytes")), "{error}");
        assert_eq!(disk.get("a").await.unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert_eq!(disk.files(), Vec::<String>::new());
}

#[tokio::test]
async fn a_stream_of_small_chunks_arrives_whole() {
    let disk = disk();
    let content: Vec<u8> = (0..700_000_u32).map(|at| (at % 253) as u8).collect();
    let chunks: Vec<_> = content.chunks(1021).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    disk.put("a", Body::stream(stream::iter(chunks), None)).await.unwrap();
    assert_eq!(disk.get("a").await.unwrap(), content);
}

/// Two storages on one directory stand for two processes: they share nothing but the files.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_concurrent_writers_one_wins_with_bytes_and_attributes() {
    let disk = disk();
    let other = disk_type::DiskStorage::at(&disk.directory);
    let mut writers = Vec::new();
    for writer in 0..24_u8 {
        let storage = if writer % 2 == 0 { disk.storage.clone() } else { other.clone() };
        writers.push(tokio::spawn(async move {
            for round in 0..5_u8 {
                let content = vec![writer; 100_000 + usize::from(round)];
                let options = UploadOptions::default().with_metadata("writer", writer.to_string());
                storage.upload_by_file(&name("contested"), content.into(), options).await.unwrap();
            }
        }));
    }
    let reader = tokio::spawn({
        let storage = other.clone();
        async move {
            let mut seen = 0;
            for _ in 0..300 {
                match storage.download(&name("contested"), DownloadOptions::default()).await {
                    Ok(download) => {
                        let info = download.info.clone();
                        let bytes = download.bytes().await.unwrap();
                        check_whole(&info, &bytes);
                        seen += 1;
                    }
                    Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound),
                }
            }
            seen
        }
    });
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(reader.await.unwrap() > 0);
    check_whole(&disk.info("contested").await.unwrap(), &disk.get("contested").await.unwrap());
    assert_eq!(disk.temporaries(), 0);
}

fn check_whole(info: &ObjectInfo, bytes: &[u8]) {
    assert_eq!(info.size, bytes.len() as u64);
    assert!(bytes.iter().all(|byte| byte.to_string() == info.metadata["writer"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_concurrent_writers_that_may_not_overwrite_one_succeeds() {
    for _ in 0..5 {
        let disk = disk();
        let other = disk_type::DiskStorage::at(&disk.directory);
        let attempts = (0..16_u8).map(|writer| {
            let storage = if writer % 2 == 0 { disk.storage.clone() } else { other.clone() };
            tokio::spawn(async move {
                let options = UploadOptions::default().without_overwriting();
                storage.upload_by_file(&name("a"), vec![writer; 1000].into(), options).await.map_err(|e| e.kind())
            })
        });
        let results: Vec<_> = future::join_all(attempts).await.into_iter().map(Result::unwrap).collect();
        let winners: Vec<_> = (0_u8..).zip(&results).filter(|(_, result)| result.is_ok()).collect();
        assert_eq!(winners.len(), 1);
        assert!(results.iter().all(|result| result.is_ok() || *result == Err(ErrorKind::AlreadyExists)));
        assert_eq!(disk.get("a").await.unwrap(), vec![winners[0].0; 1000]);
    }
}

/// Folders come and go, and objects move aside, while others write and read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_deleters_and_folders_do_not_get_in_each_others_way() {
    let disk = disk();
    let other = disk_type::DiskStorage::at(&disk.directory);
    // Nobody deletes it, so it must be found by every read and on every list from its first write on.
    disk.put("a", "0").await.unwrap();
    let names = ["a/b", "a/b/c", "a/b/c/d"];
    let workers = (0..9_usize).map(|worker| {
        let storage = if worker % 2 == 0 { disk.storage.clone() } else { other.clone() };
        let object = name(names[worker % 3]);
        tokio::spawn(async move {
            for round in 0..40 {
                if (round + worker) % 2 == 0 {
                    let content = object.as_str().repeat(round + 1);
                    storage.upload_by_file(&object, content.into(), UploadOptions::default()).await.unwrap();
                } else {
                    let report = storage.delete(vec![object.clone().into()], DeleteOptions::default()).await.unwrap();
                    assert!(report.failed.is_empty(), "{report:?}");
                }
                let read = storage.download(&name("a"), DownloadOptions::default()).await.unwrap().bytes().await;
                read.unwrap();
                let listed = storage.abilities().list.unwrap().list(meta::ListOptions::default()).await.unwrap();
                assert_eq!(listed.objects[0].name.as_str(), "a");
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    for round in 0..40 {
        disk.put("a", round.to_string()).await.unwrap();
    }
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(disk.get("a").await.unwrap(), "39");
    for object in names {
        disk.delete(object).await.unwrap();
    }
    assert_eq!(disk.names().await, ["a"]);
    disk.delete("a").await.unwrap();
    assert_eq!(disk.files(), Vec::<String>::new());
}

#[tokio::test]
async fn a_reader_keeps_the_version_that_it_opened() {
    let disk = disk();
    let old = vec![1_u8; 1_000_000];
    disk.put("a", old.clone()).await.unwrap();
    let download = disk.storage.download(&name("a"), DownloadOptions::default()).await.unwrap();
    disk.put("a", vec![2_u8; 1_000_000]).await.unwrap();
    let second = disk.storage.download(&name("a"), DownloadOptions::default()).await.unwrap();
    disk.delete("a").await.unwrap();
    assert_eq!(download.bytes().await.unwrap(), old);
    assert_eq!(second.bytes().await.unwrap(), vec![2_u8; 1_000_000]);
}

#[tokio::test]
async fn two_versions_never_share_size_and_time() {
    let disk = disk();
    let mut last = None;
    for round in 0..50_u8 {
        disk.put("a", vec![round]).await.unwrap();
        let modified = disk.info("a").await.unwrap().last_modified;
        assert!(modified > last, "round {round}");
        last = modified;
    }
    assert!(last.unwrap() < std::time::SystemTime::now() + Duration::from_secs(1));
}

#[tokio::test]
async fn what_a_dead_process_left_is_swept_by_the_next_that_writes() {
    let disk = disk();
    std::fs::create_dir_all(disk.path(".storages/temporary")).unwrap();
    std::fs::write(disk.path(".storages/temporary/4711-00"), b"half").unwrap();
    assert_eq!(disk.names().await, Vec::<String>::new());
    assert_eq!(disk.temporaries(), 1, "reading changes nothing");
    disk.put("a", "x").await.unwrap();
    assert_eq!(disk.temporaries(), 0);
}
