//! The questions of `storages new`, on a terminal: what the Type's keys leave open.

use dialoguer::console::Term;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, Input, Password, Select};
use jit_storages::meta::{ConfigKey, ConfigKind};
use tokio::task::JoinHandle;

use crate::exit::{Failure, Outcome};
use crate::interrupt::Interruption;

/// Regions of OSS that are offered; another one is typed as an endpoint.
const REGIONS: &[&str] = &[
    "cn-hangzhou",
    "cn-shanghai",
    "cn-beijing",
    "cn-shenzhen",
    "cn-guangzhou",
    "cn-chengdu",
    "cn-qingdao",
    "cn-zhangjiakou",
    "cn-huhehaote",
    "cn-wulanchabu",
    "cn-heyuan",
    "cn-hongkong",
    "ap-southeast-1",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ap-northeast-1",
    "ap-northeast-2",
    "us-west-1",
    "us-east-1",
    "eu-central-1",
    "eu-west-1",
    "me-east-1",
];

/// How many choices are shown at a time.
const SHOWN: usize = 12;

/// Who asks. While it is there, Ctrl-C ends the process.
pub(crate) struct Wizard {
    theme: Box<dyn Theme>,
    listener: JoinHandle<()>,
}

/// How the terminal treats what is typed. A hidden question changes that, and gives it back only once it is answered.
#[cfg(unix)]
struct Modes(Option<rustix::termios::Termios>);

/// How the terminal treats what is typed: the console keeps that itself.
#[cfg(not(unix))]
struct Modes;

impl Wizard {
    /// Asks from now on; Ctrl-C leaves the terminal as it was.
    pub(crate) fn begin() -> Self {
        let mut interruption = Interruption::listen();
        let modes = Modes::of_terminal();
        let listener = tokio::spawn(async move {
            let wish = interruption.heard().await;
            modes.restore();
            let terminal = Term::stderr();
            let _ = terminal.show_cursor();
            let _ = terminal.write_line("\ninterrupted; nothing is written");
            std::process::exit(wish.code().into());
        });
        let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { theme: if is_plain { Box::new(SimpleTheme) } else { Box::<ColorfulTheme>::default() }, listener }
    }

    /// One of several Types.
    pub(crate) fn element_type(&self, names: &[String]) -> Outcome<String> {
        let first = names.iter().position(|name| name == "storages.OssType").unwrap_or(0);
        let chosen = self.select("Type", names, first)?;
        Ok(names[chosen].clone())
    }

    /// The endpoint of OSS: by region, of the embedded server, or typed.
    pub(crate) fn oss_endpoint(&self, local: &str) -> Outcome<String> {
        let mut choices: Vec<_> = REGIONS.iter().map(|region| (*region).to_owned()).collect();
        choices.push(format!("the embedded server ({local})"));
        choices.push("another endpoint".to_owned());
        match self.select("Region of the bucket", &choices, 0)? {
            chosen if chosen < REGIONS.len() => {
                let region = REGIONS[chosen];
                let hosts = [format!("oss-{region}.aliyuncs.com"), format!("oss-{region}-internal.aliyuncs.com")];
                let shown = [
                    format!("{}  from anywhere", hosts[0]),
                    format!("{}  from within Alibaba Cloud, without traffic fees", hosts[1]),
                ];
                let host = self.select("Endpoint", &shown, 0)?;
                Ok(hosts[host].clone())
            }
            chosen if chosen == REGIONS.len() => Ok(local.to_owned()),
            _ => self.text("Endpoint (host, or http://host:port)", None),
        }
    }

    /// The value of any key.
    pub(crate) fn value(&self, key: &ConfigKey) -> Outcome<String> {
        match key.kind() {
            ConfigKind::Choice(choices) => {
                let choices: Vec<_> = choices.iter().map(|choice| (*choice).to_owned()).collect();
                let chosen = self.select(&prompt(key), &choices, 0)?;
                Ok(choices[chosen].clone())
            }
            ConfigKind::Secret => {
                let asked = Password::with_theme(&*self.theme).with_prompt(format!("{} (hidden)", prompt(key)));
                asked.interact().map_err(gave_up)
            }
            _ => self.text(&prompt(key), key.default().map(|default| default.to_string())),
        }
    }

    /// A choice of a key that has a default.
    pub(crate) fn choice(&self, key: &ConfigKey, choices: &[&str]) -> Outcome<String> {
        let choices: Vec<_> = choices.iter().map(|choice| (*choice).to_owned()).collect();
        let chosen = self.select(&prompt(key), &choices, 0)?;
        Ok(choices[chosen].clone())
    }

    /// Whether secrets shall stand in `.env`.
    pub(crate) fn secrets_into_env(&self) -> Outcome<bool> {
        let asked = Confirm::with_theme(&*self.theme).with_prompt("Keep secrets in .env, which git ignores?");
        asked.default(true).interact().map_err(gave_up)
    }

    fn text(&self, prompt: &str, default: Option<String>) -> Outcome<String> {
        let mut asked = Input::<String>::with_theme(&*self.theme).with_prompt(prompt);
        if let Some(default) = default {
            asked = asked.default(default);
        }
        asked.interact_text().map(|text| text.trim().to_owned()).map_err(gave_up)
    }

    fn select(&self, prompt: &str, choices: &[String], first: usize) -> Outcome<usize> {
        let asked = Select::with_theme(&*self.theme).with_prompt(prompt).items(choices).default(first);
        asked.max_length(SHOWN).interact().map_err(gave_up)
    }
}

#[cfg(unix)]
impl Modes {
    fn of_terminal() -> Self {
        Self(rustix::termios::tcgetattr(std::io::stdin()).ok())
    }

    /// Gives them back; what was typed and not read yet may be half a secret, and is thrown away.
    fn restore(&self) {
        if let Some(modes) = &self.0 {
            let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Flush, modes);
        }
    }
}

#[cfg(not(unix))]
impl Modes {
    fn of_terminal() -> Self {
        Self
    }

    fn restore(&self) {}
}

impl Drop for Wizard {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

fn gave_up(error: dialoguer::Error) -> Failure {
    let _ = Term::stderr().show_cursor();
    let dialoguer::Error::IO(error) = error;
    match error.kind() {
        std::io::ErrorKind::Interrupted => Failure::Interrupted("nothing is written".to_owned()),
        _ => Failure::failed(format!("the terminal gives no answer: {error}")),
    }
}

/// The key and the first sentence of what it is for.
fn prompt(key: &ConfigKey) -> String {
    let doc = key.doc().split(". ").next().unwrap_or_default();
    let doc = doc.split("; ").next().unwrap_or(doc).trim_end_matches('.');
    format!("{key}: {doc}")
}
