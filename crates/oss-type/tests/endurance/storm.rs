//! Mixed operations while one request in ten comes to harm.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use meta::{Body, Checkpoint, CopyOptions, ErrorKind, FileDownloadOptions, ListOptions, StorageElement, UploadOptions};
use oss_protocol::code::Code;
use oss_server::RunningServer;

use super::content::{content, file, streamed};
use super::embedded::{BUCKET, element, server};
use super::ending_keys;
use super::proxy::{Fate, Proxy, Seen};
use super::rounds;

const WORKERS: u64 = 6;
const IN_PARTS: &[(&str, &str)] = &[("partSizeBytes", "102400"), ("parallelParts", "3"), ("maxAttempts", "8")];

/// One request in ten comes to harm.
fn fate(seen: &Seen) -> Fate {
    if fastrand::u32(..10) > 0 {
        return Fate::Pass;
    }
    let tenths = fastrand::u64(..=10);
    let reads_object = seen.method == "GET" && seen.uri.path().len() > "/docs/".len() && seen.query().is_empty();
    match fastrand::u32(..12) {
        0 => Fate::Reset,
        1 => Fate::LoseAnswer,
        2 => Fate::Answer(500, None),
        3 => Fate::Answer(502, None),
        4 => Fate::Answer(503, None),
        5 => Fate::Answer(503, Some(0)),
        6 => Fate::Answer(429, None),
        7 => Fate::Answer(429, Some(1)),
        8 => Fate::Delay(Duration::from_millis(20)),
        9 => Fate::CutRequest(tenths),
        // Nothing guards what a listing says but TLS, so only content is changed.
        10 if reads_object => Fate::FlipAnswer(tenths),
        10 => Fate::FlipRequest(tenths),
        _ => Fate::CutAnswer(tenths),
    }
}

/// What an object may be: `None` for missing. More than one thing after a call whose end nobody knows.
type May = Vec<Option<Vec<u8>>>;

/// One of several that work at the same time, each on names of its own.
struct Worker {
    id: u64,
    oss: StorageElement,
    may: BTreeMap<String, May>,
    /// Whose parts stay, to be gone on with.
    resumable: Vec<String>,
    done: u64,
    failed: u64,
}

impl Worker {
    fn name(&self) -> String {
        format!("worker {}/{}", self.id, fastrand::u32(..5))
    }

    /// Notes what a write has made of an object.
    fn wrote<T>(&mut self, name: &str, new: Option<Vec<u8>>, result: Result<T, meta::Error>) {
        let may = self.may.entry(name.to_owned()).or_insert_with(|| vec![None]);
        match result {
            Ok(_) => {
                *may = vec![new];
                self.done += 1;
            }
            Err(error) => {
                expected(&error);
                may.push(new);
                self.failed += 1;
            }
        }
    }

    /// Compares what was read with what the object may be, which is known from then on.
    fn read(&mut self, name: &str, what: &str, result: Result<Vec<u8>, meta::Error>) {
        let may = self.may.entry(name.to_owned()).or_insert_with(|| vec![None]);
        let got = match result {
            Ok(content) => Some(content),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                expected(&error);
                self.failed += 1;
                return;
            }
        };
        assert!(may.contains(&got), "{what} of `{name}` gave {:?} bytes that nobody wrote", got.map(|got| got.len()));
        *may = vec![got];
        self.done += 1;
    }

    async fn step(&mut self, number: u64) {
        let name = self.name();
        let size = [0, 7, 50_000, 102_400, 350_000][fastrand::usize(..5)];
        let data = content(self.id << 32 | number, size);
        let oss = self.oss.clone();
        match fastrand::u32(..12) {
            0 => {
                let result = oss.upload_by_file(&name, data.clone(), "text/x").await;
                self.wrote(&name, Some(data), result);
            }
            1 => {
                let length = fastrand::bool().then_some(data.len() as u64);
                let result = oss.upload_by_file(&name, streamed(data.clone(), length), None).await;
                self.wrote(&name, Some(data), result);
            }
            2 => {
                let (_folder, path) = file(&data);
                let result = oss.upload_by_file(&name, Body::file(path), None).await;
                self.wrote(&name, Some(data), result);
            }
            3 => {
                let (_folder, path) = file(&data);
                let options = || UploadOptions::default().with_checkpoint(Checkpoint::Beside);
                let mut result = oss.upload_with(&name, Body::file(&path), options()).await;
                for _ in 0..5 {
                    if result.is_ok() {
                        break;
                    }
                    result = oss.upload_with(&name, Body::file(&path), options()).await;
                }
                if result.is_err() {
                    self.resumable.push(name.clone());
                }
                self.wrote(&name, Some(data), result);
            }
            4 | 5 => {
                let result = oss.download(&name).await.map(Into::into);
                self.read(&name, "a download", result);
            }
            6 | 7 => {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("file");
                let mut options = FileDownloadOptions::default();
                options.checkpoint = fastrand::bool().then_some(Checkpoint::Beside);
                let result = oss.download_to_file_with(&name, &path, options).await;
                let result = result.map(|_| std::fs::read(&path).unwrap());
                assert!(result.is_ok() || !path.exists(), "a file of a failed download");
                self.read(&name, "a download to a file", result);
            }
            8 => {
                let to = format!("{name} copy");
                let may = self.may.get(&name).cloned().unwrap_or_else(|| vec![None]);
                let result = oss.copy(&name, &to, CopyOptions::default()).await;
                match result {
                    Ok(_) => {
                        self.may.insert(to, may.into_iter().filter(Option::is_some).collect());
                        self.done += 1;
                    }
                    Err(error) if error.kind() == ErrorKind::NotFound => {
                        assert!(may.contains(&None), "a copy of `{name}` found nothing: {error}");
                        self.may.insert(name, vec![None]);
                    }
                    Err(error) => {
                        expected(&error);
                        self.may
                            .entry(to)
                            .or_insert_with(|| vec![None])
                            .extend(may.into_iter().filter(Option::is_some));
                        self.failed += 1;
                    }
                }
            }
            9 => {
                let name = format!("{name} log");
                let Some([known]) = self.may.get(&name).map(Vec::as_slice) else {
                    self.may.entry(name.clone()).or_insert_with(|| vec![None]);
                    let result = oss.download(&name).await.map(Into::into);
                    return self.read(&name, "a download", result);
                };
                let mut whole = known.clone().unwrap_or_default();
                let position = whole.len() as u64;
                let added = content(number, 3000);
                whole.extend_from_slice(&added);
                let result = oss.append(&name, position, added, UploadOptions::default()).await;
                self.wrote(&name, Some(whole), result);
            }
            10 => {
                let result = oss.delete(&name).await;
                self.wrote(&name, None, result);
            }
            _ => {
                let prefix = format!("worker {}/", self.id);
                match oss.list_stream(ListOptions::prefix(prefix)).try_collect::<Vec<_>>().await {
                    Ok(objects) => {
                        let listed: Vec<_> = objects.iter().map(|info| info.name.as_str()).collect();
                        for (name, may) in &self.may {
                            let is_listed = listed.contains(&name.as_str());
                            assert!(may.iter().any(|may| may.is_some() == is_listed), "`{name}`: {is_listed}");
                        }
                        self.done += 1;
                    }
                    Err(error) => expected(&error),
                }
            }
        }
    }
}

/// Errors that may come of what the proxy does, each of which says what happened.
fn expected(error: &meta::Error) {
    let kinds = [
        ErrorKind::Unreachable,
        ErrorKind::Timeout,
        ErrorKind::Throttled,
        ErrorKind::Service,
        ErrorKind::Integrity,
        ErrorKind::Conflict,
        ErrorKind::UnexpectedAnswer,
        ErrorKind::InvalidInput,
        ErrorKind::NotFound,
    ];
    let told = error.service().and_then(|service| Some((service.code.as_deref()?, service.status)));
    let excused = told.is_some_and(|(code, status)| {
        // Keys are renewed once a call, and the storm is quicker now and then. A code that no OSS knows had a bit flipped.
        code == "SecurityTokenExpired" || Code::parse(code, status).is_none()
    });
    assert!(kinds.contains(&error.kind()) || excused, "{:?}: {error}", error.kind());
    let text = error.to_string();
    assert!(text.contains("storages.UnderTest (storages.StormType)") && text.contains("failed: "), "{text}");
    assert!(!text.contains("secret") && !text.contains("token0"), "{text}");
}

/// The clock goes wrong by 20 minutes, and all keys end, also those of transfers that are under way.
fn change_the_world(server: &RunningServer, step: u64) {
    match step % 3 {
        0 => server.shift_clock(20 * 60),
        1 => server.shift_clock(-20 * 60),
        _ => server.shift_clock(0),
    }
    server.expire_sts_tokens();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mixed_operations_end_right_or_with_a_clear_error() {
    let steps: u64 = rounds(240, 1000);
    let server = Arc::new(server().await);
    assert!(ending_keys::SERVER.set(Arc::downgrade(&server)).is_ok());
    let proxy = Proxy::start(&server, fate).await;
    let begun = SystemTime::now();
    let taken = Arc::new(AtomicU64::new(0));
    let mut workers = tokio::task::JoinSet::new();
    for id in 0..WORKERS {
        let endpoint = proxy.endpoint();
        let entries = [IN_PARTS, &[("endPoint", endpoint.as_str()), ("bucketName", BUCKET)]].concat();
        let oss = conformance::element(ending_keys::TYPE, entries).unwrap();
        let (server, taken) = (Arc::clone(&server), Arc::clone(&taken));
        workers.spawn(async move {
            let mut worker = Worker { id, oss, may: BTreeMap::new(), resumable: Vec::new(), done: 0, failed: 0 };
            loop {
                let number = taken.fetch_add(1, Ordering::Relaxed);
                if number >= steps {
                    return worker;
                }
                if number % 50 == 49 {
                    change_the_world(&server, number / 50);
                }
                worker.step(number).await;
            }
        });
    }
    let workers = workers.join_all().await;
    server.shift_clock(0);
    let clean = element(&server, &[]);
    let (mut done, mut failed, mut objects) = (0, 0, 0);
    let mut resumable = Vec::new();
    for worker in workers {
        resumable.extend(worker.resumable.clone());
        for (name, may) in &worker.may {
            let got = match clean.download(name).await {
                Ok(content) => Some(content.to_vec()),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => panic!("{error}"),
            };
            assert!(may.contains(&got), "`{name}` has {:?} bytes that nobody wrote", got.map(|got| got.len()));
            objects += 1;
        }
        (done, failed) = (done + worker.done, failed + worker.failed);
    }
    // An upload whose id got lost on its way has no parts, and nobody can tell that it is there.
    for upload in clean.list_uploads(Default::default()).await.unwrap().uploads {
        let parts = clean.list_parts(upload.name.as_str(), &upload.upload_id).await.unwrap();
        let is_resumable = resumable.iter().any(|name| *name == upload.name.as_str());
        assert!(parts.is_empty() || is_resumable, "`{}` has {} parts left", upload.name, parts.len());
    }
    let harmed = proxy.take_seen().len();
    assert!(done > steps / 2, "{done} of {steps} operations succeeded");
    println!(
        "{steps} operations in {} requests with {} keys: {done} done, {failed} failed, {objects} names right, {:.0} s",
        harmed,
        ending_keys::GIVEN.load(Ordering::Relaxed),
        begun.elapsed().unwrap().as_secs_f64()
    );
}
