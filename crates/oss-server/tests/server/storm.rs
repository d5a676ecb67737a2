//! Storms of puts, completions, overwrites and deletes, in the middle of which the server is killed: what it acknowledged
//! is there, what it did not is there whole or not at all, and when everything is deleted no byte is left.
//!
//! `SOAK=1` runs 50 rounds, and `--nocapture` tells what they saw.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use oss_protocol::xml::{
    CompleteMultipartUpload, InitiateMultipartUploadResult, ObjectList, PartIdentifier, UploadList,
};
use oss_server::RunningServer;
use tokio::task::JoinSet;

use crate::client::{Answer, Call, builder, call, call_port, get};
use crate::kill::{Killed, body};
use crate::persistence::{files, wait_until};

/// What a worker knows of its keys when the server is gone: what each holds for sure, and what it may hold.
#[derive(Default)]
struct Known {
    /// By key: the name of the last acknowledged content, `None` where it was deleted, and what was under way behind it.
    keys: BTreeMap<String, State>,
    acknowledged: usize,
}

#[derive(Default)]
struct State {
    sure: Option<String>,
    under_way: Option<Option<String>>,
}

/// A worker that goes on until the server is gone.
struct Worker {
    port: u16,
    progress: Arc<AtomicUsize>,
    known: Known,
}

impl Worker {
    /// Makes a key hold a content, or nothing, by `act`; `None` when the server is gone.
    async fn change(
        &mut self,
        key: &str,
        content: Option<String>,
        act: impl AsyncFnOnce(u16) -> Option<()>,
    ) -> Option<()> {
        let state = self.known.keys.entry(key.to_owned()).or_default();
        state.under_way = Some(content.clone());
        act(self.port).await?;
        let state = self.known.keys.entry(key.to_owned()).or_default();
        *state = State { sure: content, under_way: None };
        self.known.acknowledged += 1;
        self.progress.fetch_add(1, Ordering::Relaxed);
        Some(())
    }

    async fn put(&mut self, key: &str, content: &str) -> Option<()> {
        let call = |port| call_port(port, "PUT", key).body(body(content));
        self.change(key, Some(content.to_owned()), async |port| answered(call(port), 200).await.map(drop)).await
    }

    async fn delete(&mut self, key: &str) -> Option<()> {
        self.change(key, None, async |port| answered(call_port(port, "DELETE", key), 204).await.map(drop)).await
    }

    /// An object of two parts: the first a file, the second a row.
    async fn complete(&mut self, key: &str, content: &str) -> Option<()> {
        let upload = async |port| -> Option<()> {
            let start = answered(call_port(port, "POST", key).query("uploads", ""), 200).await?;
            let id = InitiateMultipartUploadResult::read(&start.body).unwrap().upload_id;
            let mut parts = Vec::new();
            for (number, part) in [(1, first_part()), (2, body(content))] {
                let sent = call_port(port, "PUT", key).query("partNumber", &number.to_string()).query("uploadId", &id);
                let etag = answered(sent.body(part), 200).await?.header("etag").unwrap().to_owned();
                parts.push(PartIdentifier { number, etag });
            }
            let whole = CompleteMultipartUpload { parts }.write();
            answered(call_port(port, "POST", key).query("uploadId", &id).body(whole), 200).await.map(drop)
        };
        self.change(key, Some(format!("parts {content}")), upload).await
    }

    async fn run(mut self, number: usize) -> Known {
        for round in 0.. {
            let name = |what: &str| format!("{what}-{number}-{round}");
            let done = match number % 4 {
                0 => self.put(&name("put"), &name("put")).await,
                1 => self.complete(&name("parts"), &name("parts")).await,
                2 => self.put(&format!("same-{number}"), &name("same")).await,
                _ => match self.put(&name("gone"), &name("gone")).await {
                    Some(()) => self.delete(&name("gone")).await,
                    None => None,
                },
            };
            if done.is_none() {
                break;
            }
        }
        self.known
    }
}

/// The answer to a call; `None` when the server is gone.
async fn answered(call: Call, status: u16) -> Option<Answer> {
    let answer = call.signed().try_send().await.ok()?;
    Some(answer.expect(status))
}

/// Long enough to be followed by another.
fn first_part() -> Vec<u8> {
    vec![5; 150_000]
}

/// What an object must be that holds a content of this name.
fn expected(content: &str) -> Vec<u8> {
    match content.strip_prefix("parts ") {
        Some(last) => [first_part(), body(last)].concat(),
        None => body(content),
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "a soak tells what it saw")]
async fn a_storm_that_is_cut_short_loses_nothing_and_leaves_nothing() {
    let rounds = if std::env::var_os("SOAK").is_some_and(|value| value == "1") { 50 } else { 3 };
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::new();
    let (mut acknowledged, mut under_way, mut took_effect) = (0, 0, 0);
    for _ in 0..rounds {
        let server = Killed::spawn(folder.path());
        let progress = Arc::new(AtomicUsize::new(0));
        let mut workers = JoinSet::new();
        for number in 0..8 {
            let worker = Worker { port: server.port, progress: Arc::clone(&progress), known: Known::default() };
            workers.spawn(worker.run(number));
        }
        let enough = random.usize(8..120);
        while progress.load(Ordering::Relaxed) < enough {
            tokio::task::yield_now().await;
        }
        server.kill();
        let mut keys = BTreeMap::new();
        while let Some(known) = workers.join_next().await {
            let known = known.unwrap();
            acknowledged += known.acknowledged;
            keys.extend(known.keys);
        }

        let server = builder().data_dir(folder.path()).start().await.unwrap();
        for (key, state) in &keys {
            let read = get(&server, key).await;
            let found = (read.status == 200).then_some(read.body.as_slice());
            let holds = |content: &Option<String>| found == content.as_deref().map(expected).as_deref();
            under_way += usize::from(state.under_way.is_some());
            if state.under_way.as_ref().is_some_and(holds) {
                took_effect += 1;
                continue;
            }
            assert!(
                read.whole && holds(&state.sure),
                "{key} holds neither what was acknowledged nor what was under way"
            );
        }
        let listed = list(&server).await;
        assert!(listed.iter().all(|key| keys.contains_key(key)), "{listed:?}");
        empty(&server, &listed).await;
        server.stop().await;
        let server = builder().data_dir(folder.path()).start().await.unwrap();
        wait_until(|| files(folder.path()) == 0).await;
        server.stop().await;
    }
    println!(
        "{rounds} rounds: {acknowledged} changes acknowledged and found, {under_way} under way when the server was killed, \
         {took_effect} of them done; no file left"
    );
    assert!(acknowledged >= rounds * 8);
}

async fn list(server: &RunningServer) -> Vec<String> {
    let (mut keys, mut marker) = (Vec::new(), Some(String::new()));
    while let Some(from) = marker {
        let page = call(server, "GET", "docs", "").query("marker", &from).query("max-keys", "1000").send().await;
        let page = ObjectList::read(&page.expect(200).body).unwrap();
        keys.extend(page.objects.into_iter().map(|object| object.key));
        marker = page.next_marker;
    }
    keys
}

/// Deletes what is there, unfinished uploads included.
async fn empty(server: &RunningServer, keys: &[String]) {
    for key in keys {
        call(server, "DELETE", "docs", key).send().await.expect(204);
    }
    let uploads = call(server, "GET", "docs", "").query("uploads", "").send().await.expect(200);
    for upload in UploadList::read(&uploads.body).unwrap().uploads {
        call(server, "DELETE", "docs", &upload.key).query("uploadId", &upload.upload_id).send().await.expect(204);
    }
}

/// A file cannot grow beyond a limit, as on a full disk: what is new is refused, what is there stays readable and can be
/// deleted, and then there is room again, without a restart.
#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_refuses_what_is_new_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let server = Killed::spawn_with_small_files(folder.path());
    let put = |key: &str, len: usize| call_port(server.port, "PUT", key).body(vec![7; len]);
    let mut stored = Vec::new();
    let refused = loop {
        let key = format!("k{}", stored.len());
        let answer = put(&key, 60_000).send().await;
        if answer.status != 200 {
            break answer;
        }
        stored.push(key);
        assert!(stored.len() < 2_000, "the limit is never reached");
    };
    let error = refused.refused(503, "ServiceUnavailable");
    assert!(error.message.contains("full"), "{}", error.message);
    put("large", 60_000_000).send().await.refused(503, "ServiceUnavailable");
    for key in &stored {
        let read = call_port(server.port, "GET", key).send().await.expect(200);
        assert!(read.body == vec![7; 60_000], "{key}");
    }
    let (gone, kept) = stored.split_at(stored.len() / 2);
    for key in gone {
        call_port(server.port, "DELETE", key).send().await.expect(204);
    }
    put("again", 60_000).send().await.expect(200);
    server.kill();

    let server = builder().data_dir(folder.path()).start().await.unwrap();
    for key in kept.iter().map(String::as_str).chain(["again"]) {
        assert!(get(&server, key).await.expect(200).body == vec![7; 60_000], "{key}");
    }
    assert_eq!(list(&server).await.len(), kept.len() + 1);
    server.stop().await;
}
