//! Access control lists, and who may do what by them.

use oss_protocol::code::Code;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BucketAcl {
    Private,
    PublicRead,
    PublicReadWrite,
}

impl BucketAcl {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        match text {
            "private" => Ok(Self::Private),
            "public-read" => Ok(Self::PublicRead),
            "public-read-write" => Ok(Self::PublicReadWrite),
            _ => Err(Failure::argument("x-oss-acl", text, "no such bucket access control exists")),
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum ObjectAcl {
    /// Whatever the bucket says.
    #[default]
    Default,
    Own(BucketAcl),
}

impl ObjectAcl {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if text == "default" {
            return Ok(Self::Default);
        }
        BucketAcl::parse(text)
            .map(Self::Own)
            .map_err(|_| Failure::argument("x-oss-object-acl", text, "no such object access control exists"))
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Own(acl) => acl.as_str(),
        }
    }

    fn effective(self, bucket: BucketAcl) -> BucketAcl {
        match self {
            Self::Default => bucket,
            Self::Own(acl) => acl,
        }
    }
}

/// What an operation does to what it addresses, as far as anonymous callers are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    ReadObject,
    WriteObject,
    /// What the signature within the form says.
    Form,
    /// Everything about the service, buckets, lists and access control.
    Credentials,
}

/// Decides whether an anonymous caller may go on.
pub(crate) fn check_anonymous(need: Need, object: ObjectAcl, bucket: Option<BucketAcl>) -> Result<(), Failure> {
    let acl = bucket.map(|bucket| object.effective(bucket));
    match (need, acl) {
        (Need::ReadObject, Some(BucketAcl::PublicRead | BucketAcl::PublicReadWrite))
        | (Need::WriteObject, Some(BucketAcl::PublicReadWrite))
        | (Need::Form, _) => Ok(()),
        (Need::ReadObject | Need::WriteObject, _) => Err(Failure::new(Code::AccessDenied)),
        (Need::Credentials, _) => {
            Err(Failure::with_message(Code::AccessDenied, "Anonymous access is forbidden for this operation."))
        }
    }
}
