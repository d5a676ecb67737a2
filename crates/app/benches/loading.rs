//! How near loading is to the bare walk, building to bare reading, and what a cached `get_element` costs.
//!
//! `cargo bench -p jit-storages-app`. Every round runs all programs one after the other; the medians are compared. The
//! bare programs do the least that anybody could: as many threads, one buffer each, no second question about a file,
//! the fields borrowed from the buffer, nothing kept.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::Read;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use app::App;
use meta::prelude::*;
use serde::Deserialize;

#[expect(clippy::print_stdout, reason = "a benchmark tells its results")]
fn main() {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let mut per_element = Vec::new();
    // The smaller app is over sooner and so more at the mercy of whatever else runs: it gets more rounds.
    for (count, rounds) in [(2_000, 61), (20_000, 15)] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        make_app(folder.path(), count);
        let names: Vec<_> = (0..count).map(|at| format!("storages.{}", name(at))).collect();
        let round = || {
            let (walk, ()) = timed(|| bare_walk(folder.path(), threads));
            let (load, app) = timed(|| App::load(folder.path()).expect("the app loads"));
            let (read, ()) = timed(|| bare_read(folder.path(), count, threads));
            let (build, ()) = timed(|| build_all(&app, &names, threads));
            let (each, ()) = timed(|| get_all(&app, &names));
            let (one, ()) = timed(|| names.iter().for_each(|_| get_all(&app, black_box(&names[..1]))));
            [walk, load, read, build, walk + read, load + build, each, one]
        };
        round();
        let rounds: Vec<_> = (0..rounds).map(|_| round()).collect();
        let median = |at: usize| median(rounds.iter().map(|round| round[at]));
        let [walk, load, read, build, bare, ours, each, one] = std::array::from_fn(median);
        println!("{count} elements, {threads} threads, medians of {} rounds", rounds.len());
        for (what, ours, than, bare) in [
            ("load", load, "walking, reading and parsing every e.json", walk),
            ("build all", build, "reading and parsing every business file, all paths known", read),
            ("load and build all", ours, "both", bare),
        ] {
            println!("  {what:18} {:8.2} ms, {:.2} of {:8.2} ms for {than}", ms(ours), ratio(ours, bare), ms(bare));
        }
        let per_call = |all: Duration| all.as_nanos() as f64 / count as f64;
        println!(
            "  cached get_element {:5.0} ns for one element, {:.0} ns for each in turn",
            per_call(one),
            per_call(each)
        );
        per_element.push(load.as_secs_f64() / count as f64);
    }
    println!("growth of load per element from 2 000 to 20 000: {:.2}", per_element[1] / per_element[0]);
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed(), result)
}

fn median(durations: impl Iterator<Item = Duration>) -> Duration {
    let mut durations: Vec<_> = durations.collect();
    durations.sort_unstable();
    durations[durations.len() / 2]
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn ratio(ours: Duration, bare: Duration) -> f64 {
    ours.as_secs_f64() / bare.as_secs_f64()
}

fn name(at: usize) -> String {
    format!("Storage{at:05}")
}

fn make_app(folder: &Path, count: usize) {
    for at in 0..count {
        let name = name(at);
        let element = folder.join("storages").join(&name);
        fs::create_dir_all(&element).expect("a folder");
        let declaration = format!(
            r#"{{"title": "Storage {at}", "type": "storages.BenchType", "backendBundleEntry": ".", "variables": []}}"#
        );
        fs::write(element.join("e.json"), declaration).expect("a file");
        let configuration = format!(
            r#"{{"accessKeyId": "LTAI{at:020}", "accessKeySecret": "{at:030}", "endPoint": "oss-cn-hangzhou.aliyuncs.com", "bucketName": "bucket-{at}"}}"#
        );
        fs::write(element.join(format!("{name}.json")), configuration).expect("a file");
    }
}

fn build_all(app: &App, names: &[String], threads: usize) {
    in_parts(names, threads, |names| get_all(app, names));
}

fn get_all(app: &App, names: &[String]) {
    for name in names {
        black_box(app.get_element(name).expect("the element builds"));
    }
}

fn in_parts<T: Sync>(all: &[T], threads: usize, work: impl Fn(&[T]) + Sync) {
    thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(threads).max(1)) {
            scope.spawn(|| work(part));
        }
    });
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Declaration<'a> {
    title: &'a str,
    #[serde(rename = "type")]
    element_type: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration<'a> {
    access_key_id: &'a str,
    access_key_secret: &'a str,
    end_point: &'a str,
    bucket_name: &'a str,
}

/// Finds, reads and parses every `e.json`.
fn bare_walk(root: &Path, threads: usize) {
    let mut folders = vec![root.to_owned()];
    let mut buffer = Vec::new();
    while let Some(folder) = folders.pop() {
        visit(&folder, &mut folders, &mut buffer);
        if folders.len() >= threads {
            break;
        }
    }
    in_parts(&folders, threads, |part| {
        let mut buffer = Vec::new();
        for folder in part {
            let mut below = vec![folder.clone()];
            while let Some(folder) = below.pop() {
                visit(&folder, &mut below, &mut buffer);
            }
        }
    });
}

fn visit(folder: &Path, below: &mut Vec<PathBuf>, buffer: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            below.push(entry.path());
        } else if entry.file_name() == "e.json" {
            let declaration: Declaration<'_> = read_and_parse(&entry.path(), buffer);
            black_box((declaration.title, declaration.element_type));
        }
    }
}

/// Reads and parses every business file, whose paths are known.
fn bare_read(root: &Path, count: usize, threads: usize) {
    let root = root.join("storages");
    in_parts(&(0..count).collect::<Vec<_>>(), threads, |part| {
        let mut buffer = Vec::new();
        for at in part {
            let name = name(*at);
            let path = root.join(&name).join(format!("{name}.json"));
            let configuration: Configuration<'_> = read_and_parse(&path, &mut buffer);
            let Configuration { access_key_id, access_key_secret, end_point, bucket_name } = configuration;
            black_box((access_key_id, access_key_secret, end_point, bucket_name));
        }
    });
}

fn read_and_parse<'a, T: Deserialize<'a>>(path: &Path, buffer: &'a mut Vec<u8>) -> T {
    buffer.resize(4096, 0);
    let mut file = File::open(path).expect("a file");
    let mut filled = 0;
    loop {
        match file.read(&mut buffer[filled..]).expect("its content") {
            0 => break,
            count => filled += count,
        }
    }
    serde_json::from_slice(&buffer[..filled]).expect("JSON")
}

/// A Type that takes what `storages.OssType` takes, and stores nothing.
#[derive(Debug)]
struct Bench {
    _access_key_id: String,
    _access_key_secret: meta::SecretString,
    _end_point: String,
    _bucket_name: String,
}

const KEYS: &[ConfigKey] = &[
    ConfigKey::text("accessKeyId", "Id of the access key.").required(),
    ConfigKey::secret("accessKeySecret", "Secret of the access key.").required(),
    ConfigKey::text("endPoint", "Host of the service.").required(),
    ConfigKey::text("bucketName", "The bucket.").required(),
];

storage_type!("storages.BenchType", keys: KEYS, build: |context| {
    let config = context.config();
    Ok(Bench {
        _access_key_id: config.text("accessKeyId")?.to_owned(),
        _access_key_secret: config.secret("accessKeySecret")?.clone(),
        _end_point: config.text("endPoint")?.to_owned(),
        _bucket_name: config.text("bucketName")?.to_owned(),
    })
});

#[async_trait]
impl Storage for Bench {
    async fn upload_by_file(&self, _: &ObjectName, _: Body, _: UploadOptions) -> Result<Uploaded> {
        Err(Error::unsupported("a benchmark stores nothing"))
    }

    async fn get_sign_url(&self, _: &ObjectName, _: SignOptions) -> Result<SignedRequest> {
        Err(Error::unsupported("a benchmark signs nothing"))
    }

    async fn download(&self, _: &ObjectName, _: DownloadOptions) -> Result<Download> {
        Err(Error::not_found())
    }

    async fn get_object(&self, _: &ObjectName, _: GetObjectOptions) -> Result<ObjectInfo> {
        Err(Error::not_found())
    }

    async fn delete(&self, _: Vec<DeleteTarget>, _: DeleteOptions) -> Result<DeleteReport> {
        Ok(DeleteReport::default())
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities::none()
    }
}
