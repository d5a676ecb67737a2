//! A Type of our own over `storages.OssType`, whose keys end whenever the storm wants.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use oss_server::RunningServer;
use oss_type::{CredentialProvider, Credentials, OssStorage};

/// The server that gives keys out. The test owns it, so that its files go when the test ends.
pub(crate) static SERVER: OnceLock<Weak<RunningServer>> = OnceLock::new();

/// The fullName of the Type.
pub(crate) const TYPE: &str = "storages.StormType";

meta::storage_type!("storages.StormType", keys: oss_type::KEYS, build: |context| {
    OssStorage::with_credentials(context, Arc::new(Giver))
});

/// How often keys were given out.
pub(crate) static GIVEN: AtomicU64 = AtomicU64::new(0);

struct Giver;

#[meta::async_trait]
impl CredentialProvider for Giver {
    fn name(&self) -> &str {
        "the storm"
    }

    async fn credentials(&self) -> meta::Result<Credentials> {
        let number = GIVEN.fetch_add(1, Ordering::Relaxed);
        let (id, secret, token) = (format!("STS.{number}"), format!("secret{number}"), format!("token{number}"));
        let server = SERVER.get().and_then(Weak::upgrade).expect("the storm goes on");
        server.add_sts_token(&id, &secret, &token, None);
        Ok(Credentials::new(id, secret).with_security_token(token))
    }
}

impl fmt::Debug for Giver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Giver")
    }
}
