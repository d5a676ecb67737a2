//! The two sides of a sync: local folders and folders of elements, both in the order of their names.

use std::cmp::Ordering;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};

use crate::exclude::LeftOut;
use crate::exit::{Failure, Outcome};
use crate::listing;
use crate::local::{Found, PassedOver, Walk};
use crate::plan::Below;
use crate::target::Place;
use crate::transfer::End;

/// Something in a folder.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Below the folder, with `/`.
    pub(crate) name: String,
    pub(crate) content: Content,
}

/// What an entry is.
#[derive(Debug)]
pub(crate) enum Content {
    Object {
        size: u64,
        modified: Option<SystemTime>,
        end: End,
    },
    /// It is there, and it is not read.
    PassedOver(PassedOver),
}

/// A name that one of two folders has, or both.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) source: Option<Entry>,
    pub(crate) target: Option<Entry>,
}

type Entries = BoxStream<'static, Outcome<Entry>>;

/// What lies in the folder that is copied from. A local one must be there.
pub(crate) fn source_entries(folder: &Below, left_out: &LeftOut) -> Outcome<Entries> {
    match folder {
        Below::Local(folder) => local_entries(folder, left_out),
        Below::Object(place) => Ok(object_entries(place, left_out)),
    }
}

/// What lies in the folder that is copied to. A local one that is not there is empty.
pub(crate) fn target_entries(folder: &Below, left_out: &LeftOut) -> Outcome<Entries> {
    match folder {
        Below::Local(path) => match std::fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(stream::empty().boxed()),
            Err(error) => Err(Failure::file("read", path, &error)),
            Ok(_) => local_entries(path, left_out),
        },
        Below::Object(place) => Ok(object_entries(place, left_out)),
    }
}

fn object_entries(place: &Place, left_out: &LeftOut) -> Entries {
    let (place, left_out) = (place.clone(), left_out.clone());
    let entries = listing::objects(&place, &place.path).try_filter_map(move |info| {
        let name = info.name.as_str();
        let below = name.strip_prefix(&*place.path).filter(|below| !left_out.covers(below));
        let entry = below.map(|below| Entry {
            name: below.to_owned(),
            content: Content::Object {
                size: info.size,
                modified: info.last_modified,
                end: End::Object(place.at(name)),
            },
        });
        futures_util::future::ready(Ok(entry))
    });
    entries.boxed()
}

fn local_entries(folder: &Path, left_out: &LeftOut) -> Outcome<Entries> {
    let found = stream::iter(Walk::new(folder, left_out)?);
    let entries = found.map_ok(|found| match found {
        Found::File(file) => Entry {
            name: file.name,
            content: Content::Object { size: file.size, modified: file.modified, end: End::Local(file.path) },
        },
        Found::PassedOver(passed) => Entry { name: passed.name.clone(), content: Content::PassedOver(passed) },
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
            name => {
                let content = Content::Object { size: 0, modified: None, end: End::Standard };
                Ok(Entry { name: name.to_owned(), content })
            }
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
