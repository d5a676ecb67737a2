//! Downloads to files, part by part.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use meta::{Checkpoint, Conditions, ErrorKind, FileDownloadOptions};

use super::content::content;
use super::embedded::element;
use super::proxy::{Fate, Proxy};
use super::{IN_PARTS, PART, server};

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn files_of_any_size_come_whole() {
    let server = server().await;
    let proxy = Proxy::start(&server, |_| Fate::Pass).await;
    let oss = element(&server, &[IN_PARTS, &[("endPoint", &proxy.endpoint())]].concat());
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.bin");
    for size in [0, 1, PART, PART + 1, 9 * PART + 5] {
        let data = content(size as u64, size);
        oss.upload_by_file("a.bin", data.clone(), None).await.unwrap();
        proxy.take_seen();
        let told = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&told);
        let options = FileDownloadOptions::default().with_progress(move |at| sink.lock().unwrap().push(at.bytes));
        let info = oss.download_to_file_with("a.bin", &target, options).await.unwrap();
        assert_eq!(info.size, size as u64);
        assert_eq!(fs::read(&target).unwrap(), data);
        let ranges = proxy.take_seen().iter().filter(|seen| seen.header("range").is_some()).count();
        assert_eq!(ranges, if size > PART { size.div_ceil(PART) } else { 0 }, "{size}");
        let told = told.lock().unwrap();
        assert!(told.is_sorted() && told.last().copied().unwrap_or_default() == size as u64, "{told:?}");
        assert_eq!(names(folder.path()), ["a.bin"]);
    }
}

#[tokio::test]
async fn an_interrupted_download_goes_on_with_the_parts_that_it_has() {
    let server = server().await;
    let proxy = Proxy::start(&server, |_| Fate::Pass).await;
    let oss = element(&server, &[IN_PARTS, &[("endPoint", &proxy.endpoint())]].concat());
    let data = content(1, 12 * PART);
    oss.upload_by_file("a.bin", data.clone(), None).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.bin");
    fs::write(&target, "old").unwrap();
    let options = || FileDownloadOptions::default().with_checkpoint(Checkpoint::Beside);
    let (stop, mut stopped) = tokio::sync::oneshot::channel();
    let stop = Mutex::new(Some(stop));
    let until = options().with_progress(move |at| {
        if at.bytes > 6 * PART as u64
            && let Some(stop) = stop.lock().unwrap().take()
        {
            stop.send(()).ok();
        }
    });
    tokio::select! {
        _ = &mut stopped => {}
        done = oss.download_to_file_with("a.bin", &target, until) => panic!("it was to be stopped: {done:?}"),
    }
    assert_eq!(fs::read(&target).unwrap(), b"old");
    assert_eq!(names(folder.path()).len(), 3, "the target, what has come, and the note");
    proxy.take_seen();
    oss.download_to_file_with("a.bin", &target, options()).await.unwrap();
    assert_eq!(fs::read(&target).unwrap(), data);
    let again = proxy.take_seen().iter().filter(|seen| seen.header("range").is_some()).count();
    assert!(again < 10, "{again} of 12 parts were read again");
    assert_eq!(names(folder.path()), ["a.bin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_states_of_an_object_are_never_mixed() {
    let server = server().await;
    let (old, new) = (content(1, 8 * PART), content(2, 8 * PART));
    let clean = element(&server, &[]);
    clean.upload_by_file("a.bin", old.clone(), None).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.bin");
    for checkpoint in [None, Some(Checkpoint::Beside)] {
        clean.upload_by_file("a.bin", old.clone(), None).await.unwrap();
        let oss = element(&server, &[("partSizeBytes", "102400"), ("parallelParts", "1")]);
        let (other, changed) = (clean.clone(), new.clone());
        let mut options = FileDownloadOptions::default().with_parallel(2).with_progress(move |at| {
            if at.bytes == at.total.unwrap() / 2 {
                let (other, changed) = (other.clone(), changed.clone());
                let write = async move { other.upload_by_file("a.bin", changed, None).await.unwrap() };
                std::thread::spawn(|| {
                    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(write)
                })
                .join()
                .unwrap();
            }
        });
        options.checkpoint = checkpoint;
        match oss.download_to_file_with("a.bin", &target, options.clone()).await {
            Ok(_) => assert_eq!(fs::read(&target).unwrap(), old),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
                assert!(!target.exists());
            }
        }
        options.progress = None;
        oss.download_to_file_with("a.bin", &target, options).await.unwrap();
        let got = fs::read(&target).unwrap();
        assert!(got == new || got == old);
        assert_eq!(got, clean.download("a.bin").await.unwrap());
        fs::remove_file(&target).unwrap();
    }
}

#[tokio::test]
async fn conditions_and_nonsense_are_answered_before_a_file_is_made() {
    let server = server().await;
    let oss = element(&server, IN_PARTS);
    oss.upload_by_file("a.bin", content(1, 3 * PART), None).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.bin");
    let options = FileDownloadOptions::default;
    for (options, kind) in [
        (options().with_conditions(Conditions::default().with_if_match("no")), ErrorKind::PreconditionFailed),
        (options().with_part_size(10), ErrorKind::InvalidInput),
        (options().with_parallel(0), ErrorKind::InvalidInput),
        (options().with_parallel(65), ErrorKind::InvalidInput),
        (options().with_version_id(""), ErrorKind::InvalidInput),
    ] {
        let error = oss.download_to_file_with("a.bin", &target, options).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    let missing = folder.path().join("no/such/folder/a.bin");
    let error = oss.download_to_file("a.bin", missing).await.unwrap_err();
    assert!(error.to_string().contains("cannot write the file"), "{error}");
    assert_eq!(oss.download_to_file("none", &target).now_or_never().map(|done| done.is_ok()), None);
    assert!(names(folder.path()).is_empty());
}
