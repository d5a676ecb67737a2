//! Key pairs for the embedded server.

use std::fmt;

use crate::exit::{Failure, Outcome};

/// An access key of the embedded server.
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

    /// As lines of a `.env`.
    pub(crate) fn variables(&self) -> [(String, String); 2] {
        [("OSS_ACCESS_KEY_ID".to_owned(), self.id.clone()), ("OSS_ACCESS_KEY_SECRET".to_owned(), self.secret.clone())]
    }

    /// Reads what [`variables`](Self::variables) has written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        Some(Self { id: value("OSS_ACCESS_KEY_ID")?.to_owned(), secret: value("OSS_ACCESS_KEY_SECRET")?.to_owned() })
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("id", &self.id).finish_non_exhaustive()
    }
}
