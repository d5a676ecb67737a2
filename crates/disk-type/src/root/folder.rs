//! What objects and folders a folder holds, by their names.

use meta::{ObjectName, Result};

use super::{Found, Root};
use crate::escape;

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Child {
    /// The whole name: of an object, or of a folder with the slash at its end. A folder may hold no object.
    pub(crate) name: String,
    pub(crate) is_folder: bool,
}

/// What of a folder's path is looked at for links before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// All of it.
    Unknown,
    /// The last component only: the folder was met in another one that was looked at.
    Walked,
}

impl Root {
    /// What the folder of this name (empty, or with the slash at its end) holds that `wanted` lets through, in the
    /// order of the names' bytes.
    ///
    /// All names of a folder begin with its own, and no other name does, so that a walk in this order meets all names
    /// of the storage in their order.
    pub(crate) fn children(&self, folder: &str, way: Way, wanted: &dyn Fn(&Child) -> bool) -> Result<Vec<Child>> {
        let components = match folder.strip_suffix('/') {
            Some(name) => escape::components(name),
            None => Vec::new(),
        };
        let mut children = Vec::new();
        // Links are not followed, so what lies behind one is nobody's object.
        let is_folder = match way {
            Way::Unknown => matches!(self.tree.look(&components)?, Found::Directory),
            // Looking at the whole path again in each folder on a deep way takes a time of its depth cubed.
            Way::Walked => self.tree.is_folder(&components),
        };
        if is_folder {
            let mut gather =
                Gather { root: self, folder, wanted, components, pieces: Vec::new(), children: &mut children };
            gather.all()?;
        }
        children.sort_unstable();
        // An object that moved aside meanwhile was met twice.
        children.dedup();
        Ok(children)
    }

    /// Whether there is any object in the folder, at whatever depth.
    pub(crate) fn holds_objects(&self, folder: &str) -> Result<bool> {
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for child in self.children(&folder, Way::Walked, &|_| true)? {
                if !child.is_folder {
                    return Ok(true);
                }
                folders.push(child.name);
            }
        }
        Ok(false)
    }
}

struct Gather<'a> {
    root: &'a Root,
    folder: &'a str,
    wanted: &'a dyn Fn(&Child) -> bool,
    components: Vec<String>,
    /// The pieces that the segments here begin with.
    pieces: Vec<String>,
    children: &'a mut Vec<Child>,
}

impl Gather<'_> {
    fn all(&mut self) -> Result<()> {
        for (name, kind) in self.root.tree.entries(&self.components)? {
            if kind.is_file() {
                self.add(name, "");
            } else if kind.is_dir() && escape::is_earlier_piece(&name) {
                self.further_pieces(name)?;
            } else if kind.is_dir() {
                self.add(name, "/");
            }
        }
        // After the folder itself, since objects move from there to here and never back: none is missed.
        self.components.push(escape::ASIDE.to_owned());
        if self.root.tree.is_folder(&self.components) {
            for (name, kind) in self.root.tree.entries(&self.components)? {
                if kind.is_file() {
                    self.add(name, "");
                }
            }
        }
        self.components.pop();
        Ok(())
    }

    fn further_pieces(&mut self, piece: String) -> Result<()> {
        let length: usize = self.pieces.iter().map(String::len).sum();
        // Escaping at most triples a name. What is longer is no name's, however deep it goes.
        if length > 4 * ObjectName::MAX_BYTES {
            return Ok(());
        }
        self.components.push(piece.clone());
        self.pieces.push(piece);
        let result = self.all();
        self.pieces.pop();
        self.components.pop();
        result
    }

    fn add(&mut self, component: String, end: &str) {
        self.pieces.push(component);
        let segment = escape::decode(&self.pieces);
        self.pieces.pop();
        let Some(segment) = segment else { return };
        let name = format!("{}{segment}{end}", self.folder);
        // Every object in a folder has a name at least as long.
        let child = Child { name, is_folder: !end.is_empty() };
        if ObjectName::parse(&child.name).is_ok() && (self.wanted)(&child) {
            self.children.push(child);
        }
    }
}
