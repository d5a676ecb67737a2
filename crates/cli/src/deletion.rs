//! Deleting some objects of a storage, each told.

use serde::Serialize;

use crate::batch::{Mode, Tally};
use crate::exit::Outcome;
use crate::output::{Output, printable};
use crate::target::Place;

/// As many as OSS takes in a call.
pub(crate) const AT_A_TIME: usize = 1000;

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

/// Deletes objects of the storage of a place.
pub(crate) async fn delete(
    place: &Place,
    names: Vec<String>,
    mode: Mode,
    tally: &mut Tally,
    output: &Output,
) -> Outcome {
    if mode == Mode::DryRun {
        for name in names {
            let shown = place.shown_at(&name);
            tally.done += 1;
            output.fact(&Line { would_delete: Some(shown.clone()), ..NOTHING }, || {
                format!("would delete {}", printable(&shown))
            })?;
        }
        return Ok(());
    }
    let report = place.element.delete_many(&names).await?;
    for deleted in &report.deleted {
        let shown = place.shown_at(deleted.name.as_str());
        tally.done += 1;
        output
            .report(&Line { deleted: Some(shown.clone()), ..NOTHING }, || format!("deleted {}", printable(&shown)))?;
    }
    for (name, error) in &report.failed {
        tally.failed += 1;
        output.error(error);
        if output.is_json() {
            let line =
                Line { not_deleted: Some(place.shown_at(name.as_str())), error: Some(error.to_string()), ..NOTHING };
            output.fact(&line, String::new)?;
        }
    }
    Ok(())
}
