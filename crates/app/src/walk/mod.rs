//! Finding the elements of one app: every folder with an `e.json`, at any depth.

mod crew;
mod link;

use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use meta::{Error, ErrorKind, FullName, STORE_MARK, holds_no_elements};

use self::link::{Followed, Link};
use crate::declaration::{Declaration, TypeNames};
use crate::elements::Element;
use crate::file::{FileBuffer, is_absent};

/// The file that makes a folder an element.
pub(crate) const ELEMENT_FILE: &str = "e.json";
/// The file that makes a folder an app.
pub(crate) const APP_FILE: &str = "app.json";

/// From how many folders on several threads are worth being started.
const WORTH_SHARING: usize = 64;
/// Beyond this, threads wait for the same disk.
const MOST_THREADS: usize = 16;

/// What the walk of one app brings home.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The elements, in no order.
    pub(crate) elements: Vec<(FullName, Box<Element>)>,
    /// What is wrong, in no order.
    pub(crate) troubles: Vec<Trouble>,
}

/// Something wrong in the folders of an app.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) path: PathBuf,
    pub(crate) error: Error,
    pub(crate) weight: Weight,
}

/// What something wrong means for the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// The app does not load.
    Fatal,
    /// The app tells it.
    Warning,
}

impl Weight {
    /// Storages are what this library serves; of other families it must not know more than they tell.
    fn of(full_name: &str) -> Self {
        match full_name.split('.').next() {
            Some("storages" | "") => Self::Fatal,
            _ => Self::Warning,
        }
    }
}

/// Walks the app at `root`.
pub(crate) fn walk(root: &Path) -> Walked {
    let followed = Followed::default();
    let mut first = Worker::new(followed.clone());
    let mut pile = vec![Folder { path: root.to_owned(), name: Some(String::new()), link: None }];
    while let Some(folder) = pile.pop() {
        first.visit(folder, &mut pile);
        if pile.len() >= WORTH_SHARING {
            break;
        }
    }
    let mut workers = vec![first];
    if !pile.is_empty() {
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
        workers.resize_with(threads, || Worker::new(followed.clone()));
        workers = crew::run(pile, workers, Worker::visit);
    }
    let mut walked = Walked::default();
    walked.elements.reserve_exact(workers.iter().map(|worker| worker.walked.elements.len()).sum());
    for mut worker in workers {
        walked.elements.append(&mut worker.walked.elements);
        walked.troubles.append(&mut worker.walked.troubles);
    }
    walked
}

/// A folder to look into.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// The path from the root with dots; empty for the root, `None` where a folder's name cannot be part of a fullName.
    name: Option<String>,
    /// The symbolic links that led here.
    link: Option<Arc<Link>>,
}

/// What one thread needs and finds.
#[derive(Debug)]
struct Worker {
    buffer: FileBuffer,
    types: TypeNames,
    /// All threads count together.
    followed: Followed,
    walked: Walked,
}

impl Worker {
    fn new(followed: Followed) -> Self {
        Self { buffer: FileBuffer::new(), types: TypeNames::default(), followed, walked: Walked::default() }
    }

    /// Reads a folder; its sub-folders go on the pile.
    fn visit(&mut self, folder: Folder, pile: &mut Vec<Folder>) {
        let before = pile.len();
        match self.list(&folder, pile) {
            Ok(Kind::Element { is_link }) => self.element(folder, is_link),
            Ok(Kind::Other) => {}
            Ok(Kind::App | Kind::Store) => pile.truncate(before),
            Ok(Kind::Both) => {
                pile.truncate(before);
                self.is_both(folder.path);
            }
            // It was there a moment ago, or never was: a link into the void.
            Err(error) if is_absent(&error) && !folder.is_root() => {}
            Err(error) => {
                let weight = folder.name.as_deref().map_or(Weight::Warning, Weight::of);
                let error = Error::io(format!("cannot read the folder `{}`", folder.path.display()), error);
                self.walked.troubles.push(Trouble { path: folder.path, error, weight });
            }
        }
    }

    fn list(&mut self, folder: &Folder, pile: &mut Vec<Folder>) -> io::Result<Kind> {
        let mut kind = Kind::Other;
        for entry in fs::read_dir(&folder.path)? {
            let entry = entry?;
            let name = entry.file_name();
            // The kind comes with the listing; only links cost a question.
            let file_type = entry.file_type()?;
            if name == STORE_MARK && !folder.is_root() {
                kind = kind.and(Kind::Store);
            } else if !file_type.is_dir() && name == APP_FILE && !folder.is_root() {
                kind = kind.and(Kind::App);
            } else if (file_type.is_file() || file_type.is_symlink()) && name == ELEMENT_FILE && !folder.is_root() {
                kind = kind.and(Kind::Element { is_link: file_type.is_symlink() });
            } else if file_type.is_dir() && !holds_no_elements(&name, folder.is_root()) {
                pile.push(folder.below(&entry, &name, folder.link.clone()));
            } else if file_type.is_symlink()
                && !self.followed.is_enough()
                && !holds_no_elements(&name, folder.is_root())
                && let Some(link) = Link::follow(&entry.path(), &folder.path, folder.link.as_ref())
            {
                match self.followed.count(&entry.path()) {
                    Ok(()) => pile.push(folder.below(&entry, &name, Some(link))),
                    Err(error) => {
                        self.walked.troubles.push(Trouble { path: entry.path(), error, weight: Weight::Fatal });
                    }
                }
            }
        }
        Ok(kind)
    }

    /// Reads the `e.json` of a folder that holds one, or a link to one.
    fn element(&mut self, folder: Folder, is_link: bool) {
        let Folder { mut path, name, .. } = folder;
        path.push(ELEMENT_FILE);
        let name = match name.as_deref().map(FullName::parse) {
            Some(Ok(name)) => name,
            Some(Err(error)) => return self.unusable(path, error.rule()),
            None => {
                return self.unusable(path, "a folder's name holds a dot, which separates segments, or is no UTF-8");
            }
        };
        let text = match is_link {
            true => self.buffer.read(&path),
            false => self.buffer.read_file(&path),
        };
        let declaration = match text {
            Ok(text) => Declaration::parse(&path, text, &mut self.types),
            Err(error) if is_absent(&error) => return,
            Err(error) => {
                Declaration::broken(&Error::io(format!("cannot read `{}`", path.display()), error), &mut self.types)
            }
        };
        if let Some(broken) = &declaration.broken {
            self.walked.troubles.push(Trouble { path, error: broken.error(), weight: Weight::of(name.as_str()) });
        }
        self.walked.elements.push((name, Box::new(Element::new(declaration))));
    }

    fn is_both(&mut self, path: PathBuf) {
        let message = format!(
            "`{}` holds both `{APP_FILE}` and `{ELEMENT_FILE}`: it is taken for another app and not entered",
            path.display()
        );
        let error = Error::new(ErrorKind::Config, message)
            .with_advice("where it is an element called `app`, keep its configuration in `config.json`");
        self.walked.troubles.push(Trouble { path, error, weight: Weight::Warning });
    }

    fn unusable(&mut self, path: PathBuf, rule: &str) {
        let error = Error::new(ErrorKind::Config, format!("`{}` is no element: {rule}", path.display()))
            .with_advice("rename the folder");
        self.walked.troubles.push(Trouble { path, error, weight: Weight::Warning });
    }
}

/// What a folder turned out to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Element {
        is_link: bool,
    },
    /// Another app, which has nothing to do with this one.
    App,
    /// Another app, or an element whose files say so by accident.
    Both,
    /// Where a storage keeps its objects, whatever their names are.
    Store,
    Other,
}

impl Kind {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Store, _) | (_, Self::Store) => Self::Store,
            (Self::Other, _) => other,
            _ if self == other => other,
            _ => Self::Both,
        }
    }
}

impl Folder {
    fn is_root(&self) -> bool {
        self.name.as_deref() == Some("")
    }

    fn below(&self, entry: &DirEntry, name: &OsStr, link: Option<Arc<Link>>) -> Self {
        let segment = name.to_str().filter(|segment| !segment.contains('.'));
        let name = self.name.as_deref().zip(segment).map(|(above, segment)| {
            let mut name = String::with_capacity(above.len() + 1 + segment.len());
            if !above.is_empty() {
                name.push_str(above);
                name.push('.');
            }
            name.push_str(segment);
            name
        });
        Self { path: entry.path(), name, link }
    }
}
