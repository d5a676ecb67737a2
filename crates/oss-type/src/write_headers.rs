//! The headers that the options of a write make.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{self, HeaderName, HeaderValue};
use meta::{Callback, CompleteOptions, Encryption, Error, ErrorKind, ObjectAcl, Overwrite, Result, UploadOptions};
use oss_protocol::encode::encode_query;
use oss_protocol::header as oss;

use crate::attributes::{Header, value};

/// OSS's default, and the one that JitAi documents.
const DEFAULT_CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// What callback and variables may have together, as headers.
const MAX_CALLBACK: usize = 5 * 1024;

/// What the configuration says of every object that is written.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteDefaults {
    pub(crate) storage_class: Option<String>,
    pub(crate) acl: Option<ObjectAcl>,
    pub(crate) encryption: Option<Encryption>,
}

impl WriteDefaults {
    /// The headers of an object that is written in one request.
    pub(crate) fn upload(&self, options: &UploadOptions) -> Result<Vec<Header>> {
        let mut headers = self.object(options)?;
        headers.extend(self.placing(options.overwrite, options.acl, options.callback.as_ref())?);
        headers.extend(traffic_limit(options.traffic_limit)?);
        Ok(headers)
    }

    /// What is kept with the object: said by the request that creates it, or that begins an upload in parts.
    pub(crate) fn object(&self, options: &UploadOptions) -> Result<Vec<Header>> {
        let UploadOptions { content_type, cache_control, content_disposition, content_encoding, .. } = options;
        let mut headers = Vec::with_capacity(8 + options.metadata.len());
        headers.push((
            header::CONTENT_TYPE,
            match content_type {
                Some(content_type) => value("content type", content_type)?,
                None => DEFAULT_CONTENT_TYPE,
            },
        ));
        for (name, text) in [
            (header::CACHE_CONTROL, cache_control),
            (header::CONTENT_DISPOSITION, content_disposition),
            (header::CONTENT_ENCODING, content_encoding),
        ] {
            if let Some(text) = text {
                headers.push((name, value("option", text)?));
            }
        }
        for (name, text) in &options.metadata {
            let header: HeaderName = format!("{}{name}", oss::META_PREFIX).parse().map_err(|error| {
                Error::new(ErrorKind::InvalidInput, format!("`{name}` cannot name metadata: {error}"))
            })?;
            headers.push((header, value("metadata", text)?));
        }
        if let Some(class) = options.storage_class.as_ref().or(self.storage_class.as_ref()) {
            headers.push(storage_class(class)?);
        }
        if !options.tags.is_empty() {
            let mut tags = String::new();
            encode_query(options.tags.iter().map(|(name, value)| (name.as_str(), value.as_str())), &mut tags);
            headers.push((HeaderName::from_static(oss::TAGGING), value("tags", &tags)?));
        }
        if let Some(encryption) = options.encryption.as_ref().or(self.encryption.as_ref()) {
            headers.extend(encryption_headers(encryption)?);
        }
        Ok(headers)
    }

    /// How the object takes its place: said by the request that makes it visible.
    pub(crate) fn placing(
        &self,
        overwrite: Overwrite,
        acl: Option<ObjectAcl>,
        callback: Option<&Callback>,
    ) -> Result<Vec<Header>> {
        let mut headers = Vec::new();
        headers.extend(overwrite_header(overwrite));
        if let Some(acl) = acl.or(self.acl) {
            headers.push(acl_header(acl));
        }
        if let Some(callback) = callback {
            headers.extend(callback_headers(callback)?);
        }
        Ok(headers)
    }

    /// The headers of a completion.
    pub(crate) fn completion(&self, options: &CompleteOptions) -> Result<Vec<Header>> {
        self.placing(options.overwrite, options.acl, options.callback.as_ref())
    }
}

/// The header that forbids overwriting.
pub(crate) fn overwrite_header(overwrite: Overwrite) -> Option<Header> {
    match overwrite {
        Overwrite::Allow => None,
        Overwrite::Forbid => Some((HeaderName::from_static(oss::FORBID_OVERWRITE), HeaderValue::from_static("true"))),
    }
}

/// The header of an object's rule of access.
pub(crate) fn acl_header(acl: ObjectAcl) -> Header {
    (HeaderName::from_static(oss::OBJECT_ACL), HeaderValue::from_static(acl.as_str()))
}

/// The header of a storage class that OSS has.
pub(crate) fn storage_class(class: &str) -> Result<Header> {
    if let Some(known) = oss::STORAGE_CLASSES.iter().copied().find(|known| *known == class) {
        return Ok((HeaderName::from_static(oss::STORAGE_CLASS), HeaderValue::from_static(known)));
    }
    let error = Error::new(ErrorKind::InvalidInput, format!("`{}` is no storage class of OSS", class.escape_debug()));
    Err(match meta::nearest(class, oss::STORAGE_CLASSES.iter().copied()) {
        Some(near) => error.with_advice(format!("did you mean `{near}`?")),
        None => error.with_advice(format!("use one of {}", oss::STORAGE_CLASSES.join(", "))),
    })
}

/// The header of a limit that OSS takes.
pub(crate) fn traffic_limit(bits_per_second: Option<u64>) -> Result<Option<Header>> {
    let Some(limit) = bits_per_second else { return Ok(None) };
    check_traffic_limit(limit)?;
    Ok(Some((HeaderName::from_static(oss::TRAFFIC_LIMIT), HeaderValue::from(limit))))
}

/// Refuses limits that OSS would refuse.
pub(crate) fn check_traffic_limit(limit: u64) -> Result<()> {
    if oss::TRAFFIC_LIMITS.contains(&limit) {
        return Ok(());
    }
    let (least, most) = (oss::TRAFFIC_LIMITS.start(), oss::TRAFFIC_LIMITS.end());
    Err(Error::new(ErrorKind::InvalidInput, format!("OSS cannot limit traffic to {limit} bits per second"))
        .with_advice(format!("use {least} to {most}, that is 30 KiB/s to 100 MiB/s")))
}

fn encryption_headers(encryption: &Encryption) -> Result<Vec<Header>> {
    let Encryption { method, key_id, data_method, .. } = encryption;
    let is_kms = method == "KMS";
    if (key_id.is_some() || data_method.is_some()) && !is_kms {
        return Err(Error::new(ErrorKind::InvalidInput, format!("`{method}` takes no key id and no other cipher"))
            .with_advice("use the method `KMS`, or leave them out"));
    }
    let mut headers = vec![(HeaderName::from_static(oss::ENCRYPTION), value("encryption", method)?)];
    for (name, text) in [(oss::ENCRYPTION_KEY_ID, key_id), (oss::DATA_ENCRYPTION, data_method)] {
        if let Some(text) = text {
            headers.push((HeaderName::from_static(name), value("encryption", text)?));
        }
    }
    Ok(headers)
}

/// The documents of a callback, in base64 as both headers and form fields have them.
pub(crate) fn callback_documents(callback: &Callback) -> Result<Vec<(&'static str, String)>> {
    let Callback { url, body, body_type, host, variables, .. } = callback;
    let invalid = |message: String| Error::new(ErrorKind::InvalidInput, message);
    let mut document = serde_json::Map::new();
    document.insert("callbackUrl".to_owned(), url.as_str().into());
    if let Some(host) = host {
        document.insert("callbackHost".to_owned(), host.as_str().into());
    }
    document.insert("callbackBody".to_owned(), body.as_str().into());
    if let Some(body_type) = body_type {
        document.insert("callbackBodyType".to_owned(), body_type.as_str().into());
    }
    let mut documents = vec![(oss::CALLBACK, BASE64.encode(serde_json::Value::Object(document).to_string()))];
    if !variables.is_empty() {
        let mut values = serde_json::Map::new();
        for (name, value) in variables {
            if name.is_empty() || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                return Err(invalid(format!("`{}` cannot name a callback's variable", name.escape_debug()))
                    .with_advice("use lower case, without `x:`"));
            }
            values.insert(format!("x:{name}"), value.as_str().into());
        }
        documents.push((oss::CALLBACK_VAR, BASE64.encode(serde_json::Value::Object(values).to_string())));
    }
    let size: usize = documents.iter().map(|(_, document)| document.len()).sum();
    if size > MAX_CALLBACK {
        return Err(invalid(format!("the callback has {size} bytes in base64, and {MAX_CALLBACK} are allowed")));
    }
    Ok(documents)
}

fn callback_headers(callback: &Callback) -> Result<Vec<Header>> {
    let documents = callback_documents(callback)?;
    documents.iter().map(|(name, text)| Ok((HeaderName::from_static(name), value("callback", text)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_oss_would_refuse_is_refused_here() {
        assert_eq!(
            storage_class("standard").unwrap_err().to_string(),
            "`standard` is no storage class of OSS: did you mean `Standard`?"
        );
        assert!(storage_class("Archive").is_ok());
        assert!(traffic_limit(Some(245_759)).is_err());
        assert!(traffic_limit(Some(245_760)).is_ok());
        assert!(traffic_limit(Some(838_860_801)).is_err());
        let keyed = Encryption::aes256().with_key_id("k");
        assert!(encryption_headers(&keyed).is_err());
        assert_eq!(encryption_headers(&Encryption::kms().with_key_id("k")).unwrap().len(), 2);
        assert!(callback_documents(&Callback::new("http://a", "x".repeat(6000))).is_err());
        assert!(callback_documents(&Callback::new("http://a", "b").with_variable("User", "x")).is_err());
    }

    #[test]
    fn options_come_before_the_configuration() {
        let defaults = WriteDefaults {
            storage_class: Some("IA".to_owned()),
            acl: Some(ObjectAcl::Private),
            encryption: Some(Encryption::aes256()),
        };
        let of = |options: UploadOptions, name: &str| {
            let headers = defaults.upload(&options).unwrap();
            let mut found = headers.iter().filter(|(header, _)| header.as_str() == name);
            let first = found.next().map(|(_, value)| value.to_str().unwrap().to_owned());
            assert!(found.next().is_none(), "{name} stands twice");
            first
        };
        assert_eq!(of(UploadOptions::default(), oss::STORAGE_CLASS).as_deref(), Some("IA"));
        assert_eq!(of(UploadOptions::default(), oss::OBJECT_ACL).as_deref(), Some("private"));
        assert_eq!(of(UploadOptions::default(), oss::ENCRYPTION).as_deref(), Some("AES256"));
        let own = UploadOptions::default()
            .with_storage_class("Standard")
            .with_acl(ObjectAcl::PublicRead)
            .with_tag("a b", "1+1")
            .with_tag("c", "");
        assert_eq!(of(own.clone(), oss::STORAGE_CLASS).as_deref(), Some("Standard"));
        assert_eq!(of(own.clone(), oss::OBJECT_ACL).as_deref(), Some("public-read"));
        assert_eq!(of(own, oss::TAGGING).as_deref(), Some("a%20b=1%2B1&c"));
    }
}
