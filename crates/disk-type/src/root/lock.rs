//! Who may change what at a time, within the process and across processes: locks on files, which end with their holder.
//!
//! * Every change of an object holds `structure` shared and its name's stripe.
//! * What moves an object out of the way of a folder holds `structure` alone: no other change runs meanwhile.
//! * `gate` is passed on the way to `structure`, so that those who want it alone are not overtaken for ever.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;

use crc_fast::CrcAlgorithm;

/// How many stripes the names share. It is part of the agreement between processes.
pub(super) const STRIPES: u64 = 64;

/// The folder of the lock files.
#[derive(Debug)]
pub(super) struct Locks {
    folder: PathBuf,
}

/// The right to change something, until it is dropped.
#[derive(Debug)]
pub(super) enum Access {
    /// To change one object, beside others.
    Shared { _files: [File; 2] },
    /// To change everything, alone.
    Alone { _files: [File; 2] },
}

impl Locks {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Waits for the right to change the object of this name.
    pub(super) fn shared(&self, name: &str) -> io::Result<Access> {
        let gate = self.hold("gate", File::lock)?;
        let structure = self.hold("structure", File::lock_shared)?;
        drop(gate);
        let stripe = self.hold(&format!("{:02}", stripe(name)), File::lock)?;
        Ok(Access::Shared { _files: [structure, stripe] })
    }

    /// Waits for the right to change everything. Who holds another right must give it up first.
    pub(super) fn alone(&self) -> io::Result<Access> {
        let gate = self.hold("gate", File::lock)?;
        let structure = self.hold("structure", File::lock)?;
        Ok(Access::Alone { _files: [structure, gate] })
    }

    fn hold(&self, name: &str, lock: fn(&File) -> io::Result<()>) -> io::Result<File> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.folder.join(name))?;
        loop {
            match lock(&file) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map(|()| file),
            }
        }
    }
}

/// The stripe of a name. Names that differ in case only share one, since they may mean the same file.
pub(super) fn stripe(name: &str) -> u64 {
    crc_fast::checksum(CrcAlgorithm::Crc64Xz, name.to_lowercase().as_bytes()) % STRIPES
}
