//! The SDKs' file: sections of names and values.

use meta::{Error, ErrorKind, Result};

use super::entry::Entry;

/// Reads the sections of a file. Lines that start with `#` or `;` are comments.
pub(super) fn parse(text: &str) -> Result<Vec<(String, Entry)>> {
    let mut sections: Vec<(String, Entry)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push((name.trim().to_owned(), Entry::default()));
            continue;
        }
        // Never the line itself, which may hold a secret.
        let (Some((name, value)), Some((_, entry))) = (line.split_once('='), sections.last_mut()) else {
            let message = format!("line {number} is neither a section, `[name]`, nor a value in one, `name = value`");
            return Err(Error::new(ErrorKind::Config, message));
        };
        entry.set(name.trim(), value.trim());
    }
    Ok(sections)
}
