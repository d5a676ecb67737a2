//! Versions of objects.

use futures_util::TryStreamExt;
use meta::{
    CopyOptions, DownloadOptions, ErrorKind, FileDownloadOptions, GetObjectOptions, ListVersionsOptions, SignMethod,
    SignOptions, StorageElement,
};

use super::bucket::set_versioning;
use super::embedded::{element, server};

async fn upload(oss: &StorageElement, name: &str, content: &'static str) -> String {
    oss.upload_by_file(name, content, None).await.unwrap().version_id.unwrap()
}

/// What a listing says of each version: name, whether it is the current one, whether it is a marker.
async fn listed(oss: &StorageElement, options: ListVersionsOptions) -> Vec<(String, bool, bool)> {
    let versions: Vec<_> = oss.list_versions_stream(options).try_collect().await.unwrap();
    let of =
        |version: meta::ObjectVersion| (version.info.name.to_string(), version.is_latest, version.is_delete_marker);
    versions.into_iter().map(of).collect()
}

#[tokio::test]
async fn old_versions_are_read_listed_and_brought_back() {
    let server = server().await;
    set_versioning(&server, "Enabled").await;
    let oss = element(&server, &[]);
    let first = upload(&oss, "a", "first").await;
    let second = upload(&oss, "a", "second").await;
    assert_ne!(first, second);
    assert_eq!(&oss.download("a").await.unwrap()[..], b"second");
    for (version, content) in [(&first, "first"), (&second, "second")] {
        let options = DownloadOptions::default().with_version_id(version);
        let download = oss.download_stream("a", options).await.unwrap();
        assert_eq!(download.info.version_id.as_ref(), Some(version));
        assert_eq!(download.bytes().await.unwrap(), content);
        let info = oss.get_object_with("a", GetObjectOptions::default().with_version_id(version)).await.unwrap();
        assert_eq!(info.size, content.len() as u64);
        let signed = oss.sign("a", SignOptions::new(SignMethod::Get).with_version_id(version)).await.unwrap();
        assert_eq!(reqwest::get(&signed.url).await.unwrap().text().await.unwrap(), content);
        let folder = tempfile::tempdir().unwrap();
        let options = FileDownloadOptions::default().with_version_id(version);
        oss.download_to_file_with("a", folder.path().join("a"), options).await.unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("a")).unwrap(), content);
    }
    let copied = oss.copy("a", "b", CopyOptions::default().with_version_id(&first)).await.unwrap();
    assert!(copied.version_id.is_some());
    assert_eq!(&oss.download("b").await.unwrap()[..], b"first");

    let marker = oss.delete("a").await.unwrap().version_id.unwrap();
    assert_eq!(oss.download("a").await.unwrap_err().kind(), ErrorKind::NotFound);
    let all = listed(&oss, ListVersionsOptions::prefix("a")).await;
    let line = |is_latest, is_marker| ("a".to_owned(), is_latest, is_marker);
    assert_eq!(all, [line(true, true), line(false, false), line(false, false)]);
    let by_one = listed(&oss, ListVersionsOptions::prefix("a").with_limit(1)).await;
    assert_eq!(by_one, all);
    oss.delete_version("a", &marker).await.unwrap();
    assert_eq!(&oss.download("a").await.unwrap()[..], b"second");
    oss.delete_version("a", &second).await.unwrap();
    assert_eq!(&oss.download("a").await.unwrap()[..], b"first");
    assert_eq!(listed(&oss, ListVersionsOptions::prefix("a")).await, [line(true, false)]);
}

#[tokio::test]
async fn a_version_that_is_none_is_not_found() {
    let server = server().await;
    set_versioning(&server, "Enabled").await;
    let oss = element(&server, &[]);
    upload(&oss, "a", "content").await;
    let options =
        DownloadOptions::default().with_version_id("CAEQNhiBgMDJgZCA0BYiIDc4MGZjZGI2OTBjOTRmNTE5NmU5NmFhZjhjYmY0");
    let error = oss.download_stream("a", options).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput), "{error}");
    let error = oss.delete_version("a", "").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(&oss.download("a").await.unwrap()[..], b"content");
}

#[tokio::test]
async fn folders_of_versions_roll_up() {
    let server = server().await;
    set_versioning(&server, "Enabled").await;
    let oss = element(&server, &[]);
    for name in ["a", "dir/x", "dir/y", "目录/文 件"] {
        upload(&oss, name, "1").await;
        upload(&oss, name, "2").await;
    }
    let page = oss.list_versions(ListVersionsOptions::default().with_delimiter("/")).await.unwrap();
    assert_eq!(page.common_prefixes, ["dir/", "目录/"]);
    assert_eq!(page.versions.len(), 2);
    assert_eq!(listed(&oss, ListVersionsOptions::prefix("目录/").with_limit(1)).await.len(), 2);
    set_versioning(&server, "Suspended").await;
    assert_eq!(upload(&oss, "a", "3").await, "null");
    assert_eq!(listed(&oss, ListVersionsOptions::prefix("a")).await.len(), 3);
}

#[tokio::test]
async fn large_uploads_are_versions_too() {
    let server = server().await;
    set_versioning(&server, "Enabled").await;
    let oss = element(&server, &[("partSizeBytes", "102400")]);
    let first = oss.upload_by_file("a", vec![1; 250_000], None).await.unwrap().version_id.unwrap();
    oss.upload_by_file("a", vec![2; 250_000], None).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a");
    oss.download_to_file_with("a", &target, FileDownloadOptions::default().with_version_id(first)).await.unwrap();
    assert!(std::fs::read(&target).unwrap() == vec![1; 250_000]);
}
