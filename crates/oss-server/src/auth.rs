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
                let verify = |signed: &sign::Request<'_>| claim.verify(credential.v1_key(), signed);
                verify(signed).or_else(|refused| {
                    // OpenDAL signs the path as it sends it, `/docs`, where the resource of a bucket is `/docs/`.
                    let as_sent = sign::Request { bucket: None, key: signed.bucket, ..*signed };
                    // To the official Python SDKs `regions` is no sub-resource, to the Java SDK it is one.
                    let others: Vec<_> = signed.query.iter().filter(|(name, _)| *name != "regions").copied().collect();
                    let of_service = sign::Request { query: &others, ..*signed };
                    let fits = request.is_bare && verify(&as_sent).is_ok()
                        || signed.bucket.is_none() && verify(&of_service).is_ok();
                    if fits { Ok(()) } else { Err(refused) }
                })?;
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
