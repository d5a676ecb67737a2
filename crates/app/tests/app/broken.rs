//! Input that is wrong: each has words of its own.

use app::App;
use meta::{ErrorKind, Registry, TypeKind, TypeRegistration};

use crate::fixture::{Folder, note, probe_config};

#[test]
fn a_broken_declaration_of_a_storage_is_told_with_file_line_and_column() {
    for (text, expected) in [
        ("{\n  \"title\": \"x\",\n  oops\n}", "`storages/MyOss/e.json:3:3`: key must be a string"),
        ("", "`storages/MyOss/e.json:1:1`: EOF while parsing a value"),
        ("[]", "`storages/MyOss/e.json:1:1`: invalid type: sequence, expected a JSON object"),
        ("{\"type\":\n7}", "`storages/MyOss/e.json:2:1`: invalid type: integer `7`, expected a string"),
        (
            "{\"accessModifier\": \"open\"}",
            "`storages/MyOss/e.json:1:25`: unknown variant `open`, expected one of `private`, `protected`, `public`",
        ),
    ] {
        let folder = Folder::new();
        folder.file("storages/MyOss/e.json", text);
        assert_eq!(folder.refusal(), expected);
    }
}

#[test]
fn a_declaration_that_is_not_utf8_is_told_with_the_place() {
    let folder = Folder::new();
    folder.element("storages/MyOss", "");
    std::fs::write(folder.at("storages/MyOss/e.json"), b"{\n \"icon\": \"\xff\"}").unwrap();
    assert_eq!(folder.refusal(), "`storages/MyOss/e.json:2:11`: this is not UTF-8: save the file as UTF-8");
}

#[test]
fn what_only_the_whole_definition_shows_is_told_when_it_is_asked_for() {
    for odd in [format!("{}{}", "[".repeat(200), "]".repeat(200)), "1e999".to_owned(), r#""\ud800""#.to_owned()] {
        let folder = Folder::new();
        folder.probe("storages/MyOss", "x");
        folder.file("storages/MyOss/e.json", &format!(r#"{{"type": "storages.ProbeType", "icon": {odd}}}"#));
        let app = folder.load();
        let error = folder.refusal_of(&app, "storages.MyOss");
        assert!(
            error.starts_with("storages.MyOss (storages.ProbeType): loading failed: `storages/MyOss/e.json:1:"),
            "{error}"
        );
        assert!(app.get_element_define("storages.MyOss").is_err());
        assert!(app.get_all_elements_define().is_empty());
    }
}

#[test]
fn what_only_the_whole_definition_of_a_type_shows_is_told_by_loading() {
    for odd in [format!("{}{}", "[".repeat(200), "]".repeat(200)), "1e999".to_owned(), r#""\ud800""#.to_owned()] {
        let folder = Folder::new();
        folder.probe("storages/MyOss", "x");
        let declaration = r#"{"type": "storages.Meta", "backendBundleEntry": "third-party", "icon": ODD}"#;
        folder.file("storages/ProbeType/e.json", &declaration.replace("ODD", &odd));
        let error = folder.refusal();
        assert!(error.starts_with("storages.ProbeType: `storages/ProbeType/e.json:1:"), "{error}");
    }
}

#[test]
fn a_broken_declaration_of_another_family_is_a_warning_and_that_element_s_error() {
    let folder = Folder::new();
    folder.probe("storages/MyOss", "fine").file("models/User/e.json", "{\n  // a comment\n}");
    let app = folder.load();
    let expected = "`models/User/e.json:2:3`: key must be a string";
    assert_eq!(app.warnings().iter().map(|text| folder.without_path(text)).collect::<Vec<_>>(), [expected]);
    assert_eq!(folder.refusal_of(&app, "models.User"), format!("models.User: {expected}"));
    let error = app.get_element_define("models.User").unwrap_err();
    assert_eq!(folder.without_path(&error.to_string()), format!("models.User: {expected}"));
    assert!(!app.get_all_elements_define().contains_key("models.User"));
    assert_eq!(note(&app, "storages.MyOss"), "fine");
}

#[test]
fn a_broken_app_json_is_told_with_file_line_and_column() {
    for (text, expected) in [
        ("{\n \"appId\": \"a.b\"", "`app.json:2:15`: EOF while parsing an object"),
        ("{\"version\": 1}", "`app.json:1:13`: invalid type: integer `1`, expected a string"),
        ("[]", "`app.json:1:1`: invalid type: sequence, expected a JSON object"),
    ] {
        let folder = Folder::new();
        folder.file("app.json", text);
        assert_eq!(folder.refusal(), expected);
    }
}

#[test]
fn configuration_is_told_with_element_file_and_key() {
    for (text, expected) in [
        (
            "{\n  \"endPoint\": \"x\",\n  \"accessKeySecret\": \"hush\"\n",
            "`storages/MyOss/MyOss.json:4:1`: EOF while parsing an object",
        ),
        (
            r#"{"accessKeySecret": "hush"}"#,
            "`storages/MyOss/MyOss.json`: key `endPoint` is missing: it is required, a text: Host of the service.",
        ),
        (
            r#"{"endPoint": "x", "accessKeySecret": "hush", "bucketname": "b"}"#,
            "`storages/MyOss/MyOss.json`: key `bucketname` is not known: did you mean `bucketName`?",
        ),
        (
            r#"{"endPoint": 7, "accessKeySecret": "hush"}"#,
            "`storages/MyOss/MyOss.json`: key `endPoint`: `7` is not what it takes: a text",
        ),
        (
            r#"{"endPoint": "x", "accessKeySecret": "hush", "maxAttempts": 21}"#,
            "`storages/MyOss/MyOss.json`: key `maxAttempts`: `21` is not what it takes: a whole number from 1 to 20",
        ),
        (
            r#"{"endPoint": "x", "accessKeySecret": "{{NO_SUCH_VARIABLE}}"}"#,
            "`storages/MyOss/MyOss.json`: key `accessKeySecret`: variable `NO_SUCH_VARIABLE` has no value: set \
             `NO_SUCH_VARIABLE` in the environment or in `.env`, give it to the app's builder, or write a default: \
             `${NO_SUCH_VARIABLE:-…}`",
        ),
        (
            r#"{"endPoint": "x", "accessKeySecret": "hush", "note": "refuse"}"#,
            "`storages/MyOss/MyOss.json`: key `note`: this note is refused",
        ),
    ] {
        let folder = Folder::new();
        folder.element("storages/MyOss", "storages.ProbeType").file("storages/MyOss/MyOss.json", text);
        let error = folder.refusal_of(&folder.load(), "storages.MyOss");
        assert_eq!(error, format!("storages.MyOss (storages.ProbeType): loading failed: {expected}"));
    }
}

#[test]
fn a_business_file_that_is_not_there_is_named() {
    let folder = Folder::new();
    folder.element("storages/MyOss", "storages.ProbeType");
    assert_eq!(
        folder.refusal_of(&folder.load(), "storages.MyOss"),
        "storages.MyOss (storages.ProbeType): loading failed: `storages/MyOss/MyOss.json`: the keys `endPoint`, \
         `accessKeySecret` are missing: there is no file `storages/MyOss/MyOss.json`, create it; they are required; add \
         them"
    );
}

#[test]
fn types_that_are_made_of_each_other_are_refused() {
    let folder = Folder::new();
    folder.element("storages/A", "storages.B").element("storages/B", "storages.C").element("storages/C", "storages.B");
    let error = folder.refusal();
    assert!(error.contains("a Type extends itself: storages.B → storages.C → storages.B"), "{error}");

    let folder = Folder::new();
    folder.element("storages/Self", "storages.Self");
    assert!(folder.refusal().contains("a Type extends itself: storages.Self → storages.Self"), "{}", folder.refusal());

    // What other families make of each other is not for this library to judge.
    let folder = Folder::new();
    folder.element("models/A", "models.B").element("models/B", "models.A").probe("storages/MyOss", "fine");
    let app = folder.load();
    assert_eq!(note(&app, "storages.MyOss"), "fine");
}

#[test]
fn a_type_that_its_folder_and_its_code_make_of_different_things_is_refused() {
    let folder = Folder::new();
    folder.element("storages/ProbeType", "storages.DiskType").probe("storages/MyOss", "");
    assert_eq!(
        folder.refusal(),
        "storages.ProbeType: `storages/ProbeType/e.json` says that `storages.ProbeType` is made of `storages.DiskType`, \
         and its implementation is made of `storages.Meta`: write `\"type\": \"storages.Meta\"`"
    );
}

#[test]
fn two_packages_that_claim_a_type_in_use_are_refused_until_its_folder_names_one() {
    let probe = Registry::linked().candidates("storages.ProbeType")[0];
    let TypeKind::Root { factory } = probe.kind else { panic!("{probe:?}") };
    let claim = |package| {
        let origin = meta::Origin::new(package, "1.0.0", "src/lib.rs", 7);
        let kind = TypeKind::Root { factory };
        &*Box::leak(Box::new(TypeRegistration::new("storages.ProbeType", "", probe.keys, kind, origin)))
    };
    let claims = [claim("one"), claim("two")];
    let load = |folder: &Folder| App::builder().registry(Registry::new(claims)).load(folder.path());

    let folder = Folder::new();
    folder.probe("storages/MyOss", "settled");
    let error = load(&folder).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TypeConflict);
    let error = error.to_string();
    for part in ["2 packages claim", "package `one` 1.0.0 (src/lib.rs:7)", "`storages/ProbeType/e.json`"] {
        assert!(error.contains(part), "{error}");
    }

    let pin = r#"{"type": "storages.Meta", "backendBundleEntry": "two"}"#;
    folder.file("storages/ProbeType/e.json", pin);
    assert_eq!(note(&load(&folder).unwrap(), "storages.MyOss"), "settled");

    // A package that is not linked stops the instances alone.
    folder.file("storages/ProbeType/e.json", &pin.replace("two", "third-party"));
    let error = load(&folder).unwrap().get_element("storages.MyOss").unwrap_err().to_string();
    assert!(error.contains("use third_party as _;"), "{error}");

    // Nobody uses it: nothing to decide.
    assert!(load(Folder::new().element("storages/Other", "storages.OtherType")).is_ok());
}

#[test]
fn a_folder_that_is_not_there_is_refused() {
    let folder = Folder::new();
    let error = App::load(folder.at("nothing")).unwrap_err().to_string();
    assert!(error.starts_with("there is no app folder `") && error.contains("holds `storages/`"), "{error}");
    let error = App::builder().parent(folder.at("nothing")).load(folder.path()).unwrap_err().to_string();
    assert!(error.starts_with("the parent app's folder `") && error.ends_with("` is not there"), "{error}");
}

#[test]
fn a_declaration_that_cannot_be_read_is_told() {
    let folder = Folder::new();
    folder.element("storages/MyOss", "storages.ProbeType").file("storages/MyOss/MyOss.json/x", "");
    let error = folder.refusal_of(&folder.load(), "storages.MyOss");
    assert!(
        error.starts_with(
            "storages.MyOss (storages.ProbeType): loading failed: cannot read `storages/MyOss/MyOss.json`"
        ),
        "{error}"
    );
}

/// To open a pipe is to wait for who writes to it.
#[cfg(unix)]
#[test]
fn pipes_are_refused_and_not_waited_for() {
    let folder = Folder::new();
    let pipe = folder.at("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let refused = "it is a device, pipe or socket: put an ordinary file in its place, or remove it";
    let link = |relative: &str| {
        std::fs::remove_file(folder.at(relative)).ok();
        std::os::unix::fs::symlink(&pipe, folder.at(relative)).unwrap();
    };
    folder.element("storages/MyOss", "storages.ProbeType");
    for business in ["config.json", "MyOss.json"] {
        link(&format!("storages/MyOss/{business}"));
        let error = folder.refusal_of(&folder.load(), "storages.MyOss");
        assert!(error.contains(&format!("cannot read `storages/MyOss/{business}`: {refused}")), "{error}");
    }
    link("storages/MyOss/e.json");
    assert_eq!(folder.refusal(), format!("cannot read `storages/MyOss/e.json`: {refused}"));
    link("app.json");
    assert_eq!(folder.refusal(), format!("cannot read `app.json`: {refused}"));
    assert_eq!(App::problems_of_files(folder.path()).len(), 3);
}

#[test]
fn no_secret_is_in_an_error_or_in_debug() {
    let folder = Folder::new();
    folder.element("storages/MyOss", "storages.ProbeType");
    for text in [probe_config("refuse"), probe_config("x").replace("note", "nope"), probe_config("x").replace('}', "")]
    {
        folder.file("storages/MyOss/MyOss.json", &text);
        let app = App::builder().variable("SECRET", "hush").load(folder.path()).unwrap();
        let error = app.get_element("storages.MyOss").unwrap_err();
        let shown = format!("{error} {error:?} {app:?} {:?}", App::builder().variable("SECRET", "hush"));
        assert!(!shown.contains("hush"), "{shown}");
    }
}
