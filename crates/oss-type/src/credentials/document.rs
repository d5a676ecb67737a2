//! Credentials as JSON: what the metadata service, STS and programs write.

use std::fmt;

use meta::{Error, ErrorKind, Result, SecretString};
use serde::Deserialize;

use super::Credentials;

/// The fields that all of them have, in Alibaba Cloud's spelling or in that of its command line tool.
#[derive(Deserialize)]
pub(super) struct Document {
    #[serde(rename = "AccessKeyId", alias = "access_key_id")]
    id: Option<String>,
    #[serde(rename = "AccessKeySecret", alias = "access_key_secret")]
    secret: Option<SecretString>,
    #[serde(rename = "SecurityToken", alias = "sts_token")]
    token: Option<SecretString>,
    #[serde(rename = "Expiration", alias = "expiration")]
    expiration: Option<String>,
    /// Of the metadata service: `Success`, or what went wrong.
    #[serde(rename = "Code")]
    code: Option<String>,
}

impl Document {
    /// Parses a document. Errors show none of it.
    pub(super) fn parse(text: &[u8]) -> Result<Self> {
        serde_json::from_slice(text).map_err(|error| malformed(&error))
    }

    /// The credentials.
    pub(super) fn credentials(self) -> Result<Credentials> {
        let missing = |field: &str| Error::new(ErrorKind::UnexpectedAnswer, format!("it holds no `{field}`"));
        if let Some(code) = self.code.filter(|code| !code.eq_ignore_ascii_case("success")) {
            let code: String = code.chars().filter(char::is_ascii_graphic).take(64).collect();
            return Err(Error::new(ErrorKind::UnexpectedAnswer, format!("its code is `{code}`, not `Success`")));
        }
        let mut credentials = Credentials::new(
            self.id.filter(|id| !id.is_empty()).ok_or_else(|| missing("AccessKeyId"))?,
            self.secret.ok_or_else(|| missing("AccessKeySecret"))?,
        );
        credentials.security_token = self.token.filter(|token| !meta::ExposeSecret::expose_secret(token).is_empty());
        if let Some(text) = self.expiration.filter(|text| !text.is_empty()) {
            let expiration = oss_protocol::time::parse_iso8601(&text).ok_or_else(|| {
                Error::new(ErrorKind::UnexpectedAnswer, "its `Expiration` is no time such as `2026-01-31T08:00:00Z`")
            })?;
            credentials.expiration = Some(expiration);
        }
        Ok(credentials)
    }
}

/// The error for what is not the JSON that it should be: where, and never what, since it may be a secret.
pub(super) fn malformed(error: &serde_json::Error) -> Error {
    let message = format!("it is not the JSON that it should be, at line {}, column {}", error.line(), error.column());
    Error::new(ErrorKind::UnexpectedAnswer, message)
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("expiration", &self.expiration).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use meta::ExposeSecret;

    use super::*;

    fn read(text: &str) -> Result<Credentials> {
        Document::parse(text.as_bytes())?.credentials()
    }

    #[test]
    fn both_spellings_are_read() {
        for text in [
            r#"{"AccessKeyId": "STS.a", "AccessKeySecret": "s", "SecurityToken": "t", "Expiration": "2024-01-01T08:00:00Z", "LastUpdated": "x", "Code": "Success"}"#,
            r#"{"mode": "StsToken", "access_key_id": "STS.a", "access_key_secret": "s", "sts_token": "t", "expiration": "2024-01-01T08:00:00Z"}"#,
        ] {
            let credentials = read(text).unwrap();
            assert_eq!(credentials.access_key_id, "STS.a");
            assert_eq!(credentials.access_key_secret.expose_secret(), "s");
            assert_eq!(credentials.security_token.unwrap().expose_secret(), "t");
            assert_eq!(credentials.expiration, Some(UNIX_EPOCH + Duration::from_secs(1_704_096_000)));
        }
        let permanent =
            read(r#"{"mode": "AK", "access_key_id": "a", "access_key_secret": "s", "sts_token": ""}"#).unwrap();
        assert!(permanent.security_token.is_none() && permanent.expiration.is_none());
    }

    #[test]
    fn what_cannot_be_used_is_told_without_its_text() {
        for (text, expected) in [
            (r#"{"AccessKeySecret": "hidden"}"#, "no `AccessKeyId`"),
            (r#"{"AccessKeyId": "a", "SecurityToken": "hidden"}"#, "no `AccessKeySecret`"),
            (r#"{"Code": "Failed", "AccessKeyId": "a", "AccessKeySecret": "hidden"}"#, "`Failed`, not `Success`"),
            (r#"{"AccessKeyId": "a", "AccessKeySecret": "hidden", "Expiration": "soon"}"#, "`Expiration` is no time"),
            (r#"{"AccessKeySecret": ["hidden"]}"#, "not the JSON"),
            (r#"hidden"#, "not the JSON"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!format!("{error:?}").contains("hidden"), "{error:?}");
        }
    }
}
