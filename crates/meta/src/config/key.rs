//! The table of a Type's configuration keys: the one source of parsing, errors, descriptions, forms and redaction.

use std::fmt;

/// One configuration key of a Type. A Type lists its keys in a `const` table.
///
/// ```
/// use meta::ConfigKey;
///
/// const KEYS: &[ConfigKey] = &[
///     ConfigKey::text("endPoint", "Host of the service.").required(),
///     ConfigKey::secret("accessKeySecret", "Secret of the access key.").required(),
///     ConfigKey::integer("maxAttempts", 1, 20, "How often a call is tried.").default_integer(3),
///     ConfigKey::choice("signatureVersion", &["v4", "v1"], "Signature of requests.").default_text("v4"),
/// ];
/// assert_eq!(KEYS[2].to_string(), "maxAttempts");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ConfigKey {
    name: &'static str,
    kind: ConfigKind,
    required: bool,
    default: Option<ConfigDefault>,
    doc: &'static str,
}

/// What values a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigKind {
    /// Any text.
    Text,
    /// Text that is never shown.
    Secret,
    /// A whole number within bounds, both included. A string that holds one is taken too.
    Integer {
        /// The least value.
        min: u64,
        /// The greatest value.
        max: u64,
    },
    /// `true` or `false`. The strings `"true"` and `"false"` are taken too.
    Bool,
    /// One of these texts.
    Choice(&'static [&'static str]),
}

/// The value of a key that no file gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigDefault {
    /// Of [`ConfigKind::Text`] and [`ConfigKind::Choice`].
    Text(&'static str),
    /// Of [`ConfigKind::Integer`].
    Integer(u64),
    /// Of [`ConfigKind::Bool`].
    Bool(bool),
}

impl ConfigKey {
    /// A key that takes any text.
    pub const fn text(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, ConfigKind::Text, doc)
    }

    /// A key whose value is never shown.
    pub const fn secret(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, ConfigKind::Secret, doc)
    }

    /// A key that takes a whole number from `min` to `max`, both included.
    pub const fn integer(name: &'static str, min: u64, max: u64, doc: &'static str) -> Self {
        Self::new(name, ConfigKind::Integer { min, max }, doc)
    }

    /// A key that takes `true` or `false`.
    pub const fn boolean(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, ConfigKind::Bool, doc)
    }

    /// A key that takes one of the given texts.
    pub const fn choice(name: &'static str, choices: &'static [&'static str], doc: &'static str) -> Self {
        Self::new(name, ConfigKind::Choice(choices), doc)
    }

    const fn new(name: &'static str, kind: ConfigKind, doc: &'static str) -> Self {
        Self { name, kind, required: false, default: None, doc }
    }

    /// Makes the key one that must be given.
    #[must_use]
    pub const fn required(mut self) -> Self {
        assert!(self.default.is_none(), "a key with a default is never required");
        self.required = true;
        self
    }

    /// Gives a text or choice key a default.
    #[must_use]
    pub const fn default_text(self, value: &'static str) -> Self {
        assert!(matches!(self.kind, ConfigKind::Text | ConfigKind::Choice(_)), "this key takes no text");
        self.with_default(ConfigDefault::Text(value))
    }

    /// Gives an integer key a default.
    #[must_use]
    pub const fn default_integer(self, value: u64) -> Self {
        assert!(
            matches!(self.kind, ConfigKind::Integer { min, max } if min <= value && value <= max),
            "this key does not take that number"
        );
        self.with_default(ConfigDefault::Integer(value))
    }

    /// Gives a boolean key a default.
    #[must_use]
    pub const fn default_bool(self, value: bool) -> Self {
        assert!(matches!(self.kind, ConfigKind::Bool), "this key takes no boolean");
        self.with_default(ConfigDefault::Bool(value))
    }

    const fn with_default(mut self, default: ConfigDefault) -> Self {
        assert!(!self.required, "a required key has no default");
        self.default = Some(default);
        self
    }

    /// The key as it stands in the business file, in camel case with its unit: `timeoutSeconds`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What values it takes.
    pub const fn kind(&self) -> ConfigKind {
        self.kind
    }

    /// Whether it must be given.
    pub const fn is_required(&self) -> bool {
        self.required
    }

    /// Whether its value is never shown.
    pub const fn is_secret(&self) -> bool {
        matches!(self.kind, ConfigKind::Secret)
    }

    /// The value when no file gives it.
    pub const fn default(&self) -> Option<ConfigDefault> {
        self.default
    }

    /// One line on what it is for.
    pub const fn doc(&self) -> &'static str {
        self.doc
    }
}

impl fmt::Display for ConfigKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for ConfigKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text | Self::Secret => f.write_str("a text"),
            Self::Integer { min, max: u64::MAX } => write!(f, "a whole number of at least {min}"),
            Self::Integer { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Bool => f.write_str("`true` or `false`"),
            Self::Choice(choices) => write!(f, "one of {}", crate::spelling::code_list(choices.iter().copied())),
        }
    }
}

impl fmt::Display for ConfigDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Bool(value) => write!(f, "{value}"),
        }
    }
}
