//! `storages url`: a signed URL for somebody without keys.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;
use jit_storages::{ResponseHeaders, SignMethod, SignOptions};
use oss_protocol::encode::encode_component;

use crate::app_folder;
use crate::cli::Global;
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::size::{self, parse_span};
use crate::target::ObjectTarget;

const EXAMPLES: &str = "\
Examples:
  storages url MyOss:docs/a.pdf                     anybody can open it for 5 minutes
  storages url --expires 7d --download a.pdf :x     browsers save it as a.pdf
  storages url --put --content-type image/png MyOss:avatar.png
                                                    anybody can upload it: curl -T FILE -H 'content-type: image/png' URL";

/// What to sign.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The object, as `NAME:path`
    #[arg(value_name = "NAME:PATH")]
    object: OsString,
    /// Take `*` and `?` in the name for themselves: a URL is of one object, and names with them are refused as patterns
    #[arg(long)]
    literal: bool,
    /// How long it is valid: 90s, 10m, 2h; 7d at most
    #[arg(long, value_name = "SPAN", default_value = "5m", value_parser = parse_span)]
    expires: Duration,
    /// Let the object be uploaded rather than read
    #[arg(long)]
    put: bool,
    /// The type that must be sent with the upload
    #[arg(long, value_name = "TYPE", requires = "put")]
    content_type: Option<String>,
    /// Let browsers save it under this name
    #[arg(long, value_name = "FILE", conflicts_with = "put")]
    download: Option<String>,
    /// What the store makes of it, such as `image/resize,w_100`
    #[arg(long, value_name = "WHAT", conflicts_with = "put")]
    process: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { object, literal, expires, put, content_type, download, process } = arguments;
    let app = app_folder::load(global.app.as_deref())?;
    let place = ObjectTarget::demand(&object, &app)?.find_offline(&app)?;
    if place.is_folder() {
        return Err(Failure::usage(format!("`{}` is no object: name one, like `{0}a.txt`", place.shown())));
    }
    if !literal && place.path.contains(['*', '?']) {
        return Err(Failure::usage(format!(
            "`{0}` reads as a pattern, and a URL is of one object: name one that `storages ls '{0}'` lists, or say `--literal`",
            place.shown()
        )));
    }
    let method = if put { SignMethod::Put } else { SignMethod::Get };
    let mut options = SignOptions::new(method).with_expires(expires);
    (options.content_type, options.process) = (content_type, process);
    if let Some(name) = download {
        let headers = ResponseHeaders::default().with_content_disposition(disposition(&name)?);
        options = options.with_response_headers(headers);
    }
    let signed = place.element.sign(&place.path, options).await?;
    output.document(&signed, || signed.url.clone())?;
    for (name, value) in &signed.headers {
        output.note(format!("send with it: {name}: {value}"));
    }
    if let Some(end) = signed.expires_at {
        output.detail(format!("valid until {}", size::time(end)));
    }
    Ok(())
}

/// The header that lets browsers save under this name: in ASCII for old ones, and as it is (RFC 6266, RFC 8187).
fn disposition(name: &str) -> Outcome<String> {
    if name.contains(char::is_control) {
        return Err(Failure::usage("the name in `--download` holds control characters, which no file is saved with"));
    }
    let plain = name.replace(|letter: char| !letter.is_ascii() || matches!(letter, '"' | '\\'), "_");
    if plain == name {
        return Ok(format!("attachment; filename=\"{name}\""));
    }
    let mut encoded = String::new();
    encode_component(name, &mut encoded);
    Ok(format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_downloads_are_whole_and_safe() {
        for (name, header) in [
            ("a b.pdf", "attachment; filename=\"a b.pdf\""),
            ("报告.pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%E6%8A%A5%E5%91%8A.pdf"),
            ("a\"b", "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b"),
        ] {
            assert_eq!(disposition(name).unwrap(), header, "{name}");
        }
        assert!(disposition("a\r\nb: c").is_err());
    }
}
