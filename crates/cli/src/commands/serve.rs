//! `storages serve`: the embedded OSS server, with what the app's elements are configured for.

use std::path::{Path, PathBuf};

use clap::Args;
use jit_storages::App;
use jit_storages::meta::{Config, ExposeSecret};
use oss_server::{OssServer, StartError};
use serde::Serialize;

use super::init::{BUCKET, PORT};
use crate::app_folder;
use crate::cli::Global;
use crate::exit::{Failure, Outcome};
use crate::files;
use crate::interrupt::Interruption;
use crate::key_pair::KeyPair;
use crate::local_server;
use crate::output::{NAME, Output};

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
    #[arg(long, value_name = "ID", requires = "access_key_secret")]
    access_key_id: Option<String>,
    /// Secret of the access key
    #[arg(
        long,
        value_name = "SECRET",
        requires = "access_key_id",
        env = "STORAGES_SERVE_SECRET",
        hide_env_values = true
    )]
    access_key_secret: Option<String>,
    /// A bucket to make, may be given several times
    #[arg(long, value_name = "NAME")]
    bucket: Vec<String>,
    /// The region that signatures are made for
    #[arg(long, default_value = "cn-hangzhou")]
    region: String,
}

/// What the app's elements expect of a server on this machine.
#[derive(Default)]
struct Expected {
    elements: Vec<String>,
    keys: Vec<KeyPair>,
    buckets: Vec<String>,
    port: Option<u16>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Served {
    endpoint: String,
    region: String,
    buckets: Vec<String>,
    access_key_id: String,
    data_folder: PathBuf,
    elements: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { data, port, host, access_key_id, access_key_secret, bucket, region } = arguments;
    let folder = match app_folder::find(global.app.as_deref()) {
        Ok(folder) => Some(folder),
        Err(failure) if global.app.is_some() => return Err(failure),
        Err(_) => None,
    };
    let expected = folder.as_deref().map(|folder| expected(folder, output)).unwrap_or_default();
    let data = match data {
        Some(data) => data,
        None => app_folder::state_folder(folder.as_deref().unwrap_or(Path::new(".")), "server")?,
    };
    std::fs::create_dir_all(&data).map_err(|error| Failure::file("make the folder", &data, &error))?;

    let mut own_keys = None;
    let keys = match (access_key_id, access_key_secret) {
        (Some(id), Some(secret)) => vec![KeyPair { id, secret }],
        _ if !expected.keys.is_empty() => expected.keys,
        _ => vec![kept_pair(own_keys.insert(data.join("keys.env")))?],
    };
    let mut buckets = bucket;
    buckets.extend(expected.buckets);
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
    let server = builder.start().await.map_err(why_not)?;
    let served = Served {
        endpoint: server.endpoint(),
        region: server.region().to_owned(),
        buckets,
        access_key_id: keys[0].id.clone(),
        data_folder: data,
        elements: expected.elements,
    };
    match output.is_json() {
        true => output.fact(&served, String::new)?,
        false => output.line(&served.endpoint)?,
    }
    if !host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()) {
        output.warning(format!("whoever reaches `{host}` can try to log in; what is sent is not encrypted"));
    }
    output.note(introduction(&served, own_keys.as_deref()));
    interruption.heard().await;
    output.note("stopping");
    server.stop().await;
    Ok(())
}

/// What a person needs to know to use it.
fn introduction(served: &Served, own_keys: Option<&Path>) -> String {
    let Served { endpoint, buckets, data_folder, elements, .. } = served;
    let mut text = format!("data in {}, buckets {}", data_folder.display(), buckets.join(", "));
    if !elements.is_empty() {
        text.push_str(&format!("\nserves {NAME}{}{NAME:#}; Ctrl-C stops it", elements.join(", ")));
        return text;
    }
    if let Some(keys) = own_keys {
        text.push_str(&format!("\nkeys in {0}; use them by: cat {0} >> .env", keys.display()));
    }
    let business = serde_json::json!({
        "accessKeyId": "{{OSS_ACCESS_KEY_ID}}",
        "accessKeySecret": "{{OSS_ACCESS_KEY_SECRET}}",
        "endPoint": endpoint,
        "bucketName": buckets[0],
    });
    text.push_str(&format!("\nstorages/MyOss/MyOss.json:\n{business:#}\nCtrl-C stops it"));
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
    let mut expected = Expected::default();
    for name in app.storage_names() {
        let config = match app.inspect(name.as_str()).and_then(|inspection| inspection.configuration()) {
            Ok(config) => config,
            Err(error) => {
                output.warning(format!("{name} is passed over: {error}"));
                continue;
            }
        };
        let Some((keys, bucket, port)) = local(&config) else { continue };
        if expected.port.is_some_and(|known| known != port) {
            output.warning(format!("{name} expects a server on port {port}; start another one for it with `--port`"));
            continue;
        }
        expected.port = Some(port);
        expected.elements.push(name.to_string());
        if !expected.keys.iter().any(|known| known.id == keys.id) {
            expected.keys.push(keys);
        }
        expected.buckets.push(bucket);
    }
    expected
}

/// Keys, bucket and port of a configuration whose endpoint is on this machine.
fn local(config: &Config) -> Option<(KeyPair, String, u16)> {
    let port = local_server::port(config)?;
    let keys = KeyPair {
        id: config.optional_text("accessKeyId")?.to_owned(),
        secret: config.optional_secret("accessKeySecret")?.expose_secret().to_owned(),
    };
    Some((keys, config.optional_text("bucketName")?.to_owned(), port))
}

/// The key pair in this file, made where it is missing.
fn kept_pair(file: &Path) -> Outcome<KeyPair> {
    match std::fs::read_to_string(file) {
        Ok(text) => KeyPair::parse(&text).ok_or_else(|| {
            Failure::failed(format!(
                "`{}` holds no key pair: remove it, or give one with `--access-key-id` and `--access-key-secret`",
                file.display()
            ))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let pair = KeyPair::random()?;
            let lines: String = pair.variables().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
            files::write_secret(file, &lines)?;
            Ok(pair)
        }
        Err(error) => Err(Failure::file("read", file, &error)),
    }
}

fn why_not(error: StartError) -> Failure {
    match &error {
        StartError::Listen { source, .. } if source.kind() == std::io::ErrorKind::AddrInUse => {
            Failure::failed(format!("{error}: another program has the port; choose one with `--port`"))
        }
        StartError::BucketName { .. } | StartError::Region(_) => Failure::usage(error.to_string()),
        _ => Failure::failed(error.to_string()),
    }
}
