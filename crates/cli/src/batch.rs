//! Many transfers, some at a time: each succeeds or fails by itself, and is told.

use std::io::{self, IsTerminal};

use futures_util::future;
use futures_util::stream::{self, Stream, StreamExt};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::exit::{Failure, Outcome};
use crate::interrupt::until_interrupted;
use crate::local::PassedOver;
use crate::output::{DIM, Output, printable};
use crate::progress::Bar;
use crate::reach::{NotTried, Reach};
use crate::size;
use crate::transfer::{Check, Job, Manner, Receipt};

/// How many transfers run at a time unless it is told otherwise.
pub(crate) const PARALLEL: u16 = 8;

/// How many transfers may be known ahead, so that the bar knows what is to come.
const AHEAD: usize = 10_000;

/// What is to be done with one thing that was found.
#[derive(Debug)]
pub(crate) enum Step {
    Job(Job),
    /// Nothing, which is told.
    PassedOver(PassedOver),
}

/// How transfers run together.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    pub(crate) output: &'a Output,
    pub(crate) manner: Manner,
    pub(crate) parallel: usize,
    pub(crate) mode: Mode,
    /// Whether content goes to standard output, and no JSON with it. Where that is a terminal, a bar would be drawn into it.
    pub(crate) prints_content: bool,
}

/// Whether anything is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Do,
    /// Tells what would be done.
    DryRun,
}

/// What has become of a job.
enum Ending {
    Done(Receipt),
    Same,
    PassedOver(PassedOver),
    /// Since others before it reached nobody.
    NotTried,
}

/// What has become of a batch.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) done: u64,
    pub(crate) failed: u64,
    /// What was the same already.
    pub(crate) same: u64,
    /// What is there and was left alone, as was told.
    pub(crate) passed_over: u64,
    pub(crate) bytes: u64,
}

/// A failure in a line of JSON.
#[derive(Serialize)]
struct Failed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    error: &'a str,
}

/// What was not tried, in a line of JSON.
#[derive(Serialize)]
struct Lost {
    #[serde(flatten)]
    not_tried: NotTried,
    error: String,
}

/// What is passed over, in a line of JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotRead {
    passed_over: String,
    reason: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned {
    #[serde(flatten)]
    receipt: Receipt,
    dry_run: bool,
}

impl Mode {
    pub(crate) fn dry_if(dry_run: bool) -> Self {
        if dry_run { Self::DryRun } else { Self::Do }
    }
}

impl Tally {
    /// How the command ends.
    pub(crate) fn outcome(self) -> Outcome {
        match self.failed {
            0 => Ok(()),
            failed => Err(Failure::Partly { failed, of: failed + self.done + self.same }),
        }
    }
}

impl Batch<'_> {
    /// Runs the steps as they come, but for those of services that do not answer any more. Those and Ctrl-C say `advice`.
    pub(crate) async fn run(
        &self,
        steps: impl Stream<Item = Outcome<Step>>,
        advice: impl FnOnce() -> String,
    ) -> Outcome<Tally> {
        let bar = match self.prints_content && io::stdout().is_terminal() {
            true => Bar::hidden(),
            false => Bar::new(self.output),
        };
        let output = bar.output(&self.output.for_changes(self.mode));
        let output = if self.prints_content { output.for_content() } else { output };
        let advice = advice();
        let done = until_interrupted(self.run_all(steps, &bar, &output, &advice), || advice.clone()).await;
        bar.clear();
        done
    }

    async fn run_all(
        &self,
        steps: impl Stream<Item = Outcome<Step>>,
        bar: &Bar,
        output: &Output,
        advice: &str,
    ) -> Outcome<Tally> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let produce = async {
            let mut steps = std::pin::pin!(steps);
            while let Some(step) = steps.next().await {
                if let Ok(Step::Job(job)) = &step
                    && job.check == Check::Nothing
                {
                    bar.expect(job.size);
                }
                if sender.send(step).await.is_err() {
                    break;
                }
            }
            drop(sender);
        };
        let received = stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
        let consume = async {
            let reach = Reach::new(self.parallel);
            let run = |step| self.run_one(step, &reach, bar);
            let mut running = received.map(run).buffer_unordered(self.parallel).boxed_local();
            let mut tally = Tally::default();
            while let Some((job, done)) = running.next().await {
                self.tell(job.as_ref(), done, &mut tally, output)?;
                bar.count(tally.done, tally.failed);
            }
            for not_tried in reach.not_tried() {
                output.error(format!("{not_tried}: {advice}"));
                if output.is_json() {
                    let error = not_tried.to_string();
                    output.fact(&Lost { not_tried, error }, String::new)?;
                }
            }
            Ok(tally)
        };
        // Where nobody reads the results on, nothing more is looked for.
        let (produce, consume) = (std::pin::pin!(produce), std::pin::pin!(consume));
        match future::select(produce, consume).await {
            future::Either::Left(((), consume)) => consume.await,
            future::Either::Right((tally, _)) => tally,
        }
    }

    async fn run_one(&self, step: Outcome<Step>, reach: &Reach, bar: &Bar) -> (Option<Job>, Outcome<Ending>) {
        match step {
            Ok(Step::Job(job)) => {
                let asks = self.asks(&job);
                if asks && !reach.admits(&job) {
                    if job.check == Check::Nothing {
                        bar.begin(job.size).give_up();
                    }
                    return (Some(job), Ok(Ending::NotTried));
                }
                let done = self.do_one(&job, bar).await;
                if asks {
                    reach.note(&job, matches!(done, Err(Failure::Unreached(_))));
                }
                (Some(job), done)
            }
            Ok(Step::PassedOver(passed)) => (None, Ok(Ending::PassedOver(passed))),
            Err(failure) => (None, Err(failure)),
        }
    }

    /// Whether a service is asked for anything.
    fn asks(&self, job: &Job) -> bool {
        match job.check {
            Check::Nothing => self.mode == Mode::Do,
            Check::IsSame => false,
            Check::Sums => true,
        }
    }

    async fn do_one(&self, job: &Job, bar: &Bar) -> Outcome<Ending> {
        if job.is_done().await? {
            return Ok(Ending::Same);
        }
        if job.check == Check::Sums {
            bar.expect(job.size);
        }
        Ok(Ending::Done(match self.mode {
            Mode::Do => job.run(&self.manner, bar).await?,
            Mode::DryRun => job.receipt(None, None),
        }))
    }

    fn tell(&self, job: Option<&Job>, done: Outcome<Ending>, tally: &mut Tally, output: &Output) -> Outcome {
        match done {
            Ok(Ending::PassedOver(passed)) => {
                tally.passed_over += 1;
                output.warning(&passed);
                if output.is_json() {
                    let line = NotRead { passed_over: passed.path.display().to_string(), reason: passed.reason() };
                    output.fact(&line, String::new)?;
                }
                Ok(())
            }
            Ok(Ending::Same) => {
                tally.same += 1;
                if let Some(job) = job {
                    output.detail(format!("the same: {}", job.to.shown()));
                }
                Ok(())
            }
            Ok(Ending::Done(receipt)) => {
                tally.done += 1;
                tally.bytes += receipt.size.unwrap_or(0);
                match self.mode {
                    // What is there is the content itself.
                    Mode::Do if self.prints_content => Ok(()),
                    Mode::Do => output.report(&receipt, || line(&receipt)),
                    Mode::DryRun => {
                        let planned = Planned { receipt, dry_run: true };
                        output.fact(&planned, || format!("would copy {}", line(&planned.receipt)))
                    }
                }
            }
            // All of them are told together.
            Ok(Ending::NotTried) => {
                tally.failed += 1;
                Ok(())
            }
            Err(Failure::NobodyReads) => Err(Failure::NobodyReads),
            Err(failure) => {
                tally.failed += 1;
                let text = failure.text().unwrap_or_default();
                output.error(match job {
                    Some(job) => format!("{} → {}: {text}", job.from.shown(), job.to.shown()),
                    None => text.clone(),
                });
                if output.is_json() {
                    let (from, to) = (job.map(|job| job.from.shown()), job.map(|job| job.to.shown()));
                    output.fact(&Failed { from, to, error: &text }, String::new)?;
                }
                Ok(())
            }
        }
    }
}

fn line(receipt: &Receipt) -> String {
    let Receipt { from, to, size, .. } = receipt;
    let size = size.map(|size| format!("  {DIM}{}{DIM:#}", size::bytes(size))).unwrap_or_default();
    format!("{} → {}{size}", printable(from), printable(to))
}
