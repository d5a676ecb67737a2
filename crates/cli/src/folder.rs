//! The two sides of a sync: local folders and folders of elements, both in the order of their names.

use std::cmp::Ordering;
use std::path::Path;
use std::time::SystemTime;

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use jit_storages::ListOptions;

use crate::exit::{Failure, Outcome};
use crate::local::Walk;
use crate::plan::Below;
use crate::transfer::End;

/// Something in a folder.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Below the folder, with `/`.
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) modified: Option<SystemTime>,
    pub(crate) end: End,
}

/// A name that one of two folders has, or both.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) source: Option<Entry>,
    pub(crate) target: Option<Entry>,
}

type Entries = BoxStream<'static, Outcome<Entry>>;

/// What lies in a folder. A local folder that is not there is empty.
pub(crate) fn entries(folder: &Below) -> Outcome<Entries> {
    match folder {
        Below::Local(folder) => local_entries(folder),
        Below::Object(place) => {
            let (place, folder) = (place.clone(), place.path.clone());
            let objects = place.element.list_stream(ListOptions::prefix(&folder)).map_err(Failure::from);
            let entries = objects.try_filter_map(move |info| {
                let name = info.name.as_str();
                // What ends with `/` stands for a folder, and holds nothing.
                let is_marker = name.ends_with('/') && info.size == 0;
                let entry = name.strip_prefix(&*folder).filter(|_| !is_marker).map(|below| Entry {
                    name: below.to_owned(),
                    size: info.size,
                    modified: info.last_modified,
                    end: End::Object(place.at(name)),
                });
                futures_util::future::ready(Ok(entry))
            });
            Ok(entries.boxed())
        }
    }
}

fn local_entries(folder: &Path) -> Outcome<Entries> {
    if !folder.exists() {
        return Ok(stream::empty().boxed());
    }
    let files = stream::iter(Walk::new(folder)?);
    let entries = files.map_ok(|file| Entry {
        name: file.name,
        size: file.size,
        modified: file.modified,
        end: End::Local(file.path),
    });
    Ok(entries.boxed())
}

/// Brings together what has the same name. Both sides must be in the order of their names' bytes; no more than one entry
/// of each is held.
pub(crate) fn pairs(source: Entries, target: Entries) -> impl stream::Stream<Item = Outcome<Pair>> {
    let sides = (source.peekable(), target.peekable());
    stream::unfold(sides, |(mut source, mut target)| async move {
        use std::pin::Pin;
        let order = match (Pin::new(&mut source).peek().await, Pin::new(&mut target).peek().await) {
            (None, None) => return None,
            (Some(Err(_)), _) | (Some(Ok(_)), None) => Ordering::Less,
            (_, Some(Err(_))) | (None, Some(Ok(_))) => Ordering::Greater,
            (Some(Ok(one)), Some(Ok(other))) => one.name.cmp(&other.name),
        };
        let from_source = if order.is_le() { source.next().await } else { None };
        let from_target = if order.is_ge() { target.next().await } else { None };
        let pair = from_source.transpose().and_then(|source| Ok(Pair { source, target: from_target.transpose()? }));
        Some((pair, (source, target)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(names: &[&str]) -> Entries {
        let entries: Vec<_> = names.iter().map(|name| entry(name)).collect();
        stream::iter(entries).boxed()
    }

    fn entry(name: &str) -> Outcome<Entry> {
        match name {
            "!" => Err(Failure::failed("unreadable")),
            name => Ok(Entry { name: name.to_owned(), size: 0, modified: None, end: End::Standard }),
        }
    }

    #[test]
    fn names_of_both_sides_meet() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let pairs = pairs(side(&["a", "b", "!", "d", "e"]), side(&["b", "c", "e", "f", "g"]));
        let found: Vec<_> = runtime.block_on(pairs.collect());
        let name = |entry: Option<Entry>| entry.map_or_else(|| "-".to_owned(), |entry| entry.name);
        let shown: Vec<_> = found
            .into_iter()
            .map(|pair| pair.map_or_else(|_| "!".to_owned(), |pair| name(pair.source) + &name(pair.target)))
            .collect();
        assert_eq!(shown, ["a-", "bb", "!", "-c", "d-", "ee", "-f", "-g"]);
    }
}
