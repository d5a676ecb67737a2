//! Deleting some objects of a storage, each told; local files are told alike.

use serde::Serialize;

use crate::batch::{Mode, Tally};
use crate::exit::{Failure, Outcome};
use crate::output::{Output, printable};
use crate::target::Place;

/// As many as OSS takes in a call.
const AT_A_TIME: usize = 1000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    would_delete: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_deleted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

const NOTHING: Line = Line { deleted: None, would_delete: None, not_deleted: None, error: None };

/// Deletes objects, as many as the service takes in a call, and tells of each.
#[derive(Debug)]
pub(crate) struct Deletion<'a> {
    pub(crate) mode: Mode,
    pub(crate) output: &'a Output,
    pub(crate) tally: Tally,
    pending: Vec<String>,
    /// The storage of what is pending.
    place: Option<Place>,
}

impl<'a> Deletion<'a> {
    pub(crate) fn new(mode: Mode, output: &'a Output) -> Self {
        Self { mode, output, tally: Tally::default(), pending: Vec::new(), place: None }
    }

    /// Deletes an object of the storage of a place, sooner or later.
    pub(crate) async fn add(&mut self, place: &Place, name: String) -> Outcome {
        if self.pending.len() == AT_A_TIME || self.place.as_ref().is_some_and(|other| !other.is_beside(place)) {
            self.flush().await?;
        }
        self.place.get_or_insert_with(|| place.clone());
        self.pending.push(name);
        Ok(())
    }

    /// Deletes what is left to be deleted, and tells what has become of all.
    pub(crate) async fn finish(mut self) -> Outcome<Tally> {
        self.flush().await?;
        Ok(self.tally)
    }

    async fn flush(&mut self) -> Outcome {
        let names = std::mem::take(&mut self.pending);
        let Some(place) = self.place.take() else { return Ok(()) };
        if self.mode == Mode::DryRun {
            return names.iter().try_for_each(|name| self.tell_plan(&place.shown_at(name)));
        }
        let report = match place.element.delete_many(&names).await {
            Ok(report) => report,
            Err(error) => return self.tell_failure(&place, &names, &Failure::from(error)),
        };
        for deleted in &report.deleted {
            self.tell_done(&place.shown_at(deleted.name.as_str()))?;
        }
        for (name, error) in &report.failed {
            self.tally.failed += 1;
            self.output.error(error);
            if self.output.is_json() {
                let (name, error) = (place.shown_at(name.as_str()), error.to_string());
                self.output.fact(&Line { not_deleted: Some(name), error: Some(error), ..NOTHING }, String::new)?;
            }
        }
        Ok(())
    }

    /// None of these could be deleted. What comes behind them may still be.
    fn tell_failure(&mut self, place: &Place, names: &[String], failure: &Failure) -> Outcome {
        self.tally.failed += names.len() as u64;
        let error = failure.text().unwrap_or_default();
        let shown = |name: &String| format!("`{}`", place.shown_at(name));
        self.output.error(match names {
            [] => error.clone(),
            [sole] => format!("{} is not deleted: {error}", shown(sole)),
            [first, .., last] => {
                format!("{} … {} are not deleted, {} in all: {error}", shown(first), shown(last), names.len())
            }
        });
        if !self.output.is_json() {
            return Ok(());
        }
        names.iter().try_for_each(|name| {
            let line = Line { not_deleted: Some(place.shown_at(name)), error: Some(error.clone()), ..NOTHING };
            self.output.fact(&line, String::new)
        })
    }

    /// Counts and tells what was to be deleted, or listed for it, and failed by itself.
    pub(crate) fn fail(&mut self, shown: &str, failure: &Failure) -> Outcome {
        self.tally.failed += 1;
        let error = failure.text().unwrap_or_default();
        self.output.error(&error);
        if !self.output.is_json() {
            return Ok(());
        }
        let line = Line { not_deleted: Some(shown.to_owned()), error: Some(error), ..NOTHING };
        self.output.fact(&line, String::new)
    }

    /// Counts and tells what is deleted.
    pub(crate) fn tell_done(&mut self, shown: &str) -> Outcome {
        self.tally.done += 1;
        let line = Line { deleted: Some(shown.to_owned()), ..NOTHING };
        self.output.report(&line, || format!("deleted {}", printable(shown)))
    }

    /// Counts and tells what would be deleted.
    pub(crate) fn tell_plan(&mut self, shown: &str) -> Outcome {
        self.tally.done += 1;
        let line = Line { would_delete: Some(shown.to_owned()), ..NOTHING };
        self.output.fact(&line, || format!("would delete {}", printable(shown)))
    }
}
