//! Who sends a request: nobody in particular, or the holder of a key pair that the server knows.

use std::sync::Arc;

use oss_protocol::sign::{self, Claim, v4};

use crate::failure::Failure;
use crate::request::Request;
use crate::rights::Rights;
use crate::shared::Shared;

/// The sender of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    Anonymous,
    /// The account, which may do everything.
    Owner,
    /// Someone who may do something with some buckets.
    Limited(Arc<Rights>),
}

/// Reads and checks the claim of a request: its form, its time, its key pair, its signature, in this order.
pub(crate) fn authenticate(shared: &Shared, request: &Request) -> Result<Identity, Failure> {
    let now = shared.clock.now();
    request.signed(|signed| {
        let Some(claim) = Claim::read(signed)? else {
            return Ok(Identity::Anonymous);
        };
        let find = || shared.credentials.find(claim.access_key_id(), claim.security_token(), now);
        match &claim {
            Claim::V1(claim) => {
                claim.check_time(now)?;
                let credential = find()?;
                let verified = claim.verify(credential.v1_key(), signed);
                // OpenDAL signs the path as it sends it, `/docs`, where the resource of a bucket is `/docs/`.
                let as_sent = sign::Request { bucket: None, key: signed.bucket, ..*signed };
                if !(request.is_bare && claim.verify(credential.v1_key(), &as_sent).is_ok()) {
                    verified?;
                }
                Ok(credential.identity())
            }
            Claim::V4(claim) => {
                claim.check_scope(&shared.region, v4::PRODUCT)?;
                claim.check_time(now)?;
                let day = claim.time.to_system_time();
                let credential = find()?;
                claim.verify(&credential.v4_key(day, &shared.region, v4::PRODUCT), signed)?;
                Ok(credential.identity())
            }
            other => Err(Failure::internal(format!("a claim of an unknown kind: {other:?}"))),
        }
    })
}
