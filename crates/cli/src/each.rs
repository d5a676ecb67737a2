//! Several arguments, one after the other: each succeeds or fails by itself, and is told.

use crate::batch::Tally;
use crate::exit::{Failure, Outcome};
use crate::output::Output;

/// Does it for all, also where one fails. Of a single one the failure is the command's own.
pub(crate) async fn for_each<T>(items: Vec<T>, output: &Output, work: impl AsyncFn(T) -> Outcome) -> Outcome {
    let is_single = items.len() == 1;
    let mut tally = Tally::default();
    for item in items {
        let ended = work(item).await;
        if is_single {
            return ended;
        }
        count(ended, &mut tally, output)?;
    }
    tally.outcome()
}

/// Counts how one of several has ended, and tells its failure. The others are not worth doing where nobody reads on.
pub(crate) fn count(ended: Outcome, tally: &mut Tally, output: &Output) -> Outcome {
    match ended {
        Ok(()) => tally.done += 1,
        Err(Failure::NobodyReads) => return Err(Failure::NobodyReads),
        Err(failure) => {
            tally.failed += 1;
            if let Some(text) = failure.text() {
                output.error(text);
            }
        }
    }
    Ok(())
}
