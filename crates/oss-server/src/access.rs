//! Access control lists, and who may do what by them.

use oss_protocol::code::Code;
use serde::{Deserialize, Serialize};

use crate::auth::Identity;
use crate::failure::Failure;
use crate::rights::Access;

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

/// What an operation does to what it addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    ReadObject,
    WriteObject,
    /// What the signature within the form says.
    Form,
    /// Lists, access control and all else about a bucket: never open to everybody.
    ReadBucket,
    WriteBucket,
    /// The service as a whole.
    Service,
    /// What holds of everything that the account owns.
    Account,
}

/// Decides whether a caller may go on. `bucket` is the one that is addressed, with its access control if it exists.
pub(crate) fn check(
    identity: &Identity,
    need: Need,
    bucket: (&str, Option<BucketAcl>),
    object: ObjectAcl,
) -> Result<(), Failure> {
    let (name, acl) = bucket;
    let access = match need {
        // The form is asked later.
        Need::Form => return Ok(()),
        Need::Service | Need::Account => None,
        Need::ReadObject | Need::ReadBucket => Some(Access::Read),
        Need::WriteObject | Need::WriteBucket => Some(Access::Write),
    };
    let is_granted = match (identity, access) {
        (Identity::Owner, _) => true,
        (Identity::Limited(_), None) => need == Need::Service,
        (Identity::Limited(rights), Some(access)) => rights.allow(name, access),
        (Identity::Anonymous, _) => false,
    };
    if is_granted {
        return Ok(());
    }
    let acl = acl.map(|acl| object.effective(acl));
    match (need, acl) {
        (Need::ReadObject, Some(BucketAcl::PublicRead | BucketAcl::PublicReadWrite))
        | (Need::WriteObject, Some(BucketAcl::PublicReadWrite)) => Ok(()),
        (Need::ReadBucket | Need::WriteBucket | Need::Service | Need::Account, _)
            if matches!(identity, Identity::Anonymous) =>
        {
            Err(Failure::with_message(Code::AccessDenied, "Anonymous access is forbidden for this operation."))
        }
        _ => Err(Failure::new(Code::AccessDenied)),
    }
}
