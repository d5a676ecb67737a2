//! Encryption by the store.

/// How the store encrypts an object at rest. The store does it by itself: readers see plain bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encryption {
    /// The method, as the store spells it. OSS: `AES256` (keys of OSS), `KMS` (keys of the key service) or `SM4`.
    pub method: String,
    /// For `KMS`: the key's id; `None` for the account's default key.
    pub key_id: Option<String>,
    /// For `KMS`: the cipher of the data, where it is not the default. OSS: `SM4`.
    pub data_method: Option<String>,
}

impl Encryption {
    /// A method, as the store spells it.
    pub fn new(method: impl Into<String>) -> Self {
        Self { method: method.into(), key_id: None, data_method: None }
    }

    /// AES-256 with keys that the store keeps.
    pub fn aes256() -> Self {
        Self::new("AES256")
    }

    /// A key of the key service: the account's default one, unless [`with_key_id`](Self::with_key_id) names another.
    pub fn kms() -> Self {
        Self::new("KMS")
    }

    /// With this key of the key service.
    #[must_use]
    pub fn with_key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key_id = Some(key_id.into());
        self
    }

    /// With this cipher of the data.
    #[must_use]
    pub fn with_data_method(mut self, method: impl Into<String>) -> Self {
        self.data_method = Some(method.into());
        self
    }
}
