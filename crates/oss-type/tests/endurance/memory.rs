//! Memory does not grow with the object.

use std::fs::File;

use super::child::Task;
use super::embedded::server;
use super::rounds;

/// What a transfer may take above the idle process.
const MOST_KIB: u64 = 64 << 10;

#[tokio::test(flavor = "multi_thread")]
async fn large_objects_pass_within_fixed_memory() {
    let size: u64 = rounds(192 << 20, 4 << 30);
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.bin");
    File::create(&source).unwrap().set_len(size).unwrap();
    let target = folder.path().join("target.bin");
    let mut report = String::new();
    for task in [
        Task::UploadFile(source.clone()),
        Task::DownloadStream,
        Task::DownloadFile(target.clone()),
        Task::UploadStream(size),
    ] {
        let child = task.spawn(&server, &server.endpoint());
        let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{task:?}: {text}");
        let figures = text.lines().find_map(|line| line.split_once("memory: ")).unwrap().1;
        let (idle, peak) = figures.split_once(' ').unwrap();
        let above = peak.trim().parse::<u64>().unwrap() - idle.parse::<u64>().unwrap();
        report += &format!("{task:?}: {} MiB above {} MiB; ", above >> 10, idle.parse::<u64>().unwrap() >> 10);
        assert!(above <= MOST_KIB, "{report}");
        if let Task::DownloadFile(path) = &task {
            assert_eq!(path.metadata().unwrap().len(), size);
            std::fs::remove_file(path).unwrap();
        }
    }
    println!("{} MiB each: {report}", size >> 20);
}
