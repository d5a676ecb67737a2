//! `storages init`: an app that works at once on the embedded server.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::cli::Global;
use crate::env_file;
use crate::exit::{Failure, Outcome};
use crate::files::{self, Existing};
use crate::key_pair::KeyPair;
use crate::output::Output;

/// Where the embedded server listens unless it is told otherwise.
pub(crate) const PORT: u16 = 9380;
/// The bucket of a new app.
pub(crate) const BUCKET: &str = "my-bucket";

const EXAMPLES: &str = "\
Examples:
  storages init demo      makes the folder `demo`; then: cd demo && storages serve
  storages init           makes the folder that you are in an app";

/// What to make.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The app's folder, made where it is missing
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Write `app.json` and `storages/MyOss` anew where they are there already
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made<'a> {
    folder: &'a Path,
    files: Vec<&'static str>,
}

pub(crate) async fn run(arguments: Arguments, _: &Global, output: &Output) -> Outcome {
    let Arguments { folder, force } = arguments;
    let app_json = folder.join("app.json");
    let element = folder.join("storages/MyOss");
    let (e_json, business) = (element.join("e.json"), element.join("MyOss.json"));
    files::check_absent([&*app_json, &e_json, &business], Existing::replaced_if(force))?;

    files::write(&app_json, &pretty(&app_document(&name_of(&folder)?)))?;
    files::write(&e_json, &pretty(&element_document("My OSS", "storages.OssType")))?;
    files::write(&business, &pretty(&business_document()))?;
    let mut made = vec!["app.json", "storages/MyOss/e.json", "storages/MyOss/MyOss.json"];
    files::ensure_lines(&folder.join(".gitignore"), env_file::IGNORED)?;
    if !env_file::has(&folder, "OSS_ACCESS_KEY_SECRET") {
        env_file::add(&folder, &KeyPair::random()?.variables())?;
        made.push(".env");
    }
    let readme = folder.join("README.md");
    if !readme.exists() {
        files::write(&readme, README)?;
        made.push("README.md");
    }

    output.document(&Made { folder: &folder, files: made.clone() }, || {
        made.iter().map(|file| folder.join(file).display().to_string()).collect::<Vec<_>>().join("\n")
    })?;
    let go = if folder == Path::new(".") { String::new() } else { format!("cd {} && ", folder.display()) };
    output.note(format!("next: {go}storages serve"));
    Ok(())
}

/// The `e.json` of a storage.
pub(crate) fn element_document(title: &str, element_type: &str) -> serde_json::Value {
    json!({"title": title, "type": element_type, "backendBundleEntry": ".", "variables": []})
}

pub(crate) fn pretty(document: &serde_json::Value) -> String {
    format!("{document:#}\n")
}

fn app_document(name: &str) -> serde_json::Value {
    json!({
        "appId": format!("my.{name}"),
        "name": name,
        "title": name,
        "version": "0.1.0",
        "settings": {"defaultElement": {"defaultStorage": "storages.MyOss"}},
    })
}

fn business_document() -> serde_json::Value {
    json!({
        "accessKeyId": "{{OSS_ACCESS_KEY_ID}}",
        "accessKeySecret": "{{OSS_ACCESS_KEY_SECRET}}",
        "endPoint": format!("${{OSS_ENDPOINT:-http://127.0.0.1:{PORT}}}"),
        "bucketName": format!("${{OSS_BUCKET:-{BUCKET}}}"),
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

To use Alibaba Cloud OSS, set `OSS_ACCESS_KEY_ID`, `OSS_ACCESS_KEY_SECRET`, `OSS_ENDPOINT` and `OSS_BUCKET` in `.env`, and ask
`storages check --online`.
";
