//! What a restart finds.

use std::path::Path;

use oss_server::StartError;

use crate::client::{begin, builder, call, get, put};

pub(crate) fn files(folder: &Path) -> usize {
    let mut count = 0;
    let mut folders = vec![folder.join("blobs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                count += 1;
            }
        }
    }
    count
}

#[tokio::test]
async fn a_restart_finds_everything() {
    let folder = tempfile::tempdir().unwrap();
    let large: Vec<u8> = (0..300_000).map(|index| (index % 240) as u8).collect();
    let server = builder().data_dir(folder.path()).start().await.unwrap();
    put(&server, "small", "text").await.expect(200);
    put(&server, "large", large.clone()).await.expect(200);
    call(&server, "POST", "docs", "log")
        .query("append", "")
        .query("position", "0")
        .body("abc")
        .send()
        .await
        .expect(200);
    let upload = call(&server, "POST", "docs", "parts").query("uploads", "").send().await.expect(200);
    let id = oss_protocol::xml::InitiateMultipartUploadResult::read(&upload.body).unwrap().upload_id;
    let part = |server: &_, number: &str, body: Vec<u8>| {
        call(server, "PUT", "docs", "parts").query("partNumber", number).query("uploadId", &id).body(body)
    };
    part(&server, "1", large.clone()).send().await.expect(200);
    call(&server, "PUT", "docs", "").query("acl", "").header("x-oss-acl", "public-read").send().await.expect(200);
    let modified = get(&server, "small").await.header("last-modified").unwrap().to_owned();
    server.stop().await;

    let server = builder().data_dir(folder.path()).start().await.unwrap();
    let read = get(&server, "small").await.expect(200);
    assert_eq!((read.body.as_slice(), read.header("last-modified")), (b"text".as_slice(), Some(modified.as_str())));
    assert!(get(&server, "large").await.expect(200).body == large);
    let append = call(&server, "POST", "docs", "log").query("append", "").query("position", "3").body("def");
    append.send().await.expect(200);
    assert_eq!(get(&server, "log").await.body, b"abcdef");
    part(&server, "2", b"end".to_vec()).send().await.expect(200);
    let complete = call(&server, "POST", "docs", "parts").query("uploadId", &id).header("x-oss-complete-all", "yes");
    complete.send().await.expect(200);
    assert!(get(&server, "parts").await.body == [large, b"end".to_vec()].concat());
    let acl = call(&server, "GET", "docs", "").query("acl", "").send().await;
    assert!(acl.text().contains("public-read"));
    server.stop().await;
}

#[tokio::test]
async fn what_is_replaced_or_deleted_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let server = builder().data_dir(folder.path()).start().await.unwrap();
    for round in 0..3_u8 {
        put(&server, "a", vec![round; 100_000]).await.expect(200);
    }
    put(&server, "b", vec![9; 100_000]).await.expect(200);
    call(&server, "PUT", "docs", "c").header("x-oss-copy-source", "/docs/b").send().await.expect(200);
    call(&server, "DELETE", "docs", "b").send().await.expect(204);
    let damaged = call(&server, "PUT", "docs", "d").body(vec![1; 100_000]).header("x-oss-hash-crc64ecma", "1");
    damaged.send().await.refused(400, "InvalidCRC64");
    let upload = call(&server, "POST", "docs", "e").query("uploads", "").send().await.expect(200);
    let id = oss_protocol::xml::InitiateMultipartUploadResult::read(&upload.body).unwrap().upload_id;
    for number in ["1", "1", "2"] {
        let part = call(&server, "PUT", "docs", "e").query("partNumber", number).query("uploadId", &id);
        part.body(vec![1; 100_000]).send().await.expect(200);
    }
    call(&server, "DELETE", "docs", "e").query("uploadId", &id).send().await.expect(204);
    server.stop().await;
    let server = builder().data_dir(folder.path()).start().await.unwrap();
    server.stop().await;
    wait_until(|| files(folder.path()) == 2).await;
}

/// Files go on a thread of their own, some time after the answer.
pub(crate) async fn wait_until(mut holds: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !holds() {
        assert!(std::time::Instant::now() < deadline, "it never came true");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn leftovers_of_a_killed_server_are_swept_and_its_objects_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let server = builder().data_dir(folder.path()).start().await.unwrap();
    put(&server, "kept", vec![1; 100_000]).await.expect(200);
    server.stop().await;
    // As a killed upload leaves it: a file with a number of that run, which no record names.
    let orphan = folder.path().join("blobs/ff/00000000000000ff");
    std::fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    std::fs::write(&orphan, "half an object").unwrap();
    let server = builder().data_dir(folder.path()).start().await.unwrap();
    wait_until(|| !orphan.exists()).await;
    assert_eq!(get(&server, "kept").await.expect(200).body, vec![1; 100_000]);
    server.stop().await;
}

#[tokio::test]
async fn two_servers_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let server = builder().data_dir(folder.path()).start().await.unwrap();
    let error = builder().data_dir(folder.path()).start().await.unwrap_err();
    assert!(matches!(error, StartError::DataDir { .. }));
    assert!(error.to_string().contains("another server uses it"), "{error}");
    server.stop().await;
    builder().data_dir(folder.path()).start().await.unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_free_when_its_server_has_stopped_amid_uploads() {
    let folder = tempfile::tempdir().unwrap();
    let server = builder().data_dir(folder.path()).start().await.unwrap();
    let mut halted = Vec::new();
    for number in 0..50 {
        let key = number.to_string();
        let put = call(&server, "PUT", "docs", &key);
        let append = call(&server, "POST", "docs", &key).query("append", "").query("position", "0");
        halted.push(begin(if number % 2 == 0 { put } else { append }, 6).await);
    }
    server.stop().await;
    let server = builder().data_dir(folder.path()).start().await.unwrap();
    get(&server, "0").await.refused(404, "NoSuchKey");
    server.stop().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let error = builder().data_dir(&file).start().await.unwrap_err();
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
    let garbage = folder.path().join("garbage");
    std::fs::create_dir(&garbage).unwrap();
    std::fs::write(garbage.join("index.redb"), "this is no database").unwrap();
    let error = builder().data_dir(&garbage).start().await.unwrap_err();
    assert!(error.to_string().contains("database"), "{error}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let server = builder().start().await.unwrap();
    let error = builder().port(server.port()).start().await.unwrap_err();
    assert!(error.to_string().contains(&server.port().to_string()), "{error}");
}

#[tokio::test]
async fn a_folder_of_another_layout_is_refused_untouched() {
    const SETTINGS: redb::TableDefinition<'_, &str, u64> = redb::TableDefinition::new("settings");
    for layout in [1, 99] {
        let folder = tempfile::tempdir().unwrap();
        builder().data_dir(folder.path()).start().await.unwrap().stop().await;
        let index = folder.path().join("index.redb");
        let set = |layout: u64| {
            let database = redb::Database::open(&index).unwrap();
            let transaction = database.begin_write().unwrap();
            let old = transaction.open_table(SETTINGS).unwrap().insert("format", layout).unwrap().unwrap().value();
            transaction.commit().unwrap();
            old
        };
        let known = set(layout);
        let error = builder().data_dir(folder.path()).start().await.unwrap_err().to_string();
        let expected = format!("another version of the server wrote it (layout {layout}, this one knows {known})");
        assert!(error.contains(&expected) && error.contains("another folder"), "{error}");
        set(known);
        builder().data_dir(folder.path()).start().await.unwrap().stop().await;
    }
}
