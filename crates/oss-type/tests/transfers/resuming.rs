//! Uploads of files that go on where an earlier one stopped.

use std::fs;
use std::path::Path;

use meta::{Body, Checkpoint, ErrorKind, StorageElement, UploadOptions};
use oss_server::Fault;

use super::content::{content, file};
use super::embedded::element;
use super::proxy::{Fate, Proxy, Seen};
use super::{IN_PARTS, PART, server, unfinished};

fn resumable() -> UploadOptions {
    UploadOptions::default().with_checkpoint(Checkpoint::Beside)
}

async fn upload(oss: &StorageElement, path: &Path) -> meta::Result<meta::Uploaded> {
    oss.upload_with("a.bin", Body::file(path), resumable()).await
}

/// How many parts were sent.
fn parts(seen: &[Seen]) -> usize {
    seen.iter().filter(|seen| seen.has_parameter("partNumber")).count()
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_failed_upload_goes_on_with_the_parts_that_oss_has() {
    let server = server().await;
    let proxy = Proxy::start(&server, |_| Fate::Pass).await;
    let oss = element(&server, &[IN_PARTS, &[("endPoint", &proxy.endpoint())]].concat());
    let data = content(1, 10 * PART + 3);
    let (folder, path) = file(&data);
    server.inject(Fault::answer(403, "AccessDenied").on_parameter("partNumber").after(6).times(1000));
    let error = upload(&oss, &path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    server.clear_faults();
    assert_eq!(unfinished(&oss).await, ["a.bin"], "what is resumable stays");
    let page = oss.list_uploads(Default::default()).await.unwrap();
    let kept = oss.list_parts("a.bin", &page.uploads[0].upload_id).await.unwrap().len();
    assert!((1..11).contains(&kept), "{kept}");
    proxy.take_seen();
    let receipt = upload(&oss, &path).await.unwrap();
    assert_eq!(receipt.size, Some(data.len() as u64));
    assert_eq!(parts(&proxy.take_seen()), 11 - kept);
    assert_eq!(oss.download("a.bin").await.unwrap(), data);
    assert_eq!(names(folder.path()), ["content.bin"], "the note is gone");
    assert!(unfinished(&oss).await.is_empty());
}

#[tokio::test]
async fn who_may_not_look_at_the_parts_uploads_all_the_same() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let data = content(1, 6 * PART);
    let (folder, path) = file(&data);
    server.inject(Fault::answer(403, "AccessDenied").on_parameter("partNumber").after(3).times(1000));
    upload(&oss, &path).await.unwrap_err();
    server.clear_faults();
    server.inject(Fault::answer(403, "AccessDenied").on_method("GET").on_parameter("uploadId").times(1000));
    upload(&oss, &path).await.unwrap();
    server.clear_faults();
    assert_eq!(oss.download("a.bin").await.unwrap(), data);
    assert_eq!(names(folder.path()), ["content.bin"], "the note is gone");
    assert!(unfinished(&oss).await.is_empty());
}

#[tokio::test]
async fn a_changed_file_starts_anew() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let (_folder, path) = file(&content(1, 6 * PART));
    server.inject(Fault::answer(403, "AccessDenied").on_parameter("partNumber").after(3).times(1000));
    upload(&oss, &path).await.unwrap_err();
    server.clear_faults();
    let other = content(2, 6 * PART);
    fs::write(&path, &other).unwrap();
    upload(&oss, &path).await.unwrap();
    assert_eq!(oss.download("a.bin").await.unwrap(), other);
    assert!(unfinished(&oss).await.is_empty(), "the parts of the old file are taken away");
}

#[tokio::test]
async fn a_file_that_shrank_leaves_no_parts_of_its_old_self() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let (folder, path) = file(&content(1, 6 * PART));
    server.inject(Fault::answer(403, "AccessDenied").on_parameter("partNumber").after(3).times(1000));
    upload(&oss, &path).await.unwrap_err();
    server.clear_faults();
    fs::write(&path, "small now").unwrap();
    upload(&oss, &path).await.unwrap();
    assert_eq!(&oss.download("a.bin").await.unwrap()[..], b"small now");
    assert!(unfinished(&oss).await.is_empty());
    assert_eq!(names(folder.path()), ["content.bin"]);
}

#[tokio::test]
async fn a_file_that_changed_without_showing_it_is_found_out() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let (_folder, path) = file(&content(1, 6 * PART));
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    server.inject(Fault::answer(403, "AccessDenied").on_parameter("partNumber").after(3).times(1000));
    upload(&oss, &path).await.unwrap_err();
    server.clear_faults();
    let other = content(2, 6 * PART);
    fs::write(&path, &other).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    upload(&oss, &path).await.unwrap();
    assert_eq!(oss.download("a.bin").await.unwrap(), other);
}

#[tokio::test]
async fn other_options_another_name_and_an_upload_that_is_gone_start_anew() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let data = content(1, 6 * PART);
    let (folder, path) = file(&data);
    let interrupt = async || {
        server.inject(Fault::answer(403, "AccessDenied").on_parameter("partNumber").after(3).times(1000));
        upload(&oss, &path).await.unwrap_err();
        server.clear_faults();
    };
    interrupt().await;
    let typed = resumable().with_content_type("text/x");
    oss.upload_with("a.bin", Body::file(&path), typed).await.unwrap();
    assert_eq!(oss.get_object("a.bin").await.unwrap().content_type.as_deref(), Some("text/x"));
    assert!(unfinished(&oss).await.is_empty());

    interrupt().await;
    oss.upload_with("b.bin", Body::file(&path), resumable()).await.unwrap();
    assert_eq!(unfinished(&oss).await, ["a.bin"], "another object is another upload");
    assert_eq!(oss.abort_uploads("").await.unwrap(), 1);
    upload(&oss, &path).await.unwrap();
    assert_eq!(oss.download("a.bin").await.unwrap(), data);
    assert_eq!(names(folder.path()), ["content.bin"]);
}

#[tokio::test]
async fn a_note_that_says_nonsense_starts_anew() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let data = content(1, 4 * PART);
    let (folder, path) = file(&data);
    server.inject(Fault::answer(403, "AccessDenied").on_parameter("partNumber").after(2).times(1000));
    upload(&oss, &path).await.unwrap_err();
    server.clear_faults();
    let note = names(folder.path()).into_iter().find(|name| name.ends_with(".upload")).unwrap();
    let whole = fs::read_to_string(folder.path().join(&note)).unwrap();
    assert!(!whole.contains(server.access_key_secret()) && !whole.contains(server.access_key_id()));
    let broken = [
        String::new(),
        "{".to_owned(),
        "[]\n".to_owned(),
        "\0\0\n".to_owned(),
        whole.replace("\"uploadId\":\"", "\"uploadId\":\"0"),
        whole.replace("\"partSize\":102400", "\"partSize\":0"),
        whole.replace("\"size\":", "\"size\":1"),
    ];
    for nonsense in broken {
        fs::write(folder.path().join(&note), nonsense).unwrap();
        upload(&oss, &path).await.unwrap();
        assert_eq!(oss.download("a.bin").await.unwrap(), data);
    }
}

#[tokio::test]
async fn the_note_may_lie_elsewhere() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    let data = content(1, 4 * PART);
    let (folder, path) = file(&data);
    let notes = tempfile::tempdir().unwrap();
    let inside = notes.path().join("made/when/missing");
    let options = UploadOptions::default().with_checkpoint(Checkpoint::In(inside.clone()));
    server.inject(Fault::answer(403, "AccessDenied").on_parameter("partNumber").after(2).times(1000));
    oss.upload_with("a.bin", Body::file(&path), options.clone()).await.unwrap_err();
    server.clear_faults();
    assert_eq!(names(folder.path()), ["content.bin"]);
    assert_eq!(names(&inside).len(), 1);
    oss.upload_with("a.bin", Body::file(&path), options).await.unwrap();
    assert_eq!(oss.download("a.bin").await.unwrap(), data);
    assert!(names(&inside).is_empty());
    // Where no note can be written nothing is begun that nobody would find again.
    let blocked = UploadOptions::default().with_checkpoint(Checkpoint::In(path.clone()));
    let error = oss.upload_with("c.bin", Body::file(&path), blocked).await.unwrap_err();
    assert!(error.to_string().contains("cannot use the checkpoint"), "{error}");
    assert!(unfinished(&oss).await.is_empty());
}
