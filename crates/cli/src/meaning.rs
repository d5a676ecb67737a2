//! What a path of an element means: an object, a folder, or what matches a pattern.

use jit_storages::{Error, ErrorKind};

use crate::exit::{Failure, Outcome};
use crate::glob::{Depth, Pattern, is_pattern};
use crate::listing;
use crate::target::Place;

/// What is meant.
#[derive(Debug)]
pub(crate) enum Meaning {
    Object,
    /// All below this name, which ends with `/` or is empty.
    Folder(String),
    Pattern(Box<Pattern>),
}

/// Takes a path for what is there by exactly this name, and only where nothing is for a pattern: names of objects may hold
/// all that patterns are made of.
pub(crate) async fn meaning(place: &Place, depth: Depth) -> Outcome<Meaning> {
    let is_pattern = is_pattern(&place.path);
    if !is_pattern && place.is_folder() {
        return Ok(Meaning::Folder(place.folder()));
    }
    if !is_pattern && depth == Depth::Single {
        return Ok(Meaning::Object);
    }
    if (place.is_folder() || depth == Depth::Recursive) && listing::is_any(place, &place.folder()).await? {
        return Ok(Meaning::Folder(place.folder()));
    }
    if !place.is_folder() && place.element.exists(&place.path).await? {
        return Ok(Meaning::Object);
    }
    // A name may hold what no pattern can.
    Ok(match Pattern::parse(&place.path, depth)? {
        Some(pattern) => Meaning::Pattern(Box::new(pattern)),
        None => Meaning::Folder(place.folder()),
    })
}

/// Says of an error, where it is that there is no such object, what is there instead, and where to look.
pub(crate) async fn explain_absence(place: &Place, error: Error) -> Failure {
    if error.kind() != ErrorKind::NotFound {
        return error.into();
    }
    if listing::is_any(place, &place.folder()).await.unwrap_or(false) {
        // Without a `/` behind it, only the service could tell.
        return if place.is_folder() { is_folder(place) } else { Failure::failed(no_object(place)) };
    }
    let above = place.path.rfind('/').map_or("", |at| &place.path[..=at]);
    Failure::from(error).with_more(format_args!(": look around with `storages ls {}`", place.shown_at(above)))
}

/// The failure of a folder where an object is wanted, as the command line alone tells.
pub(crate) fn is_folder(place: &Place) -> Failure {
    Failure::usage(no_object(place))
}

fn no_object(place: &Place) -> String {
    let folder = place.shown_at(&place.folder());
    let what = if place.path.is_empty() { "whole storage" } else { "folder" };
    format!("`{folder}` is a {what}, no object: list it with `storages ls {folder}`")
}
