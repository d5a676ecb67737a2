//! Templates in business files, and where their values come from.

use app::App;

use crate::fixture::{Folder, note};

/// A variable that every test process has.
const OF_PROCESS: &str = "CARGO_PKG_NAME";

fn load(folder: &Folder, variables: &[(&str, &str)]) -> App {
    App::builder().variables(variables.iter().copied()).load(folder.path()).unwrap()
}

#[test]
fn given_values_count_before_the_process_before_declared_defaults() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", &format!("{{{{{OF_PROCESS}}}}}"));
    let of_process = std::env::var(OF_PROCESS).unwrap();
    folder.file(
        "storages/MyOss/e.json",
        &format!(r#"{{"type": "storages.ProbeType", "variables": [{{"name": "{OF_PROCESS}", "default": "no"}}]}}"#),
    );
    assert_eq!(note(&load(&folder, &[]), "storages.MyOss"), of_process);
    assert_eq!(note(&load(&folder, &[(OF_PROCESS, "given")]), "storages.MyOss"), "given");
}

#[test]
fn declared_defaults_are_the_element_s_then_the_app_s() {
    let folder = Folder::new();
    folder.file(
        "app.json",
        r#"{"variables": [{"name": "A", "default": "app"}, {"name": "B", "default": "app"}, "odd"]}"#,
    );
    folder.probe("storages/MyOss", "{{A}} ${B} ${C:-template}");
    folder.file(
        "storages/MyOss/e.json",
        r#"{"type": "storages.ProbeType", "variables": [{"name": "A", "title": "t", "default": "element"}, {"name": "C"}]}"#,
    );
    assert_eq!(note(&load(&folder, &[]), "storages.MyOss"), "element app template");
    assert_eq!(note(&load(&folder, &[("C", "c"), ("A", "a")]), "storages.MyOss"), "a app c");
}

#[test]
fn defaults_of_parent_apps_are_inherited() {
    let child = Folder::new();
    child.file("app.json", r#"{"variables": [{"name": "A", "default": "child"}]}"#).probe("storages/S", "{{A}} {{B}}");
    let parent = Folder::new();
    parent
        .file("app.json", r#"{"variables": [{"name": "A", "default": "parent"}, {"name": "B", "default": "parent"}]}"#);
    let app = App::builder().parent(parent.path()).load(child.path()).unwrap();
    assert_eq!(note(&app, "storages.S"), "child parent");
}

#[test]
fn a_value_cannot_break_the_file_nor_name_another_variable() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "{{A}}");
    let value = "\"}\\\n{{B}}";
    assert_eq!(note(&load(&folder, &[("A", value), ("B", "b")]), "storages.MyOss"), value);
}

#[test]
fn the_env_file_counts_after_the_process_and_before_declared_defaults() {
    let folder = Folder::new();
    folder
        .probe("storages/MyOss", &format!("{{{{A}}}} {{{{B}}}} {{{{{OF_PROCESS}}}}}"))
        .file("app.json", r#"{"variables": [{"name": "A", "default": "declared"}]}"#)
        .file(".env", &format!("A=file\nB='two words'\n{OF_PROCESS}=no\n"));
    let of_process = std::env::var(OF_PROCESS).unwrap();
    assert_eq!(note(&load(&folder, &[]), "storages.MyOss"), format!("file two words {of_process}"));
    assert_eq!(note(&load(&folder, &[("A", "given")]), "storages.MyOss"), format!("given two words {of_process}"));
}

#[test]
fn a_change_of_the_env_file_is_picked_up() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "{{A}}").file(".env", "A=old");
    let app = load(&folder, &[]);
    assert_eq!(note(&app, "storages.MyOss"), "old");
    folder.file(".env", "A=new");
    app.reload().unwrap();
    assert_eq!(note(&app, "storages.MyOss"), "new");
}

#[test]
fn an_env_file_of_other_tools_keeps_no_app_from_loading() {
    let folder = Folder::new();
    folder
        .probe("storages/MyOss", "{{A}}")
        .probe("storages/Other", "{{HIDDEN}}")
        .file(".env", "PEM=\"-----BEGIN\nhush=\n-----END\"\na.b=1\na-b=2\nset +x\nHIDDEN='hush\nA=fine\n");
    let app = load(&folder, &[]);
    assert_eq!(note(&app, "storages.MyOss"), "fine");
    let warnings: Vec<_> = app.warnings().iter().map(|warning| folder.without_path(warning)).collect();
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].starts_with("`.env:6`: this is no `NAME=value`"), "{warnings:?}");
    assert!(warnings[1].starts_with("`.env:7`: the quotes do not end"), "{warnings:?}");
    let error = folder.refusal_of(&app, "storages.Other");
    assert!(error.contains("variable `HIDDEN` has no value") && error.contains("look at `.env:6`: "), "{error}");
    assert!(!error.contains("hush") && !warnings.concat().contains("hush"), "{error} {warnings:?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_the_env_file_is_told_and_not_waited_for() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "fine");
    assert!(std::process::Command::new("mkfifo").arg(folder.at(".env")).status().unwrap().success());
    let (loaded, done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let warnings: Vec<_> = load(&folder, &[]).warnings().iter().map(|text| folder.without_path(text)).collect();
        let _ = loaded.send(warnings);
    });
    let warnings = done.recv_timeout(std::time::Duration::from_secs(60)).expect("it waits for the pipe");
    assert_eq!(warnings, ["`.env`: it is no ordinary file, and is not read"]);
}

#[cfg(unix)]
#[test]
fn an_env_file_that_cannot_be_read_is_a_warning_too() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "fine").probe("storages/Other", "{{HIDDEN}}");
    // A link to itself can be read by nobody, whoever runs the test.
    std::os::unix::fs::symlink(".env", folder.at(".env")).unwrap();
    let app = load(&folder, &[]);
    assert_eq!(note(&app, "storages.MyOss"), "fine");
    let [warning] = &app.warnings()[..] else { panic!("{:?}", app.warnings()) };
    assert!(folder.without_path(warning).starts_with("`.env`: it cannot be read: "), "{warning}");
    let error = folder.refusal_of(&app, "storages.Other");
    assert!(error.contains("look at `.env`: it cannot be read"), "{error}");
}
