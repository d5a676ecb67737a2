//! The cases: what is compared with what, and what is asked of the ratio.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::load::{Load, Prepared};
use crate::nginx::Nginx;
use crate::ours::{BUCKET, LARGE_BUCKET, Ours, SMALL_BUCKET};
use crate::table::{self, Target, Work, median};
use crate::{Settings, disk};

const KIB: u64 = 1024;
/// Objects that small gets choose from.
const FILES: usize = 1_000;
const WRITERS: usize = 32;
/// Objects of the small bucket.
const FEW: usize = 1_000;
/// Syncs that tell how slow the disk is, and how long it may be kept busy with one sync for each record.
const SYNCS: usize = 50;
const SYNCING: Duration = Duration::from_secs(8);

pub(crate) async fn run(settings: &Settings, folder: &Path) {
    let ours = Ours::spawn(&folder.join("data"));
    let nginx = Nginx::spawn(&folder.join("nginx"));
    if nginx.is_none() {
        println!("nginx is not installed, so nothing is compared with it: `apt-get install -y nginx-light`\n");
    }
    let bench = Bench { settings, folder, ours };
    table::head(settings.rounds);
    if let Some(nginx) = &nginx {
        bench.small_gets(nginx, 1, 4_000).await;
        bench.small_gets(nginx, WRITERS, 20_000).await;
        bench.large_get(nginx).await;
    }
    bench.durable_puts().await;
    if let Some(nginx) = &nginx {
        if nginx.takes_puts {
            bench.small_puts(nginx, 10_000).await;
            bench.large_put(nginx).await;
        } else {
            println!(
                "this nginx lacks the module for puts, so ours are not compared: `apt-get install -y nginx-light`"
            );
        }
    }
    bench.lists().await;
}

struct Bench<'a> {
    settings: &'a Settings,
    folder: &'a Path,
    ours: Ours,
}

impl Bench<'_> {
    async fn small_gets(&self, nginx: &Nginx, connections: usize, gets: usize) {
        let name = format!("1 KiB gets, {connections} at a time");
        if !self.settings.choose(&name) {
            return;
        }
        let key = |at: usize| format!("small-{:04}", at * 7 % FILES);
        let signer = self.ours.signer();
        let puts = (0..FILES).map(|at| signer.put(BUCKET, &key(at), KIB)).collect();
        Load::connect(self.ours.port, WRITERS).await.run(puts).await;
        (0..FILES).for_each(|at| nginx.add(&key(at), KIB));
        let mut our_load = Load::connect(self.ours.port, connections).await;
        let mut their_load = Load::connect(nginx.port, connections).await;
        let mut times = Times::default();
        for _ in 0..=self.settings.rounds {
            let signer = self.ours.signer();
            let theirs = their_load.run((0..gets).map(|at| nginx.get(&key(at))).collect()).await;
            let own = our_load.run((0..gets).map(|at| signer.get(&key(at))).collect()).await;
            times.add(own, theirs);
        }
        let (own, theirs) = times.medians();
        table::rate(&name, Work { operations: gets as u64, bytes: KIB }, own, theirs, Target::AtLeast(0.5));
    }

    async fn large_get(&self, nginx: &Nginx) {
        let (name, large) = ("large get", self.settings.large);
        if !self.settings.choose(name) {
            return;
        }
        nginx.add("large", large);
        let mut our_load = Load::connect(self.ours.port, 1).await;
        let mut their_load = Load::connect(nginx.port, 1).await;
        our_load.run(vec![self.ours.signer().put(BUCKET, "large", large)]).await;
        let mut times = Times::default();
        for _ in 0..=self.settings.rounds {
            let theirs = their_load.run(vec![nginx.get("large")]).await;
            let own = our_load.run(vec![self.ours.signer().get("large")]).await;
            times.add(own, theirs);
        }
        let (own, theirs) = times.medians();
        table::rate(name, Work { operations: 1, bytes: large }, own, theirs, Target::AtLeast(0.5));
    }

    async fn durable_puts(&self) {
        let name = "durable 1 KiB puts, 32 at a time";
        if !self.settings.choose(name) {
            return;
        }
        let sync = disk::single(self.folder, SYNCS) / SYNCS as u32;
        let puts = (SYNCING.as_nanos() / sync.as_nanos().max(1)).clamp(500, 10_000) as usize;
        let (mut times, mut alone) = (Times::default(), Times::default());
        for round in 0..=self.settings.rounds {
            let grouped = disk::grouped(self.folder, WRITERS, puts);
            // Anew each time: the server closes what was idle while a slow disk was measured.
            let mut load = Load::connect(self.ours.port, WRITERS).await;
            let own = load.run(self.new_objects("durable", round, puts)).await;
            times.add(own, grouped);
            alone.add(own, disk::single(self.folder, puts));
        }
        let work = Work { operations: puts as u64, bytes: KIB };
        let (own, grouped) = times.medians();
        table::rate(&format!("{name}, to disk"), work, own, grouped, Target::AtLeast(0.5));
        let (own, single) = alone.medians();
        table::rate("  to the disk, one sync for each", work, own, single, Target::None);
        println!("  one record and its sync took {} microseconds at first", sync.as_micros());
    }

    async fn small_puts(&self, nginx: &Nginx, puts: usize) {
        let name = "1 KiB puts, 32 at a time, nginx unsynced";
        if !self.settings.choose(name) {
            return;
        }
        let mut our_load = Load::connect(self.ours.port, WRITERS).await;
        let mut their_load = Load::connect(nginx.port, WRITERS).await;
        let mut times = Times::default();
        for round in 0..=self.settings.rounds {
            let names = (0..puts).map(|at| nginx.put(&format!("put-{round}-{at}"), KIB)).collect();
            let theirs = their_load.run(names).await;
            let own = our_load.run(self.new_objects("put", round, puts)).await;
            times.add(own, theirs);
        }
        let (own, theirs) = times.medians();
        table::rate(name, Work { operations: puts as u64, bytes: KIB }, own, theirs, Target::None);
    }

    async fn large_put(&self, nginx: &Nginx) {
        let (name, large) = ("large put, nginx unsynced", self.settings.large);
        if !self.settings.choose(name) {
            return;
        }
        let mut our_load = Load::connect(self.ours.port, 1).await;
        let mut their_load = Load::connect(nginx.port, 1).await;
        let (mut times, mut synced) = (Times::default(), Times::default());
        for _ in 0..=self.settings.rounds {
            let theirs = their_load.run(vec![nginx.put("put", large)]).await;
            let started = Instant::now();
            nginx.sync("put");
            let sync = started.elapsed();
            let own = our_load.run(vec![self.ours.signer().put(BUCKET, "put", large)]).await;
            times.add(own, theirs);
            synced.add(own, theirs + sync);
        }
        let work = Work { operations: 1, bytes: large };
        let (own, theirs) = times.medians();
        table::rate(name, work, own, theirs, Target::None);
        let (own, theirs) = synced.medians();
        table::rate("  its file synced too", work, own, theirs, Target::None);
    }

    async fn lists(&self) {
        let (many, few) = (self.settings.listed, FEW);
        let pages: Vec<_> = [1000, 100]
            .map(|keys| (keys, format!("list of {keys} of {many} objects, to {few}")))
            .into_iter()
            .filter(|(_, name)| self.settings.choose(name))
            .collect();
        if pages.is_empty() {
            return;
        }
        let signer = self.ours.signer();
        let mut filling = Load::connect(self.ours.port, 256).await;
        for (bucket, count) in [(SMALL_BUCKET, few), (LARGE_BUCKET, many)] {
            let puts = (0..count).map(|at| signer.put(bucket, &format!("folder-{:02}/{at:08}", at % 50), 16)).collect();
            filling.run(puts).await;
        }
        drop(filling);
        let mut load = Load::connect(self.ours.port, 1).await;
        for (keys, name) in pages {
            let lists = 20_000 / keys;
            let mut times = Times::default();
            for _ in 0..=self.settings.rounds {
                let signer = self.ours.signer();
                let page =
                    |bucket| -> Vec<Prepared> { (0..lists).map(|_| signer.list(bucket, &keys.to_string())).collect() };
                let small = load.run(page(SMALL_BUCKET)).await;
                let large = load.run(page(LARGE_BUCKET)).await;
                times.add(large, small);
            }
            let (large, small) = times.medians();
            table::cost(&name, Work { operations: lists as u64, bytes: 0 }, large, small, Target::AtMost(2.0));
        }
    }

    /// Puts of objects that no other round names.
    fn new_objects(&self, what: &str, round: u64, puts: usize) -> Vec<Prepared> {
        let signer = self.ours.signer();
        (0..puts).map(|at| signer.put(BUCKET, &format!("{what}-{round}-{at}"), KIB)).collect()
    }
}

/// Times of both sides. The first round, which warms connections and caches, does not count.
#[derive(Default)]
struct Times {
    rounds: usize,
    own: Vec<Duration>,
    theirs: Vec<Duration>,
}

impl Times {
    fn add(&mut self, own: Duration, theirs: Duration) {
        if self.rounds > 0 {
            self.own.push(own);
            self.theirs.push(theirs);
        }
        self.rounds += 1;
    }

    fn medians(&mut self) -> (Duration, Duration) {
        (median(&mut self.own), median(&mut self.theirs))
    }
}
