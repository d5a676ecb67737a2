//! What is signed for somebody else.

use std::time::Duration;

/// What a signed request may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum SignMethod {
    /// Read the object.
    #[default]
    Get,
    /// Read what is known about the object.
    Head,
    /// Write the object.
    Put,
}

impl SignMethod {
    /// Whether whoever sends the request changes the object.
    pub fn writes(self) -> bool {
        match self {
            Self::Get | Self::Head => false,
            Self::Put => true,
        }
    }

    /// The method as HTTP spells it: `GET`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
        }
    }
}

/// What is signed for somebody else, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignOptions {
    /// What the request may do.
    pub method: SignMethod,
    /// For [`SignMethod::Put`]: the type that the client must send. Reading binds no type, since browsers send none.
    pub content_type: Option<String>,
    /// How long the request is valid, in whole seconds, at least one; [`SignOptions::DEFAULT_EXPIRES`] unless told.
    pub expires: Duration,
}

impl SignOptions {
    /// JAAP's default: 300 seconds.
    pub const DEFAULT_EXPIRES: Duration = Duration::from_secs(300);

    /// A request of this method.
    pub fn new(method: SignMethod) -> Self {
        Self { method, content_type: None, expires: Self::DEFAULT_EXPIRES }
    }

    /// With the type that the client must send.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Valid for this long.
    #[must_use]
    pub fn with_expires(mut self, expires: Duration) -> Self {
        self.expires = expires;
        self
    }
}

impl Default for SignOptions {
    fn default() -> Self {
        Self::new(SignMethod::Get)
    }
}
