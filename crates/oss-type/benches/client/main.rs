//! The client against bare `reqwest`, in one interleaved run: `cargo bench -p jit-storages-oss-type`.
//!
//! The server is a process of its own that only drains and answers, so that the client is the bottleneck. Every figure is
//! printed as a ratio to `reqwest` (nothing signed, nothing checked) of the same run, because machines are noisy.
//! Words after `--` choose the cases whose names hold them. `BENCH_ROUNDS` (5) sets how often each case runs; `BENCH_GIB` (1) how much the large transfers move.

#![expect(clippy::print_stdout, reason = "a benchmark is for what it prints")]

mod bare_server;
mod measure;
mod subjects;

use std::time::Duration;

use measure::{Case, Sample};
use subjects::{Reqwest, Subject, element};

const KIB: u64 = 1024;
const GIB: u64 = 1 << 30;

fn main() {
    if std::env::args().any(|argument| argument == "serve") {
        return bare_server::serve();
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(run());
}

async fn run() {
    let server = bare_server::spawn();
    let rounds = setting("BENCH_ROUNDS", 5);
    let large = setting("BENCH_GIB", 1) * GIB;
    let ours = Subject::Ours(element(&server.endpoint));
    let bare = Subject::Reqwest(Reqwest::new(&server.endpoint));

    let cases = [
        Case::new("1 KiB get, 1 at a time", 4_000, 1, |s, _| Box::pin(s.get_small())),
        Case::new("1 KiB get, 32 at a time", 16_000, 32, |s, _| Box::pin(s.get_small())),
        Case::new("1 KiB put, 1 at a time", 4_000, 1, |s, _| Box::pin(s.put_small())),
        Case::new("1 KiB put, 32 at a time", 16_000, 32, |s, _| Box::pin(s.put_small())),
        Case::new("download, one stream", 1, 1, move |s, _| Box::pin(s.download(large))),
        Case::new("download to a file, parts", 1, 1, move |s, _| Box::pin(s.download_file(large))),
        Case::new("upload of a stream, parts", 1, 1, move |s, _| Box::pin(s.upload_stream(large))),
        Case::new("upload of a file, parts", 1, 1, move |s, file| Box::pin(s.upload_file(file, large))),
    ];
    let file = measure::large_file(large);
    println!("{rounds} rounds, medians; large transfers of {} GiB; ratios to reqwest of the same run\n", large / GIB);
    println!(
        "{:<26} {:>12} {:>12} {:>8} {:>10} {:>12}",
        "case", "ours", "reqwest", "rate", "client CPU", "peak memory"
    );
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for case in
        cases.iter().filter(|case| wanted.is_empty() || wanted.iter().any(|word| case.name.contains(word.as_str())))
    {
        let (mut own, mut other) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let a = case.measure(&bare, file.path(), &server).await;
            let b = case.measure(&ours, file.path(), &server).await;
            // The first round warms connections and caches.
            if round > 0 {
                other.push(a);
                own.push(b);
            }
        }
        report(case, &Sample::median(&own), &Sample::median(&other), if case.operations == 1 { large } else { KIB });
    }
}

fn report(case: &Case, own: &Sample, other: &Sample, bytes: u64) {
    let rate = |sample: &Sample| {
        let seconds = sample.elapsed.max(Duration::from_nanos(1)).as_secs_f64();
        match case.operations {
            1 => format!("{:.2} GiB/s", bytes as f64 / seconds / GIB as f64),
            operations => format!("{:.0} /s", operations as f64 / seconds),
        }
    };
    println!(
        "{:<26} {:>12} {:>12} {:>7.2}x {:>9.2}x {:>8.1} MiB   (server CPU {:.2}x)",
        case.name,
        rate(own),
        rate(other),
        other.elapsed.as_secs_f64() / own.elapsed.as_secs_f64(),
        own.client_cpu.as_secs_f64() / other.client_cpu.as_secs_f64().max(0.01),
        own.peak_growth as f64 / (1 << 20) as f64,
        own.server_cpu.as_secs_f64() / other.server_cpu.as_secs_f64().max(0.01),
    );
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}
