//! Profiles: the files in which Alibaba Cloud's tools keep credentials, or say where to get them.

mod entry;
mod ini;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use meta::{Error, ErrorKind, Result, async_trait};
use serde::Deserialize;
use serde_json::{Map, Value};

use self::entry::Entry;
use super::document::malformed;
use super::environment::variable;
use super::{CredentialProvider, Credentials, Services, file};

/// The longest file that is read.
const MAX_FILE: u64 = 1024 * 1024;
/// How many profiles may stand on each other.
const MAX_CHAIN: usize = 8;

/// A profile of a file: of `config.json` of the command line tool, or of the SDKs' `credentials`.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) services: Services,
    /// `None` for where the tools look.
    pub(super) file: Option<PathBuf>,
    /// `None` for the one that the environment or the file says.
    pub(super) name: Option<String>,
}

/// All profiles of a file.
struct Profiles {
    /// The one that the file says is in use.
    current: Option<String>,
    entries: Vec<(String, Entry)>,
}

#[async_trait]
impl CredentialProvider for Profile {
    fn name(&self) -> &str {
        "profile"
    }

    async fn credentials(&self) -> Result<Credentials> {
        let (file, text) = self.read().await?;
        let in_file = |error: Error| Error::io(format!("`{}`", file.display()), std::io::Error::other(error));
        let profiles = Profiles::parse(&text).map_err(in_file)?;
        let name = self.name.clone().or_else(|| variable("ALIBABA_CLOUD_PROFILE")).or(profiles.current.clone());
        let name = name.unwrap_or_else(|| "default".to_owned());
        let provider = profiles.provider(&name, &self.services, 0).map_err(in_file)?;
        let named = |error: Error| Error::io(format!("`{name}`"), std::io::Error::other(error));
        super::ask(&*provider).await.map_err(named).map_err(in_file)
    }
}

impl Profile {
    /// The file and what it holds; read each time, since tools write new credentials into it.
    async fn read(&self) -> Result<(PathBuf, Vec<u8>)> {
        if let Some(given) = self.file.clone().or_else(|| variable("ALIBABA_CLOUD_CREDENTIALS_FILE").map(Into::into)) {
            let text = file::read(&given, MAX_FILE).await?;
            return Ok((given, text));
        }
        let Some(home) = std::env::home_dir() else {
            return Err(Error::new(ErrorKind::Config, "the home folder is not known").with_advice("set `profileFile`"));
        };
        for usual in [".aliyun/config.json", ".alibabacloud/credentials", ".alibabacloud/credentials.ini"] {
            let path = home.join(usual);
            if is_file(&path).await {
                let text = file::read(&path, MAX_FILE).await?;
                return Ok((path, text));
            }
        }
        let message =
            format!("there is neither `.aliyun/config.json` nor `.alibabacloud/credentials` in `{}`", home.display());
        Err(Error::new(ErrorKind::Config, message).with_advice("set `profileFile`, or run `aliyun configure`"))
    }
}

async fn is_file(path: &Path) -> bool {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || path.is_file()).await.unwrap_or_default()
}

impl Profiles {
    fn parse(text: &[u8]) -> Result<Self> {
        let text = meta::strip_byte_order_mark(text);
        if text.trim_ascii_start().starts_with(b"{") {
            #[derive(Deserialize)]
            struct File {
                current: Option<String>,
                #[serde(default)]
                profiles: Vec<Map<String, Value>>,
            }

            let File { current, profiles } = serde_json::from_slice(text).map_err(|error| malformed(&error))?;
            let current = current.filter(|current| !current.is_empty());
            return Ok(Self { current, entries: profiles.iter().filter_map(of_json).collect() });
        }
        let text = std::str::from_utf8(text).map_err(|_| Error::new(ErrorKind::Config, "it is not UTF-8"))?;
        Ok(Self { current: None, entries: ini::parse(text)? })
    }

    fn provider(&self, name: &str, services: &Services, depth: usize) -> Result<Arc<dyn CredentialProvider>> {
        let Some((_, entry)) = self.entries.iter().find(|(known, _)| known == name) else {
            let error = Error::new(ErrorKind::Config, format!("there is no profile `{}`", name.escape_debug()));
            let known: Vec<_> = self.entries.iter().map(|(known, _)| format!("`{}`", known.escape_debug())).collect();
            return Err(match known[..] {
                [] => error.with_advice("the file holds no profile at all"),
                _ => error.with_advice(format!("there are {}", known.join(", "))),
            });
        };
        if depth == MAX_CHAIN {
            return Err(Error::new(
                ErrorKind::Config,
                format!("profile `{name}` stands on too many others, or on itself"),
            ));
        }
        let source = |source: &str| self.provider(source, services, depth + 1);
        entry
            .provider(services, source)
            .map_err(|error| Error::io(format!("profile `{}`", name.escape_debug()), std::io::Error::other(error)))
    }
}

/// A profile with its name. Fields of other kinds belong to other tools.
fn of_json(fields: &Map<String, Value>) -> Option<(String, Entry)> {
    let mut entry = Entry::default();
    for (name, value) in fields {
        match value {
            Value::String(text) => entry.set(name, text),
            Value::Number(number) => entry.set(name, &number.to_string()),
            _ => {}
        }
    }
    Some((fields.get("name")?.as_str()?.to_owned(), entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_told_apart() {
        let json = Profiles::parse(
            b"\xef\xbb\xbf {\"current\": \"b\", \"profiles\": [{\"name\": \"b\", \"mode\": \"AK\", \"other\": [1], \"sts_token\": null}, {}]}",
        );
        let json = json.unwrap();
        assert_eq!((json.current.as_deref(), json.entries.len()), (Some("b"), 1));
        let ini = Profiles::parse(b"[default]\ntype = access_key\n[b]\n").unwrap();
        assert_eq!((ini.current, ini.entries.len()), (None, 2));
    }

    #[test]
    fn broken_files_are_told_without_their_text() {
        for text in [&b"{\"profiles\": [{\"name\": \"b\", \"access_key_secret\": hidden}]}"[..], b"[default]\nhidden\n"]
        {
            let error = Profiles::parse(text).err().expect("it is broken").to_string();
            assert!(!error.contains("hidden") && error.contains("line"), "{error}");
        }
    }
}
