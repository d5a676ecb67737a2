//! The two sides of a sync: local folders and folders of elements, both in the order of their names.

use std::cmp::Ordering;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};

use crate::exclude::LeftOut;
use crate::exit::{Failure, Outcome};
use crate::listing;
use crate::local::{Found, PassedOver, Walk, not_utf8};
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
        Below::Local(folder) => local_entries(folder, left_out, |path| Err(not_utf8(&path))),
        Below::Object(place) => Ok(object_entries(place, left_out)),
    }
}

/// What lies in the folder that is copied to. A local one that is not there is empty.
pub(crate) fn target_entries(folder: &Below, left_out: &LeftOut) -> Outcome<Entries> {
    match folder {
        Below::Local(path) => match std::fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(stream::empty().boxed()),
            Err(error) => Err(Failure::file("read", path, &error)),
            // It stands for no object, whatever the source has.
            Ok(_) => local_entries(path, left_out, |_| Ok(None)),
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

/// The files below a folder; `unnamed` says what becomes of one whose name is not UTF-8.
fn local_entries(
    folder: &Path,
    left_out: &LeftOut,
    unnamed: impl Fn(PathBuf) -> Outcome<Option<Entry>> + Send + 'static,
) -> Outcome<Entries> {
    let found = stream::iter(Walk::new(folder, left_out)?);
    let entries = found.try_filter_map(move |found| {
        let entry = match found {
            Found::File(file) => {
                let content = Content::Object { size: file.size, modified: file.modified, end: End::Local(file.path) };
                Ok(Some(Entry { name: file.name, content }))
            }
            Found::PassedOver(passed) => {
                Ok(Some(Entry { name: passed.name.clone(), content: Content::PassedOver(passed) }))
            }
            Found::NotUtf8(path) => unnamed(path),
        };
        futures_util::future::ready(entry)
    });
    Ok(entries.boxed())
}

/// Brings together what has the same name. Both sides must be in the order of their names' bytes; no more than one entry
/// of each is held. It ends with a failure of the target: what that has behind it looks as if it were not there.
pub(crate) fn pairs(source: Entries, target: Entries) -> impl stream::Stream<Item = Outcome<Pair>> {
    let sides = (source.peekable(), target.peekable());
    stream::unfold(Some(sides), |sides| async move {
        use std::pin::Pin;
        let (mut source, mut target) = sides?;
        let order = match (Pin::new(&mut source).peek().await, Pin::new(&mut target).peek().await) {
            (None, None) => return None,
            (Some(Err(_)), _) | (Some(Ok(_)), None) => Ordering::Less,
            (_, Some(Err(_))) | (None, Some(Ok(_))) => Ordering::Greater,
            (Some(Ok(one)), Some(Ok(other))) => one.name.cmp(&other.name),
        };
        let from_source = if order.is_le() { source.next().await } else { None };
        let from_target = if order.is_ge() { target.next().await } else { None };
        let is_blind = matches!(from_target, Some(Err(_)));
        let pair = from_source.transpose().and_then(|source| Ok(Pair { source, target: from_target.transpose()? }));
        Some((pair, (!is_blind).then_some((source, target))))
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

    /// The names that meet, each with that of the other side or a `-`.
    fn met(source: &[&str], target: &[&str]) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found: Vec<_> = runtime.block_on(pairs(side(source), side(target)).collect());
        let name = |entry: Option<Entry>| entry.map_or_else(|| "-".to_owned(), |entry| entry.name);
        let shown = |pair: Outcome<Pair>| pair.map_or_else(|_| "!".to_owned(), |it| name(it.source) + &name(it.target));
        found.into_iter().map(shown).collect()
    }

    #[test]
    fn names_of_both_sides_meet() {
        let met = met(&["a", "b", "!", "d", "e"], &["b", "c", "e", "f", "g"]);
        assert_eq!(met, ["a-", "bb", "!", "-c", "d-", "ee", "-f", "-g"]);
    }

    #[test]
    fn nothing_is_missing_behind_what_cannot_be_read_of_a_target() {
        assert_eq!(met(&["a", "b", "c"], &["a", "!"]), ["aa", "!"]);
        assert_eq!(met(&["a", "!", "c"], &["a", "b", "!", "c"]), ["aa", "!", "-b", "!"]);
    }
}
