//! Processes that are killed in the middle of an upload.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::child::Task;
use super::content::{content, file};
use super::embedded::{element, server};
use super::proxy::{Fate, Proxy, Seen};
use super::rounds;

const PART: usize = 8 << 20;

fn is_part(seen: &Seen) -> bool {
    seen.has_parameter("partNumber")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_upload_goes_on_with_the_parts_that_oss_has() {
    let (count, parts) = rounds((3, 5), (10, 32));
    let server = server().await;
    let oss = element(&server, &[]);
    let data = content(3, parts * PART - 12_345);
    let (_folder, path) = file(&data);
    let crc64 = oss_protocol::crc64::checksum(&data);
    let mut report = String::new();
    for round in 0..count {
        oss.delete("a.bin").await.unwrap();
        // Killed when that many parts have been begun: somewhere within one of them.
        let at = 1 + fastrand::usize(..parts - 1);
        let (kill, killed) = tokio::sync::oneshot::channel();
        let (begun, kill) = (Arc::new(AtomicUsize::new(0)), Mutex::new(Some(kill)));
        let proxy = Proxy::start(&server, move |seen| {
            if is_part(seen) && begun.fetch_add(1, Ordering::SeqCst) == at {
                kill.lock().unwrap().take().unwrap().send(()).ok();
            }
            Fate::Pass
        })
        .await;
        let mut child = Task::UploadResumable(path.clone()).spawn(&server, &proxy.endpoint());
        killed.await.unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        drop(proxy);

        let uploads = oss.list_uploads(Default::default()).await.unwrap().uploads;
        assert_eq!(uploads.len(), 1, "round {round}");
        let proxy = Proxy::start(&server, |_| Fate::Pass).await;
        let child = Task::UploadResumable(path.clone()).spawn(&server, &proxy.endpoint());
        let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
        assert!(output.status.success(), "round {round}");
        let sent = proxy.take_seen().iter().filter(|seen| is_part(seen)).count();
        // Those that were whole when the process died are not sent again; up to four were on their way.
        assert!(
            (1..=parts - at + 4).contains(&sent),
            "round {round}: killed in part {at}, sent {sent} of {parts} again"
        );
        let info = oss.get_object("a.bin").await.unwrap();
        assert_eq!((info.size, info.crc64), (data.len() as u64, Some(crc64)), "round {round}");
        assert!(oss.list_uploads(Default::default()).await.unwrap().uploads.is_empty(), "round {round}");
        report += &format!("{sent} of {parts} parts after {at}; ");
    }
    assert!(oss.download("a.bin").await.unwrap() == data);
    println!("killed {count} times, sent again: {report}");
}
