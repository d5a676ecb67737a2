//! What files alone tell: `app.json`, `e.json`, business files, variables, secrets in version control.

use std::path::Path;

use jit_storages::app::{EnvFile, EnvProblem, Inspection};
use jit_storages::meta::{META, Registry, nearest};
use jit_storages::{App, ElementDefine, ErrorKind, FullName};

use super::finding::{Finding, Findings, Severity};
use super::secrets::{check_key_files, check_secrets};
use crate::business_file::BusinessFile;
use crate::env_file::hidden_by_environment;
use crate::exit::Outcome;
use crate::git::{REMEDY_OF_UNKNOWN, Tracking, tracking};
use crate::settings;
use crate::types;

/// Checks an app's files, and returns the app where it loads. `only` names the storages that are meant; empty for all.
pub(crate) fn check_app(
    folder: &Path,
    only: &[String],
    findings: &mut Findings,
) -> Outcome<Option<(App, Vec<FullName>)>> {
    let env_file = EnvFile::of_app(folder);
    check_env_file(folder, &env_file, findings);
    check_key_files(folder, findings);
    let app = match App::load(folder) {
        Ok(app) => app,
        Err(error) => {
            findings.add(Finding::from_error(&error));
            for problem in App::problems_of_files(folder) {
                findings.add(Finding::from_error(&problem.error));
            }
            return Ok(None);
        }
    };
    let names = meant(&app, only)?;
    if only.is_empty() {
        check_types(&app, findings);
        check_roles(&app, findings);
        let told_otherwise: Vec<_> = app
            .unknown_types()
            .iter()
            .map(|problem| problem.error.to_string())
            .chain(env_file.problems().iter().map(EnvProblem::to_string))
            .collect();
        for warning in app.warnings().iter().filter(|warning| !told_otherwise.contains(warning)) {
            findings.add(warning_of(warning));
        }
        check_default(&app, findings);
    }
    for name in &names {
        let inspection = app.inspect(name.as_str())?;
        check_declaration(&app, &inspection, findings);
        check_configuration(&app, &inspection, findings);
        check_secrets(&app, &inspection, findings);
    }
    Ok(Some((app, names)))
}

fn meant(app: &App, only: &[String]) -> Outcome<Vec<FullName>> {
    if only.is_empty() {
        return Ok(app.storage_names());
    }
    let mut names = Vec::new();
    for name in only {
        let full_name = crate::app_folder::full_name(app, name.trim_end_matches(':'))?;
        names.push(app.inspect(&full_name)?.full_name().clone());
    }
    Ok(names)
}

/// Warnings about files begin with where, as errors do.
fn warning_of(warning: &str) -> Finding {
    let error = jit_storages::Error::new(ErrorKind::Config, warning);
    Finding { severity: Severity::Warning, ..Finding::from_error(&error) }
}

fn check_default(app: &App, findings: &mut Findings) {
    let app_json = app.folder().join("app.json");
    let path = ["settings", "defaultElement", "defaultStorage"];
    let Some(file) = BusinessFile::read(&app_json) else { return };
    if file.position(&path).is_none() {
        return;
    }
    let name = app.default_storage_name();
    // What is wrong with its Type, its own file is told of.
    if let Err(error) = app.inspect(&name)
        && error.kind() != ErrorKind::UnknownType
        && !findings.has_error_of(&name)
    {
        let message = format!("the default storage `{name}` is not there: {}", error.message());
        let finding = Finding::new(Severity::Error, message).in_file(&app_json, &path);
        findings.add(match error.advice() {
            Some(advice) => finding.with_remedy(advice),
            None => finding,
        });
    }
}

/// Elements of Types that nobody provides. What a crate of the app implements is not linked into this command, but may be
/// into the app's program.
fn check_types(app: &App, findings: &mut Findings) {
    let declared = app.get_all_elements_define();
    for problem in app.unknown_types() {
        let mut finding = Finding::from_error(&problem.error);
        let element = problem.file.parent().and_then(|folder| app.parse_element_by_path(folder));
        let define = element.as_ref().and_then(|name| declared.get(name));
        let element_type = define.map(|define| define.element_type.clone()).unwrap_or_default();
        if declared.keys().any(|name| *name == *element_type.as_str()) {
            finding.severity = Severity::Warning;
        } else {
            finding.message = format!("key `type`: there is no Type `{element_type}`");
            finding.remedy = Some(types::remedy(&element_type));
        }
        finding.element = element.map(|name| name.to_string());
        findings.add(finding);
    }
}

/// Elements among the storages that are a Meta or a Type by their `type`, and of which nothing is made: mostly storages that
/// lack theirs.
fn check_roles(app: &App, findings: &mut Findings) {
    let declared = app.get_all_elements_define();
    let is_made_of = |name: &FullName| {
        Registry::linked().names().any(|linked| *name == *linked)
            || declared.values().any(|define| define.element_type == name.as_str())
    };
    for (name, define) in &declared {
        let is_instance = !define.element_type.is_empty() && define.element_type != META;
        if !name.as_str().starts_with("storages.") || *name == META || is_instance || is_made_of(name) {
            continue;
        }
        let file = app.folder().join(name.folder()).join("e.json");
        // A parent app's files are nowhere that this one could name.
        let placed = |finding: Finding, key: &[&str]| match file.is_file() {
            true => finding.in_file(&file, key).of_element(name.as_str()),
            false => finding.of_element(name.as_str()),
        };
        if define.element_type.is_empty() {
            let finding = Finding::new(Severity::Error, "there is no `type`, so this is no storage");
            findings.add(placed(finding, &["type"]).with_remedy("add \"type\": \"storages.OssType\""));
            check_fields(define, |finding, field| placed(finding, &[field]), findings);
        } else if define.implementing_package().is_none() {
            // The app's own program may implement it.
            let message = format!("key `type`: `{META}` makes this a Type, and nothing is made of it");
            let finding = placed(Finding::new(Severity::Warning, message), &["type"]);
            findings.add(finding.with_remedy("a storage names a Type: \"type\": \"storages.OssType\""));
        }
    }
}

/// Fields that nobody knows and that look like those that are known.
fn check_fields(define: &ElementDefine, placed: impl Fn(Finding, &str) -> Finding, findings: &mut Findings) {
    for field in define.other.keys() {
        if let Some(near) = nearest(field, ElementDefine::FIELDS.iter().copied()) {
            let finding = Finding::new(Severity::Warning, format!("the field `{field}` means nothing"));
            findings.add(placed(finding, field).with_remedy(format!("did you mean `{near}`?")));
        }
    }
}

fn check_env_file(folder: &Path, env_file: &EnvFile, findings: &mut Findings) {
    for problem in env_file.problems() {
        // What needs a variable that a line was to give says so as an error; the rest is other tools' business.
        let severity = if problem.line.is_some() { Severity::Warning } else { Severity::Error };
        let finding = Finding::new(severity, problem.message.clone()).with_remedy(problem.advice());
        findings.add(Finding { file: Some(problem.file.clone()), line: problem.line, ..finding });
    }
    let file = folder.join(EnvFile::NAME);
    if !file.is_file() {
        return;
    }
    for name in hidden_by_environment(env_file) {
        let message = format!("`{name}` has another value in the environment, which counts before this one");
        let finding = Finding::new(Severity::Warning, message)
            .with_remedy(format!("unset `{name}` in the environment if it belongs to something else"));
        let line = env_file.lines_of(name).last().map(|lines| lines.start);
        findings.add(Finding { file: Some(file.clone()), line, ..finding });
    }
    match tracking(&file) {
        Tracking::Tracked => findings.add(
            Finding::new(Severity::Error, "git tracks this file, and it holds secrets")
                .in_file(&file, &[])
                .with_remedy(
                    "git rm --cached .env && echo .env >> .gitignore; then make new keys: the old ones are known",
                ),
        ),
        Tracking::Untracked => findings.add(
            Finding::new(Severity::Warning, "git does not ignore this file, and it holds secrets")
                .in_file(&file, &[])
                .with_remedy("echo .env >> .gitignore"),
        ),
        Tracking::Unknown => findings.add(
            Finding::new(Severity::Warning, "git does not tell whether it tracks this file, which holds secrets")
                .in_file(&file, &[])
                .with_remedy(REMEDY_OF_UNKNOWN),
        ),
        Tracking::Unseen => {}
    }
}

fn check_declaration(app: &App, inspection: &Inspection, findings: &mut Findings) {
    let declarations = inspection.declarations();
    let name = inspection.full_name();
    let Some((own, shadowed)) = declarations.split_first() else { return };
    for file in shadowed {
        let message = format!("shadows `{}`", file.display());
        findings.add(Finding::new(Severity::Note, message).in_file(own, &[]).of_element(name.as_str()));
    }
    let Ok(define) = app.get_element_define(name.as_str()) else { return };
    if define.title.is_empty() {
        findings.add(
            Finding::new(Severity::Warning, "there is no `title`")
                .in_file(own, &[])
                .of_element(name.as_str())
                .with_remedy(format!("add \"title\": \"{}\"", name.name())),
        );
    }
    check_fields(&define, |finding, field| finding.in_file(own, &[field]).of_element(name.as_str()), findings);
}

fn check_configuration(app: &App, inspection: &Inspection, findings: &mut Findings) {
    let name = inspection.full_name().as_str();
    let problems = inspection.problems();
    let type_files = inspection.type_files();
    let are_none = problems.is_empty();
    for problem in problems {
        let mut finding = Finding::from_error(&problem.error);
        if finding.line.is_none() {
            finding = finding.in_file(&problem.file, &problem.key.iter().map(String::as_str).collect::<Vec<_>>());
        }
        // What the folder of a Type says is told once for all that are made of it.
        findings.add(match type_files.contains(&problem.file) {
            true => finding,
            false => finding.of_element(name),
        });
    }
    // What only the Type can judge: values that contradict each other, keys that others make necessary.
    if are_none && let Err(error) = app.get_element(name) {
        findings.add(Finding::from_error(&error).of_element(name));
    }
    if !are_none {
        check_keys_of_signer(inspection, findings);
    }
}

/// The keys that OSS needs unless others bring them, where the Type does not get to say so.
fn check_keys_of_signer(inspection: &Inspection, findings: &mut Findings) {
    // Of what cannot be looked at it is not known what it says.
    let Ok(mut files) = inspection.business_files() else { return };
    files.extend(inspection.type_files());
    let read: Vec<_> = files.iter().filter_map(|file| BusinessFile::read(file)).collect();
    let value = |key: &str| read.iter().find_map(|file| file.entry(key)).map(|entry| entry.value);
    let credentials = value("credentials");
    let needed = settings::keys_of_signer(inspection.chain(), credentials.as_ref().and_then(|value| value.as_str()));
    // Of a file that is not understood it is not known what it says.
    if read.len() < files.len() || !read.iter().all(BusinessFile::is_object) {
        return;
    }
    let absent = inspection.folder().join(format!("{}.json", inspection.full_name().name()));
    let file = files.first().unwrap_or(&absent);
    for key in needed.iter().filter(|key| value(key.name()).is_none()) {
        findings.add(
            Finding::new(Severity::Error, format!("key `{key}` is missing"))
                .in_file(file, &[])
                .of_element(inspection.full_name().as_str())
                .with_remedy("add it, or say in `credentials` where keys come from"),
        );
    }
}
