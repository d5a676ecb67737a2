//! Several objects, one after the other: each succeeds or fails by itself, and is told.

use serde::Serialize;

use crate::batch::Tally;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::target::Place;

/// A failure in a line of JSON.
#[derive(Serialize)]
struct Failed<'a> {
    object: &'a str,
    error: &'a str,
}

/// Does it for all, also where one fails. Of a single one the failure is the command's own.
pub(crate) async fn for_each(places: Vec<Place>, output: &Output, work: impl AsyncFn(Place) -> Outcome) -> Outcome {
    let is_single = places.len() == 1;
    let mut tally = Tally::default();
    for place in places {
        let shown = place.shown();
        let ended = work(place).await;
        if is_single {
            return ended;
        }
        count(ended, &shown, &mut tally, output)?;
    }
    tally.outcome()
}

/// Counts how one of several has ended, and tells its failure. The others are not worth doing where nobody reads on.
pub(crate) fn count(ended: Outcome, shown: &str, tally: &mut Tally, output: &Output) -> Outcome {
    match ended {
        Ok(()) => tally.done += 1,
        Err(Failure::NobodyReads) => return Err(Failure::NobodyReads),
        Err(failure) => {
            tally.failed += 1;
            if let Some(error) = failure.text() {
                output.error(&error);
                if output.is_json() {
                    output.fact(&Failed { object: shown, error: &error }, String::new)?;
                }
            }
        }
    }
    Ok(())
}
