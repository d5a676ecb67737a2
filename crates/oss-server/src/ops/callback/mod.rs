//! Upload callbacks: when an object is stored, its uploader's application is told, and its reply becomes the answer.

mod send;
mod template;

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use oss_protocol::code::Code;
use serde::Deserialize;

use self::template::Format;
use super::Context;
use crate::body::Body;
use crate::failure::Failure;
use crate::reply::Reply;
use crate::store::ObjectRecord;

/// The header that asks for a callback.
const CALLBACK: &str = "x-oss-callback";
/// The header with the caller's own variables.
const VARIABLES: &str = "x-oss-callback-var";
/// The most bytes of both together.
const LIMIT: usize = 5 * 1024;
const MOST_URLS: usize = 5;

/// What a client asks for.
#[derive(Debug)]
pub(super) struct Callback {
    urls: Vec<String>,
    host: Option<String>,
    body: String,
    format: Format,
    variables: HashMap<String, String>,
}

/// The JSON text of a callback.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    callback_url: String,
    #[serde(default)]
    callback_host: Option<String>,
    callback_body: String,
    #[serde(default)]
    callback_body_type: Option<String>,
}

impl Callback {
    /// Reads the callback from headers or from the query, which must not both have one.
    pub(super) fn of_request(context: &Context<'_>) -> Result<Option<Self>, Failure> {
        let request = context.request;
        let pick = |header: &'static str, parameter: &str| match (request.header(header), request.parameter(parameter))
        {
            (Some(given), Some(_)) => {
                Err(Failure::argument(header, given, "The callback stands both in the headers and in the query."))
            }
            (header, parameter) => Ok(header.or(parameter)),
        };
        let variables = pick(VARIABLES, "callback-var")?;
        let Some(callback) = pick(CALLBACK, "callback")? else {
            return Ok(None);
        };
        check_length(callback, callback.len() + variables.map_or(0, str::len))?;
        let variables = variables.map(read_variables).transpose()?.unwrap_or_default();
        Self::read(callback, variables).map(Some)
    }

    /// Reads a callback that stands in a form, whose `x:` fields are its variables.
    pub(super) fn of_form<'f>(
        callback: &str,
        variables: impl Iterator<Item = (&'f String, &'f String)> + Clone,
    ) -> Result<Self, Failure> {
        let length = variables.clone().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        check_length(callback, callback.len() + length)?;
        let variables = variables.map(|(name, value)| (name.clone(), value.clone()));
        Self::read(callback, variables.collect())
    }

    fn read(text: &str, variables: HashMap<String, String>) -> Result<Self, Failure> {
        let refuse = |message| Failure::argument(CALLBACK, text, message);
        let document: Document = from_base64(text).ok_or_else(|| {
            refuse("The callback is not the base64 of a JSON object with callbackUrl and callbackBody.")
        })?;
        let urls: Vec<String> = document.callback_url.split(';').map(|url| url.trim().to_owned()).collect();
        if urls.len() > MOST_URLS || urls.iter().any(String::is_empty) {
            return Err(refuse("callbackUrl holds one to five addresses, separated by semicolons."));
        }
        if document.callback_body.is_empty() {
            return Err(refuse("callbackBody is empty."));
        }
        let format = match document.callback_body_type.as_deref() {
            None | Some("" | "application/x-www-form-urlencoded") => Format::Form,
            Some("application/json") => Format::Json,
            Some(_) => {
                return Err(refuse("callbackBodyType is application/x-www-form-urlencoded or application/json."));
            }
        };
        let host = document.callback_host.filter(|host| !host.is_empty());
        Ok(Self { urls, host, body: document.callback_body, format, variables })
    }
}

/// Bounds a callback with its variables, each of which its body may name many times.
fn check_length(callback: &str, length: usize) -> Result<(), Failure> {
    if length > LIMIT {
        return Err(Failure::argument(CALLBACK, callback, "The callback and its variables are longer than 5 KB."));
    }
    Ok(())
}

/// Reads the variables of `x-oss-callback-var`.
fn read_variables(text: &str) -> Result<HashMap<String, String>, Failure> {
    let variables: Option<HashMap<String, String>> = from_base64(text);
    let refuse = || {
        let message = "The variables are not the base64 of a JSON object of texts, with names in lower case.";
        Failure::argument(VARIABLES, text, message)
    };
    let mut variables = variables.ok_or_else(refuse)?;
    // Names that do not start so are passed over, as by the service.
    variables.retain(|name, _| name.starts_with("x:"));
    if variables.keys().any(|name| name.contains(char::is_uppercase)) {
        return Err(refuse());
    }
    Ok(variables)
}

fn from_base64<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&STANDARD.decode(text.trim()).ok()?).ok()
}

/// Answers an upload: as `reply` says, or with what the application says to its callback.
pub(super) async fn answer(
    context: &Context<'_>,
    callback: Option<Callback>,
    operation: &str,
    record: &ObjectRecord,
    reply: Reply,
) -> Reply {
    let Some(callback) = callback else {
        return reply;
    };
    let facts = template::Facts { context, operation, record, variables: &callback.variables };
    let filled = facts.fill(&callback.body, callback.format);
    let (mut reason, urls) = match filled {
        Some(_) => (String::new(), &*callback.urls),
        None => ("its body would be too long".to_owned(), &[][..]),
    };
    let body = Bytes::from(filled.unwrap_or_default());
    for url in urls {
        let message = send::Message {
            url,
            host: callback.host.as_deref(),
            content_type: callback.format.content_type(),
            request_id: context.request_id,
            body: body.clone(),
        };
        match send::post(message, context.shared.callbacks).await {
            Ok(said) => return reply.ok_with(said),
            Err(error) => reason = format!("{url}: {error}"),
        }
    }
    tracing::debug!(request_id = context.request_id, reason, "a callback failed");
    let message = format!("The object was stored, but its callback did not succeed: {reason}.");
    let failure = Failure::with_message(Code::CallbackFailed, message);
    let request = context.request;
    reply.replaced_by(Reply::refusal(&failure, &request.method, &request.host, context.request_id))
}

impl Reply {
    fn ok_with(self, json: Bytes) -> Self {
        self.replaced_by(Self::ok().header("content-type", "application/json").body(Body::full(json)))
    }
}
