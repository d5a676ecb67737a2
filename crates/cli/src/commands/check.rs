//! `storages check`: a doctor for the app's storages, in one pass.

use clap::Args;
use serde::Serialize;

use crate::app_folder;
use crate::checks::{Finding, Findings, Severity, check_app, check_online};
use crate::cli::Global;
use crate::exit::{Failure, Outcome};
use crate::interrupt::until_interrupted;
use crate::output::{GOOD, Output};

const EXAMPLES: &str = "\
Examples:
  storages check              the files of the app
  storages check --online     and whether the services are reached, believe the keys, and take objects
  storages check MyOss Photos just these

It ends with 1 where it finds an error.";

/// What to check.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The storages; all where none is given
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Also write, read and delete a small object of each
    #[arg(long)]
    online: bool,
}

#[derive(Serialize)]
struct Report {
    errors: usize,
    warnings: usize,
    findings: Vec<Finding>,
}

pub(crate) async fn run(arguments: Arguments, global: &Global, output: &Output) -> Outcome {
    let Arguments { names, online } = arguments;
    let folder = app_folder::find(global.app.as_deref())?;
    let folder = std::path::absolute(&folder).map_err(|error| Failure::file("find", &folder, &error))?;
    let mut findings = Findings::default();
    let checked = check_app(&folder, &names, &mut findings)?;
    let mut interrupted = None;
    if let (Some((app, names)), true) = (&checked, online) {
        let check = async {
            check_online(app, names, &mut findings, |name| {
                output.detail(format!("{name} is reached and takes objects"))
            })
            .await;
            Ok(())
        };
        // What was found until then is told all the same.
        interrupted =
            until_interrupted(check, || "a probe may be left below `.storages-check/`".to_owned()).await.err();
    }
    let (errors, warnings) = (findings.count(Severity::Error), findings.count(Severity::Warning));
    let storages = checked.map_or(0, |(_, names)| names.len());
    let report = Report { errors, warnings, findings: findings.sorted() };
    if output.is_json() {
        output.document(&report, String::new)?;
    } else {
        report.findings.iter().try_for_each(|finding| output.line(finding.text(&folder)))?;
        if interrupted.is_none() {
            output.note(summary(errors, warnings, storages));
        }
    }
    if let Some(interrupted) = interrupted {
        return Err(interrupted);
    }
    if errors > 0 { Err(Failure::Told) } else { Ok(()) }
}

fn summary(errors: usize, warnings: usize, storages: usize) -> String {
    let count = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, 0) => format!("{GOOD}all is well{GOOD:#} with {}", count(storages, "storage")),
        _ => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}
