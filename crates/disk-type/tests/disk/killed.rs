//! Processes that die at any moment.

use std::process::{Child, Command, Stdio};

use disk_type::DiskStorage;
use meta::prelude::*;

use crate::{disk, name};

/// Where the victim writes. Without it the victim's test is over at once.
const DIRECTORY: &str = "DISK_TYPE_VICTIM_DIRECTORY";

/// Content of every length that is told by the metadata, again and again, until the process dies.
#[tokio::test]
async fn victim() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let storage = DiskStorage::at(directory);
    for round in 0_u64.. {
        let content = vec![(round % 251) as u8; usize::try_from(round % 7 * 100_000).unwrap()];
        let options = UploadOptions::default().with_metadata("round", round.to_string());
        storage.upload_by_file(&name("a"), content.into(), options).await.unwrap();
        if round % 5 == 4 {
            storage.upload_by_file(&name("a/b"), "x".into(), UploadOptions::default()).await.unwrap();
            storage.delete(vec![name("a/b").into(), name("a").into()], DeleteOptions::default()).await.unwrap();
        }
    }
}

fn start_victim(directory: &std::path::Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::victim"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn whatever_a_killed_writer_leaves_is_a_whole_object() {
    for reads in [1, 5, 20, 60, 120] {
        let disk = disk();
        let mut victim = start_victim(&disk.directory);
        let mut seen = 0;
        while seen < reads {
            assert_eq!(victim.try_wait().unwrap(), None, "the victim writes until it is killed");
            seen += u32::from(read_whole(&disk).await);
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        read_whole(&disk).await;
        // The next process finds no lock held and sweeps.
        let next = DiskStorage::at(&disk.directory);
        next.upload_by_file(&name("a"), "next".into(), UploadOptions::default()).await.unwrap();
        assert_eq!(disk.get("a").await.unwrap(), "next");
        assert_eq!(disk.temporaries(), 0);
        for object in ["a", "a/b"] {
            disk.delete(object).await.unwrap();
        }
        assert_eq!(disk.names().await, Vec::<String>::new());
    }
}

/// Whether there is an object; where there is one, it must be whole.
async fn read_whole(disk: &crate::Disk) -> bool {
    let download = match disk.storage.download(&name("a"), DownloadOptions::default()).await {
        Ok(download) => download,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::NotFound);
            return false;
        }
    };
    let round: u64 = download.info.metadata["round"].parse().unwrap();
    let content = download.bytes().await.unwrap();
    assert_eq!(content.len() as u64, round % 7 * 100_000);
    assert!(content.iter().all(|byte| u64::from(*byte) == round % 251));
    true
}
