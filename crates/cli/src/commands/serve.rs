//! `storages serve`: the embedded OSS server, with what the app's elements are configured for.

use std::path::{Path, PathBuf};

use clap::Args;
use jit_storages::App;
use jit_storages::app::Inspection;
use jit_storages::meta::{Config, ExposeSecret};
use oss_server::{OssServer, StartError};
use serde::Serialize;

use super::init::{BUCKET, PORT, element_document};
use crate::app_folder;
use crate::business_file::BusinessFile;
use crate::cli::Global;
use crate::env_file;
use crate::exit::{Failure, Outcome};
use crate::files;
use crate::interrupt::Interruption;
use crate::key_pair::{ID, KeyPair, SECRET};
use crate::local_server;
use crate::output::{NAME, Output};
use crate::shell;

/// Where the server is unless it is told otherwise.
const REGION: &str = "cn-hangzhou";
/// The file in the data folder that keeps the server's own key pair.
const KEYS: &str = "keys.env";
/// Takes the secret of the access key where the command line has its id alone.
const SECRET_VARIABLE: &str = "STORAGES_SERVE_SECRET";

const EXAMPLES: &str = "\
Examples:
  storages serve                       in an app: with the keys, buckets and port of its elements
  storages serve --port 0              on a free port, which the first line tells
  storages serve --data /srv/oss --bucket docs --bucket photos

Without an app and without keys it makes a key pair and keeps it in the data folder. Ctrl-C stops it.";

/// How the server runs.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Where objects are kept [default: .storages/server in the app's folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The port; 0 for any free one [default: the one of the app's elements, else 9380]
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// The address to listen on; 0.0.0.0 opens it to the network
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Id of the access key
    #[arg(long, value_name = "ID")]
    access_key_id: Option<String>,
    /// Secret of the access key; where it shall not be seen in lists of processes, `STORAGES_SERVE_SECRET` takes it
    #[arg(long, value_name = "SECRET", requires = "access_key_id")]
    access_key_secret: Option<String>,
    /// A bucket to make, may be given several times
    #[arg(long, value_name = "NAME")]
    bucket: Vec<String>,
    /// The region that signatures are made for [default: the one of the app's elements, else cn-hangzhou]
    #[arg(long)]
    region: Option<String>,
}

/// What the command line asks for.
struct Asked {
    buckets: Vec<String>,
    region: Option<String>,
}

/// What the app's elements expect of a server on this machine.
#[derive(Default)]
struct Expected {
    elements: Vec<ExpectedBy>,
    port: Option<u16>,
}

/// What one of them expects.
struct ExpectedBy {
    name: String,
    keys: KeyPair,
    bucket: String,
    region: Option<String>,
    /// How to give it another endpoint, up to that.
    set_endpoint: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Served {
    endpoint: String,
    region: String,
    buckets: Vec<String>,
    access_key_id: String,
    /// As it is shown, since JSON takes no path that is not UTF-8.
    data_folder: String,
    elements: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { data, port, host, access_key_id, access_key_secret, bucket, region } = arguments;
    let folder = match app_folder::find(global.app.as_deref()) {
        Ok(folder) => Some(folder),
        Err(failure) if global.app.is_some() => return Err(failure),
        Err(_) => None,
    };
    let given_pair = given_pair(access_key_id, access_key_secret)?;
    let expected = folder.as_deref().map(|folder| expected(folder, output)).unwrap_or_default();
    let data = match data {
        Some(data) => data,
        None => app_folder::state_folder(folder.as_deref().unwrap_or(Path::new(".")), "server")?,
    };
    std::fs::create_dir_all(&data).map_err(|error| Failure::file("make the folder", &data, &error))?;

    let mut own_keys = None;
    let keys = match given_pair {
        Some(pair) => vec![pair],
        None if !expected.elements.is_empty() => expected.keys(),
        None => vec![kept_pair(own_keys.insert(data.join(KEYS)))?],
    };
    expected.warn_of_keys(&keys, output);
    let asked = Asked { buckets: bucket, region };
    let region = expected.region(asked.region.clone(), output);
    let mut buckets = asked.buckets.clone();
    buckets.extend(expected.elements.iter().map(|element| element.bucket.clone()));
    if buckets.is_empty() {
        buckets.push(BUCKET.to_owned());
    }
    buckets.sort_unstable();
    buckets.dedup();

    let mut builder = OssServer::builder().data_dir(&data).host(&host).region(&region);
    builder = builder.port(port.or(expected.port).unwrap_or(PORT));
    for KeyPair { id, secret } in &keys {
        builder = builder.access_key(id, secret);
    }
    for bucket in &buckets {
        builder = builder.bucket(bucket);
    }
    let mut interruption = Interruption::listen();
    let server = builder.start().await.map_err(|error| why_not(error, &asked, &expected))?;
    let served = Served {
        endpoint: server.endpoint(),
        region: server.region().to_owned(),
        buckets,
        access_key_id: keys[0].id.clone(),
        data_folder: data.display().to_string(),
        elements: expected.accepted(&keys).map(|element| element.name.clone()).collect(),
    };
    match output.is_json() {
        true => output.fact(&served, String::new)?,
        false => output.line(&served.endpoint)?,
    }
    if !local_server::is_loopback(&host) {
        output.warning(format!("whoever reaches `{host}` can try to log in; what is sent is not encrypted"));
    }
    output.note(introduction(&served, &expected, own_keys.as_deref()));
    interruption.heard().await;
    output.note("stopping");
    server.stop().await;
    Ok(())
}

/// What a person needs to know to use it.
fn introduction(served: &Served, expected: &Expected, own_keys: Option<&Path>) -> String {
    let Served { endpoint, region, buckets, data_folder, elements, .. } = served;
    let mut text = format!("data in {data_folder}, buckets {}", buckets.join(", "));
    if let Some(port) = expected.port {
        if endpoint.ends_with(&format!(":{port}")) {
            match elements[..] {
                [] => text.push_str("\nCtrl-C stops it"),
                _ => text.push_str(&format!("\nserves {NAME}{}{NAME:#}; Ctrl-C stops it", elements.join(", "))),
            }
            return text;
        }
        let accepted = expected.elements.iter().filter(|element| elements.contains(&element.name));
        for ExpectedBy { name, set_endpoint, .. } in accepted {
            text.push_str(&format!(
                "\n{NAME}{name}{NAME:#} expects port {port}; to use this server {set_endpoint}{endpoint}"
            ));
        }
        text.push_str("\nCtrl-C stops it");
        return text;
    }
    if let Some(keys) = own_keys {
        let typed = keys.display().to_string();
        let typed = shell::word(&typed);
        text.push_str(&format!(
            "\nkeys in {}; use them by: (umask 077; cat {typed} >> .env) && printf '\\n.env\\n' >> .gitignore",
            keys.display()
        ));
    }
    let mut business = serde_json::json!({
        "accessKeyId": format!("{{{{{ID}}}}}"),
        "accessKeySecret": format!("{{{{{SECRET}}}}}"),
        "endPoint": endpoint,
        "bucketName": buckets[0],
    });
    // What clients take for granted where the host names no region.
    if *region != REGION {
        business["region"] = region.as_str().into();
    }
    let element = element_document("My OSS", "storages.OssType");
    text.push_str(&format!("\nstorages/MyOss/e.json:\n{element:#}\nstorages/MyOss/MyOss.json:\n{business:#}"));
    text.push_str("\nCtrl-C stops it");
    text
}

/// What the elements of an app expect that say that OSS is on this machine.
fn expected(folder: &Path, output: &Output) -> Expected {
    let app = match App::load(folder) {
        Ok(app) => app,
        Err(error) => {
            output.warning(format!("the app is passed over: {error}"));
            return Expected::default();
        }
    };
    env_file::warn_of_environment(folder, output);
    let mut expected = Expected::default();
    for name in app.storage_names() {
        let inspection = app.inspect(name.as_str());
        let found = inspection.and_then(|inspection| Ok((inspection.configuration()?, inspection)));
        let (config, inspection) = match found {
            Ok(found) => found,
            Err(error) => {
                output.warning(format!("{name} is passed over: {error}"));
                continue;
            }
        };
        let Some((port, element)) = local(&config, &inspection) else { continue };
        if expected.port.is_some_and(|known| known != port) {
            output.warning(format!("{name} expects a server on port {port}; start another one for it with `--port`"));
            continue;
        }
        expected.port = Some(port);
        expected.elements.push(element);
    }
    expected
}

impl Expected {
    /// Each once. Of two secrets for one id the server can believe one.
    fn keys(&self) -> Vec<KeyPair> {
        let mut keys: Vec<KeyPair> = Vec::new();
        for ExpectedBy { keys: pair, .. } in &self.elements {
            if !keys.iter().any(|known| known.id == pair.id) {
                keys.push(pair.clone());
            }
        }
        keys
    }

    /// The elements that a server with these keys does not refuse.
    fn accepted(&self, keys: &[KeyPair]) -> impl Iterator<Item = &ExpectedBy> {
        self.elements.iter().filter(|element| keys.contains(&element.keys))
    }

    /// Warns of the elements that a server with these keys refuses.
    fn warn_of_keys(&self, keys: &[KeyPair], output: &Output) {
        for ExpectedBy { name, keys: pair, .. } in self.elements.iter().filter(|element| !keys.contains(&element.keys))
        {
            let id = &pair.id;
            output.warning(match keys.iter().any(|known| known.id == *id) {
                true => format!(
                    "{name} has another secret for the key id `{id}` than the server, and will be refused: give it another \
                     id, or the same secret"
                ),
                false => format!(
                    "{name} has the key id `{id}`, which the server does not know, and will be refused: start the server \
                     without `--access-key-id`, or with this one"
                ),
            });
        }
    }

    /// The region that was asked for, else that of the elements.
    fn region(&self, asked: Option<String>, output: &Output) -> String {
        let region = asked
            .or_else(|| self.elements.iter().find_map(|element| element.region.clone()))
            .unwrap_or_else(|| REGION.to_owned());
        for ExpectedBy { name, region: of_element, .. } in &self.elements {
            if let Some(other) = of_element.as_ref().filter(|of_element| **of_element != region) {
                output.warning(format!(
                    "{name} signs for the region `{other}`, the server is in `{region}` and will refuse it: start another \
                     one for it with `--region`"
                ));
            }
        }
        region
    }
}

/// The port of a configuration whose endpoint is on this machine, and what it expects there.
fn local(config: &Config, inspection: &Inspection) -> Option<(u16, ExpectedBy)> {
    let port = local_server::port(config)?;
    let keys = KeyPair {
        id: config.optional_text("accessKeyId")?.to_owned(),
        secret: config.optional_secret("accessKeySecret")?.expose_secret().to_owned(),
    };
    let element = ExpectedBy {
        name: inspection.full_name().to_string(),
        keys,
        bucket: config.optional_text("bucketName")?.to_owned(),
        region: config.optional_text("region").filter(|region| !region.is_empty()).map(str::to_owned),
        set_endpoint: set_endpoint(inspection),
    };
    Some((port, element))
}

/// What to type in front of another endpoint.
fn set_endpoint(inspection: &Inspection) -> String {
    let mut files = inspection.business_files().unwrap_or_default();
    files.extend(inspection.type_files().into_iter().rev());
    let entry = files.iter().find_map(|file| Some((file, BusinessFile::read(file)?.entry("endPoint")?)));
    let Some((file, entry)) = entry else { return "set its endpoint to ".to_owned() };
    match entry.variables().first() {
        Some(variable) => format!("set {variable}="),
        None => format!("set `endPoint` in {} to ", file.display()),
    }
}

/// The key pair in this file, made where it is missing.
fn kept_pair(file: &Path) -> Outcome<KeyPair> {
    if file.exists() {
        return KeyPair::read(file).ok_or_else(|| {
            Failure::failed(format!(
                "`{}` holds no key pair: remove it, or give one with `--access-key-id` and `--access-key-secret`",
                file.display()
            ))
        });
    }
    let pair = KeyPair::random()?;
    hide(file)?;
    files::write_secret(file, &pair.file())?;
    Ok(pair)
}

/// Keeps the key pair out of version control, with all of its folder where nothing is in it yet.
fn hide(file: &Path) -> Outcome {
    let folder = file.parent().unwrap_or(Path::new("."));
    let is_empty = std::fs::read_dir(folder).is_ok_and(|mut found| found.next().is_none());
    files::ensure_lines(&folder.join(".gitignore"), &[if is_empty { "*" } else { KEYS }])
}

/// The key pair on the command line.
fn given_pair(id: Option<String>, secret: Option<String>) -> Outcome<Option<KeyPair>> {
    let Some(id) = id else { return Ok(None) };
    if id.is_empty() {
        return Err(Failure::usage("`--access-key-id` is empty: give it a value, or leave it out"));
    }
    // Without an id it belongs to another start of the server.
    let of_environment = || std::env::var(SECRET_VARIABLE).ok().filter(|secret| !secret.is_empty());
    match secret.or_else(of_environment) {
        Some(secret) if secret.is_empty() => Err(Failure::usage(format!(
            "`--access-key-secret` is empty: give it a value, or leave it out and set `{SECRET_VARIABLE}`"
        ))),
        Some(secret) => Ok(Some(KeyPair { id, secret })),
        None => Err(Failure::usage(format!(
            "`--access-key-id` needs a secret: add `--access-key-secret …`, or set `{SECRET_VARIABLE}`"
        ))),
    }
}

fn why_not(error: StartError, asked: &Asked, expected: &Expected) -> Failure {
    match &error {
        StartError::BucketName { name, .. } if !asked.buckets.contains(name) => {
            let by = expected.elements.iter().find(|element| element.bucket == *name);
            let by = by.map(|element| format!("{}: ", element.name)).unwrap_or_default();
            Failure::failed(format!("{by}{error}; correct its `bucketName`"))
        }
        StartError::Region(_) if asked.region.is_none() => Failure::failed(error.to_string()),
        StartError::Listen { source, .. } if source.kind() == std::io::ErrorKind::AddrInUse => {
            Failure::failed(format!("{error}: another program has the port; choose one with `--port`"))
        }
        StartError::BucketName { .. } | StartError::Region(_) => Failure::usage(error.to_string()),
        _ => Failure::failed(error.to_string()),
    }
}
