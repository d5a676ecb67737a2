//! Archived objects.

use std::time::Duration;

use meta::{ErrorKind, RestoreOptions, Restoring, UploadOptions};
use oss_server::OssServer;

use super::embedded::{BUCKET, element};

#[tokio::test]
async fn an_archived_object_is_read_once_it_is_restored() {
    let server = OssServer::builder().bucket(BUCKET).restore_takes(Duration::from_secs(60)).start().await.unwrap();
    let oss = element(&server, &[]);
    oss.upload_with("a", "content".into(), UploadOptions::default().with_storage_class("Archive")).await.unwrap();
    let error = oss.download("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.to_string().ends_with("restore it first"), "{error}");
    let restore = async || oss.restore("a", RestoreOptions::default().with_days(2)).await.unwrap();
    assert_eq!(restore().await, Restoring::Underway);
    assert_eq!(restore().await, Restoring::Underway, "asking again tells how it stands");
    server.shift_clock(61);
    assert_eq!(&oss.download("a").await.unwrap()[..], b"content");
    assert_eq!(restore().await, Restoring::Ready);
    assert!(oss.get_object("a").await.unwrap().other["x-oss-restore"].contains("ongoing-request=\"false\""));
}

#[tokio::test]
async fn what_is_not_archived_cannot_be_restored() {
    let server = OssServer::builder().bucket(BUCKET).start().await.unwrap();
    let oss = element(&server, &[]);
    oss.upload_by_file("a", "content", None).await.unwrap();
    let error = oss.restore("a", RestoreOptions::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert_eq!(oss.restore("none", RestoreOptions::default()).await.unwrap_err().kind(), ErrorKind::NotFound);
    let error = oss.restore("a", RestoreOptions::default().with_days(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
