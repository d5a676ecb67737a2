//! What the target of a sync has and its source has not: gathered while both are read, deleted when all is sent.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use crate::closed::Closed;

/// Names on the disk, as many as there are, in little memory. They are gone with the process.
#[derive(Debug)]
pub(crate) struct Extra {
    names: BufWriter<File>,
    /// What the source has and nobody reads; what lies below is not extra.
    kept: Closed,
}

impl Extra {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { names: BufWriter::new(tempfile::tempfile()?), kept: Closed::default() })
    }

    /// Keeps what has this name, and all that lies below it. Names come in the order of their bytes.
    pub(crate) fn keep(&mut self, name: &str) {
        self.kept.add(name);
    }

    /// Takes a name of the target that the source does not have. Names come in the order of their bytes.
    pub(crate) fn add(&mut self, name: &str) -> io::Result<()> {
        if self.kept.folder_of(name).is_some() {
            return Ok(());
        }
        let length = u32::try_from(name.len()).map_err(io::Error::other)?;
        self.names.write_all(&length.to_le_bytes())?;
        self.names.write_all(name.as_bytes())
    }

    /// The names, in the order in which they came.
    pub(crate) fn into_names(self) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let mut file = self.names.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut names = BufReader::new(file);
        Ok(std::iter::from_fn(move || next_name(&mut names).transpose()))
    }
}

fn next_name(names: &mut impl Read) -> io::Result<Option<String>> {
    let mut length = [0; 4];
    match names.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let mut name = String::new();
    names.take(u32::from_le_bytes(length).into()).read_to_string(&mut name)?;
    Ok(Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_what_is_kept_is_not_extra() {
        let mut extra = Extra::new().unwrap();
        extra.add("a").unwrap();
        extra.keep("link");
        for name in ["link-2", "link.txt", "link/x", "link/目/y", "link0", "z"] {
            extra.add(name).unwrap();
        }
        let names: Vec<_> = extra.into_names().unwrap().map(Result::unwrap).collect();
        assert_eq!(names, ["a", "link-2", "link.txt", "link0", "z"]);
    }
}
