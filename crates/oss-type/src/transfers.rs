//! How objects are written and read, as the configuration has it.

use meta::{Config, Encryption, ObjectAcl, Result};

use crate::write_headers::WriteDefaults;

/// The part of the configuration that is about transfers.
pub(crate) struct Transfers {
    pub(crate) crc64: bool,
    /// The size of a part in bytes; what is not larger is sent in one request.
    pub(crate) part_size: u64,
    /// How many parts are on their way at a time.
    pub(crate) parallel_parts: usize,
    pub(crate) write_defaults: WriteDefaults,
}

impl Transfers {
    pub(crate) fn from_config(config: &Config) -> Result<Self> {
        let encryption = match (config.optional_text("serverSideEncryption"), config.optional_text("encryptionKeyId")) {
            (Some("KMS"), Some(key_id)) => Some(Encryption::kms().with_key_id(key_id)),
            (Some(method), None) => Some(Encryption::new(method)),
            (_, Some(_)) => {
                return Err(config
                    .error("encryptionKeyId", "only the key service takes the id of a key")
                    .with_advice("add `\"serverSideEncryption\": \"KMS\"`, or remove it"));
            }
            (None, None) => None,
        };
        let acl = config.optional_text("acl").map(str::parse::<ObjectAcl>).transpose();
        Ok(Self {
            crc64: config.boolean("crc64").unwrap_or(true),
            part_size: config.integer("partSizeBytes").unwrap_or(8 << 20),
            parallel_parts: config.integer("parallelParts").and_then(|parts| usize::try_from(parts).ok()).unwrap_or(4),
            write_defaults: WriteDefaults {
                storage_class: config.optional_text("storageClass").map(str::to_owned),
                acl: acl.map_err(|error| config.error("acl", error))?,
                encryption,
            },
        })
    }
}
