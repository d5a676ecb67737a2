//! Who may use an object without credentials.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::{Error, ErrorKind};
use crate::spelling::code_list;

/// Who may use an object without credentials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObjectAcl {
    /// Whatever holds for the bucket.
    #[default]
    Inherited,
    /// Nobody.
    Private,
    /// Everybody may read it.
    PublicRead,
    /// Everybody may read and replace it.
    PublicReadWrite,
}

impl ObjectAcl {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Inherited, Self::Private, Self::PublicRead, Self::PublicReadWrite];

    /// The rule as OSS spells it: `default`, `private`, `public-read` or `public-read-write`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inherited => "default",
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
        }
    }
}

impl FromStr for ObjectAcl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|acl| acl.as_str() == text).ok_or_else(|| {
            let known = code_list(Self::ALL.iter().map(|acl| acl.as_str()));
            Error::new(ErrorKind::InvalidInput, format!("`{}` is no access rule", text.escape_debug()))
                .with_advice(format!("use one of {known}"))
        })
    }
}

impl fmt::Display for ObjectAcl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ObjectAcl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
