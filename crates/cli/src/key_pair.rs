//! Key pairs for the embedded server.

use std::fmt;
use std::path::Path;

use jit_storages::app::EnvFile;

use crate::exit::{Failure, Outcome};

/// The variables of the element that `storages init` makes. They are its own, since the usual ones of OSS may stand in
/// anybody's environment, which counts before the `.env`.
pub(crate) const ID: &str = "MY_OSS_ACCESS_KEY_ID";
pub(crate) const SECRET: &str = "MY_OSS_ACCESS_KEY_SECRET";

/// An access key of the embedded server.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeyPair {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl KeyPair {
    /// A new one.
    pub(crate) fn random() -> Outcome<Self> {
        let mut bytes = [0; 27];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::failed(format!("the system gives no random numbers: {error}")))?;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (id, secret) = hex.split_at(16);
        Ok(Self { id: format!("local{id}"), secret: secret.to_owned() })
    }

    /// As variables of a `.env`.
    pub(crate) fn variables(&self) -> [(String, String); 2] {
        [(ID.to_owned(), self.id.clone()), (SECRET.to_owned(), self.secret.clone())]
    }

    /// A file of the lines of [`variables`](Self::variables). It begins with an empty one: whoever adds it to a `.env` that
    /// does not end with a line changes no value there.
    pub(crate) fn file(&self) -> String {
        let lines = self.variables().map(|(name, value)| format!("{name}={value}\n"));
        format!("\n{}", lines.concat())
    }

    /// Reads a file of the lines of [`variables`](Self::variables).
    pub(crate) fn read(file: &Path) -> Option<Self> {
        let file = EnvFile::read(file);
        Some(Self { id: file.get(ID)?.to_owned(), secret: file.get(SECRET)?.to_owned() })
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("id", &self.id).finish_non_exhaustive()
    }
}
