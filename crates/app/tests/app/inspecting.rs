//! What tools ask of an app: Types with their keys, and what storages are made of.

use app::{App, VariableOrigin};
use meta::ErrorKind;

use crate::fixture::{Folder, builds};

#[test]
fn a_storage_tells_its_files_its_configuration_and_where_variables_come_from() {
    let child = Folder::new();
    child
        .probe("storages/S", "{{A}}")
        .file(".env", "A=file")
        .file("storages/S/S.json", r#"{"endPoint": "near", "accessKeySecret": "hush", "note": "{{A}}"}"#);
    let parent = Folder::new();
    parent.element("storages/S", "storages.ProbeType").file("storages/S/config.json", r#"{"bucketName": "far"}"#);
    let app = App::builder().parent(parent.path()).variable("B", "b").load(child.path()).unwrap();

    let inspection = app.inspect("storages.S").unwrap();
    assert_eq!(inspection.element_type().as_str(), "storages.ProbeType");
    assert_eq!(inspection.declarations(), [child.at("storages/S/e.json"), parent.at("storages/S/e.json")]);
    let files = [child.at("storages/S/S.json"), parent.at("storages/S/config.json")];
    assert_eq!(inspection.business_files().unwrap(), files);
    let variable_files = [&child, &parent].map(|app| app.at("storages/S/e.json")).into_iter();
    let variable_files: Vec<_> = variable_files.chain([child.at("app.json"), parent.at("app.json")]).collect();
    assert_eq!(inspection.variable_files(), variable_files);
    let config = inspection.configuration().unwrap();
    let mut shown: Vec<_> =
        config.shown().map(|(key, value, file)| (key.name(), value, file.unwrap().to_owned())).collect();
    shown.sort();
    assert_eq!(
        shown,
        [
            ("accessKeySecret", "••••••".to_owned(), files[0].clone()),
            ("bucketName", "far".to_owned(), files[1].clone()),
            ("endPoint", "near".to_owned(), files[0].clone()),
            ("note", "file".to_owned(), files[0].clone()),
        ]
    );
    for (name, origin) in [
        ("A", Some(VariableOrigin::EnvFile)),
        ("B", Some(VariableOrigin::Given)),
        ("CARGO_PKG_NAME", Some(VariableOrigin::Environment)),
        ("C", None),
    ] {
        assert_eq!(inspection.variable(name), origin, "{name}");
    }
    assert!(inspection.problems().is_empty());
    assert_eq!(builds(&child, "storages/S"), 0);
}

#[test]
fn all_problems_of_a_configuration_are_told_at_once() {
    let folder = Folder::new();
    folder.element("storages/S", "storages.ProbeType").file(
        "storages/S/S.json",
        r#"{"endpoint": "x", "accessKeySecret": "{{NOPE}}", "note": "fine", "maxAttempts": 0}"#,
    );
    let problems = folder.load().inspect("storages.S").unwrap().problems();
    let keys: Vec<_> = problems.iter().map(|problem| problem.key.as_deref().unwrap()).collect();
    assert_eq!(keys, ["endpoint", "accessKeySecret", "maxAttempts"]);
    assert!(problems.iter().all(|problem| problem.file == folder.at("storages/S/S.json")));
    assert!(problems[0].error.to_string().contains("did you mean `endPoint`?"), "{}", problems[0].error);
    // One that is misspelt is not missing as well.
    folder.file("storages/S/S.json", r#"{"accessKeySecret": "{{NOPE}}", "note": "fine", "maxAttempts": 0}"#);
    let problems = folder.load().inspect("storages.S").unwrap().problems();
    assert_eq!(problems.len(), 3);
    let missing = folder.without_path(&problems[2].error.to_string());
    assert!(missing.starts_with("`storages/S/S.json`: key `endPoint` is missing: it is required, "), "{missing}");
    // The folder of a Type may give it, and its file is told.
    folder
        .element("storages/ProbeType", "storages.Meta")
        .file("storages/ProbeType/ProbeType.json", r#"{"endPoint": "host"}"#);
    let inspection = folder.load().inspect("storages.S").unwrap();
    assert_eq!(inspection.problems().len(), 2);
    assert_eq!(inspection.type_files(), [folder.at("storages/ProbeType/ProbeType.json")]);

    // What is wrong with that file is told once, and of that file.
    let of_type = folder.at("storages/ProbeType/ProbeType.json");
    folder.file("storages/ProbeType/ProbeType.json", r#"{"endPoint": "host", "maxAttempts": 0, "odd": 1}"#);
    folder.file("storages/S/S.json", r#"{"endPoint": "near", "accessKeySecret": "hush", "note": "fine"}"#);
    let problems = folder.load().inspect("storages.S").unwrap().problems();
    let told: Vec<_> = problems.iter().map(|problem| (problem.key.as_deref().unwrap(), &problem.file)).collect();
    assert_eq!(told, [("maxAttempts", &of_type), ("odd", &of_type)]);

    folder.file("storages/S/S.json", "{");
    folder.file("storages/ProbeType/ProbeType.json", "{}");
    let problems = folder.load().inspect("storages.S").unwrap().problems();
    assert_eq!((problems.len(), &problems[0].key), (1, &None));
}

#[test]
fn types_are_told_with_their_keys_linked_or_declared() {
    let folder = Folder::new();
    folder.element("storages/Template", "storages.ProbeType").element("storages/S", "storages.Template");
    let app = folder.load();
    for name in ["storages.ProbeType", "storages.Template"] {
        let chain = app.get_type(name).unwrap();
        assert!(chain.keys().iter().any(|key| key.name() == "accessKeySecret"), "{name}");
    }
    assert_eq!(app.get_type("storages.ProbType").unwrap_err().kind(), ErrorKind::UnknownType);
    assert_eq!(app.get_type("no name").unwrap_err().kind(), ErrorKind::UnknownType);
    assert_eq!(app.inspect("storages.Template").unwrap_err().kind(), ErrorKind::UnknownElement);
}

#[test]
fn the_default_storage_has_a_name_before_it_is_built() {
    let folder = Folder::new();
    assert_eq!(folder.load().default_storage_name(), "storages.Default");
    folder.file("app.json", r#"{"settings": {"defaultElement": {"defaultStorage": "storages.Main"}}}"#);
    assert_eq!(folder.load().default_storage_name(), "storages.Main");
}

#[test]
fn elements_of_unknown_types_are_told_where_they_name_it() {
    let folder = Folder::new();
    folder
        .probe("storages/Fine", "x")
        .element("storages/Slip", "storages.ProbType")
        .element("storages/Slip2", "storages.ProbType")
        .element("storages/Odd", "ProbeType")
        .element("storages/Template", "storages.MinioType")
        .element("storages/OfTemplate", "storages.Template")
        .file("storages/Pinned/e.json", r#"{"type": "storages.Meta", "backendBundleEntry": "my-type"}"#)
        .element("storages/OfPinned", "storages.Pinned")
        .element("models/User", "models.NormalType");
    let app = folder.load();
    let told: Vec<_> =
        app.unknown_types().iter().map(|problem| folder.without_path(&problem.error.to_string())).collect();
    let expected = [
        ("Odd", "the Type `ProbeType` is not linked"),
        ("OfPinned", "`storages/Pinned/e.json` names the package `my-type` as the implementation"),
        ("Slip", "the Type `storages.ProbType` is not linked into this program: did you mean `storages.ProbeType`?"),
        ("Slip2", "the Type `storages.ProbType` is not linked"),
        ("Template", "the Type `storages.MinioType` is not linked"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, (name, message)) in told.iter().zip(expected) {
        assert!(told.starts_with(&format!("`storages/{name}/e.json`: key `type`: {message}")), "{told}");
    }
    assert_eq!(app.warnings().len(), 4, "{:#?}", app.warnings());
    assert!(app.warnings().iter().all(|warning| !warning.contains("Slip2")));
}
