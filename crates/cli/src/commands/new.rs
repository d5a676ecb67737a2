//! `storages new`: a storage element, asked for on a terminal, given by options elsewhere.

use std::ffi::OsStr;
use std::path::Path;

use clap::Args;
use jit_storages::app::EnvFile;
use jit_storages::meta::{ConfigKey, META, TypeChain, holds_no_elements};
use jit_storages::{App, FullName};
use serde::Serialize;

use super::init::{PORT, element_document, pretty};
use super::types::names as type_names;
use crate::app_folder;
use crate::checks::{Findings, Severity, check_online};
use crate::cli::Global;
use crate::env_file;
use crate::exit::{Failure, Outcome};
use crate::files::{self, Existing};
use crate::interrupt::Interruption;
use crate::output::{DIM, GOOD, Output};
use crate::settings::{Secrets, Settings};
use crate::types;
use crate::variable_names::{Names, snake};
use crate::wizard::Wizard;

const EXAMPLES: &str = "\
Examples:
  storages new Photos                           asks for what it needs, on a terminal
  storages new Files --type DiskType --set directory=appData/files
  storages new Photos --type OssType --set endPoint=oss-cn-hangzhou.aliyuncs.com --set bucketName=photos \\
      --set accessKeyId=\"$ID\" --set accessKeySecret=\"$SECRET\"

Secrets go to `.env`, which git ignores, and the element names their variables.";

const FIVE_LINES: &str = include_str!("five_lines.txt");

/// What a variable cannot be called, or the other lines call theirs.
const NO_VARIABLES: &[&str] = &[
    "abstract", "app", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "data", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "receipt", "ref", "return", "self", "static", "struct",
    "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while",
    "yield",
];

/// What to make.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The element's name: `Photos`, or the fullName `storages.Photos`
    #[arg(value_name = "NAME")]
    name: String,
    /// The Type, such as `OssType`; `storages types` lists them
    #[arg(long = "type", value_name = "TYPE")]
    element_type: Option<String>,
    /// A configuration key with its value, may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The display name
    #[arg(long)]
    title: Option<String>,
    /// Write secrets into the business file rather than into `.env`
    #[arg(long)]
    plain_secrets: bool,
    /// Write the element anew where it is there already
    #[arg(long)]
    force: bool,
    /// Do not try to reach the service
    #[arg(long)]
    no_test: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    full_name: String,
    files: Vec<String>,
    reached: Option<bool>,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let folder = app_folder::find(global.app.as_deref())?;
    let app = App::load(&folder)?;
    let name = element_name(&arguments.name)?;
    if type_names(Some(&app)).contains(name.as_str()) {
        return Err(Failure::usage(format!("`{name}` is a Type: choose another name for an element of it")));
    }
    refuse_unusable(&app, &name)?;
    let element = folder.join(name.folder());
    let (e_json, business) = (element.join("e.json"), element.join(format!("{}.json", name.name())));
    let existing = if arguments.force { Existing::Replace } else { Existing::Keep };
    files::check_absent([&*e_json, &business], existing)?;

    // From here on, so that nothing is lost between the questions and the connection test.
    let interruption = Interruption::listen();
    let wizard = output.can_ask().then(Wizard::begin);
    let chain = choose_type(&app, arguments.element_type.as_deref(), &arguments.set, wizard.as_ref(), output)?;
    let mut settings = Settings::parse(&chain, &arguments.set)?;
    match &wizard {
        Some(wizard) => {
            let given: Vec<_> = chain.keys().iter().copied().filter(|key| settings.has(key.name())).collect();
            ask(&mut settings, &chain, wizard, output)?;
            // Asked again until all of it fits.
            while let Err(refused) = settings.try_out(&app, &name) {
                let asked = refused.key.filter(|key| !given.iter().any(|given| given.name() == key.name()));
                let Some(key) = asked else { return Err(Failure::usage(refused.text)) };
                output.error(refused.text);
                ask_for(key, &mut settings, wizard, output)?;
            }
        }
        None => {
            refuse_missing(&settings.missing(), None, output)?;
            settings.try_out(&app, &name).map_err(|refused| Failure::usage(refused.text))?;
        }
    }
    let secrets = match &wizard {
        _ if arguments.plain_secrets => Secrets::Plain,
        Some(wizard) if settings.has_plain_secret() && !wizard.secrets_into_env()? => Secrets::Plain,
        _ => Secrets::EnvFile,
    };

    let is_plain = secrets == Secrets::Plain && settings.has_plain_secret();
    // From here on files are written, and Ctrl-C says something else.
    drop(wizard);

    let names = Names::of(&app, &name);
    let (document, variables) = settings.document(secrets, |key| names.choose(&name, key));
    let title = arguments.title.unwrap_or_else(|| name.name().to_owned());
    env_file::set(&folder, &variables, output)?;
    files::write(&e_json, &pretty(&element_document(&title, chain.full_name().as_str())))?;
    files::write(&business, &pretty(&document))?;

    let shown = |path: &Path| path.strip_prefix(&folder).unwrap_or(path).display().to_string();
    let mut made = Made { full_name: name.to_string(), files: vec![shown(&e_json), shown(&business)], reached: None };
    if !variables.is_empty() {
        made.files.push(EnvFile::NAME.to_owned());
    }
    if !output.is_json() {
        output.line(made.files.join("\n"))?;
    }
    if !variables.is_empty() {
        env_file::warn_of_environment(&folder, output);
    }
    if is_plain {
        output.warning(format!(
            "`{}` holds a secret in plain text: keep it out of version control, or put `{{{{VARIABLE}}}}` there and the \
             secret into `.env`",
            shown(&business)
        ));
    }
    let tried = async {
        let load = || App::load(&folder).and_then(|app| app.get_element(name.as_str()).map(|_| app));
        let app = load().map_err(|error| Failure::from(error).after_changes())?;
        if arguments.no_test { Ok(None) } else { Ok(Some(is_reached(&app, &name, output).await)) }
    };
    let check = || format!("{name} is written; try it with `storages check --online {}`", name.name());
    let reached = match interruption.until_heard(tried, check).await {
        Err(interrupted @ (Failure::Interrupted(_) | Failure::Terminated(_))) => return Err(interrupted),
        reached => reached,
    };
    made.reached = *reached.as_ref().unwrap_or(&Some(false));
    match output.is_json() {
        true => output.document(&made, String::new)?,
        false => output.note(format!("\n{DIM}In Rust:{DIM:#}\n{}", lines_of_rust(&name))),
    }
    match reached? {
        Some(false) => Err(Failure::failed(format!(
            "{name} is written, and could not be used: set what is wrong, then ask `storages check --online {}`",
            name.name()
        ))),
        _ => Ok(()),
    }
}

fn element_name(name: &str) -> Outcome<FullName> {
    let full_name = types::full_name(name.trim_end_matches(':'));
    // More is legal in names that other tools made; here it would only have to be quoted everywhere.
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let parsed = FullName::parse(&full_name).ok().filter(|_| full_name.chars().all(is_plain));
    parsed.ok_or_else(|| {
        Failure::usage(format!(
            "`{name}` is no name: write letters, digits, `_` and `-`, like `Photos` or `storages.Photos`"
        ))
    })
}

/// Refuses names of which the app could not have an element, or with which it could have none at all.
fn refuse_unusable(app: &App, name: &FullName) -> Outcome {
    if *name == META {
        return Err(Failure::usage(format!("`{name}` is the contract of all storages: choose another name")));
    }
    let reserved = name.segments().enumerate().find(|(at, part)| holds_no_elements(OsStr::new(part), *at == 0));
    if let Some((_, part)) = reserved {
        return Err(Failure::usage(format!("folders named `{part}` hold no elements there: choose another name")));
    }
    let elements = app.get_all_elements_define();
    match elements.keys().find(|other| differ_by_case(name, other)) {
        Some(other) => Err(Failure::usage(format!(
            "`{name}` and `{other}` would lie in folders that differ by case only, which are one on some machines: choose \
             another name"
        ))),
        None => Ok(()),
    }
}

/// Whether two names, or folders above them, are the same but for upper and lower case.
fn differ_by_case(one: &FullName, other: &FullName) -> bool {
    let folded = |name: &str| name.chars().flat_map(char::to_lowercase).collect::<String>();
    let differing = one.segments().zip(other.segments()).find(|(one, other)| one != other);
    differing.is_some_and(|(one, other)| folded(one) == folded(other))
}

fn choose_type(
    app: &App,
    given: Option<&str>,
    set: &[String],
    wizard: Option<&Wizard>,
    output: &Output,
) -> Outcome<TypeChain> {
    match (given, wizard) {
        (Some(given), _) => types::chain(Some(app), given),
        (None, Some(wizard)) => {
            let names: Vec<_> = type_names(Some(app)).into_iter().collect();
            types::chain(Some(app), &wizard.element_type(&names)?)
        }
        (None, None) => {
            // What else is missing where it is OSS, as it mostly is.
            let oss = types::chain(Some(app), "storages.OssType")?;
            let missing = Settings::parse(&oss, set).map(|settings| settings.missing()).unwrap_or_default();
            Err(refuse_missing(&missing, Some("--type OssType"), output).err().unwrap_or(Failure::Told))
        }
    }
}

/// Without a terminal nothing is asked, nor where a program reads on.
fn refuse_missing(missing: &[&ConfigKey], option: Option<&str>, output: &Output) -> Outcome {
    let mut options: Vec<_> = option.into_iter().map(str::to_owned).collect();
    options.extend(missing.iter().map(|key| format!("--set {key}=…")));
    if options.is_empty() {
        return Ok(());
    }
    let why = match output.is_json() {
        true => "with `--json` nothing is asked",
        false => "what is missing cannot be asked for without a terminal",
    };
    Err(Failure::usage(format!("{why}; add: {}", options.join(" "))))
}

fn ask(settings: &mut Settings<'_>, chain: &TypeChain, wizard: &Wizard, output: &Output) -> Outcome {
    let is_missing = |settings: &Settings<'_>, name: &str| settings.missing().iter().any(|key| key.name() == name);
    if settings.is_oss() {
        if let Some(key) = settings.missing().into_iter().find(|key| key.name() == "endPoint") {
            ask_for(key, settings, wizard, output)?;
        }
        let signs = is_missing(settings, "accessKeyId") && is_missing(settings, "accessKeySecret");
        let credentials = chain.keys().iter().find(|key| key.name() == "credentials");
        if let (Some(key), true) = (credentials, signs && !settings.has("credentials")) {
            let choices = ["static", "environment", "profile", "ecsRamRole", "oidc"];
            let chosen = wizard.choice(key, &choices)?;
            if chosen != "static" {
                settings.set("credentials", &chosen)?;
            }
        }
    }
    for key in settings.missing() {
        ask_for(key, settings, wizard, output)?;
    }
    Ok(())
}

/// Asks for the value of a key until it fits.
fn ask_for(key: &ConfigKey, settings: &mut Settings<'_>, wizard: &Wizard, output: &Output) -> Outcome {
    loop {
        let value = match key.name() {
            "endPoint" if settings.is_oss() => wizard.oss_endpoint(&format!("http://127.0.0.1:{PORT}"))?,
            _ => wizard.value(key)?,
        };
        match settings.set(key.name(), &value) {
            Ok(()) => return Ok(()),
            Err(failure) => output.error(failure.text().unwrap_or_default()),
        }
    }
}

/// Whether the element can be used.
async fn is_reached(app: &App, name: &FullName, output: &Output) -> bool {
    let mut findings = Findings::default();
    check_online(app, std::slice::from_ref(name), &mut findings, |name| {
        output.note(format!("{GOOD}reached:{GOOD:#} {name} writes, reads and deletes"));
    })
    .await;
    let is_reached = findings.count(Severity::Error) == 0;
    for finding in findings.sorted() {
        output.note(finding.text(app.folder()));
    }
    is_reached
}

/// Five lines that use the element, `storages.Photos` in the file.
fn lines_of_rust(name: &FullName) -> String {
    let variable = snake(name.name());
    let is_identifier = variable.starts_with(|letter: char| letter.is_ascii_lowercase());
    let variable = if is_identifier && !NO_VARIABLES.contains(&variable.as_str()) { &variable } else { "storage" };
    // The braces make it an expression, which a test compiles.
    let lines = FIVE_LINES.trim().trim_start_matches("{\n").trim_end_matches("\n}");
    lines.replace("photos", variable).replace("storages.Photos", name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_rust_name_the_element_and_a_variable_that_can_be() {
        for (name, line) in [
            ("storages.PhotoAlbum", r#"let photo_album = app.get_element("storages.PhotoAlbum")?;"#),
            ("storages.myphotos", r#"let myphotos = app.get_element("storages.myphotos")?;"#),
            ("storages.a.Match", r#"let storage = app.get_element("storages.a.Match")?;"#),
            ("storages.Receipt", r#"let storage = app.get_element("storages.Receipt")?;"#),
            ("storages.照片", r#"let storage = app.get_element("storages.照片")?;"#),
            ("storages.2a", r#"let storage = app.get_element("storages.2a")?;"#),
        ] {
            let lines = lines_of_rust(&FullName::parse(name).unwrap());
            assert_eq!(lines.lines().nth(1), Some(line));
            assert_eq!(lines.lines().count(), 5, "{lines}");
        }
    }
}
