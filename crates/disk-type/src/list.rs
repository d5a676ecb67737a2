//! Listing: a walk through the folders in the order of the names' bytes.

use meta::{Error, ErrorKind, ListOptions, ListPage, ObjectName, Result};

use crate::root::{Child, Root, Way};

/// The most entries of a page, and how many it has unless told.
const LONGEST_PAGE: u32 = 1000;

/// UTF-8 never holds this byte, so that all names with a prefix lie before the prefix and it.
const BEHIND_PREFIX: u8 = 0xff;

/// Makes a page. Holds the entries of the folders on the way to where it is, and no more.
pub(crate) fn list(root: &Root, options: &ListOptions) -> Result<ListPage> {
    let ListOptions { prefix, delimiter, start_after, continuation, limit, .. } = options;
    let limit = limit.unwrap_or(LONGEST_PAGE).clamp(1, LONGEST_PAGE) as usize;
    let mut from = prefix.clone().into_bytes();
    if let Some(name) = start_after {
        from = from.max(behind_name(name));
    }
    if let Some(told) = continuation {
        from = from.max(behind(told)?);
    }
    let mut page = ListPage::default();
    let mut told = None;
    let mut walk = Walk::new(root, prefix);
    while let Some(child) = walk.next(&from)? {
        let rolled_up = match child.name.get(prefix.len()..) {
            Some(rest) if !delimiter.is_empty() => rest.find(delimiter.as_str()),
            _ => None,
        };
        let rolled_up = rolled_up.map(|at| &child.name[..prefix.len() + at + delimiter.len()]);
        let entry = match rolled_up {
            // All of the folder is behind the delimiter. Where a part of it was told, the rest is looked at by name.
            Some(common) if child.is_folder && child.name.as_bytes() >= &from[..] => {
                if !root.holds_objects(&child.name)? {
                    continue;
                }
                Entry::Common(common.to_owned())
            }
            _ if child.is_folder => {
                walk.enter(&child.name, Way::Walked, &from)?;
                continue;
            }
            Some(common) => Entry::Common(common.to_owned()),
            None => match root.inspect(&ObjectName::parse(&child.name)?)? {
                Some(info) => Entry::Object(Box::new(info)),
                None => continue,
            },
        };
        if page.objects.len() + page.common_prefixes.len() == limit {
            page.next = told;
            return Ok(page);
        }
        match entry {
            Entry::Common(common) => {
                from = behind_prefix(&common);
                told = Some(format!("p{common}"));
                page.common_prefixes.push(common);
            }
            Entry::Object(info) => {
                from = behind_name(info.name.as_str());
                told = Some(format!("n{}", info.name));
                page.objects.push(*info);
            }
        }
    }
    Ok(page)
}

enum Entry {
    Object(Box<meta::ObjectInfo>),
    Common(String),
}

/// A walk through the names that begin with a prefix. Folders are entered on demand.
struct Walk<'a> {
    root: &'a Root,
    prefix: &'a str,
    /// What is left of the folders on the way, the innermost last.
    folders: Vec<std::vec::IntoIter<Child>>,
    is_begun: bool,
}

impl<'a> Walk<'a> {
    fn new(root: &'a Root, prefix: &'a str) -> Self {
        Self { root, prefix, folders: Vec::new(), is_begun: false }
    }

    /// The next object from there on, or the next folder that may hold one.
    fn next(&mut self, from: &[u8]) -> Result<Option<Child>> {
        if !self.is_begun {
            self.is_begun = true;
            let folder = self.prefix.rfind('/').map_or("", |slash| &self.prefix[..=slash]);
            self.enter(folder, Way::Unknown, from)?;
        }
        while let Some(folder) = self.folders.last_mut() {
            match folder.find(|child| reaches(child, from)) {
                Some(child) => return Ok(Some(child)),
                None => self.folders.pop(),
            };
        }
        Ok(None)
    }

    fn enter(&mut self, folder: &str, way: Way, from: &[u8]) -> Result<()> {
        let wanted = |child: &Child| {
            let begins = child.name.starts_with(self.prefix) || child.is_folder && self.prefix.starts_with(&child.name);
            begins && reaches(child, from)
        };
        let children = self.root.children(folder, way, &wanted)?;
        self.folders.push(children.into_iter());
        Ok(())
    }
}

/// Whether the object, or an object in the folder, can come at `from` or later.
fn reaches(child: &Child, from: &[u8]) -> bool {
    let name = child.name.as_bytes();
    let is_within = || from.strip_prefix(name).is_some_and(|rest| rest.first() != Some(&BEHIND_PREFIX));
    name >= from || child.is_folder && is_within()
}

/// Where a page goes on: what was told last is a name or a common prefix, and the mark says which.
fn behind(told: &str) -> Result<Vec<u8>> {
    match (told.strip_prefix('n'), told.strip_prefix('p')) {
        (Some(name), _) => Ok(behind_name(name)),
        (_, Some(prefix)) => Ok(behind_prefix(prefix)),
        (None, None) => Err(Error::new(ErrorKind::InvalidInput, "this continuation comes from no earlier page")
            .with_advice("pass on the `next` of a page as it is")),
    }
}

fn behind_name(name: &str) -> Vec<u8> {
    [name.as_bytes(), b"\0"].concat()
}

fn behind_prefix(prefix: &str) -> Vec<u8> {
    [prefix.as_bytes(), &[BEHIND_PREFIX]].concat()
}
