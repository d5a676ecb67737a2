//! `storages init`: an app that works at once on the embedded server.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use jit_storages::app::EnvFile;
use jit_storages::meta::strip_byte_order_mark;
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::Global;
use crate::env_file;
use crate::exit::{Failure, Outcome};
use crate::files::{self, Existing};
use crate::key_pair::{ID, KeyPair, SECRET};
use crate::output::Output;
use crate::shell;

/// Where the embedded server listens unless it is told otherwise.
pub(crate) const PORT: u16 = 9380;
/// The bucket of a new app.
pub(crate) const BUCKET: &str = "my-bucket";

const ENDPOINT_VARIABLE: &str = "MY_OSS_ENDPOINT";
const BUCKET_VARIABLE: &str = "MY_OSS_BUCKET";

const EXAMPLES: &str = "\
Examples:
  storages init demo      makes the folder `demo`; then: cd demo && storages serve
  storages init           makes the folder that you are in an app";

/// What to make.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The app's folder, made where it is missing [default: that of `--app`, else the one that you are in]
    folder: Option<PathBuf>,
    /// Write `storages/MyOss` anew where it is there already
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made<'a> {
    folder: &'a Path,
    files: Vec<&'static str>,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { folder, force } = arguments;
    let folder = chosen(folder, global.app.clone())?;
    let app_json = folder.join("app.json");
    let element = folder.join("storages/MyOss");
    let (e_json, business) = (element.join("e.json"), element.join("MyOss.json"));
    let existing = if force { Existing::Replace } else { Existing::Keep };
    let has_app = check_app_json(&app_json, existing)?;
    if !has_app {
        check_no_elements(&folder)?;
    }
    files::check_absent([&*e_json, &business], existing)?;
    let name = name_of(&folder)?;

    // What can be refused comes first.
    let known = EnvFile::of_app(&folder);
    let missing: Vec<_> =
        KeyPair::random()?.variables().into_iter().filter(|(name, _)| known.get(name).is_none()).collect();
    env_file::set(&folder, &missing, output)?;
    files::ensure_lines(&folder.join(".gitignore"), env_file::IGNORED)?;
    let mut made = Vec::new();
    if !has_app {
        files::write(&app_json, &pretty(&app_document(&name)))?;
        made.push("app.json");
    }
    files::write(&e_json, &pretty(&element_document("My OSS", "storages.OssType")))?;
    files::write(&business, &pretty(&business_document()))?;
    made.extend(["storages/MyOss/e.json", "storages/MyOss/MyOss.json"]);
    if !missing.is_empty() {
        made.push(EnvFile::NAME);
    }
    let readme = folder.join("README.md");
    if !readme.exists() {
        files::write(&readme, README)?;
        made.push("README.md");
    }

    output.document(&Made { folder: &folder, files: made.clone() }, || {
        made.iter().map(|file| folder.join(file).display().to_string()).collect::<Vec<_>>().join("\n")
    })?;
    env_file::warn_of_environment(&folder, output);
    for name in [ENDPOINT_VARIABLE, BUCKET_VARIABLE].iter().filter(|name| std::env::var_os(name).is_some()) {
        output
            .warning(format!("`{name}` is set in the environment, and the element will use it: unset it for the demo"));
    }
    let go = if folder == Path::new(".") {
        String::new()
    } else {
        format!("cd {} && ", shell::word(&folder.display().to_string()))
    };
    output.note(format!("next: {go}storages serve"));
    Ok(())
}

/// The folder of the app: given as such or by `--app`.
fn chosen(folder: Option<PathBuf>, app: Option<PathBuf>) -> Outcome<PathBuf> {
    match (folder, app) {
        (Some(folder), Some(app)) if folder != app => Err(Failure::usage(format!(
            "`{}` is to become an app, and `--app` or `STORAGES_APP` names `{}`: give one of them",
            folder.display(),
            app.display()
        ))),
        (Some(folder), _) | (None, Some(folder)) => Ok(folder),
        (None, None) => Ok(PathBuf::from(".")),
    }
}

/// Whether there is an `app.json`, which stays as it is; refuses where it is not one of ours, or may not be there.
fn check_app_json(file: &Path, existing: Existing) -> Outcome<bool> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(Failure::file("read", file, &error)),
    };
    let is_ours = serde_json::from_slice(strip_byte_order_mark(&text)).is_ok_and(|found| {
        let ours = app_document("");
        holds_no_more_than(&found, &ours)
    });
    match (existing, is_ours) {
        (Existing::Replace, true) => Ok(true),
        (Existing::Keep, true) => Err(Failure::usage(format!(
            "`{}` is there already, so this is an app: add a storage with `storages new NAME`, or write `MyOss` anew with \
             `--force`",
            file.display()
        ))),
        (_, false) => Err(Failure::usage(format!(
            "`{}` is there already, so this is an app: add a storage with `storages new NAME`",
            file.display()
        ))),
    }
}

/// Refuses where there are elements already: the new one would become the default storage, which may be one of them.
fn check_no_elements(folder: &Path) -> Outcome {
    let entries = std::fs::read_dir(folder.join("storages")).into_iter().flatten().flatten();
    let mut folders = entries.filter(|entry| entry.file_name() != "MyOss").map(|entry| entry.path());
    match folders.find(|path| path.is_dir()) {
        Some(path) => Err(Failure::usage(format!(
            "`{}` is there already, so this is an app: add a storage with `storages new NAME`",
            path.display()
        ))),
        None => Ok(()),
    }
}

/// Whether a document has no key that the other one has not.
fn holds_no_more_than(found: &Value, ours: &Value) -> bool {
    match (found, ours) {
        (Value::Object(found), Value::Object(ours)) => {
            found.iter().all(|(key, value)| ours.get(key).is_some_and(|of_ours| holds_no_more_than(value, of_ours)))
        }
        (Value::Object(_) | Value::Array(_), _) => false,
        _ => true,
    }
}

/// The `e.json` of a storage.
pub(crate) fn element_document(title: &str, element_type: &str) -> Value {
    json!({"title": title, "type": element_type, "backendBundleEntry": ".", "variables": []})
}

pub(crate) fn pretty(document: &Value) -> String {
    format!("{document:#}\n")
}

fn app_document(name: &str) -> Value {
    json!({
        "appId": format!("my.{name}"),
        "name": name,
        "title": name,
        "version": "0.1.0",
        "settings": {"defaultElement": {"defaultStorage": "storages.MyOss"}},
    })
}

fn business_document() -> Value {
    json!({
        "accessKeyId": format!("{{{{{ID}}}}}"),
        "accessKeySecret": format!("{{{{{SECRET}}}}}"),
        "endPoint": format!("${{{ENDPOINT_VARIABLE}:-http://127.0.0.1:{PORT}}}"),
        "bucketName": format!("${{{BUCKET_VARIABLE}:-{BUCKET}}}"),
    })
}

/// The app's name: that of its folder, as far as a name can hold it.
fn name_of(folder: &Path) -> Outcome<String> {
    let absolute = std::path::absolute(folder).map_err(|error| Failure::file("find", folder, &error))?;
    let name = absolute.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    Ok(if name.trim_matches('_').is_empty() { "app".to_owned() } else { name })
}

const README: &str = "\
# An app with a storage

`storages/MyOss` is a storage element of the Type `storages.OssType`. Its keys stand in `.env`, which git does not see.

```sh
storages serve &                        # the embedded OSS server, with the keys and the bucket of this app
storages put README.md MyOss:docs/
storages ls MyOss:docs/
storages url MyOss:docs/README.md
```

To use Alibaba Cloud OSS, set `MY_OSS_ACCESS_KEY_ID`, `MY_OSS_ACCESS_KEY_SECRET`, `MY_OSS_ENDPOINT` and `MY_OSS_BUCKET` in
`.env`, and ask `storages check --online`.
";
