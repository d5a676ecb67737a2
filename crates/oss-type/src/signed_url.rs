//! Signed requests: what somebody else may do without keys, by a URL or by a form.

use std::collections::BTreeMap;
use std::time::SystemTime;

use meta::{
    Error, ErrorKind, FormName, FormRules, ObjectName, ResponseHeaders, Result, SignMethod, SignOptions, SignedRequest,
    UploadOptions,
};
use oss_protocol::header as oss;
use oss_protocol::sign::Request;
use oss_protocol::sign::policy::Form;

use crate::sign::Keys;
use crate::storage::OssStorage;
use crate::write_headers::{callback_documents, check_traffic_limit};

impl OssStorage {
    /// Signs a request on the public address.
    pub(crate) async fn sign_url(&self, name: &ObjectName, options: &SignOptions) -> Result<SignedRequest> {
        if let Some(limit) = options.traffic_limit {
            check_traffic_limit(limit)?;
        }
        let now = self.transport().now();
        let keys = self.transport().signer().current(now).await?;
        let mut signed = match options.method {
            SignMethod::Post => self.sign_form(name, options, &keys, now)?,
            _ => self.sign_query(name, options, &keys, now)?,
        };
        // Temporary keys take what they signed along when they end.
        let end = now.checked_add(options.expires);
        signed.expires_at = end.map(|end| keys.expiration().map_or(end, |keys_end| keys_end.min(end)));
        Ok(signed)
    }

    /// Only writing binds headers: browsers send none when they read, and OSS answers 403 to a signature over a header
    /// that is missing.
    fn sign_query(
        &self,
        name: &ObjectName,
        options: &SignOptions,
        keys: &Keys,
        now: SystemTime,
    ) -> Result<SignedRequest> {
        let headers = match (options.method, &options.part) {
            (SignMethod::Put, None) => self.bound_headers(options)?,
            _ => BTreeMap::new(),
        };
        let mut query: Vec<(&str, &str)> = Vec::new();
        let (mut number, mut limit) = (String::new(), String::new());
        if let Some(part) = &options.part {
            number.push_str(&part.number.to_string());
            query.extend([("partNumber", number.as_str()), ("uploadId", part.upload_id.as_str())]);
        }
        query.extend(options.version_id.as_deref().map(|id| ("versionId", id)));
        query.extend(options.process.as_deref().map(|process| (oss::PROCESS, process)));
        if let Some(bits) = options.traffic_limit {
            limit.push_str(&bits.to_string());
            query.push((oss::TRAFFIC_LIMIT, &limit));
        }
        query.extend(overrides(&options.response_headers));
        let texts: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request {
            method: options.method.as_str(),
            bucket: Some(self.transport().bucket()),
            key: Some(name.as_str()),
            query: &query,
            headers: &texts,
        };
        let parameters = keys.sign_query(&request, now, options.expires)?;
        query.extend(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        let url = self.0.public_address.url_on(options.public_end_point.as_deref(), name.as_str(), &query)?;
        let mut signed = SignedRequest::new(options.method, url);
        signed.headers = headers;
        Ok(signed)
    }

    /// The headers that whoever uploads must send.
    fn bound_headers(&self, options: &SignOptions) -> Result<BTreeMap<String, String>> {
        let upload = upload_of(options);
        let is_typed = upload.content_type.is_some();
        let headers = self.0.write_defaults.upload(&upload)?;
        let bound = headers.into_iter().filter(|(name, _)| is_typed || *name != http::header::CONTENT_TYPE);
        let text = |value: http::HeaderValue| value.to_str().map(str::to_owned).unwrap_or_default();
        // As people write it; names compare in any case.
        let shown = |name: &str| if name == "content-type" { "Content-Type".to_owned() } else { name.to_owned() };
        Ok(bound.map(|(name, value)| (shown(name.as_str()), text(value))).collect())
    }

    /// PostObject: a form whose policy fixes what stands in it.
    fn sign_form(
        &self,
        name: &ObjectName,
        options: &SignOptions,
        keys: &Keys,
        now: SystemTime,
    ) -> Result<SignedRequest> {
        let FormRules { name: form_name, size, content_types, success_redirect, success_status, .. } = &options.form;
        if options.traffic_limit.is_some() {
            return Err(Error::new(ErrorKind::InvalidInput, "`traffic_limit` means nothing for a form")
                .with_advice("give it with the options of the upload"));
        }
        let end = now
            .checked_add(options.expires)
            .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "a form cannot be valid for that long"))?;
        let bucket = self.transport().bucket();
        let mut form = match form_name {
            FormName::Exact => Form::exact(bucket, name.as_str(), end),
            FormName::WithFileName => Form::under(bucket, name.as_str(), end),
        };
        if let Some((least, most)) = size {
            form = form.with_size(*least, *most);
        }
        let mut upload = upload_of(options);
        let content_type = upload.content_type.take();
        let callback = upload.callback.take();
        let types: Vec<_> = content_types.iter().chain(&content_type).collect();
        if !types.is_empty() {
            form = form.with_content_types(types.into_iter().cloned());
        }
        if let Some(url) = success_redirect {
            form = form.with_success_redirect(url);
        }
        if let Some(status) = success_status {
            form = form.with_success_status(*status);
        }
        for (header, value) in self.0.write_defaults.upload(&upload)? {
            if header != http::header::CONTENT_TYPE {
                form = form.with_field(header.as_str(), value.to_str().unwrap_or_default());
            }
        }
        if let Some(callback) = &callback {
            if let Some((_, document)) = callback_documents(callback)?.first() {
                form = form.with_field("callback", document);
            }
            for (variable, value) in &callback.variables {
                form = form.with_field(format!("x:{variable}"), value);
            }
        }
        let fields = keys.sign_form(&form, now)?;
        let url = self.0.public_address.url_on(options.public_end_point.as_deref(), "", &[])?;
        let mut signed = SignedRequest::new(SignMethod::Post, url);
        signed.fields = fields.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(signed)
    }
}

/// How the object is written, with the content type that comes first.
fn upload_of(options: &SignOptions) -> UploadOptions {
    let mut upload = options.upload.clone();
    if let Some(content_type) = &options.content_type {
        upload.content_type = Some(content_type.clone());
    }
    upload
}

/// The query parameters that change the headers of an answer.
fn overrides(headers: &ResponseHeaders) -> impl Iterator<Item = (&'static str, &str)> {
    headers.iter().map(|(name, value)| {
        let parameter = match name {
            "content-disposition" => "response-content-disposition",
            "content-language" => "response-content-language",
            "content-encoding" => "response-content-encoding",
            "cache-control" => "response-cache-control",
            _ => "response-expires",
        };
        (parameter, value)
    })
}
