//! The fields of a form, for who signs one.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::{Condition, Document, encode, sign_v1, sign_v4};
use crate::header;
use crate::sign::{v1, v4};
use crate::time::BasicTime;

/// What a form uploads: one object, under rules.
///
/// Every field that is fixed here comes with a condition of the policy, so that the sender can neither change nor leave
/// it out.
#[derive(Debug, Clone)]
pub struct Form {
    expires: SystemTime,
    key: String,
    conditions: Vec<Condition>,
    fields: Vec<(String, String)>,
    flaw: Option<InvalidForm>,
}

/// Why a form cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidForm {
    /// The form would be refused from the start.
    Expired,
    /// Signature V4 signs for [`v4::MAX_LIFETIME`] at most.
    Lifetime(Duration),
    /// The least size is over the greatest.
    Size(u64, u64),
    /// OSS answers a success with 200, 201 or 204.
    Status(u16),
    /// A field that the form itself sets, or that is none.
    Field(String),
}

impl fmt::Display for InvalidForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => f.write_str("a form expires in the future"),
            Self::Lifetime(found) => {
                write!(f, "a form of signature V4 lives at most 604800 seconds (7 days), not {}", found.as_secs())
            }
            Self::Size(least, most) => write!(f, "no file has at least {least} and at most {most} bytes"),
            Self::Status(found) => write!(f, "the status of a success is 200, 201 or 204, not {found}"),
            Self::Field(name) => write!(f, "a form cannot fix the field {name:?}"),
        }
    }
}

impl std::error::Error for InvalidForm {}

impl Form {
    /// A form for one object of exactly this key, valid until `expires`.
    #[must_use]
    pub fn exact(bucket: &str, key: &str, expires: SystemTime) -> Self {
        let condition = Condition::Equals { field: "key".to_owned(), value: key.to_owned() };
        Self::new(bucket, key.to_owned(), condition, expires)
    }

    /// A form for an object under a prefix, valid until `expires`: the field `key` says that its name is the file's own, and
    /// the sender may say another one under the prefix.
    #[must_use]
    pub fn under(bucket: &str, prefix: &str, expires: SystemTime) -> Self {
        let condition = Condition::StartsWith { field: "key".to_owned(), prefix: prefix.to_owned() };
        Self::new(bucket, format!("{prefix}${{filename}}"), condition, expires)
    }

    fn new(bucket: &str, key: String, condition: Condition, expires: SystemTime) -> Self {
        let bucket = Condition::Equals { field: "bucket".to_owned(), value: bucket.to_owned() };
        Self { expires, key, conditions: vec![bucket, condition], fields: Vec::new(), flaw: None }
    }

    /// The file has at least `least` and at most `most` bytes. Without it, anything up to 5 GiB is taken.
    #[must_use]
    pub fn with_size(mut self, least: u64, most: u64) -> Self {
        if least > most {
            self.flaw.get_or_insert(InvalidForm::Size(least, most));
        }
        self.with_condition(Condition::Size { least, most })
    }

    /// The object is of one of these content types. One is a field of the form; of several, the sender sends a field
    /// `Content-Type` of its own. None at all allows any.
    #[must_use]
    pub fn with_content_types<T: Into<String>>(self, content_types: impl IntoIterator<Item = T>) -> Self {
        let mut values: Vec<String> = content_types.into_iter().map(Into::into).collect();
        match values.len() {
            0 => self,
            1 => self.with_field("Content-Type", values.remove(0)),
            _ => self.with_condition(Condition::In { field: "content-type".to_owned(), values }),
        }
    }

    /// A success sends the browser there, with status 303.
    #[must_use]
    pub fn with_success_redirect(self, url: impl Into<String>) -> Self {
        self.with_field("success_action_redirect", url)
    }

    /// A success is answered with this status: 200, 201 (with an XML document) or 204, which is the default.
    #[must_use]
    pub fn with_success_status(mut self, status: u16) -> Self {
        if !matches!(status, 200 | 201 | 204) {
            self.flaw.get_or_insert(InvalidForm::Status(status));
        }
        self.with_field("success_action_status", status.to_string())
    }

    /// The object has this user metadata; `name` without `x-oss-meta-`.
    #[must_use]
    pub fn with_metadata(self, name: &str, value: impl Into<String>) -> Self {
        let name = format!("{}{}", header::META_PREFIX, name.to_ascii_lowercase());
        self.with_field(name, value)
    }

    /// A field of the form that the sender cannot change: a header of the object such as `Cache-Control`,
    /// `x-oss-object-acl` or `x-oss-forbid-overwrite`, or `callback`.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        const OWN: [&str; 12] = [
            "",
            "bucket",
            "file",
            "key",
            "policy",
            "ossaccesskeyid",
            "signature",
            "x-oss-signature-version",
            "x-oss-credential",
            "x-oss-date",
            "x-oss-signature",
            header::SECURITY_TOKEN,
        ];
        let (name, value) = (name.into(), value.into());
        let lower = name.to_ascii_lowercase();
        let taken = self.fields.iter().any(|(given, _)| given.eq_ignore_ascii_case(&name));
        if taken || OWN.contains(&lower.as_str()) {
            self.flaw.get_or_insert(InvalidForm::Field(name.clone()));
        }
        self.conditions.push(Condition::Equals { field: lower, value: value.clone() });
        self.fields.push((name, value));
        self
    }

    /// One more thing that the fields which the sender adds must fulfil.
    #[must_use]
    pub fn with_condition(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Signs with V1.
    ///
    /// # Errors
    /// A form that OSS would refuse from the start.
    pub fn sign_v1(&self, signer: &v1::Signer<'_>, now: SystemTime) -> Result<Fields, InvalidForm> {
        self.check(now)?;
        let mut own = vec![("OSSAccessKeyId", signer.access_key_id.to_owned())];
        own.extend(signer.security_token.map(|token| (header::SECURITY_TOKEN, token.to_owned())));
        // The key id is no field that the policy has to name.
        Ok(self.fields(&own[1..], &own, "Signature", |policy| sign_v1(signer.key, policy)))
    }

    /// Signs with V4 at `now`, which must be in the day of the signer's key.
    ///
    /// # Errors
    /// A form that OSS would refuse from the start, such as one for more than seven days.
    pub fn sign_v4(&self, signer: &v4::Signer<'_>, now: SystemTime) -> Result<Fields, InvalidForm> {
        let lifetime = self.check(now)?;
        if lifetime > v4::MAX_LIFETIME {
            return Err(InvalidForm::Lifetime(lifetime));
        }
        let mut own = vec![
            ("x-oss-signature-version", v4::ALGORITHM.to_owned()),
            ("x-oss-credential", signer.credential()),
            ("x-oss-date", BasicTime::new(now).to_string()),
        ];
        own.extend(signer.security_token.map(|token| (header::SECURITY_TOKEN, token.to_owned())));
        Ok(self.fields(&own, &own, "x-oss-signature", |policy| sign_v4(signer.key, policy)))
    }

    fn check(&self, now: SystemTime) -> Result<Duration, InvalidForm> {
        if let Some(flaw) = &self.flaw {
            return Err(flaw.clone());
        }
        match self.expires.duration_since(now) {
            Ok(lifetime) if !lifetime.is_zero() => Ok(lifetime),
            _ => Err(InvalidForm::Expired),
        }
    }

    fn fields(
        &self,
        bound: &[(&'static str, String)],
        own: &[(&'static str, String)],
        signature: &str,
        sign: impl FnOnce(&str) -> String,
    ) -> Fields {
        let mut conditions = self.conditions.clone();
        conditions.extend(
            bound.iter().map(|(name, value)| Condition::Equals { field: (*name).to_owned(), value: value.clone() }),
        );
        let policy = encode(&Document { expiration: self.expires, conditions }.write());
        let mut fields = vec![("key".to_owned(), self.key.clone())];
        fields.extend(self.fields.iter().cloned());
        fields.extend(own.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let signature = (signature.to_owned(), sign(&policy));
        fields.extend([("policy".to_owned(), policy), signature]);
        Fields(fields)
    }
}

/// The fields to send, in order, before those of the sender's own and the `file`, which must be the last.
///
/// They grant an upload to whoever has them, so `Debug` shows the names alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a field, by its name in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl IntoIterator for Fields {
    type Item = (String, String);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}
