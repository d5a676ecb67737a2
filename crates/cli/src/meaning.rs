//! What a path of an element means: an object, a folder, or what matches a pattern.

use crate::exit::Outcome;
use crate::glob::{Depth, Pattern};
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
    let pattern = Pattern::parse(&place.path, depth)?;
    if pattern.is_none() && place.is_folder() {
        return Ok(Meaning::Folder(place.folder()));
    }
    if pattern.is_none() && depth == Depth::Single {
        return Ok(Meaning::Object);
    }
    if (place.is_folder() || depth == Depth::Recursive) && listing::is_any(place, &place.folder()).await? {
        return Ok(Meaning::Folder(place.folder()));
    }
    if !place.is_folder() && place.element.exists(&place.path).await? {
        return Ok(Meaning::Object);
    }
    Ok(match pattern {
        Some(pattern) => Meaning::Pattern(Box::new(pattern)),
        None => Meaning::Folder(place.folder()),
    })
}
