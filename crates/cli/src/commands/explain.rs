//! `storages explain`: what a signed URL says, and why it fails.

use std::collections::BTreeMap;
use std::time::SystemTime;

use clap::Args;
use jit_storages::App;
use jit_storages::meta::{Config, ExposeSecret, SecretString};
use jit_storages::oss_type::explain::{Explanation, Fit, Question, Severity, Validity, Version};
use jit_storages::oss_type::explain_url;
use serde::Serialize;

use crate::app_folder;
use crate::cli::Global;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::size;

const EXAMPLES: &str = "\
Examples:
  storages explain 'https://docs.oss-cn-hangzhou.aliyuncs.com/a.txt?x-oss-date=…'
  storages explain --method PUT --header content-type:image/png 'https://…'
                                                  of an upload, as it is sent
  storages explain --element MyOss 'https://…'    whether the signature fits that element's key

In an app, the key of the element that the URL was signed with is found by its id. Quote the URL: it holds `&`.
It ends with 1 where the URL cannot work.";

/// Parameters that no signature consists of alone. Those that begin with `response-` are for signed URLs only.
const OF_SIGNATURES: [&str; 11] = [
    "x-oss-signature-version",
    "x-oss-signature",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-additional-headers",
    "x-oss-security-token",
    "OSSAccessKeyId",
    "Expires",
    "Signature",
    "security-token",
];

/// What to explain.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The signed URL
    url: String,
    /// Compare the signature with the key of this element
    #[arg(long, value_name = "NAME")]
    element: Option<String>,
    /// The method that the URL is meant for [default: the usual ones are tried]
    #[arg(long, value_parser = ["GET", "PUT", "HEAD", "POST", "DELETE"], ignore_case = true)]
    method: Option<String>,
    /// A header that is sent with the URL, such as `content-type:text/plain`; may be repeated
    #[arg(long, value_name = "NAME:VALUE", value_parser = parse_header)]
    header: Vec<(String, String)>,
}

/// What is told in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    valid: bool,
    /// `V1` or `V4`; null where nothing is signed.
    version: Option<&'static str>,
    access_key_id: Option<&'a str>,
    temporary: bool,
    host: Option<&'a str>,
    bucket: Option<&'a str>,
    object: Option<&'a str>,
    region: Option<&'a str>,
    signed_at: Option<String>,
    expires_at: Option<String>,
    lifetime_seconds: Option<u64>,
    /// `valid`, `expired`, `notYet` or `unknown`.
    time: &'static str,
    /// `fits`, `doesNotFit` or `unchecked`.
    signature: &'static str,
    /// What the signature fits.
    method: Option<&'a str>,
    content_type: Option<&'a str>,
    bound_headers: &'a [String],
    parameters: BTreeMap<&'a str, Option<&'a str>>,
    problems: Vec<&'a str>,
    notes: Vec<&'a str>,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { url, element, method, header } = arguments;
    refuse_no_url(&url)?;
    let secret = match element {
        Some(name) => {
            let app = app_folder::load(global.app.as_deref())?;
            let full_name = app_folder::full_name(&app, &name)?;
            let config = app.inspect(&full_name)?.configuration()?;
            let secret = secret_of(&config).ok_or_else(|| {
                Failure::failed(format!("{full_name} has no `accessKeySecret` in its configuration to compare with"))
            })?;
            Some(secret)
        }
        None => app_folder::load(global.app.as_deref()).ok().and_then(|app| secret_for(&app, &url)),
    };
    let method = method.map(|method| method.to_ascii_uppercase());
    let mut question = Question::new(&url, SystemTime::now());
    if let Some(secret) = &secret {
        question = question.with_secret(secret.expose_secret());
    }
    if let Some(method) = &method {
        question = question.with_method(method);
    }
    for (name, value) in &header {
        question = question.with_header(name, value);
    }
    let mut told = question.explain();
    for finding in &mut told.findings {
        finding.text = finding.text.replace("give method and headers", "give them with `--method` and `--header`");
    }
    tell(&told, output)?;
    if told.is_valid() { Ok(()) } else { Err(Failure::Told) }
}

/// Refuses what is no URL, and one that a shell has cut at its first `&`.
fn refuse_no_url(url: &str) -> Outcome {
    // A scheme may be left out, as people do.
    if !url.contains(['/', '?']) {
        return Err(Failure::usage(format!("`{url}` is no URL: give a whole one, like 'https://HOST/a.txt?…'")));
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let name = query.split('=').next().unwrap_or_default();
    let is_of_signature =
        name.starts_with("response-") || OF_SIGNATURES.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is_of_signature && !query.contains('&') {
        return Err(Failure::usage(
            "the URL ends after its first parameter: quote it, since `&` is the shell's, like 'https://HOST/a.txt?…&…'",
        ));
    }
    Ok(())
}

fn parse_header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        }
        _ => Err("write a header like `content-type:text/plain`".to_owned()),
    }
}

fn tell(told: &Explanation, output: &Output) -> Outcome {
    let (signature, method, content_type) = match &told.signature {
        Fit::Fits { method, content_type } => ("fits", Some(method.as_str()), content_type.as_deref()),
        Fit::DoesNotFit => ("doesNotFit", None, None),
        Fit::Unchecked => ("unchecked", None, None),
    };
    let findings = |wanted: Severity| {
        told.findings.iter().filter(move |finding| finding.severity == wanted).map(|finding| finding.text.as_str())
    };
    let address = told.address.as_ref();
    let document = Told {
        valid: told.is_valid(),
        version: told.version.map(|version| match version {
            Version::V1 => "V1",
            Version::V4 => "V4",
        }),
        access_key_id: told.access_key_id.as_deref(),
        temporary: told.temporary,
        host: address.map(|address| address.host.as_str()),
        bucket: address.and_then(|address| address.bucket.as_deref()),
        object: address.map(|address| address.key.as_str()),
        region: told.scope.as_ref().map(|scope| scope.region.as_str()),
        signed_at: told.signed_at.map(size::time),
        expires_at: told.expires_at.map(size::time),
        lifetime_seconds: told.lifetime.map(|lifetime| lifetime.as_secs()),
        time: match told.validity {
            Validity::Valid => "valid",
            Validity::Expired => "expired",
            Validity::NotYet => "notYet",
            Validity::Unknown => "unknown",
        },
        signature,
        method,
        content_type,
        bound_headers: &told.bound_headers,
        parameters: told
            .overrides
            .iter()
            .chain(&told.parameters)
            .map(|parameter| (parameter.name.as_str(), parameter.value.as_deref()))
            .collect(),
        problems: findings(Severity::Problem).collect(),
        notes: findings(Severity::Note).collect(),
    };
    output.document(&document, || told.to_string().trim_end().to_owned())
}

/// The secret of the element whose key id the URL names.
fn secret_for(app: &App, url: &str) -> Option<SecretString> {
    let wanted = explain_url(url, None).access_key_id.filter(|id| !id.is_empty())?;
    app.storage_names().iter().find_map(|name| {
        let config = app.inspect(name.as_str()).ok()?.configuration().ok()?;
        (config.optional_text("accessKeyId")? == wanted).then(|| secret_of(&config)).flatten()
    })
}

fn secret_of(config: &Config) -> Option<SecretString> {
    config.optional_secret("accessKeySecret").cloned()
}
