//! PostObject: an upload by a form of a web page, allowed by a signed policy.

mod policy;
mod sender;

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use oss_protocol::code::Code;
use oss_protocol::key::{self, InvalidObjectKey};
use oss_protocol::xml::PostResponse;

use self::policy::{Fields, LengthRange};
use super::callback::{self, Callback};
use super::put_object::{self, quoted};
use super::write_headers::{STORED, WriteHeaders, traffic_limit};
use super::{Context, OBJECT_LIMIT};
use crate::access::Need;
use crate::auth::Identity;
use crate::body::RequestBody;
use crate::failure::Failure;
use crate::form::{Form, Part};
use crate::reply::Reply;
use crate::request::Request;

/// Fields of the signature, which are no headers of the object.
const SIGNATURE: &[&str] =
    &["x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-signature", "x-oss-security-token"];

/// Where to send the browser when the object is stored.
const REDIRECT: &str = "success_action_redirect";
const REDIRECT_LIMIT: usize = 8 * 1024;

/// What stands for the name of the file in the key.
const FILE_NAME: &str = "${filename}";

/// How much longer than its file a form may be.
const FORM_OVERHEAD: u64 = 16 * 1024 * 1024;

pub(super) async fn run(context: &Context<'_>, body: RequestBody) -> Result<Reply, Failure> {
    let request = context.request;
    if request.content_length().is_none() && !request.is_chunked() {
        return Err(Failure::new(Code::MissingContentLength));
    }
    let content_type = request.header("content-type").unwrap_or_default();
    let room = Arc::clone(&context.shared.form_fields);
    let mut form = Form::open(content_type, body.limited(OBJECT_LIMIT + FORM_OVERHEAD)?, room).await?;
    let mut fields = Fields::new();
    let (file_name, file_type) = loop {
        match form.next().await? {
            Part::Field { name, value } => drop(fields.insert(name.to_ascii_lowercase(), value)),
            Part::File { name, content_type } => break (name, content_type),
            Part::End => return Err(Failure::new(Code::IncorrectNumberOfFilesInPOSTRequest)),
        }
    };
    // In the place of any field of that name: where the file goes is not for the form to say.
    fields.insert("bucket".to_owned(), context.bucket_name().to_owned());
    let policy = fields.get("policy").map(|field| policy::read(field)).transpose()?;
    let identity = sender::identify(context, &fields, policy.as_ref())?;
    let range = match &policy {
        Some(policy) => policy::enforce(policy, &fields, context.now, OBJECT_LIMIT)?,
        None => LengthRange { least: 0, most: OBJECT_LIMIT },
    };
    let key = fields.get("key").filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| Failure::new(Code::MissingArgument).detail("ArgumentName", "key"))?;
    let key = expanded(key, &file_name)?;
    key::check(&key)?;
    if identity != Identity::Owner {
        let object = context.shared.store.object(context.bucket_name(), &key)?;
        let acl = object.map(|object| object.acl).unwrap_or_default();
        context.check_access_of(&identity, Need::WriteObject, acl)?;
    }
    if fields.get(REDIRECT).is_some_and(|place| place.len() > REDIRECT_LIMIT) {
        return Err(Failure::with_message(Code::InvalidArgument, "The address to redirect to is longer than 8 KB."));
    }
    let callback = fields.get("callback").filter(|text| !text.is_empty());
    let callback = callback.map(|text| Callback::of_form(text, own_variables(&fields))).transpose()?;
    // From here on it is as if the fields were the headers of a PutObject.
    let put = context.request.of_form(key, headers(&fields, file_type)?);
    let context = Context { request: &put, bucket: context.bucket.clone(), identity, ..*context };
    let headers = WriteHeaders::read(&context)?;
    put_object::check_before(&context, &headers)?;
    let file = form.file(range.most, traffic_limit(&context)?);
    let staged = context.shared.store.receive(file).await?;
    if staged.sums.size < range.least {
        return Err(Failure::new(Code::EntityTooSmall)
            .detail("ProposedSize", staged.sums.size.to_string())
            .detail("MinSizeAllowed", range.least.to_string()));
    }
    context.check_sums(&staged.sums, context.content_md5()?, context.announced_crc64()?)?;
    loop {
        match form.next().await? {
            // A page's button, for example.
            Part::Field { .. } => {}
            Part::File { .. } => return Err(Failure::new(Code::IncorrectNumberOfFilesInPOSTRequest)),
            Part::End => break,
        }
    }
    let (record, reply) = put_object::store(&context, headers, staged).await?;
    let reply = reply.replaced_by(success(&context, &fields, &record.etag));
    Ok(callback::answer(&context, callback, "PostObject", &record, reply).await)
}

/// The key with the name of the file in it. How long it is going to be is known before it is made.
fn expanded(key: &str, file_name: &str) -> Result<String, Failure> {
    let names = key.matches(FILE_NAME).count();
    let bytes = key.len() - names * FILE_NAME.len() + names * file_name.len();
    if bytes > key::MAX_BYTES {
        return Err(InvalidObjectKey::TooLong { bytes }.into());
    }
    Ok(key.replace(FILE_NAME, file_name))
}

/// The answer that the form asks for.
fn success(context: &Context<'_>, fields: &Fields, etag: &str) -> Reply {
    if let Some(place) = fields.get(REDIRECT).filter(|place| !place.is_empty()) {
        return Reply::new(StatusCode::SEE_OTHER).header("location", place);
    }
    match fields.get("success_action_status").map(String::as_str) {
        Some("200") => Reply::ok(),
        Some("201") => {
            let document = PostResponse {
                bucket: context.bucket_name().to_owned(),
                location: context.location(),
                key: context.key().to_owned(),
                etag: quoted(etag),
            };
            Reply::new(StatusCode::CREATED).header("location", &document.location).document(document.write())
        }
        _ => Reply::no_content(),
    }
}

/// The caller's own variables for a callback.
fn own_variables(fields: &Fields) -> impl Iterator<Item = (&String, &String)> + Clone {
    fields.iter().filter(|(name, _)| name.starts_with("x:"))
}

/// The headers that a PutObject would have for these fields.
fn headers(fields: &Fields, file_type: Option<String>) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &str| {
        let refuse = || Failure::with_message(Code::InvalidArgument, format!("The field `{name}` is not valid."));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| refuse())?;
        headers.insert(name, value);
        Ok::<(), Failure>(())
    };
    for (name, value) in fields {
        let counts = STORED.contains(&name.as_str()) || name == "content-md5" || name.starts_with("x-oss-");
        if counts && !SIGNATURE.contains(&name.as_str()) {
            add(name, value)?;
        }
    }
    let content_type = fields.get("x-oss-content-type").or(fields.get("content-type")).or(file_type.as_ref());
    content_type.map_or(Ok(()), |content_type| add("content-type", content_type))?;
    Ok(headers)
}

impl Request {
    /// The PutObject that a form stands for.
    fn of_form(&self, key: String, headers: HeaderMap) -> Self {
        Self::put(self.host.clone(), self.bucket.clone(), key, headers)
    }
}

#[cfg(test)]
mod tests {
    use oss_protocol::code::Code;

    use super::*;

    #[test]
    fn a_key_is_measured_before_it_is_made() {
        assert_eq!(expanded("a/${filename}-${filename}", "b").unwrap(), "a/b-b");
        assert_eq!(expanded(&FILE_NAME.repeat(341), "abc").map(|key| key.len()).unwrap(), 1023);
        // Made, it would have more bytes than there is memory.
        let failure = expanded(&FILE_NAME.repeat(200_000), &"a".repeat(100_000_000)).unwrap_err();
        assert_eq!(failure.code(), Code::InvalidObjectName);
        assert!(failure.message().contains("20000000000000"), "{}", failure.message());
    }
}
