//! Time, processor time and memory of a case, from the kernel's own books.

use std::fs;
use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};

use crate::bare_server::Server;
use crate::subjects::Subject;

type Running<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;
type Work = dyn for<'a> Fn(&'a Subject, &'a Path) -> Running<'a>;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) operations: u64,
    at_a_time: usize,
    work: Box<Work>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) elapsed: Duration,
    pub(crate) client_cpu: Duration,
    pub(crate) server_cpu: Duration,
    /// How far the highest resident memory rose above that at the start, in bytes.
    pub(crate) peak_growth: u64,
}

impl Case {
    pub(crate) fn new(
        name: &'static str,
        operations: u64,
        at_a_time: usize,
        work: impl for<'a> Fn(&'a Subject, &'a Path) -> Running<'a> + 'static,
    ) -> Self {
        Self { name, operations, at_a_time, work: Box::new(work) }
    }

    pub(crate) async fn measure(&self, subject: &Subject, file: &Path, server: &Server) -> Sample {
        let own = std::process::id();
        // Resets the high-water mark of resident memory, where the kernel allows it.
        let _ = fs::write("/proc/self/clear_refs", "5");
        let memory = status(own, "VmRSS:");
        let (client_cpu, server_cpu) = (cpu(own), cpu(server.process_id()));
        let started = Instant::now();
        stream::iter(0..self.operations)
            .map(|_| (self.work)(subject, file))
            .buffer_unordered(self.at_a_time)
            .for_each(async |()| ())
            .await;
        Sample {
            elapsed: started.elapsed(),
            client_cpu: cpu(own) - client_cpu,
            server_cpu: cpu(server.process_id()) - server_cpu,
            peak_growth: status(own, "VmHWM:").saturating_sub(memory),
        }
    }
}

impl Sample {
    pub(crate) fn median(samples: &[Self]) -> Self {
        fn middle<T: Ord + Copy>(samples: &[Sample], of: impl Fn(&Sample) -> T) -> T {
            let mut values: Vec<_> = samples.iter().map(of).collect();
            values.sort();
            values[values.len() / 2]
        }
        Self {
            elapsed: middle(samples, |sample| sample.elapsed),
            client_cpu: middle(samples, |sample| sample.client_cpu),
            server_cpu: middle(samples, |sample| sample.server_cpu),
            peak_growth: middle(samples, |sample| sample.peak_growth),
        }
    }
}

/// A file of that size, in the page cache.
pub(crate) fn large_file(size: u64) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    let chunk = vec![b'z'; 1 << 20];
    for _ in 0..size >> 20 {
        file.write_all(&chunk).expect("the disk has room");
    }
    file
}

/// Processor time of a process so far, user and system, in steps of 10 ms.
fn cpu(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<u64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    Duration::from_millis(fields.iter().sum::<u64>() * 10)
}

fn status(process: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kib = status.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() * 1024
}
