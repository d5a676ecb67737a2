//! Listings as streams.

use std::future::Future;

use futures_util::stream::{self, Stream, TryStreamExt};

use super::StorageElement;
use crate::error::{Error, ErrorKind, Result};

/// Refuses pages that hold nothing.
pub(super) fn check_limit(limit: Option<u32>) -> Result<()> {
    match limit {
        Some(0) => Err(Error::new(ErrorKind::InvalidInput, "a page of 0 entries holds nothing")),
        _ => Ok(()),
    }
}

/// The entries of all pages. `read` gives a page and the options of the next one.
pub(super) fn pages<T, O, F, R>(
    element: StorageElement,
    first: O,
    read: F,
) -> impl Stream<Item = Result<T>> + Send + 'static
where
    T: Send + 'static,
    O: Send + 'static,
    F: Fn(StorageElement, O) -> R + Clone + Send + 'static,
    R: Future<Output = Result<(Vec<T>, Option<O>)>> + Send + 'static,
{
    stream::try_unfold(Some(first), move |options| {
        let page = options.map(|options| read(element.clone(), options));
        async move {
            let Some(page) = page else { return Ok::<_, Error>(None) };
            let (entries, next) = page.await?;
            Ok(Some((stream::iter(entries.into_iter().map(Ok)), next)))
        }
    })
    .try_flatten()
}
